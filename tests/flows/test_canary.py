"""The canary on the real way: green, red at each hop with whose move it is, and counted nowhere."""

from __future__ import annotations

import json

import pytest
import requests
from django.test import Client
from pytest_django import Settings

from integrations.models import PlatformConnection, WebhookEndpoint, WebhookEvent, ZendeskConnection
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import AuditEntry, Organization, User
from tests.flows.between import stand_between
from tests.flows.canary import Bird, assert_nothing_is_left, hop, statuses
from tests.flows.conftest import Worker
from tests.flows.provisioning import act, bare, done
from tests.sandbox.server import Desk, Sandbox
from tests.ticketing.views.pages import read
from ticketing.canary import runs
from ticketing.canary.hops import WORDS
from ticketing.models import AgentReply, CanaryRun, CanarySchedule, Session
from ticketing.reconcile import Counts, reconcile

__all__ = ["bare"]


@pytest.fixture
def bird(desk: Desk, org: Organization, worker: Worker) -> Bird:
    return Bird(org, worker)


def test_a_green_round_trip_proves_each_hop_and_leaves_nothing(desk: Desk, bird: Bird) -> None:
    run = bird.fly()
    assert (run.status, run.problem) == ("passed", "")
    assert statuses(run) == dict.fromkeys(WORDS, "ok")
    assert all(isinstance(one["ms"], int) for one in run.hops)
    sent = desk.sandbox.events(run.session_ref)
    kinds = [event["event"] for event in sent]
    assert kinds == ["conversation.handoff_to_human", "conversation.third_party_agent_response"]
    assert "a public reply" in sent[1]["body"]["data"]["response"]
    assert "note" not in json.dumps([event["body"] for event in sent])
    assert_nothing_is_left(desk)


def test_the_triggers_that_we_set_up_ring_for_it(bare: Desk, org: Organization, alice: User, worker: Worker) -> None:
    done(act(org, "apply", alice))
    WebhookEvent.objects.all().delete()  # the test call's
    run = Bird(org, worker).fly()
    assert (run.status, run.problem) == ("passed", "")
    assert hop(run, "rang")["said"] == ""
    assert_nothing_is_left(bare)


def test_a_trigger_that_is_gone_is_named_and_the_other_half_still_proven(desk: Desk, bird: Bird) -> None:
    desk.delete_by_hand("trigger")
    run = bird.give_up_at("ring")
    assert run.status == "failed"
    assert run.problem == "Zendesk did not ring within 60 s: are the webhook and the trigger active?"
    assert (run.owner, hop(run, "rang")["where"]) == ("you_zendesk", "zendesk-objects")
    assert statuses(run) == dict.fromkeys(WORDS, "ok") | {"rang": "failed"}
    assert_nothing_is_left(desk)


def test_a_trigger_without_ids_is_told_from_one_that_does_not_ring(desk: Desk, bird: Bird) -> None:
    desk.change_by_hand("trigger", body='{"ticket_id": "{{ticket.id}}"}')
    run = bird.fly()
    assert "its call lacks the ids we need" in run.problem
    assert statuses(run)["read"] == "ok"
    assert_nothing_is_left(desk)


def test_calls_with_a_wrong_signature_are_named(desk: Desk, bird: Bird, org: Organization) -> None:
    desk.set_webhook(signing=True, signing_secret="theirs")
    endpoint = WebhookEndpoint.current(org)
    endpoint.signing_secret = Secret.hide("ours")
    endpoint.save()
    run = bird.fly()
    assert "wrong signature" in run.problem
    assert (run.owner, hop(run, "rang")["where"]) == ("you_here", "zendesk-webhook")
    assert_nothing_is_left(desk)


def test_an_events_url_that_refuses_is_the_hop_that_failed(desk: Desk, bird: Bird, sandbox: Sandbox) -> None:
    sandbox.platform(failing_status=503)
    run = bird.give_up_at("deliver")
    assert (run.status, run.owner, hop(run, "delivered")["where"]) == ("failed", "you_here", "opencx")
    assert "503" in run.problem
    assert statuses(run)["held"] == "ok"
    assert_nothing_is_left(desk)


def test_without_an_events_url_the_delivery_is_left_out_and_says_so(
    desk: Desk, org: Organization, worker: Worker
) -> None:
    PlatformConnection.objects.filter(organization=org).update(events_url="")
    run = Bird(org, worker).fly()
    assert run.status == "passed"
    assert hop(run, "delivered")["status"] == "skipped"
    assert hop(run, "delivered")["said"] == "no events URL is saved, so replies wait here"
    assert_nothing_is_left(desk)


def test_refused_credentials_stop_it_at_the_ticket(desk: Desk, org: Organization, worker: Worker) -> None:
    ZendeskConnection.objects.filter(organization=org).update(client_id="nobody")
    bird = Bird(org, worker)
    bird.until(lambda run: run.stage == "clean")
    bird.lose_patience()
    run = bird.fly()
    assert (run.status, run.owner) == ("failed", "you_here")
    assert statuses(run) | {"cleaned": ""} == dict.fromkeys(WORDS, "skipped") | {"ticket": "failed", "cleaned": ""}
    assert not Session.objects.exists()


def test_without_a_connection_it_fails_at_once(org: Organization, worker: Worker, transactional_db: None) -> None:
    run = Bird(org, worker).fly()
    assert run.problem == "Zendesk Ticketing is not set up for this organization."
    assert not Session.objects.exists()


def test_a_note_that_is_taken_for_a_reply_is_the_loudest_failure(
    desk: Desk, org: Organization, worker: Worker, sandbox: Sandbox, settings: Settings
) -> None:
    with stand_between(sandbox.url) as between:
        settings.ZENDESK_URL = f"{between.url}/{{subdomain}}"

        def make_public(body: dict[str, list[dict[str, object]]]) -> None:
            for comment in body.get("comments", []):
                comment["public"] = comment["public"] or "an internal note" in str(comment["body"])

        between.change("GET", "/acme/api/v2/tickets/*/comments", make_public)
        run = Bird(org, worker).fly()
    assert (run.status, run.owner) == ("failed", "us")
    assert run.problem == "The internal note was taken for a reply. End the connection and tell us."
    assert statuses(run)["held"] == "failed"


def test_while_it_flies_no_list_and_no_figure_knows_of_it(
    desk: Desk, bird: Bird, org: Organization, as_lea: Client
) -> None:
    run = bird.until(lambda run: run.stage in ("ring", "read"))
    bird.worker.until(lambda: AgentReply.objects.filter(event__delivered_at__isnull=False).exists())
    for url in ("/handoffs/?view=all", "/sessions/", "/handoffs/?view=linked"):
        page = read(as_lea, url)
        assert run.session_ref not in page
        assert "canary" not in page.lower()
    assert not as_lea.get("/settings/integrations/opencx/").context["events"]
    overview = read(as_lea, "/")
    assert "no session was handed off yet" in overview
    assert "no agent has answered yet" in overview
    assert "Zendesk has never called us" in overview
    counts = Counts()
    reconcile([org], counts)
    assert counts.tickets_checked == 0
    assert bird.fly().status == "passed"


def test_a_call_that_comes_after_the_end_is_ignored_and_counts_for_no_problem(
    desk: Desk, bird: Bird, org: Organization, worker: Worker
) -> None:
    run = bird.fly()
    body = {"ticket_id": str(run.ticket_id), "external_id": run.session_ref, "status": "open"}
    answer = requests.post(WebhookEndpoint.current(org).url, json=body, timeout=10)
    assert answer.status_code == 200
    worker.rest()
    call = WebhookEvent.objects.get()
    assert (call.result, call.reason) == ("ignored", "canary")


def test_the_schedule_starts_one_run_each_period(desk: Desk, org: Organization, as_alice: Client) -> None:
    assert as_alice.post("/canary/", {"action": "schedule", "every": "hourly"}).status_code == 303
    schedule = CanarySchedule.objects.get()
    assert runs.start_scheduled(schedule) is None  # not due yet
    schedule.next_attempt_at = schedule.changed_at
    schedule.save()
    run = runs.start_scheduled(schedule)
    assert run is not None
    assert run.is_scheduled
    schedule.refresh_from_db()
    assert runs.start_scheduled(schedule) is None
    assert CanaryRun.objects.count() == 1
    assert as_alice.post("/canary/", {"action": "schedule", "every": "off"}).status_code == 303
    schedule.refresh_from_db()
    assert schedule.next_attempt_at is None
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"canary.schedule"}


def test_somebody_stops_it_and_it_cleans_up(desk: Desk, bird: Bird, as_alice: Client) -> None:
    bird.until(lambda run: run.stage in ("ring", "read"))
    assert as_alice.post("/canary/", {"action": "stop"}).status_code == 303
    run = bird.fly()
    assert run.status == "cancelled"
    assert hop(run, "note")["said"] == "stopped"
    assert_nothing_is_left(desk)
