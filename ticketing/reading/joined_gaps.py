"""Where the two sides do not meet: a call that Zendesk made and nobody got, held back, or never made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from integrations.invocations import SentCall
from ticketing.reading.joined import Ring, Side
from ticketing.reading.joined_read import list_arrived
from ticketing.reading.timeline import Story

# Zendesk's times are whole seconds, and clocks differ a little.
SKEW = dt.timedelta(seconds=2)
SOON = dt.timedelta(seconds=30)
LATE = dt.timedelta(minutes=15)
# So long after an update nothing is called missing yet.
PATIENCE = dt.timedelta(seconds=60)


@dataclass(frozen=True)
class Gap:
    """`call` is Zendesk's record of it; None: Zendesk recorded none. `ring` is the update that rang, if it is known."""

    at: dt.datetime
    call: SentCall | None
    ring: Ring | None


def find_gaps(story: Story, side: Side) -> list[Gap]:
    """Every gap, oldest first."""
    room = {ring.audit_id: ring.number for ring in side.rings}
    rings = sorted(side.rings, key=lambda ring: (ring.at, ring.audit_id))
    whose: dict[str, Ring] = {}
    certain = [(f"event:{event.pk}", event.received_at) for event in list_arrived(story)]
    lost = [call for call in side.record.calls if call.event is None]
    certain += [(call.id, call.at) for call in lost if not call.is_not_sent]
    certain.sort(key=lambda pair: pair[1])
    held = [(call.id, call.at) for call in lost if call.is_not_sent]
    left = _assign(certain, rings, room, whose, SOON)
    _assign(held, rings, room, whose, SOON)
    _assign(left, rings, room, whose, LATE)
    gaps = [
        Gap(call.at, call, whose.get(call.id))
        for call in lost
        if not call.is_moving and (not call.is_not_sent or call.id in whose)
    ]
    rung = {ring.audit_id for ring in whose.values()}
    gaps += [Gap(ring.at, None, ring) for ring in rings if ring.audit_id not in rung and _is_missing(ring, side)]
    return sorted(gaps, key=lambda gap: gap.at)


def _assign(
    calls: Sequence[tuple[str, dt.datetime]],
    rings: Sequence[Ring],
    room: dict[int, int],
    whose: dict[str, Ring],
    within: dt.timedelta,
) -> list[tuple[str, dt.datetime]]:
    """Give each call to the newest update before it that still lacks one; those that fit none are left.

    Of the updates of one second the first goes first.
    """
    left = []
    for name, at in calls:
        fitting = [ring for ring in rings if ring.at - SKEW <= at <= ring.at + within and room[ring.audit_id] > 0]
        before = [ring.at for ring in fitting if ring.at <= at]
        found = next((ring for ring in fitting if not before or ring.at == max(before)), None)
        if found is None:
            left.append((name, at))
        else:
            whose[name] = found
            room[found.audit_id] -= 1
    return left


def _is_missing(ring: Ring, side: Side) -> bool:
    """True when a call should be there by now, and Zendesk's list of that time was read whole."""
    if not ring.expects or ring.at + PATIENCE > side.read_at:
        return False
    return any(since <= ring.at and ring.at + PATIENCE <= until for since, until in side.record.windows)
