"""Settings → Handoff: saved as wanted, refused with a reason, and shown as a week."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import HandoffFactory
from ticketing import reason_rules
from ticketing.hours.standing import tell_hours
from ticketing.models import HandoffSettings, ReasonRule

PAGE = "/settings/handoff/"
WANTED: dict[str, Any] = {
    "action": "save",
    "route": "default",
    "has_hours": "on",
    "time_zone": "Europe/Berlin",
    "day_0": "9-12, 13:00–17:00",
    "day_1": "22:00–06:00",
    "holidays": "2026-12-25 Christmas",
    "message": "We are back in the morning.",
    "route_prohibited_topic": "ticket",
    "tags_prohibited_topic": "Legal, urgent",
    "assignee_prohibited_topic": "4711",
}


def test_saving_is_kept_and_written_down(as_alice: Client, org: Organization) -> None:
    answer = as_alice.post(PAGE, WANTED)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    saved = HandoffSettings.objects.get(organization=org)
    assert saved.week == [[540, 720], [780, 1020], [2760, 2880], [2880, 3240]]
    assert saved.holidays == [{"name": "Christmas", "first": "2026-12-25", "last": "2026-12-25"}]
    rule = ReasonRule.objects.get(organization=org)
    assert (rule.reason, rule.route, rule.tags, rule.assignee_id) == (
        "prohibited_topic",
        "ticket",
        ["legal", "urgent"],
        4711,
    )
    entry = AuditEntry.objects.get(action="handoff_settings.save")
    assert entry.after["time_zone"] == "Europe/Berlin"
    page = as_alice.get(PAGE).content.decode()
    assert 'value="09:00–12:00, 13:00–17:00"' in page
    assert 'value="legal urgent"' in page


def test_a_rule_that_says_nothing_is_taken_away(as_alice: Client, org: Organization) -> None:
    as_alice.post(PAGE, WANTED)
    as_alice.post(PAGE, {"action": "save", "route": "ticket"})
    assert not ReasonRule.objects.exists()
    saved = HandoffSettings.objects.get(organization=org)
    assert (saved.route, saved.has_hours) == ("ticket", False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"day_0": "nine to five"}, "is no span of time"),
        ({"holidays": "Christmas"}, "is no holiday"),
        ({"day_0": "", "day_1": ""}, "Hours need at least one day"),
        ({"tags_prohibited_topic": "opencx_handedoff"}, "are ours"),
        ({"assignee_prohibited_topic": "Ada"}, "whole number"),
        ({"schedule": "77"}, "77"),
        ({"time_zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"route": "pigeon"}, "pigeon"),
        ({"action": "dance"}, "Save handoff settings"),
    ],
)
def test_what_cannot_be_saved_says_why(
    as_alice: Client, org: Organization, changes: dict[str, Any], words: str
) -> None:
    answer = as_alice.post(PAGE, WANTED | changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not HandoffSettings.objects.exists()


@pytest.mark.parametrize("person", ["as_lea", "as_vera"])
def test_others_read_it_and_may_not_save(person: str, request: pytest.FixtureRequest, org: Organization) -> None:
    browser: Client = request.getfixturevalue(person)
    assert "needs the role admin" in browser.get(PAGE).content.decode()
    assert browser.post(PAGE, WANTED).status_code == 403


@pytest.mark.parametrize(
    ("now", "sentence", "more"),
    [
        ("2026-11-23T09:00:00Z", "People are there now", "Mon 23 Nov, 12:00, Berlin time"),
        ("2026-11-23T20:00:00Z", "Nobody is there now", "Tue 24 Nov, 22:00, Berlin time"),
    ],
)
def test_the_page_says_whether_anybody_is_there(as_alice: Client, now: str, sentence: str, more: str) -> None:
    with time_machine.travel(now, tick=False):
        as_alice.post(PAGE, WANTED)
        page = as_alice.get(PAGE).content.decode()
    assert sentence in page
    assert more in page
    assert "09:00–12:00, 13:00–17:00" in page
    assert "<svg" in page


def test_without_hours_nothing_is_told(as_alice: Client, org: Organization) -> None:
    assert tell_hours(org.pk) == {}
    as_alice.post(PAGE, {**WANTED, "has_hours": ""})
    assert tell_hours(org.pk) == {}
    assert "Handoffs go out around the clock" in as_alice.get(PAGE).content.decode()


@time_machine.travel("2026-11-23T20:00:00Z", tick=False)
def test_outside_of_hours_the_message_and_the_next_opening_are_told(as_alice: Client, org: Organization) -> None:
    as_alice.post(PAGE, WANTED)
    told = tell_hours(org.pk)
    assert told == {
        "out_of_hours": True,
        "message": "We are back in the morning.",
        "opens_at": "2026-11-24T22:00:00+01:00",
    }


def test_another_organizations_rules_are_not_ours(as_alice: Client, org: Organization, other_org: Organization) -> None:
    as_alice.post(PAGE, WANTED)
    theirs = HandoffFactory.create(organization=other_org, session__organization=other_org, reason="prohibited_topic")
    assert reason_rules.list_tags(theirs) == []
    assert tell_hours(other_org.pk) == {}


def test_a_reason_may_chat_though_all_others_are_tickets(as_alice: Client, org: Organization) -> None:
    as_alice.post(PAGE, {"action": "save", "route": "ticket", "route_user_requested_human_assistance": "conversation"})
    asked = HandoffFactory.create(
        organization=org, session__organization=org, session__channel="web", reason="user_requested_human_assistance"
    )
    other = HandoffFactory.create(
        organization=org, session__organization=org, session__channel="web", reason="prohibited_topic"
    )
    assert not reason_rules.wants_ticket(asked)
    assert reason_rules.wants_ticket(other)
    other.session.contact.email = other.session.contact.phone = ""
    assert not reason_rules.wants_ticket(other)  # nobody could be its requester
