"""The chart of seven days: a scale that fits, bars that stay inside, numbers that add up."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from opencx_admin.orgs.models import Organization
from tests.factories import HandoffFactory
from ticketing.reading.week import BASE, SMALL_BASE, SMALL_TOP, TOP, Day, Week, read_week

numbers = st.integers(0, 3_000_000)


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=7, max_size=7))
def test_every_bar_fits_and_the_scale_is_whole(days: list[tuple[int, int, int]]) -> None:
    week = Week([Day(dt.date(2026, 11, 16), "Mon 16", *three) for three in days], [])
    for _day, _middle, bars in week.columns:
        assert TOP - 0.1 <= bars[0].y <= BASE
        assert all(SMALL_TOP - 0.1 <= bar.y <= SMALL_BASE for bar in bars[1:])
    (_half_y, half), (top_y, top) = week.ticks
    assert top == 2 * half
    assert top >= max(three[0] for three in days)
    assert top_y == TOP


@pytest.mark.django_db
@time_machine.travel(dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC), tick=False)
def test_days_begin_at_the_reader_s_own_midnight(org: Organization) -> None:
    HandoffFactory.create(organization=org, is_linked=True, created_at=timezone.now() - dt.timedelta(hours=1))
    with timezone.override(dt.timezone(dt.timedelta(hours=1))):
        assert [day.linked for day in read_week(org).days[-2:]] == [1, 0]
    assert [day.linked for day in read_week(org).days[-2:]] == [0, 1]


def test_speed_is_told_for_half_and_for_nearly_all() -> None:
    assert Week([], [0.5, 0.7, 4.0]).speed == "Half linked within 0.7 s, 99 % within 4 s."
    assert Week([], []).speed == ""
