"""The doctor's questions about Messaging."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from integrations.clients.sunshine import TRIGGERS
from integrations.doctor import examine
from integrations.doctor.finding import Finding
from integrations.doctor.messaging import CREATE
from integrations.models import EndpointKind, SunshineConnection, WebhookEndpoint
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization
from tests.factories import (
    ProviderCallFactory,
    SunshineConnectionFactory,
    WebhookEventFactory,
    ZendeskConnectionFactory,
)
from tests.integrations import recorded_sunshine as sunshine
from tests.integrations.recorded_sunshine import APP, HOOK_SECRET, App

pytestmark = pytest.mark.django_db


@pytest.fixture
def chats(org: Organization, app: App) -> Organization:
    """Messaging is connected, registered, called lately."""
    ZendeskConnectionFactory.create(organization=org)
    SunshineConnectionFactory.create(organization=org)
    endpoint = WebhookEndpoint.current(org, EndpointKind.SUNSHINE)
    endpoint.signing_secret, endpoint.last_called_at = Secret.hide(HOOK_SECRET), timezone.now()
    endpoint.save()
    app.has_webhook(endpoint.url, *TRIGGERS)
    return org


def findings(organization: Organization) -> dict[str, Finding]:
    found = [finding for finding in examine(organization) if finding.id.startswith("messaging.")]
    return {finding.id.removeprefix("messaging."): finding for finding in found}


def test_all_is_well_but_what_no_api_tells(chats: Organization, app: App) -> None:
    app.put_up()
    found = findings(chats)
    assert {name: one.verdict for name, one in found.items()} == {
        "connected": "ok",
        "key_id": "ok",
        "authenticated": "ok",
        "app": "ok",
        "switchboard": "ok",
        "support_api": "ok",
        "webhook": "ok",
        "calls": "ok",
        "multi_conversations": "unknown",
    }


def test_without_messaging_every_question_is_skipped_and_says_why(org: Organization) -> None:
    found = findings(org).values()
    assert {(one.verdict, one.evidence) for one in found} == {
        ("skipped", "Messaging is not set up; chats become tickets.")
    }


def test_a_refused_key_is_a_problem_and_the_webhook_is_not_asked(chats: Organization, app: App) -> None:
    app.answer("GET", APP, 401, sunshine.UNAUTHORIZED)
    app.put_up()
    found = findings(chats)
    assert found["authenticated"].verdict == "problem"
    assert found["webhook"].verdict == "skipped"
    assert "secret-of-the-app-key" not in str(found)


def test_a_connection_that_is_not_active_is_a_problem(chats: Organization, app: App) -> None:
    SunshineConnection.objects.update(refused_at=timezone.now(), refused_reason="It refuses our credentials (401).")
    app.put_up()
    found = findings(chats)["connected"]
    assert found.verdict == "problem"
    assert "chats become tickets. It refuses our credentials (401)." in found.evidence


def test_a_secret_that_no_key_opens_is_a_problem_not_a_crash(chats: Organization, app: App) -> None:
    SunshineConnection.objects.update(secret=Secret("gAAAA-broken"))
    assert findings(chats)["connected"].verdict == "problem"


def test_a_webhook_that_calls_elsewhere_is_a_problem(chats: Organization, app: App) -> None:
    app.has_webhook("https://elsewhere.example/hook", *TRIGGERS)
    app.put_up()
    found = findings(chats)["webhook"]
    assert (found.verdict, found.owner) == ("problem", "you_here")
    assert "Register it again" in found.fix


def test_a_missing_event_is_named(chats: Organization, app: App) -> None:
    url = WebhookEndpoint.current(chats, EndpointKind.SUNSHINE).url
    app.has_webhook(url, *[one for one in TRIGGERS if one != "conversation:message"])
    app.put_up()
    found = findings(chats)["webhook"]
    assert (found.verdict, found.evidence) == ("problem", "It is not subscribed to conversation:message.")


def test_an_unknown_secret_is_a_problem(chats: Organization, app: App) -> None:
    WebhookEndpoint.objects.update(signing_secret=Secret())
    app.put_up()
    assert findings(chats)["webhook"].verdict == "problem"


def test_integrations_that_cannot_be_read_now_cannot_be_told(chats: Organization, app: App) -> None:
    app.answer("GET", f"{APP}/integrations", 503, "")
    app.put_up()
    assert findings(chats)["webhook"].verdict == "unknown"


def test_refused_calls_are_a_problem(chats: Organization, app: App) -> None:
    WebhookEndpoint.objects.update(last_refused_at=timezone.now(), calls_refused=1)
    app.put_up()
    assert findings(chats)["calls"].verdict == "problem"


def test_a_call_taken_after_the_last_refusal_makes_it_well_again(chats: Organization, app: App) -> None:
    now = timezone.now()
    WebhookEndpoint.objects.update(last_refused_at=now - dt.timedelta(seconds=9), last_called_at=now)
    WebhookEventFactory.create(organization=chats, kind=EndpointKind.SUNSHINE, received_at=now)
    app.put_up()
    assert findings(chats)["calls"].verdict == "ok"


def test_no_call_at_all_cannot_be_told(chats: Organization, app: App) -> None:
    WebhookEndpoint.objects.update(last_called_at=None)
    app.put_up()
    assert findings(chats)["calls"].verdict == "unknown"


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (409, ""),
        (400, '{"errors":[{"title":"User already has a personal conversation and multiConvo is not enabled"}]}'),
    ],
)
def test_a_refused_second_conversation_tells_that_multi_conversations_are_off(
    chats: Organization, app: App, status: int, answer: str
) -> None:
    ProviderCallFactory.create(organization=chats, provider="sunshine", path=CREATE, status=status, answer=answer)
    app.put_up()
    found = findings(chats)["multi_conversations"]
    assert (found.verdict, found.owner) == ("problem", "you_zendesk")
    assert "cannot be turned off again" in found.fix


def test_another_refusal_says_nothing_of_multi_conversations(chats: Organization, app: App) -> None:
    ProviderCallFactory.create(organization=chats, provider="sunshine", path=CREATE, status=400, answer="bad metadata")
    app.put_up()
    assert findings(chats)["multi_conversations"].verdict == "unknown"
