"""Open or closed, and when that changes: over holidays, midnight and the changes of the clock."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from ticketing.hours.calendar import DAY, WEEK, Holiday, Hours, join_spans, read_hours, write_holidays

NINE_TO_FIVE = tuple((day * DAY + 540, day * DAY + 1020) for day in range(5))
BERLIN = Hours("Europe/Berlin", NINE_TO_FIVE)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def test_the_clock_of_the_zone_decides() -> None:
    assert BERLIN.is_open(utc("2026-11-23 08:00"))  # 9:00 in Berlin
    assert not BERLIN.is_open(utc("2026-11-23 07:59"))
    assert not BERLIN.is_open(utc("2026-11-23 16:00"))  # 17:00


def test_after_the_last_hour_of_the_week_it_opens_on_monday() -> None:
    assert BERLIN.opens_at(utc("2026-11-20 18:00")) == utc("2026-11-23 08:00")


def test_while_open_it_tells_when_it_closes_and_no_opening() -> None:
    now = utc("2026-11-23 10:00")
    assert BERLIN.opens_at(now) is None
    assert BERLIN.closes_at(now) == utc("2026-11-23 16:00")


def test_a_holiday_is_skipped() -> None:
    hours = Hours("Europe/Berlin", NINE_TO_FIVE, (Holiday("Feast", dt.date(2026, 11, 23), dt.date(2026, 11, 24)),))
    assert not hours.is_open(utc("2026-11-23 10:00"))
    assert hours.opens_at(utc("2026-11-23 10:00")) == utc("2026-11-25 08:00")


def test_summer_time_moves_the_hours() -> None:
    assert BERLIN.opens_at(utc("2027-03-27 12:00")) == utc("2027-03-29 07:00")  # the clock went ahead on Sunday


def test_an_hour_that_the_clock_skips_opens_after_it() -> None:
    hours = Hours("Europe/Berlin", ((6 * DAY + 150, 6 * DAY + 600),))  # Sunday 2:30, which is not there
    opens = hours.opens_at(utc("2027-03-27 12:00"))
    assert opens is not None
    assert opens == utc("2027-03-28 01:30")
    assert hours.is_open(opens)


def test_a_night_shift_closes_in_the_morning_not_at_midnight() -> None:
    hours = Hours("UTC", tuple(join_spans([(22 * 60, 30 * 60)])))
    assert hours.week == ((1320, 1440), (1440, 1800))
    assert hours.closes_at(utc("2026-11-23 23:00")) == utc("2026-11-24 06:00")


def test_sundays_night_runs_into_monday() -> None:
    assert join_spans([(6 * DAY + 1320, 7 * DAY + 360)]) == [(0, 360), (6 * DAY + 1320, WEEK)]


def test_around_the_clock_never_closes() -> None:
    hours = Hours("UTC", tuple((day * DAY, day * DAY + DAY) for day in range(7)))
    assert hours.closes_at(utc("2026-11-23 23:00")) is None


def test_a_week_without_hours_never_opens() -> None:
    assert Hours("UTC", ()).opens_at(utc("2026-11-23 23:00")) is None


def test_overlapping_spans_are_one() -> None:
    assert join_spans([(540, 720), (700, 800), (800, 900)]) == [(540, 900)]


def test_holidays_survive_storing() -> None:
    holiday = Holiday("Christmas", dt.date(2026, 12, 25), dt.date(2026, 12, 26))
    assert read_hours("UTC", [[1, 2]], write_holidays([holiday])) == Hours("UTC", ((1, 2),), (holiday,))


spans = st.tuples(st.integers(0, WEEK - 1), st.integers(1, DAY)).map(lambda pair: (pair[0], sum(pair)))
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
moments = st.integers(0, 2 * 365 * DAY).map(lambda minutes: utc("2026-01-01") + dt.timedelta(minutes=minutes))


@given(week=st.lists(spans, min_size=1, max_size=6), zone=zones, at=moments)
def test_the_next_opening_is_open_and_the_end_is_not(week: list[tuple[int, int]], zone: str, at: dt.datetime) -> None:
    hours = Hours(zone, tuple(join_spans(week)))
    opens, closes = hours.opens_at(at), hours.closes_at(at)
    assert opens is None or (opens > at and hours.is_open(opens))
    assert (opens is None) == hours.is_open(at)
    assert closes is None or hours.is_open(at)
