"""Tickets of the past, and the fields they were filled with."""

from typing import Any

import pytest
import requests

from integrations.sandbox.help_center import sample
from tests.sandbox.server import Desk, Sandbox

REASON = {
    "id": 29512040113601,
    "type": "tagger",
    "title": "Reason",
    "options": [{"name": "Return", "value": "return_item"}, {"name": "Login", "value": "login"}],
}
FAULTS = {"id": 3, "type": "multiselect", "title": "Fault", "options": [{"name": "Zip", "value": "fault_zip"}]}
GIFT = {"id": 4, "type": "checkbox", "title": "Gift", "tag": "gift"}


@pytest.fixture
def desk(sandbox: Sandbox) -> Desk:
    """An account with three fields."""
    return sandbox.account("acme", ticket_fields=[REASON, FAULTS, GIFT])


def value_of(ticket: dict[str, Any], field_id: int) -> Any:
    return next(one["value"] for one in ticket["custom_fields"] if one["id"] == field_id)


def test_past_tickets_carry_their_values_and_the_tags_of_these(desk: Desk) -> None:
    fields = {"29512040113601": "return_item", "3": ["fault_zip"], "4": True}
    person = {"name": "Maya", "email": "maya@example.com"}
    (number,) = desk.add_past_tickets(
        {"subject": "S", "text": "Going back", "fields": fields, "tags": ["vip"], "requester": person,
         "created_at": "2026-01-05T10:00:00Z", "answer": "Here is the label"}
    )  # fmt: skip
    ticket = desk.api("GET", f"tickets/{number}").json()["ticket"]
    assert (ticket["status"], ticket["created_at"], ticket["description"]) == (
        "solved",
        "2026-01-05T10:00:00Z",
        "Going back",
    )
    assert value_of(ticket, 29512040113601) == "return_item"
    assert ticket["tags"] == ["fault_zip", "gift", "return_item", "vip"]
    assert [(one["body"], one["public"]) for one in desk.comments(number)] == [
        ("Going back", True),
        ("Here is the label", True),
    ]


def test_a_value_that_the_field_cannot_hold_is_refused_and_nothing_is_made(desk: Desk) -> None:
    said = {"tickets": [{"text": "a"}, {"text": "b", "fields": {"29512040113601": "Return"}}]}
    answer = requests.post(f"{desk.sandbox.url}/_control/accounts/acme/past_tickets", json=said, timeout=10)
    assert answer.status_code == 409
    assert desk.tickets() == []


def test_exports_go_through_all_of_them_by_cursor(desk: Desk) -> None:
    made = desk.add_past_tickets(*({"subject": f"S{n}", "text": f"Text {n}"} for n in range(25)))
    page, seen = desk.api("GET", "incremental/tickets/cursor?start_time=0&per_page=10").json(), []
    while True:
        seen += [one["id"] for one in page["tickets"]]
        if page["end_of_stream"]:
            break
        page = requests.get(page["after_url"], auth=desk.credentials, timeout=10).json()
    assert seen == made
    later = desk.api("GET", f"incremental/tickets/cursor?cursor={page['after_cursor']}").json()
    assert (later["tickets"], later["after_cursor"], later["end_of_stream"]) == ([], page["after_cursor"], True)


def test_exports_are_limited_to_ten_a_minute(desk: Desk) -> None:
    answers = [desk.api("GET", "incremental/tickets/cursor?start_time=0") for _ in range(11)]
    assert [one.status_code for one in answers] == [200] * 10 + [429]
    assert answers[0].headers["zendesk-ratelimit-incremental-exports-cursor"].startswith("total=10; remaining=9")
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_archived_tickets_are_in_the_export_and_in_no_list(desk: Desk) -> None:
    old = {"text": "a", "status": "closed", "created_at": "2020-01-01T10:00:00Z", "solved_at": "2020-01-02T10:00:00Z"}
    number, recent = desk.add_past_tickets(old, {"text": "b"})
    assert [one["id"] for one in desk.api("GET", "tickets?page[size]=100").json()["tickets"]] == [recent]
    exported = desk.api("GET", "incremental/tickets/cursor?start_time=0").json()["tickets"]
    assert [one["id"] for one in exported] == [number, recent]
    assert desk.api("GET", f"tickets/{number}").json()["ticket"]["status"] == "closed"


def test_fields_tell_their_options_and_what_is_the_systems_own(desk: Desk) -> None:
    fields = {one["title"]: one for one in desk.api("GET", "ticket_fields").json()["ticket_fields"]}
    assert [one["value"] for one in fields["Reason"]["custom_field_options"]] == ["return_item", "login"]
    assert (fields["Reason"]["removable"], fields["Subject"]["removable"]) == (True, False)
    assert [one["value"] for one in fields["Priority"]["system_field_options"]] == ["low", "normal", "high", "urgent"]
    assert (fields["Gift"]["tag"], fields["Gift"]["required"], fields["Gift"]["active"]) == ("gift", False, True)


def test_a_changed_field_says_when(desk: Desk) -> None:
    desk.sandbox.control("clock", {"advance_seconds": 60})
    before = desk.api("GET", "ticket_fields/4").json()["ticket_field"]
    after = desk.api("PUT", "ticket_fields/4", json={"ticket_field": {"title": "Present"}}).json()["ticket_field"]
    desk.sandbox.control("clock", {"advance_seconds": -60})
    assert (after["title"], after["updated_at"] > before["updated_at"]) == ("Present", True)


def test_the_form_has_the_active_fields(desk: Desk) -> None:
    desk.api("PUT", "ticket_fields/4", json={"ticket_field": {"active": False}})
    (form,) = desk.api("GET", "ticket_forms").json()["ticket_forms"]
    assert (3 in form["ticket_field_ids"], 4 in form["ticket_field_ids"]) == (True, False)
    assert desk.api("GET", f"ticket_forms/{form['id']}").json()["ticket_form"] == form


def test_the_demos_past_is_whole(sandbox: Sandbox) -> None:
    desk = sandbox.account("demo", **sample.account())
    tickets = sample.past_tickets()
    assert len(desk.add_past_tickets(*tickets)) == len(tickets) >= 150
    articles = desk.help_center()["articles"]
    drafts = [one for one in articles if one["translations"]["en-us"]["draft"]]
    restricted = [one for one in articles if one["segment"]]
    assert (len(articles) >= 40, len(drafts), len(restricted)) == (True, 3, 4)
    assert sum("de" in one["translations"] for one in articles) >= 10
    assert not any("{" in one["text"] + one["answer"] for one in tickets)


def test_what_the_demos_fields_hold_stands_in_the_words_of_the_ticket() -> None:
    order, tracking = 29512040113607, 29512040113608
    for ticket in sample.past_tickets():
        for field in (order, tracking):
            assert str(ticket["fields"].get(field, "")) in ticket["text"], ticket
