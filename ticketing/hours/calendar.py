"""When people are there: a week in a time zone, without its holidays. Pure: no models, no settings."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

DAY = 1440  # minutes
WEEK = 7 * DAY
# Whoever is closed for longer than this does not open again as far as anybody here knows.
LOOK_AHEAD_DAYS = 400


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days on which nobody answers, the first and the last of them included."""

    name: str
    first: dt.date
    last: dt.date

    def covers(self, date: dt.date) -> bool:
        """True on one of its days."""
        return self.first <= date <= self.last


@dataclass(frozen=True)
class Hours:
    """`week` are spans of minutes since Monday 00:00 on the clock of `zone`, in order, none across midnight."""

    zone: str
    week: tuple[tuple[int, int], ...]
    holidays: tuple[Holiday, ...] = ()

    @cached_property
    def tz(self) -> zoneinfo.ZoneInfo:
        """Raises `zoneinfo.ZoneInfoNotFoundError` for a zone nobody knows."""
        return zoneinfo.ZoneInfo(self.zone)

    def spans_of(self, date: dt.date) -> list[tuple[int, int]]:
        """Minutes of the day in which people are there: none on a holiday."""
        if self.find_holiday(date) is not None:
            return []
        return self.spans_of_weekday(date.weekday())

    def spans_of_weekday(self, weekday: int) -> list[tuple[int, int]]:
        """The same for any Monday (0) … Sunday (6)."""
        start = weekday * DAY
        return [(begin - start, end - start) for begin, end in self.week if start <= begin < start + DAY]

    def find_holiday(self, date: dt.date) -> Holiday | None:
        """The holiday that day belongs to."""
        return next((holiday for holiday in self.holidays if holiday.covers(date)), None)

    def is_open(self, at: dt.datetime) -> bool:
        """True when people are there at that moment."""
        return self._find_span(at) is not None

    def closes_at(self, at: dt.datetime) -> dt.datetime | None:
        """When the present span ends, midnight not counting as an end; None while closed, or open for ever."""
        span = self._find_span(at)
        if span is None:
            return None
        date = at.astimezone(self.tz).date()
        for _day in range(LOOK_AHEAD_DAYS):
            if span[1] < DAY:
                return self._moment(date, span[1])
            date += dt.timedelta(days=1)
            following = self.spans_of(date)
            if not following or following[0][0] != 0:
                return self._moment(date, 0)
            span = following[0]
        return None

    def opens_at(self, at: dt.datetime) -> dt.datetime | None:
        """When people are there next; None while they are, or when that is not within a year."""
        if self.is_open(at):
            return None
        date = at.astimezone(self.tz).date()
        for _day in range(LOOK_AHEAD_DAYS):
            for begin, _end in self.spans_of(date):
                moment = self._moment(date, begin)
                if moment > at:
                    return moment
            date += dt.timedelta(days=1)
        return None

    def _find_span(self, at: dt.datetime) -> tuple[int, int] | None:
        local = at.astimezone(self.tz)
        minute = local.hour * 60 + local.minute
        return next((span for span in self.spans_of(local.date()) if span[0] <= minute < span[1]), None)

    def _moment(self, date: dt.date, minute: int) -> dt.datetime:
        """That time on the clock there; one that the clock skips is the moment after the skip."""
        days, minute = divmod(minute, DAY)
        clock = dt.time(minute // 60, minute % 60)
        local = dt.datetime.combine(date + dt.timedelta(days=days), clock, tzinfo=self.tz)
        return local.astimezone(dt.UTC)


def join_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of a week in order: what overlaps or touches is one, what crosses midnight is cut there."""
    cut = sorted(piece for begin, end in spans for piece in _cut(begin, end))
    joined: list[tuple[int, int]] = []
    for begin, end in cut:
        if joined and begin <= joined[-1][1] and begin % DAY:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


def _cut(begin: int, end: int) -> Iterable[tuple[int, int]]:
    while begin < end:
        midnight = (begin // DAY + 1) * DAY
        yield begin % WEEK, begin % WEEK + min(end, midnight) - begin
        begin = midnight


def read_hours(zone: str, week: Sequence[Sequence[int]], holidays: Sequence[Mapping[str, Any]]) -> Hours:
    """Hours as they are stored: `[[540, 1020]]` and `[{"name", "first", "last"}]` with ISO dates."""
    days = [
        Holiday(str(row["name"]), dt.date.fromisoformat(row["first"]), dt.date.fromisoformat(row["last"]))
        for row in holidays
    ]
    return Hours(zone, tuple((begin, end) for begin, end in week), tuple(days))


def write_holidays(holidays: Iterable[Holiday]) -> list[dict[str, str]]:
    """Holidays as they are stored."""
    return [
        {"name": row.name, "first": row.first.isoformat(), "last": row.last.isoformat()}
        for row in sorted(holidays, key=lambda row: (row.first, row.last, row.name))
    ]
