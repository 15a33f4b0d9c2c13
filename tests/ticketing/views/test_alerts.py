"""Settings → Alerts: channels, their rules, tests, and what was sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from opencx_admin.orgs.management.commands.serve import ask_readiness
from opencx_admin.orgs.models import AuditEntry, Heartbeat, Organization
from tests.sandbox.receiver import Receiver
from ticketing.models import AlertChannel, AlertRule, SentAlert

PAGE = "/settings/alerts/"


@pytest.fixture(autouse=True)
def with_mail(settings: Settings) -> None:
    settings.EMAIL_IS_SET = True


@pytest.fixture
def channel(as_alice: Client, org: Organization) -> AlertChannel:
    as_alice.post(PAGE, {"action": "add_email", "emails": "lea@example.com, ops@example.com"})
    return AlertChannel.objects.get(organization=org)


def test_addresses_are_added_with_every_alert_on(as_alice: Client, channel: AlertChannel) -> None:
    assert channel.emails == ["lea@example.com", "ops@example.com"]
    assert channel.rules.filter(is_on=True).count() == 9
    page = as_alice.get(PAGE).content.decode()
    assert "lea@example.com, ops@example.com" in page
    assert "not proven yet" in page
    assert AuditEntry.objects.filter(action="alert_channel.add").exists()


def test_a_webhooks_secret_is_shown_once(as_alice: Client, org: Organization) -> None:
    answer = as_alice.post(PAGE, {"action": "add_webhook", "events_url": "https://hooks.example.com/a"})
    assert answer.status_code == 200
    secret = AlertChannel.objects.get(organization=org).signing_secret.reveal()
    assert secret in answer.content.decode()
    assert secret not in as_alice.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"action": "add_email", "emails": "nobody"}, "is no email address"),
        ({"action": "add_email", "emails": ""}, "Enter an address."),
        ({"action": "add_email", "emails": "a@example.com\r\nBcc:x@example.com"}, "is no email address"),
        ({"action": "add_webhook", "events_url": "http://127.0.0.1/x"}, "private network"),
        ({"action": "add_webhook", "events_url": "hooks"}, "whole address"),
        ({"action": "dance"}, "Alerts by email"),
    ],
)
def test_what_cannot_be_added_says_why(as_alice: Client, said: dict[str, Any], words: str) -> None:
    answer = as_alice.post(PAGE, said)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not AlertChannel.objects.exists()


def test_rules_are_saved_and_begin_anew(as_alice: Client, channel: AlertChannel) -> None:
    said: dict[str, Any] = {"action": "save", "channel": channel.pk}
    for rule in channel.rules.all():
        said |= {f"threshold_{rule.pk}": 3, f"minutes_{rule.pk}": 30, f"quiet_minutes_{rule.pk}": 0}
        if rule.kind == "handoff_failed":
            said[f"on_{rule.pk}"] = "on"
    assert as_alice.post(PAGE, said).status_code == 302
    kept = AlertRule.objects.get(channel=channel, kind="handoff_failed")
    assert (kept.threshold, kept.minutes, kept.quiet_minutes, kept.is_on) == (3, 30, 0, True)
    assert kept.next_attempt_at is not None
    assert AlertRule.objects.filter(channel=channel, is_on=False, next_attempt_at=None).count() == 8
    said[f"minutes_{kept.pk}"] = 0
    assert as_alice.post(PAGE, said).status_code == 422


def test_a_test_goes_out_and_is_listed(as_alice: Client, channel: AlertChannel) -> None:
    as_alice.post(PAGE, {"action": "test", "channel": channel.pk})
    assert mail.outbox[0].subject == "[Acme Outfitters] Test: A test alert"
    page = as_alice.get(PAGE).content.decode()
    assert "The test went to" in page
    assert "A test alert" in page
    assert "Delivered" in page


def test_without_a_mail_server_the_page_says_so(as_alice: Client, channel: AlertChannel, settings: Settings) -> None:
    settings.EMAIL_IS_SET = False
    as_alice.post(PAGE, {"action": "test", "channel": channel.pk})
    page = as_alice.get(PAGE).content.decode()
    assert "Alerts by email cannot be sent" in page
    assert SentAlert.objects.get().status == "failed"


def test_a_removed_channel_leaves_what_was_sent(as_alice: Client, channel: AlertChannel) -> None:
    as_alice.post(PAGE, {"action": "test", "channel": channel.pk})
    question = as_alice.get(f"{PAGE}?ask=remove&channel={channel.pk}").content.decode()
    assert "Remove this channel?" in question
    assert AlertChannel.objects.exists()
    as_alice.post(PAGE, {"action": "remove", "channel": channel.pk})
    assert not AlertRule.objects.exists()
    assert SentAlert.objects.get().address == "lea@example.com, ops@example.com"


@pytest.mark.parametrize("action", ["save", "test", "remove"])
def test_another_organizations_channel_is_not_there(as_mallory: Client, channel: AlertChannel, action: str) -> None:
    assert as_mallory.post(PAGE, {"action": action, "channel": channel.pk}).status_code == 404
    assert mail.outbox == []


@pytest.mark.parametrize("person", ["as_lea", "as_vera"])
def test_others_read_and_may_change_nothing(person: str, request: pytest.FixtureRequest, channel: AlertChannel) -> None:
    browser: Client = request.getfixturevalue(person)
    assert "needs the role admin" in browser.get(PAGE).content.decode()
    assert browser.post(PAGE, {"action": "test", "channel": channel.pk}).status_code == 403


def test_a_viewer_sees_no_address_and_no_path_of_a_webhook(
    as_alice: Client, as_lea: Client, as_vera: Client, channel: AlertChannel
) -> None:
    as_alice.post(PAGE, {"action": "add_webhook", "events_url": "https://hooks.example.com/services/T0/secret"})
    as_alice.post(PAGE, {"action": "test", "channel": channel.pk})
    SentAlert.objects.update(last_error="ops@example.com was refused by https://hooks.example.com/services/T0/secret")
    page = as_vera.get(PAGE).content.decode()
    assert "ops@example.com" not in page
    assert "services/T0" not in page
    assert "https://hooks.example.com/" in page
    page = as_lea.get(PAGE).content.decode()
    assert "ops@example.com" in page
    assert "services/T0" in page


def test_readiness_tells_of_a_silent_worker_even_while_it_is_silent(as_alice: Client, channel: AlertChannel) -> None:
    Heartbeat.objects.create(name="worker", beat_at=timezone.now() - dt.timedelta(minutes=9))
    assert Client().get("/readyz").status_code == 503
    assert "The worker is silent for 9 min" in mail.outbox[0].subject
    Client().get("/readyz")
    assert len(mail.outbox) == 1


def test_serve_asks_the_web_server_so_that_somebody_notices(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://desk.example.com"
    receiver = Receiver()
    ask_readiness(("127.0.0.1", receiver.server.server_address[1]))
    (asked,) = receiver.received
    receiver.stop()
    assert (asked.method, asked.path, asked.headers["Host"]) == ("GET", "/readyz", "desk.example.com")
    ask_readiness(("127.0.0.1", 9))  # nobody there: nothing to say
