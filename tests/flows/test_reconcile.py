"""What no call told is found, whatever stands in the way: one ticket, one organization, a rate limit, a clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.models import ZendeskConnection
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization
from tests.api_client import ApiClient
from tests.flows.between import Between, interrupt, stand_between
from tests.flows.conftest import Worker, connect, events_of
from tests.flows.test_handoff import hand_off
from tests.sandbox.server import Desk, Sandbox
from ticketing import handoff as handoffs
from ticketing.models import AgentReply, Handoff, SessionTicketLink
from ticketing.reconcile import Counts, reconcile

COMMENTS = "/acme/api/v2/tickets/{}/comments"


@pytest.fixture
def between(desk: Desk, sandbox: Sandbox, settings: Settings) -> Iterator[Between]:
    with stand_between(sandbox.url) as found:
        settings.ZENDESK_URL = f"{found.url}/{{subdomain}}"
        yield found


@pytest.fixture
def tickets(desk: Desk, api: ApiClient, worker: Worker) -> list[int]:
    """Three linked tickets, each with a reply that nobody told us of."""
    for number in (1, 2, 3):
        hand_off(api, f"ses-{number}")
    worker.rest()
    desk.fault("webhook_lost", times=99)
    found = sorted(int(row["id"]) for row in desk.tickets())
    for number in found:
        desk.reply(number, "Unheard.")
    return found


def found() -> int:
    return AgentReply.objects.count()


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (200, {"comments": [{}]}), (403, {}), (422, {}), (500, {}), (404, b"no such page")],
)
def test_one_bad_ticket_does_not_stop_the_others(
    between: Between, org: Organization, tickets: list[int], status: int, body: object
) -> None:
    between.answer("GET", COMMENTS.format(tickets[0]), status, body)
    counts = Counts()
    reconcile([org], counts)
    assert found() == 2
    assert counts.errors == 1


def test_one_organizations_trouble_does_not_stop_the_others(
    desk: Desk, org: Organization, other_org: Organization, tickets: list[int]
) -> None:
    connect(other_org, desk, platform="other")
    ZendeskConnection.objects.filter(organization=other_org).update(
        client_secret=Secret("not a token"), access_token=Secret("not a token")
    )
    SessionTicketLink.objects.filter(ticket_id=tickets[0]).update(organization=other_org)
    counts = Counts()
    reconcile([other_org, org], counts)
    assert found() == 2
    assert counts.errors == 1


def test_after_a_rate_limit_it_goes_on_where_it_stopped(
    between: Between, desk: Desk, org: Organization, tickets: list[int]
) -> None:
    limited = {"error": "APIRateLimitExceeded"}
    between.answer("GET", COMMENTS.format(tickets[1]), 429, limited, times=1)
    counts = Counts()
    reconcile([org], counts)
    assert (found(), counts.unfinished) == (1, 1)
    between.answer("GET", COMMENTS.format(tickets[0]), 429, limited)
    reconcile([org], Counts())
    assert found() == 3, "the one that was read already is the last now"


def test_a_person_who_asks_now_gets_all_of_it(between: Between, org: Organization, tickets: list[int]) -> None:
    between.answer("GET", "/acme/api/v2/tickets/show_many", 429, {"error": "APIRateLimitExceeded"}, times=1)
    between.answer("GET", COMMENTS.format(tickets[1]), 429, {"error": "APIRateLimitExceeded"}, times=2)
    waited: list[float] = []
    counts = Counts()
    reconcile([org], counts, pause=waited.append)
    assert (found(), counts.unfinished, len(waited)) == (3, 0, 3)


def test_a_clock_that_is_minutes_ahead_hides_nothing(desk: Desk, org: Organization, tickets: list[int]) -> None:
    ahead = timezone.now() + dt.timedelta(minutes=4)
    SessionTicketLink.objects.update(comments_read_at=ahead)
    reconcile([org], Counts())
    assert found() == 3


def test_an_account_in_trouble_is_left_alone(
    between: Between, desk: Desk, org: Organization, api: ApiClient, worker: Worker, tickets: list[int]
) -> None:
    for number in range(4, 8):
        hand_off(api, f"ses-{number}")
    worker.rest()
    between.answer("GET", COMMENTS.format("*"), 500, {})
    before = len(desk.requests("GET"))
    reconcile([org], Counts())
    assert len(desk.requests("GET")) - before <= 4


def test_a_verify_that_passes_while_a_handoff_fails_queues_it(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, org: Organization
) -> None:
    desk.fault("401_bearer", method="POST", path="/api/v2/tickets", times=2)
    handoff = hand_off(api)

    def verify() -> None:
        ZendeskConnection.objects.filter(organization=org).update(verified_at=timezone.now(), saved_at=timezone.now())
        handoffs.queue_waiting(ZendeskConnection.objects.get(organization=org))

    with interrupt(verify, 'UPDATE "ticketing_handoff"', '"reason_code"'):
        worker.step()
    worker.skip_waiting()
    worker.rest()
    handoff.refresh_from_db()
    assert handoff.status == "linked"


def test_a_connection_that_is_deleted_meanwhile_is_a_failure_that_a_person_sees(
    between: Between, desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, org: Organization
) -> None:
    def disconnect() -> None:
        ZendeskConnection.objects.filter(organization=org).delete()

    between.answer("POST", "/acme/api/v2/tickets", 401, {"error": "invalid_token"})
    between.act("POST", "/acme/api/v2/tickets", after=disconnect, times=1)
    hand_off(api)
    worker.rest()
    worker.skip_waiting()
    worker.rest()
    handoff = Handoff.objects.get()
    assert (handoff.status, handoff.reason_code) == ("failed", "not_connected")
    assert events_of(sandbox, "ses-1", "conversation.handoff_to_third_party_failed")
