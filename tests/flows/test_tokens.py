"""One access token for all workers: renewed once, by one of them, and never for ever."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.budget import Lane
from integrations.connect import open_zendesk
from integrations.models import ProviderCall, ZendeskConnection
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization
from tests.api_client import ApiClient
from tests.flows.between import Between, stand_between
from tests.flows.conftest import Worker
from tests.flows.test_handoff import hand_off
from tests.flows.test_together import at_once
from tests.sandbox.server import Desk, Sandbox
from ticketing.models import Handoff

TOKENS = "/acme/oauth/tokens"


@pytest.fixture
def between(desk: Desk, sandbox: Sandbox, settings: Settings) -> Iterator[Between]:
    with stand_between(sandbox.url) as found:
        settings.ZENDESK_URL = f"{found.url}/{{subdomain}}"
        yield found


def renewals() -> int:
    return ProviderCall.objects.filter(path="/oauth/tokens").count()


def read_me(org: Organization) -> None:
    connection = ZendeskConnection.objects.select_related("organization").get(organization=org)
    open_zendesk(connection, lane=Lane.SYNC).me()


@pytest.mark.parametrize("state", ["none yet", "nearly over", "revoked"])
def test_four_workers_renew_it_once(desk: Desk, org: Organization, state: str) -> None:
    rows = ZendeskConnection.objects.filter(organization=org)
    if state != "none yet":
        ends = timezone.now() + dt.timedelta(seconds=60 if state == "nearly over" else 6000)
        rows.update(access_token=Secret.hide("stale"), access_token_expires_at=ends)
    at_once(*[lambda: read_me(org)] * 4)
    assert renewals() == 1
    connection = rows.get()
    assert connection.renewing_until is None
    assert connection.access_token.reveal() != "stale"


def test_a_worker_that_died_while_renewing_holds_nobody_for_long(desk: Desk, org: Organization) -> None:
    rows = ZendeskConnection.objects.filter(organization=org)
    rows.update(renewing_until=timezone.now() + dt.timedelta(seconds=0.5))
    read_me(org)
    assert renewals() == 1


@pytest.mark.parametrize("status", [400, 401])
def test_refused_client_credentials_fail_the_handoff_at_once(
    between: Between, api: ApiClient, worker: Worker, org: Organization, status: int
) -> None:
    secret = ZendeskConnection.objects.get(organization=org).client_secret.reveal()
    between.answer("POST", TOKENS, status, {"error": "invalid_client", "you_sent": secret})
    hand_off(api)
    worker.rest()
    handoff = Handoff.objects.get()
    assert (handoff.status, handoff.reason_code) == ("failed", "credentials_rejected")
    assert handoff.request_sent_at is None
    assert secret not in json.dumps(list(ProviderCall.objects.values("answer", "error", "path")))


def test_a_token_that_is_refused_twice_is_not_asked_for_again_and_again(
    between: Between, api: ApiClient, worker: Worker
) -> None:
    between.answer("POST", "/acme/api/v2/tickets", 401, {"error": "invalid_token"})
    hand_off(api)
    worker.rest()
    assert Handoff.objects.get().reason_code == "credentials_rejected"
    assert renewals() == 2


@pytest.mark.parametrize("lifetime", [None, 0, -5, "7200", 10**18, 1e300, 7200])
def test_any_lifetime_of_a_token_can_be_lived_with(
    between: Between, org: Organization, api: ApiClient, worker: Worker, lifetime: object
) -> None:
    between.change("POST", TOKENS, lambda body: {**body, "expires_in": lifetime})
    hand_off(api)
    worker.rest()
    assert Handoff.objects.get().status == "linked"
    read_me(org)
    assert renewals() == 1


def test_trouble_at_the_token_endpoint_delays_the_one_ticket(
    between: Between, desk: Desk, api: ApiClient, worker: Worker
) -> None:
    between.answer("POST", TOKENS, 503, b"<html>", times=1)
    between.answer("POST", TOKENS, 200, b"not json", times=1)
    hand_off(api)
    for _try in range(4):
        worker.rest()
        worker.skip_waiting()
    assert Handoff.objects.get().status == "linked"
    assert len(desk.tickets()) == 1
