"""Schedules of the stand-in: made by hand, given by the API as Zendesk does."""

from __future__ import annotations

import pytest

from tests.sandbox.server import Desk, Sandbox
from tests.sandbox.test_pages import Browser

PAGE = "/acme/admin/objects-rules/rules/schedules"
API = "business_hours/schedules"


@pytest.fixture
def visitor(sandbox: Sandbox) -> Browser:
    return Browser(sandbox.url)


def test_an_account_without_schedules_has_an_empty_list(desk: Desk) -> None:
    assert desk.api("GET", API).json()["schedules"] == []
    assert desk.api("GET", f"{API}/1/holidays").status_code == 404


def test_a_schedule_made_by_hand_is_given_by_the_api(desk: Desk, visitor: Browser) -> None:
    visitor.post(PAGE, action="make", name="EMEA", zone="Berlin", days=["1", "2"], start="09:00", end="17:30")
    (found,) = desk.api("GET", API).json()["schedules"]
    assert (found["name"], found["time_zone"]) == ("EMEA", "Berlin")
    assert found["intervals"] == [{"start_time": 1980, "end_time": 2490}, {"start_time": 3420, "end_time": 3930}]
    visitor.post(PAGE, action="holiday", schedule=str(found["id"]), name="Feast", first="2026-12-25")
    (holiday,) = desk.api("GET", f"{API}/{found['id']}/holidays").json()["holidays"]
    assert (holiday["name"], holiday["start_date"], holiday["end_date"]) == ("Feast", "2026-12-25", "2026-12-25")
    visitor.post(PAGE, action="delete", schedule=str(found["id"]))
    assert desk.api("GET", API).json()["schedules"] == []


@pytest.mark.parametrize("changes", [{"start": "18:00"}, {"days": []}, {"name": " "}, {"end": "25:00"}])
def test_what_is_no_schedule_is_refused(desk: Desk, visitor: Browser, changes: dict[str, str | list[str]]) -> None:
    new: dict[str, str | list[str]] = {"action": "make", "name": "EMEA", "zone": "Berlin", "days": ["1"]}
    visitor.post(PAGE, **(new | {"start": "09:00", "end": "17:30"} | changes))
    assert desk.api("GET", API).json()["schedules"] == []
