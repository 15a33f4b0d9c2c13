"""The hops of a round trip, in the order of the way: pure changes of the list that a run keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Hop = dict[str, Any]
WAITING, WORKING, OK, WARNING, FAILED, SKIPPED = "waiting", "working", "ok", "warning", "failed", "skipped"

TICKET, LINKED, REPLY, RANG, READ, DELIVERED = "ticket", "linked", "reply", "rang", "read", "delivered"
NOTE, HELD, CLEANED = "note", "held", "cleaned"
WORDS: dict[str, str | Promise] = {
    TICKET: _("Test ticket made"),
    LINKED: _("Ticket linked"),
    REPLY: _("Public reply written in Zendesk"),
    RANG: _("Zendesk rang our webhook"),
    READ: _("Reply read from Zendesk"),
    DELIVERED: _("Reply delivered to OpenCX"),
    NOTE: _("Internal note written in Zendesk"),
    HELD: _("Note held back"),
    CLEANED: _("Everything removed again"),
}


def all_waiting() -> list[Hop]:
    """The hops of a run that has not begun."""
    return [{"name": name, "status": WAITING} for name in WORDS]


def find_hop(hops: list[Hop], name: str) -> Hop:
    """The hop of that name; one that waits when an older run does not have it."""
    return next((hop for hop in hops if hop["name"] == name), {"name": name, "status": WAITING})


def mark(hops: list[Hop], name: str, status: str, **changes: Any) -> list[Hop]:
    """The hops with one changed. Times are given as datetimes and kept as text."""
    kept = {key: value.isoformat() if isinstance(value, dt.datetime) else value for key, value in changes.items()}
    return [{**hop, "status": status, **kept} if hop["name"] == name else hop for hop in hops]


def begin(hops: list[Hop], name: str, at: dt.datetime) -> list[Hop]:
    """The hops with this one under way, since the first time that it was begun."""
    began = find_hop(hops, name).get("began")
    return mark(hops, name, WORKING, began=began or at)


def end(hops: list[Hop], name: str, at: dt.datetime, **changes: Any) -> list[Hop]:
    """The hops with this one done at `at`; its milliseconds count from when it was begun."""
    began = time_of(find_hop(hops, name), "began") or at
    changes.setdefault("ms", max(round((at - began).total_seconds() * 1000), 0))
    return mark(hops, name, changes.pop("status", OK), at=at, **changes)


def skip(hops: list[Hop], names: Iterable[str], said: str) -> list[Hop]:
    """The hops with those of `names` left out that are not over yet."""
    for name in names:
        if find_hop(hops, name)["status"] in (WAITING, WORKING):
            hops = mark(hops, name, SKIPPED, said=said)
    return hops


def time_of(hop: Hop, key: str) -> dt.datetime | None:
    """A time that a hop keeps."""
    return parse_datetime(hop[key]) if hop.get(key) else None
