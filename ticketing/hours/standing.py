"""The hours in force, and what the platform is told of them."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from django.utils import timezone

from ticketing.hours.calendar import Hours, read_hours
from ticketing.models import HandoffSettings


def find_hours(wanted: HandoffSettings) -> Hours | None:
    """The hours in force: a schedule of Zendesk's or the own ones. None while none are."""
    if not wanted.has_hours:
        return None
    if wanted.schedule_id is None:
        return _read(wanted.time_zone, wanted.week, wanted.holidays)
    schedule = find_schedule(wanted, wanted.schedule_id)
    return _read(schedule["zone"], schedule["week"], schedule["holidays"]) if schedule else None


def _read(zone: str, week: list[list[int]], holidays: list[dict[str, str]]) -> Hours | None:
    """None when this machine does not know the zone: hours that cannot be told must never stop a handoff."""
    return read_hours(zone, week, holidays) if zone in zoneinfo.available_timezones() else None


def find_schedule(wanted: HandoffSettings, schedule_id: int) -> dict[str, Any] | None:
    """A schedule as Zendesk last told it."""
    return next((row for row in wanted.schedules if row["id"] == schedule_id), None)


def tell_hours(organization_id: int, at: dt.datetime | None = None) -> dict[str, Any]:
    """What `conversation.handoff_to_human` says of the hours: nothing unless they are set and nobody is there.

    `{"out_of_hours": true, "message"?, "opens_at"?}`; `opens_at` is ISO 8601 on the clock of the hours' zone.
    """
    wanted = HandoffSettings.objects.filter(organization_id=organization_id, has_hours=True).first()
    hours = find_hours(wanted) if wanted else None
    at = at or timezone.now()
    return {} if wanted is None or hours is None or hours.is_open(at) else write_told(wanted, hours, at)


def write_told(wanted: HandoffSettings, hours: Hours, closed_at: dt.datetime) -> dict[str, Any]:
    """The same for a moment at which nobody is there."""
    said: dict[str, Any] = {"out_of_hours": True}
    if wanted.message:
        said["message"] = wanted.message
    if opens := hours.opens_at(closed_at):
        said["opens_at"] = opens.astimezone(hours.tz).isoformat()
    return said
