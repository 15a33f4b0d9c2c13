"""Alerts go out by mail and by signed call; what does not go out says why."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings
from standardwebhooks.webhooks import Webhook

from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization
from tests.sandbox.receiver import Receiver
from ticketing.alerts import sending, tasks
from ticketing.models import AlertChannel, SentAlert

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(autouse=True)
def with_mail(settings: Settings) -> None:
    settings.EMAIL_IS_SET = True
    settings.OUTBOUND_ALLOW_HOSTS = frozenset({"127.0.0.1", "localhost"})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.stop()


@pytest.fixture
def by_mail(org: Organization) -> AlertChannel:
    return AlertChannel.objects.create(organization=org, kind="email", emails=["lea@example.com", "ops@example.com"])


@pytest.fixture
def by_call(org: Organization, receiver: Receiver) -> AlertChannel:
    return AlertChannel.objects.create(
        organization=org, kind="webhook", url=f"{receiver.url}/alerts", signing_secret=Secret.hide(SECRET)
    )


def queue(channel: AlertChannel, **values: str) -> SentAlert:
    said = {"what": "alert", "kind": "handoff_failed", "title": "2 handoffs failed", "text": "Look.", **values}
    return SentAlert.objects.create(
        organization=channel.organization, channel=channel, once_key="k", next_attempt_at=timezone.now(), **said
    )


def test_a_mail_says_it_all_to_everybody(by_mail: AlertChannel) -> None:
    alert = queue(by_mail, title="2 handoffs\nBcc: evil@example.com failed")
    tasks.send_alert(alert.pk)
    (sent,) = mail.outbox
    assert sent.to == ["lea@example.com", "ops@example.com"]
    assert sent.subject == "[Acme Outfitters] Alert: 2 handoffs Bcc: evil@example.com failed"
    assert "Look." in sent.body
    alert.refresh_from_db()
    by_mail.refresh_from_db()
    assert alert.status == "delivered"
    assert by_mail.proven_at is not None


def test_a_call_is_signed_and_keeps_its_id_over_tries(by_call: AlertChannel, receiver: Receiver) -> None:
    receiver.answers = [(503, {})]
    alert = queue(by_call)
    tasks.send_alert(alert.pk)
    alert.refresh_from_db()
    assert (alert.status, alert.last_status) == ("retrying", 503)
    SentAlert.objects.update(next_attempt_at=timezone.now())
    tasks.send_alert(alert.pk)
    alert.refresh_from_db()
    assert alert.status == "delivered"
    first, second = receiver.received
    headers = {name.lower(): value for name, value in second.headers.items()}
    assert Webhook(SECRET).verify(second.body, headers)
    assert {name.lower(): value for name, value in first.headers.items()}["webhook-id"] == headers["webhook-id"]
    assert json.loads(second.body)["type"] == "alert.raised"
    assert json.loads(second.body)["data"]["title"] == "2 handoffs failed"


def test_410_ends_it_at_once(by_call: AlertChannel, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]
    alert = queue(by_call)
    assert not sending.deliver(alert)
    assert (alert.status, alert.next_attempt_at) == ("failed", None)


def test_after_a_day_it_is_given_up(by_call: AlertChannel, receiver: Receiver) -> None:
    receiver.answers = [(500, {})]
    alert = queue(by_call)
    alert.created_at = timezone.now() - dt.timedelta(hours=25)
    alert.save()
    sending.deliver(alert)
    assert alert.status == "failed"


def test_a_private_address_is_not_called(by_call: AlertChannel, receiver: Receiver, settings: Settings) -> None:
    settings.OUTBOUND_ALLOW_HOSTS = frozenset()
    sending.deliver(queue(by_call))
    assert receiver.received == []


def test_without_a_mail_server_it_says_so(by_mail: AlertChannel, settings: Settings) -> None:
    settings.EMAIL_IS_SET = False
    alert = sending.send_test(by_mail)
    assert alert.status == "failed"
    assert "EMAIL_URL" in alert.last_error
    assert mail.outbox == []


def test_a_test_is_tried_once(by_call: AlertChannel, receiver: Receiver) -> None:
    receiver.answers = [(500, {})]
    assert sending.send_test(by_call).status == "failed"
    assert sending.send_test(by_call).status == "delivered"
    assert json.loads(receiver.received[-1].body)["type"] == "alert.test"


def test_a_removed_channel_ends_what_waits(by_mail: AlertChannel) -> None:
    alert = queue(by_mail)
    by_mail.delete()
    alert.refresh_from_db()
    sending.deliver(alert)
    assert (alert.status, alert.last_error) == ("failed", "Its channel was removed.")
