"""The canary when workers die, answers get lost and rights are missing: one ticket, one reply, and a clean end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connections
from django.test import Client
from pytest_django import Settings

from integrations.models import WebhookEndpoint, WebhookEvent, ZendeskConnection
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization
from tests.flows.between import Between, stand_between
from tests.flows.canary import Bird, Died, assert_nothing_is_left, dying, hop, statuses
from tests.flows.conftest import Worker
from tests.sandbox.server import Desk, Sandbox
from ticketing.canary import runs
from ticketing.canary.hops import WORDS
from ticketing.models import CanaryRun, Session

TICKET = "/acme/api/v2/tickets/*"


@pytest.fixture
def between(desk: Desk, sandbox: Sandbox, settings: Settings) -> Iterator[Between]:
    """Somebody between us and Zendesk."""
    with stand_between(sandbox.url) as found:
        settings.ZENDESK_URL = f"{found.url}/{{subdomain}}"
        yield found


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("seed", range(4))
def test_whenever_the_worker_dies_the_next_one_goes_on(
    seed: int, after: bool, desk: Desk, org: Organization, worker: Worker
) -> None:
    bird, deaths = Bird(org, worker), 0
    with dying(seed, after=after):
        for _try in range(200):
            try:
                worker.step()
                runs.advance(CanaryRun.objects.get(pk=bird.run.pk))
            except Died:
                deaths += 1
            if not CanaryRun.objects.get(pk=bird.run.pk).is_moving:
                break
            with suppress(Died):
                bird.wake()
    run = bird.fly()
    assert deaths > 1
    assert (run.status, run.problem) == ("passed", "")
    assert statuses(run) == dict.fromkeys(WORDS, "ok")
    assert len(desk.tickets()) == 1
    puts = [call for call in desk.requests("PUT") if "/tickets/" in call["path"]]
    assert len(puts) == 2  # the reply and the note, once each
    assert_nothing_is_left(desk)


def test_an_answer_lost_after_the_write_leads_to_no_second_reply(
    desk: Desk, between: Between, org: Organization, worker: Worker
) -> None:
    between.answer("PUT", TICKET, 502, times=1)
    run = Bird(org, worker).fly()
    assert run.status == "passed"
    assert len(desk.requests("PUT")) == 2
    assert_nothing_is_left(desk)


def test_a_write_that_zendesk_refuses_is_the_hop_that_failed(
    desk: Desk, between: Between, org: Organization, worker: Worker
) -> None:
    between.answer("PUT", TICKET, 403, {"error": {"title": "Forbidden", "message": "You may not comment publicly"}})
    run = Bird(org, worker).fly()
    assert (run.status, run.owner, run.problem) == ("failed", "you_zendesk", "You may not comment publicly")
    assert statuses(run)["reply"] == "failed"
    assert statuses(run)["note"] == "skipped"
    assert_nothing_is_left(desk)


def test_without_the_right_to_delete_the_ticket_is_solved_and_marked(
    sandbox: Sandbox, desk: Desk, org: Organization, worker: Worker
) -> None:
    role = {"name": "Support", "configuration": {"ticket_comment_access": "public", "end_user_profile_access": "full"}}
    people = [
        {"name": "Ada Admin", "email": "admin@acme.example", "role": "admin"},
        {"name": "Otto", "email": "otto@acme.example", "role": "agent", "custom_role": "Support"},
    ]
    client = {**desk.client, "email": "otto@acme.example"}
    limited = sandbox.account("acme", custom_roles=[role], people=people, oauth_clients=[client])
    limited.set_webhook(endpoint=WebhookEndpoint.current(org).url)
    ZendeskConnection.objects.filter(organization=org).update(access_token=Secret())

    run = Bird(org, worker).fly()
    ticket = limited.tickets()[0]
    said = f"We may not delete tickets: #{ticket['id']} is solved and tagged opencx_canary_left instead."
    assert (run.status, hop(run, "cleaned")["status"], hop(run, "cleaned")["said"]) == ("passed", "warning", said)
    assert (ticket["status"], sorted(ticket["tags"])) == ("solved", ["opencx_canary", "opencx_canary_left"])
    assert not Session.objects.exists()
    worker.rest()
    assert not WebhookEvent.objects.exists()  # solving it rang nobody


def test_a_zendesk_that_is_away_at_the_end_is_told_and_cleaned_later(
    desk: Desk, between: Between, org: Organization, worker: Worker
) -> None:
    between.answer("GET", "/acme/api/v2/tickets", 503)
    bird = Bird(org, worker)
    bird.until(lambda run: run.stage == "clean")
    bird.lose_patience()
    run = bird.fly()
    assert run.status == "failed"
    assert run.problem.startswith("not all is removed yet")
    assert not Session.objects.exists()
    between.rules.clear()
    run = bird.until(lambda run: run.next_attempt_at is None)
    assert (run.status, run.problem) == ("passed", "")
    assert_nothing_is_left(desk)


def test_two_people_who_start_at_once_meet_one_run(desk: Desk, org: Organization) -> None:
    def start() -> int:
        try:
            return runs.start(org)[0].pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = {future.result() for future in [pool.submit(start) for _n in range(4)]}
    assert len(found) == 1
    assert CanaryRun.objects.count() == 1


def test_who_comes_second_is_told_whose_run_it_is(
    desk: Desk, org: Organization, as_alice: Client, as_olga: Client
) -> None:
    assert as_alice.post("/canary/", {"action": "start"}).status_code == 303
    answer = as_olga.post("/canary/", {"action": "start"}, follow=True)
    assert "Alice" in answer.content.decode()
    assert "started a test" in answer.content.decode()
    assert CanaryRun.objects.count() == 1


def test_a_ticket_that_somebody_deletes_on_the_way_ends_the_test(desk: Desk, org: Organization, worker: Worker) -> None:
    bird = Bird(org, worker)
    run = bird.until(lambda run: run.stage in ("ring", "read"))
    desk.play("delete", run.ticket_id or 0)
    bird.lose_patience()
    run = bird.fly()
    assert run.status == "failed"
    assert_nothing_is_left(desk)
