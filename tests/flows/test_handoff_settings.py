"""Where handoffs go by their reason, and hours read from Zendesk's schedules, over real HTTP."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.test import Client
from django.utils import timezone

from integrations.models import SunshineConnection
from opencx_admin.orgs.models import Organization
from tests.api_client import HANDOFF, ApiClient
from tests.flows.conftest import Worker, events_of
from tests.sandbox.server import Desk, Sandbox
from ticketing.hours import tasks
from ticketing.hours.standing import find_hours
from ticketing.models import Handoff, HandoffReason, HandoffSettings, ReasonRule

HANDED_OFF = "conversation.handoff_to_human"
PAGE = "/settings/handoff/"
DAYS = [[1440 * day + 540, 1440 * day + 1020] for day in range(1, 6)]
REASON = HandoffReason.USER_REQUESTED


def hand_off(api: ApiClient, channel: str = "email", **contact: Any) -> Handoff:
    someone = {"id": "c1", "name": "Carla Contact", "email": "carla@customer.example", **contact}
    api.put_session("ses-1", {"channel": channel, "contact": someone})
    answer = api.call("POST", "sessions/ses-1/handoff", HANDOFF | {"reason": REASON})
    return Handoff.objects.get(pk=answer.body["handoff_id"])


def test_a_reason_adds_tags_and_names_the_assignee(
    desk: Desk, org: Organization, api: ApiClient, worker: Worker
) -> None:
    grace = desk.api("GET", "users/search?query=grace@acme.example").json()["users"][0]["id"]
    ReasonRule.objects.create(organization=org, reason=REASON, tags=["vip"], assignee_id=grace)
    hand_off(api)
    worker.rest()
    ticket = desk.api("GET", f"tickets/{desk.tickets()[0]['id']}").json()["ticket"]
    assert {"vip", "opencx_handedoff"} <= set(ticket["tags"])
    assert ticket["assignee_id"] == grace


def test_a_chat_becomes_a_ticket_by_its_reason_and_says_so(
    desk: Desk, chats: SunshineConnection, org: Organization, api: ApiClient, worker: Worker
) -> None:
    ReasonRule.objects.create(organization=org, reason=REASON, route="ticket")
    handoff = hand_off(api, channel="web")
    worker.rest()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.route) == ("linked", "ticket")
    assert handoff.fell_back == "Your settings send handoffs of this reason to a ticket."
    assert not desk.requests(path="/sc/v2/apps/*/conversations")


def test_a_contact_who_can_be_no_requester_chats_on(
    desk: Desk, chats: SunshineConnection, org: Organization, api: ApiClient, worker: Worker
) -> None:
    HandoffSettings.objects.create(organization=org, route="ticket")
    handoff = hand_off(api, channel="web", email=None)
    worker.rest()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.route) == ("linked", "conversation")


def test_the_event_tells_of_the_hours_only_while_nobody_is_there(
    desk: Desk, sandbox: Sandbox, org: Organization, api: ApiClient, worker: Worker
) -> None:
    tomorrow = (timezone.now() + dt.timedelta(days=1)).astimezone(dt.UTC)
    start = tomorrow.weekday() * 1440
    HandoffSettings.objects.create(
        organization=org, has_hours=True, week=[[start + 1, start + 1439]], message="Back tomorrow."
    )
    hand_off(api)
    worker.rest()
    (told,) = events_of(sandbox, "ses-1", HANDED_OFF)
    assert (told["out_of_hours"], told["message"]) == (True, "Back tomorrow.")
    assert told["opens_at"] == f"{tomorrow:%Y-%m-%d}T00:01:00+00:00"


def test_without_settings_the_event_is_as_it_was(desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker) -> None:
    hand_off(api)
    worker.rest()
    (told,) = events_of(sandbox, "ses-1", HANDED_OFF)
    assert not {"out_of_hours", "message", "opens_at"} & set(told)


def test_schedules_are_read_followed_and_read_again(
    sandbox: Sandbox, desk: Desk, org: Organization, as_alice: Client
) -> None:
    holiday = {"name": "Feast", "start_date": "2026-11-26", "end_date": "2026-11-27"}
    desk.order("/schedules", {"name": "Support", "time_zone": "Berlin", "intervals": DAYS, "holidays": [holiday]})
    as_alice.post(PAGE, {"action": "read_schedules"})
    page = as_alice.get(PAGE).content.decode()
    assert "Zendesk: Support (Berlin)" in page
    saved = HandoffSettings.objects.get(organization=org)
    assert saved.next_attempt_at is None
    as_alice.post(PAGE, {"action": "save", "has_hours": "on", "schedule": str(saved.schedules[0]["id"])})
    saved.refresh_from_db()
    hours = find_hours(HandoffSettings.objects.get(organization=org))
    assert hours is not None
    assert hours.zone == "Europe/Berlin"
    assert hours.is_open(dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC))
    assert not hours.is_open(dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC))  # a Sunday
    assert hours.find_holiday(dt.date(2026, 11, 27)) is not None
    desk.order("/schedules", {"clear": True})
    HandoffSettings.objects.update(next_attempt_at=timezone.now())
    tasks.read_schedules(saved.pk)
    saved.refresh_from_db()
    assert saved.schedules == []
    assert find_hours(HandoffSettings.objects.get(organization=org)) is None
    assert HandoffSettings.objects.filter(organization=org, next_attempt_at__isnull=False).exists()
    assert "The office hours are not known" in as_alice.get(PAGE).content.decode()


def test_while_zendesk_fails_the_hours_it_last_told_hold(desk: Desk, org: Organization, as_alice: Client) -> None:
    desk.order("/schedules", {"name": "Support", "time_zone": "Berlin", "intervals": DAYS})
    as_alice.post(PAGE, {"action": "read_schedules"})
    saved = HandoffSettings.objects.get(organization=org)
    before = json.dumps(saved.schedules)
    desk.fault("403", path="/api/v2/business_hours/*", times=5)
    as_alice.post(PAGE, {"action": "read_schedules"})
    saved.refresh_from_db()
    assert json.dumps(saved.schedules) == before
    assert "shows no schedules" in as_alice.get(PAGE).content.decode()


def test_an_assignee_whom_zendesk_does_not_know_is_refused(desk: Desk, as_alice: Client) -> None:
    answer = as_alice.post(PAGE, {"action": "save", "assignee_prohibited_topic": "99"})
    assert answer.status_code == 422
    assert "Zendesk knows no user 99." in answer.content.decode()
