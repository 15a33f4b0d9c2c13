"""What Zendesk answers, as frozen dataclasses. Ids are 64-bit integers; times carry their zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.dateparse import parse_datetime

from integrations.clients import errors
from integrations.clients.http import Answer

AGENT_ROLES = ("agent", "admin")


@dataclass(frozen=True)
class Token:
    """An OAuth access token and its life in seconds (None: it does not expire)."""

    text: str = field(repr=False)
    expires_in: float | None


@dataclass(frozen=True)
class Identity:
    """A Zendesk user. `id` None is Zendesk's "Anonymous user": nobody."""

    id: int | None
    name: str
    email: str
    role: str
    role_type: int | None
    custom_role_id: int | None
    is_active: bool
    is_suspended: bool
    phone: str = ""
    external_id: str = ""

    @property
    def is_agent(self) -> bool:
        return self.role in AGENT_ROLES


@dataclass(frozen=True)
class Ticket:
    id: int
    external_id: str
    status: str
    requester_id: int | None
    tags: tuple[str, ...]
    description: str
    created_at: dt.datetime | None
    updated_at: dt.datetime | None
    followup_of: int | None
    # What its custom fields hold, by their ids; empty when the answer does not tell.
    values: Mapping[int, Any] = field(default_factory=dict, compare=False)
    subject: str = ""


@dataclass(frozen=True)
class TicketWritten:
    """A ticket after our write, with the id of the comment that the write made (the audit's Comment event)."""

    ticket: Ticket
    comment_id: int | None


@dataclass(frozen=True)
class Attachment:
    name: str
    url: str
    content_type: str
    size: int


@dataclass(frozen=True)
class Comment:
    id: int
    author_id: int
    is_public: bool
    text: str
    html: str
    created_at: dt.datetime
    attachments: tuple[Attachment, ...]
    # Custom metadata that a write left on the comment's audit: our own marker.
    metadata: Mapping[str, Any]
    # Zendesk's own note about a merge, and on the merged ticket the number of the target.
    is_merge: bool
    merged_into: int | None


@dataclass(frozen=True)
class CommentsPage:
    comments: tuple[Comment, ...]
    people: Mapping[int, Identity]


def read_int(value: Any) -> int | None:
    """A 64-bit number; None for anything else."""
    try:
        number = int(value) if value is not None and not isinstance(value, bool) else None
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number is None or abs(number) < 2**63 else None


def read_time(value: Any) -> dt.datetime | None:
    """A time with its zone; None for anything else."""
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=dt.UTC)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def read_identity(row: Mapping[str, Any]) -> Identity:
    return Identity(
        id=read_int(row.get("id")),
        name=str(row.get("name") or ""),
        email=str(row.get("email") or ""),
        role=str(row.get("role") or ""),
        role_type=read_int(row.get("role_type")),
        custom_role_id=read_int(row.get("custom_role_id")),
        is_active=row.get("active") is not False,
        is_suspended=row.get("suspended") is True,
        phone=str(row.get("phone") or ""),
        external_id=str(row.get("external_id") or ""),
    )


def read_values(row: Mapping[str, Any]) -> dict[int, Any]:
    """The values of a ticket's custom fields by their ids; also under the key `fields`, as older answers have them."""
    found: dict[int, Any] = {}
    listed = row.get("custom_fields") or row.get("fields")
    for item in listed if isinstance(listed, list) else []:
        field_id = read_int(item.get("id")) if isinstance(item, dict) else None
        if field_id is not None:
            found[field_id] = item.get("value")
    return found


def read_ticket(row: Mapping[str, Any], answer: Answer) -> Ticket:
    """Raises `BadResponse` when it has no id."""
    ticket_id = read_int(row.get("id"))
    if ticket_id is None:
        raise errors.BadResponse("", status=answer.status, answer=answer.text[:500])
    source = _mapping(_mapping(row.get("via")).get("source"))
    return Ticket(
        id=ticket_id,
        external_id=str(row.get("external_id") or ""),
        status=str(row.get("status") or "").lower()[:16],
        requester_id=read_int(row.get("requester_id")),
        tags=tuple(str(tag) for tag in row.get("tags") or []),
        description=str(row.get("description") or ""),
        created_at=read_time(row.get("created_at")),
        updated_at=read_time(row.get("updated_at")),
        followup_of=read_int(row.get("via_followup_source_id"))
        or read_int(_mapping(source.get("from")).get("ticket_id")),
        values=read_values(row),
        subject=str(row.get("subject") or ""),
    )


def read_written(body: Mapping[str, Any], answer: Answer) -> TicketWritten:
    """Raises `BadResponse` when the answer names no ticket."""
    ticket = read_ticket(_mapping(body.get("ticket")), answer)
    events = _mapping(body.get("audit")).get("events") or []
    comments = [read_int(e.get("id")) for e in events if isinstance(e, dict) and e.get("type") == "Comment"]
    return TicketWritten(ticket, next((found for found in comments if found is not None), None))


def read_comment(row: Mapping[str, Any], answer: Answer) -> Comment:
    """Raises `BadResponse` when id or time is missing. A comment is public only when it says so."""
    comment_id, created_at = read_int(row.get("id")), read_time(row.get("created_at"))
    if comment_id is None or created_at is None:
        raise errors.BadResponse("", status=answer.status, answer=answer.text[:500])
    source = _mapping(_mapping(row.get("via")).get("source"))
    is_merge = source.get("rel") == "merge"
    target = _mapping(source.get("to")).get("ticket_id") if is_merge else None
    return Comment(
        id=comment_id,
        author_id=read_int(row.get("author_id")) or 0,
        is_public=row.get("public") is True,
        text=str(row.get("plain_body") or row.get("body") or ""),
        html=str(row.get("html_body") or ""),
        created_at=created_at,
        attachments=tuple(_attachment(a) for a in row.get("attachments") or [] if isinstance(a, dict)),
        metadata=_mapping(_mapping(row.get("metadata")).get("custom")),
        is_merge=is_merge,
        merged_into=read_int(target),
    )


def _attachment(row: Mapping[str, Any]) -> Attachment:
    return Attachment(
        name=str(row.get("file_name") or ""),
        url=str(row.get("content_url") or ""),
        content_type=str(row.get("content_type") or "application/octet-stream"),
        size=read_int(row.get("size")) or 0,
    )
