"""Zendesk's ticket fields, and the tickets of the past with what agents put into their fields.

Every method may raise any failure of `integrations.clients.errors`.
Sources: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/ and
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.clients import errors
from integrations.clients.envelopes import read_body, read_list, read_object
from integrations.clients.zendesk import PAGE_SIZE, ZendeskClient, next_page
from integrations.clients.zendesk_types import read_int, read_time, read_values

MOST_PAGES = 50
EXPORT_SIZE = 500
LONGEST_TEXT = 8_000


@dataclass(frozen=True)
class Field:
    """A ticket field. `options` are (value, name); the value, a tag, is what a ticket holds.

    `is_required`: agents cannot solve a ticket without it. `is_custom` is false for Zendesk's own (subject, status …).
    """

    id: int
    type: str
    title: str
    is_active: bool
    is_required: bool
    is_custom: bool
    pattern: str
    tag: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PastTicket:
    """A ticket of the export: what the requester wrote first, and the values of its fields by their ids."""

    id: int
    external_id: str
    status: str
    text: str
    tags: tuple[str, ...]
    values: Mapping[int, Any]
    updated_at: dt.datetime | None


@dataclass(frozen=True)
class ExportPage:
    """A page of the export and the cursor of the next one. `is_last`: nothing newer is there now."""

    tickets: tuple[PastTicket, ...]
    cursor: str
    is_last: bool


class ZendeskFields:
    """Ticket fields and past tickets of an account."""

    def __init__(self, client: ZendeskClient) -> None:
        self._client = client

    def fields(self) -> list[Field]:
        """Every field of the account, all pages. A system's or a custom one, also those switched off."""
        params = {"page[size]": str(PAGE_SIZE)}
        found: dict[int, Field] = {}
        for _page in range(MOST_PAGES):
            answer = self._client.call("GET", "/api/v2/ticket_fields", params=params)
            fields = [_read_field(row) for row in read_list(answer, "ticket_fields")]
            found |= {field.id: field for field in fields if field is not None}
            following = next_page(read_body(answer))
            if not following:
                return list(found.values())
            if "page" in following:  # by offset: never both ways to page in one call
                params.pop("page[size]", None)
            params |= following
        raise errors.BadResponse("", status=answer.status, code="endless")

    def values(self, ticket_id: int) -> tuple[str, dt.datetime | None, dict[int, Any]]:
        """Status, time of the last change and the values of the custom fields of a ticket, as they are now."""
        answer = self._client.call("GET", f"/api/v2/tickets/{ticket_id}", template="/api/v2/tickets/{id}")
        row = read_object(answer, "ticket")
        return str(row.get("status") or "").lower(), read_time(row.get("updated_at")), read_values(row)

    def update(self, ticket_id: int, ticket: Mapping[str, Any]) -> None:
        """Change a ticket. `Conflict` when it changed since the `updated_stamp` of a safe update."""
        self._client.update_ticket(ticket_id, ticket)

    def past_tickets(self, cursor: str, since: dt.datetime) -> ExportPage:
        """Tickets by their last change: from `since` on, or after the cursor of an earlier page. Deleted ones too.

        Ten calls a minute and account. The cursor of an empty page is the one that was asked with.
        """
        params = {"cursor": cursor} if cursor else {"start_time": str(int(since.timestamp()))}
        params["per_page"] = str(EXPORT_SIZE)
        answer = self._client.call("GET", "/api/v2/incremental/tickets/cursor", params=params)
        tickets = [_read_past(row) for row in read_list(answer, "tickets")]
        body = read_body(answer)
        after = body.get("after_cursor")
        return ExportPage(
            tuple(ticket for ticket in tickets if ticket is not None),
            after if isinstance(after, str) and after else cursor,
            body.get("end_of_stream") is not False,
        )


def _read_field(row: Mapping[str, Any]) -> Field | None:
    field_id, kind = read_int(row.get("id")), str(row.get("type") or "")
    if field_id is None or not kind:
        return None
    listed = row.get("custom_field_options")
    options = [
        (str(one["value"]), str(one.get("name") or one["value"]))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and one.get("value")
    ]
    return Field(
        id=field_id,
        type=kind[:40],
        title=str(row.get("title") or row.get("raw_title") or field_id)[:255],
        is_active=row.get("active") is not False,
        is_required=row.get("required") is True,
        is_custom=row.get("removable") is not False,
        pattern=str(row.get("regexp_for_validation") or ""),
        tag=str(row.get("tag") or "")[:255],
        options=tuple(options),
    )


def _read_past(row: Mapping[str, Any]) -> PastTicket | None:
    ticket_id = read_int(row.get("id"))
    if ticket_id is None:
        return None
    words = [str(row.get("subject") or row.get("raw_subject") or ""), str(row.get("description") or "")]
    return PastTicket(
        id=ticket_id,
        external_id=str(row.get("external_id") or ""),
        status=str(row.get("status") or "").lower(),
        text="\n".join(part for part in words if part.strip())[:LONGEST_TEXT],
        tags=tuple(str(tag) for tag in row.get("tags") or []),
        values=read_values(row),
        updated_at=read_time(row.get("updated_at")),
    )
