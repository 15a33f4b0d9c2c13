"""Hours and holidays as people type them."""

from __future__ import annotations

import pytest

from ticketing.hours.calendar import DAY, join_spans
from ticketing.hours.typed import read_day, read_holidays, write_day, write_holidays
from ticketing.hours.zones import NO_CITY, find_zone


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("09:00–17:00", [(540, 1020)]),
        ("9-17", [(540, 1020)]),
        ("9.30 - 12, 13:00—24:00", [(570, 720), (780, 1440)]),
        ("22:00–06:00", [(1320, DAY + 360)]),
        ("00:00-24:00", [(0, 1440)]),
    ],
)
def test_a_day_is_read_leniently(text: str, spans: list[tuple[int, int]]) -> None:
    assert read_day(text, 0) == spans
    assert read_day(text, 2) == [(begin + 2 * DAY, end + 2 * DAY) for begin, end in spans]


@pytest.mark.parametrize("text", ["nine to five", "9-25", "09:60-10:00", "24:00-08:00", "10-10", "9", "-"])
def test_what_is_no_span_gets_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        read_day(text, 0)


def test_a_day_is_written_as_it_is_read() -> None:
    text = "09:00–12:00, 13:00–24:00"
    assert write_day(join_spans(read_day(text, 0))) == text


def test_holidays_are_read_and_written() -> None:
    text = "2026-12-24 – 2026-12-26 Christmas\n\n2027-01-01\n"
    assert write_holidays(read_holidays(text)) == "2026-12-24 – 2026-12-26 Christmas\n2027-01-01"
    assert read_holidays("2026-12-25, Christmas")[0].name == "Christmas"


@pytest.mark.parametrize("text", ["Christmas", "2026-13-01 Never", "2026-12-26 – 2026-12-24 Backwards", "25.12.2026"])
def test_what_is_no_holiday_gets_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        read_holidays(text)


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Berlin", "Europe/Berlin"),
        ("London", "Europe/London"),
        ("Hong Kong", "Asia/Hong_Kong"),
        ("Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("Samoa", "Pacific/Apia"),
        ("Hawaii", "US/Hawaii"),
        ("UTC", "UTC"),
        ("Europe/Paris", "Europe/Paris"),
        ("Atlantis", ""),
        ("", ""),
    ],
)
def test_zendesks_zones_are_found(name: str, zone: str) -> None:
    assert find_zone(name) == zone


def test_every_zone_of_the_table_is_known_here() -> None:
    assert all(find_zone(zone) == zone for zone in NO_CITY.values())
