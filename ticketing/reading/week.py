"""Handoffs of seven days, as numbers and as the geometry of a chart drawn on the server."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.times import span_text
from ticketing.canary.apart import handoffs_of
from ticketing.models import Handoff

DAYS = 7
MOST_TIMES = 5000
WIDTH, LEFT = 740.0, 76.0
TOP, BASE = 26.0, 132.0
SMALL_TOP, SMALL_BASE = 160.0, 186.0
BAR, SMALL_BAR = 46.0, 21.0


@dataclass(frozen=True, slots=True)
class Day:
    """One day's handoffs by when they were asked for. `retried` took more than one try, whatever became of it."""

    date: dt.date
    label: str
    linked: int
    failed: int
    retried: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its number printed over it; a bar of nothing has no height, and its number is muted."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    value: int

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def above(self) -> float:
        return self.y - 5


@dataclass(frozen=True)
class Week:
    """Seven days, today last."""

    days: Sequence[Day]
    times: Sequence[float]

    @cached_property
    def totals(self) -> dict[str, int]:
        return {name: sum(getattr(day, name) for day in self.days) for name in ("linked", "failed", "retried")}

    @property
    def is_empty(self) -> bool:
        return not any(self.totals.values())

    @property
    def title(self) -> str:
        """What the picture says, for who cannot see it."""
        return _("Handoffs of 7 days: %(linked)s linked, %(retried)s retried, %(failed)s failed") % self.totals

    @property
    def speed(self) -> str:
        """How fast tickets were made: half of them, and all but one in a hundred."""
        if not self.times:
            return ""
        ordered = sorted(self.times)
        half = span_text(ordered[(len(ordered) - 1) // 2])
        most = span_text(ordered[math.ceil(len(ordered) * 0.99) - 1])
        return _("Half linked within %(half)s, 99 %% within %(most)s.") % {"half": half, "most": most}

    @cached_property
    def ticks(self) -> list[tuple[float, int]]:
        """The height and number of the two lines above the ground line."""
        top = self._top
        return [(round(BASE - (BASE - TOP) * value / top, 1), value) for value in (top // 2, top) if value]

    @cached_property
    def _top(self) -> int:
        """A round number not far above the highest bar, even so that its half is whole."""
        highest = max((day.linked for day in self.days), default=0)
        step = int(10 ** max(len(str(highest)) - 1, 0))
        return next(
            (value for factor in (1, 2, 4, 6, 8, 10) if (value := factor * step) >= highest and value % 2 == 0),
            max(2, 10 * step),
        )

    @cached_property
    def columns(self) -> list[tuple[Day, float, list[Bar]]]:
        """Each day with the middle of its column and its bars."""
        pitch = (WIDTH - LEFT) / DAYS
        return [
            (day, round(LEFT + pitch * (n + 0.5), 1), self._bars(day, LEFT + pitch * (n + 0.5)))
            for n, day in enumerate(self.days)
        ]

    def _bars(self, day: Day, middle: float) -> list[Bar]:
        small = max(*(max(one.failed, one.retried) for one in self.days), 4)
        high = (BASE - TOP) * day.linked / self._top
        bars = [Bar("ok", middle - BAR / 2, BASE - high, BAR, high, day.linked)]
        for kind, value, x in (("bad", day.failed, middle - SMALL_BAR - 2), ("warn", day.retried, middle + 2)):
            height = (SMALL_BASE - SMALL_TOP) * value / small
            bars.append(Bar(kind, x, SMALL_BASE - height, SMALL_BAR, height, value))
        return [Bar(b.kind, round(b.x, 1), round(b.y, 1), b.width, round(b.height, 1), b.value) for b in bars]


def read_week(org: Organization) -> Week:
    """The last seven days in the reader's time zone, in two queries."""
    today = timezone.localdate()
    first = today - dt.timedelta(days=DAYS - 1)
    start = dt.datetime.combine(first, dt.time.min, tzinfo=timezone.get_current_timezone())
    rows = handoffs_of(org).filter(created_at__gte=start).order_by()
    found = {
        row["day"]: row
        for row in rows.annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(
            linked=Count("pk", filter=Q(status=Handoff.Status.LINKED)),
            failed=Count("pk", filter=Q(status=Handoff.Status.FAILED)),
            retried=Count("pk", filter=Q(attempts__gt=1)),
        )
    }
    days = []
    for date in (first + dt.timedelta(days=n) for n in range(DAYS)):
        row = found.get(date)
        numbers = (row["linked"], row["failed"], row["retried"]) if row else (0, 0, 0)
        days.append(Day(date, _("Today") if date == today else date_format(date, "D j"), *numbers))
    made = rows.filter(linked_at__isnull=False).order_by("-created_at")
    pairs = made.values_list("created_at", "linked_at")[:MOST_TIMES]
    return Week(days, [(end - begin).total_seconds() for begin, end in pairs if end])
