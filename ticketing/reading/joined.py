"""Zendesk's side of a session: what was read of it, kept for some minutes, and how it stands in the line of time."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.clients.zendesk_audits import Audit, AuditEvent
from integrations.invocations import Record, SentCall
from opencx_admin.orgs.components import Event, More


@dataclass(frozen=True)
class Person:
    """Somebody in Zendesk. `is_agent` is False for end users."""

    name: str
    is_agent: bool


@dataclass(frozen=True)
class Ring:
    """An update that should have made Zendesk call us, `number` times. `comment_id`: the agent's reply in it.

    `expects` is False where a call may follow and need not.
    """

    at: dt.datetime
    audit_id: int
    author_id: int | None
    number: int = 1
    comment_id: int | None = None
    expects: bool = True


@dataclass(frozen=True)
class Side:
    """One reading. `own` are the ids of our triggers and webhooks there, `us` the id of our identity."""

    read_at: dt.datetime
    audits: tuple[Audit, ...] = ()
    people: Mapping[int, Person] = field(default_factory=dict)
    record: Record = field(default_factory=Record)
    own: tuple[str, ...] = ()
    us: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def rings(self) -> list[Ring]:
        """The updates that should have made Zendesk call us, oldest first."""
        return [ring for ring in map(self._ring, self.audits) if ring]

    def is_ours(self, event: AuditEvent) -> bool:
        """True for a trigger of ours, or a call of our webhook."""
        return event.rule in self.own or event.resource in self.own

    def _ring(self, audit: Audit) -> Ring | None:
        author = self.people.get(audit.author_id or 0)
        is_agents = bool(author and author.is_agent) and audit.author_id != self.us
        spoken = [event.id for event in audit.events if event.kind == "Comment" and event.is_public]
        comment = spoken[0] if spoken and is_agents else None
        fired = [event for event in audit.events if event.kind not in ("Create", "Change") and self.is_ours(event)]
        if fired:
            return Ring(audit.at, audit.id, audit.author_id, len(fired), comment)
        if comment is not None and not any(event.kind == "Create" for event in audit.events):
            return Ring(audit.at, audit.id, audit.author_id, 1, comment)
        moved = any(event.kind == "Change" and event.field == "status" for event in audit.events)
        return Ring(audit.at, audit.id, audit.author_id, 1, None, expects=False) if moved else None


@dataclass(frozen=True)
class Joined:
    """Items with their place in the line, and Zendesk's record of the calls that arrived, by our row's number."""

    items: tuple[tuple[dt.datetime, Event], ...] = ()
    records: Mapping[int, More] = field(default_factory=dict)


def write_side(side: Side) -> str:
    """As text, to be kept."""
    return json.dumps(dataclasses.asdict(side), default=_plain)


def read_side(text: str) -> Side | None:
    """A kept reading; None when it is not one of this version."""
    try:
        said = json.loads(text)
        record = said["record"]
        return Side(
            read_at=_time(said["read_at"]),
            audits=tuple(_audit(row) for row in said["audits"]),
            people={int(number): Person(**row) for number, row in said["people"].items()},
            record=Record(
                tuple(SentCall(**{**row, "at": _time(row["at"])}) for row in record["calls"]),
                tuple((_time(pair[0]), _time(pair[1])) for pair in record["windows"]),
                tuple(record["notes"]),
            ),
            own=tuple(said["own"]),
            us=said["us"],
            notes=tuple(said["notes"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _audit(row: dict[str, Any]) -> Audit:
    events = tuple(AuditEvent(**event) for event in row["events"])
    return Audit(row["id"], _time(row["at"]), row["author_id"], row["channel"], events)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
