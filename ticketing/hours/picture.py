"""The present week as a picture: when people are there, the holidays, and now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ticketing.hours.calendar import DAY, Hours
from ticketing.hours.typed import clock

LEFT, WIDTH, TOP, ROW, BAR = 76.0, 600.0, 26.0, 28.0, 16.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A span in which people are there."""

    x: float
    width: float
    label: str


@dataclass(frozen=True, slots=True)
class Day:
    """A row of the picture; `y` is its middle. `total` says how long, or why nobody is there."""

    label: str
    y: float
    bars: Sequence[Bar]
    total: str
    is_today: bool

    @property
    def top(self) -> float:
        return self.y - BAR / 2


@dataclass(frozen=True, slots=True)
class Picture:
    """The geometry and the words of the week."""

    days: Sequence[Day]
    ticks: Sequence[tuple[float, str]]
    now_x: float
    now_y: float
    now: str
    title: str


def draw_week(hours: Hours, at: dt.datetime) -> Picture:
    """Monday to Sunday of the week of `at`, on the clock of the hours' zone."""
    local = at.astimezone(hours.tz)
    monday = local.date() - dt.timedelta(days=local.weekday())
    days = [_draw_day(hours, monday + dt.timedelta(days=n), n, local.date()) for n in range(7)]
    minute = local.hour * 60 + local.minute
    said = "; ".join(f"{day.label}: {', '.join(bar.label for bar in day.bars) or day.total}" for day in days)
    return Picture(
        days,
        [(_x(hour * 60), f"{hour:02}") for hour in range(0, 25, 3)],
        _x(minute),
        TOP + local.weekday() * ROW,
        clock(minute),
        _("Office hours of this week. %(days)s") % {"days": said},
    )


def _draw_day(hours: Hours, date: dt.date, number: int, today: dt.date) -> Day:
    spans, holiday = hours.spans_of(date), hours.find_holiday(date)
    minutes = sum(end - begin for begin, end in spans)
    if holiday is not None:
        total = holiday.name or _("Holiday")
        total = total if len(total) <= 12 else f"{total[:11]}…"
    elif not minutes:
        total = _("closed")
    else:
        total = _("%(h)s h") % {"h": f"{minutes / 60:.4g}"}
    bars = [
        Bar(_x(begin), round((end - begin) / DAY * WIDTH, 1), f"{clock(begin)}–{clock(end)}") for begin, end in spans
    ]
    return Day(date_format(date, "D j M"), TOP + ROW * (number + 0.5), bars, total, date == today)


def _x(minute: int) -> float:
    return round(LEFT + minute / DAY * WIDTH, 1)
