"""Messaging's Verify and registration through real HTTP against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from integrations.models import EndpointKind, SunshineConnection, WebhookEndpoint
from integrations.verify_messaging import MessagingCandidate, MessagingReport, verify_messaging
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization
from tests.sandbox.server import Desk, Sandbox, start_sandbox

MESSAGING = "/settings/integrations/zendesk/messaging/"
WEBHOOK = "/settings/integrations/zendesk/webhook/"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    started = start_sandbox(tmp_path_factory.mktemp("desk"))
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def desk(sandbox: Sandbox, settings: Any) -> Desk:
    settings.ZENDESK_URL = f"{sandbox.url}/{{subdomain}}"
    settings.SUNSHINE_URL = f"{sandbox.url}/{{subdomain}}/sc"
    settings.OUTBOUND_ALLOW_HOSTS = frozenset({"127.0.0.1"})
    return sandbox.account("acme")


def run(desk: Desk, scope: str = "app", **changes: str) -> MessagingReport:
    key_id, secret = desk.sunshine_key(scope)
    said = {"subdomain": "acme", "app_id": desk.app_id, "key_id": key_id, "secret": secret} | changes
    hidden = Secret.hide(said["secret"])
    return verify_messaging(MessagingCandidate(said["subdomain"], said["app_id"], said["key_id"], hidden))


def problem(report: MessagingReport) -> tuple[str, str]:
    assert report.problem is not None
    return report.problem.code, report.problem.failure


def test_an_app_key_passes_and_the_seat_of_the_agents_is_known(desk: Desk) -> None:
    report = run(desk)
    assert report.problem is None
    assert report.agent_workspace_id


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"secret": "wrong"}, ("authenticated", "key or secret rejected")),
        ({"key_id": "app_wrong"}, ("authenticated", "key or secret rejected")),
        ({"app_id": "5f9999999999999999999999"}, ("app", "wrong App ID")),
        ({"subdomain": "nobody-here"}, ("authenticated", "no such help desk")),
    ],
)
def test_what_is_wrong_is_told_apart(desk: Desk, changes: dict[str, str], expected: tuple[str, str]) -> None:
    assert problem(run(desk, **changes)) == expected


def test_an_integration_key_reaches_nobody(desk: Desk) -> None:
    before = len(desk.requests())
    assert problem(run(desk, "integration"))[0] == "key_id"
    assert len(desk.requests()) == before


@pytest.mark.django_db
def test_saving_registers_and_rotating_moves_the_webhook(desk: Desk, as_alice: Client, org: Organization) -> None:
    key_id, secret = desk.sunshine_key()
    fields = {"subdomain": "acme", "app_id": desk.app_id, "key_id": key_id, "secret": secret, "action": "save"}

    assert as_alice.post(MESSAGING, fields).status_code == 302
    first = WebhookEndpoint.current(org, EndpointKind.SUNSHINE)
    assert SunshineConnection.objects.get().webhook_problem == ""
    assert [hook["target"] for hook in hooks(desk)] == [first.url]
    assert first.signing_secret

    assert as_alice.post(WEBHOOK, {"action": "rotate_sunshine"}).status_code == 302
    second = WebhookEndpoint.current(org, EndpointKind.SUNSHINE)
    assert second.url != first.url
    assert [hook["target"] for hook in hooks(desk)] == [second.url]
    assert second.signing_secret.reveal() == first.signing_secret.reveal()


def hooks(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.sunshine()["webhooks"]
    return found
