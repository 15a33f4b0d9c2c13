"""When an alert is raised, when it is over, and when nothing is said."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from integrations.models import EndpointKind
from opencx_admin.orgs.models import Heartbeat, Organization
from tests.factories import AgentReplyFactory, HandoffFactory, WebhookEventFactory, ZendeskConnectionFactory
from ticketing.alerts import checking
from ticketing.alerts.measures import MEASURES
from ticketing.models import AlertChannel, AlertKind, AlertRule, CanaryRun, Handoff, SentAlert

Clock = time_machine.Traveller


@pytest.fixture
def channel(org: Organization) -> AlertChannel:
    return AlertChannel.objects.create(organization=org, kind="email", emails=["lea@example.com"])


def make_rule(channel: AlertChannel, kind: str, **values: int) -> AlertRule:
    numbers = {"threshold": 1, "minutes": 15, "quiet_minutes": 60} | values
    return AlertRule.objects.create(
        organization=channel.organization, channel=channel, kind=kind, next_attempt_at=timezone.now(), **numbers
    )


def look(rule: AlertRule) -> list[str]:
    """Read the rule as if its minute had come; what it newly says."""
    AlertRule.objects.filter(pk=rule.pk).update(next_attempt_at=timezone.now())
    rule.refresh_from_db()
    alert = checking.check(rule)
    return [f"{alert.what}: {alert.title}"] if alert else []


def fail_handoffs(org: Organization, n: int) -> None:
    for _n in range(n):
        HandoffFactory.create(organization=org, session__organization=org, is_failed=True, ended_at=timezone.now())


def test_it_is_raised_at_the_threshold_told_once_and_over_once(
    org: Organization, channel: AlertChannel, clock: Clock
) -> None:
    rule = make_rule(channel, AlertKind.HANDOFF_FAILED, threshold=2)
    fail_handoffs(org, 1)
    assert look(rule) == []
    fail_handoffs(org, 1)
    assert look(rule) == ["alert: 2 handoffs failed"]
    clock.shift(60)
    assert look(rule) == []
    clock.shift(16 * 60)
    assert look(rule) == ["recovery: No more handoffs fail. 2 failed handoffs wait for a person."]
    assert look(rule) == []


def test_within_the_quiet_time_nothing_new_is_said_and_what_lasts_is_told_after_it(
    org: Organization, channel: AlertChannel, clock: Clock
) -> None:
    rule = make_rule(channel, AlertKind.CANARY, minutes=1, quiet_minutes=30)
    run = CanaryRun.objects.create(organization=org, session_ref="c", status="failed", finished_at=timezone.now())
    assert look(rule) == ["alert: The round trip failed"]
    run.delete()
    assert look(rule) == ["recovery: The round trip passed again."]
    CanaryRun.objects.create(organization=org, session_ref="d", status="failed", finished_at=timezone.now())
    clock.shift(600)
    assert look(rule) == []
    clock.shift(21 * 60)
    assert look(rule) == ["alert: The round trip failed"]


def test_what_was_never_told_is_never_over(org: Organization, channel: AlertChannel, clock: Clock) -> None:
    rule = make_rule(channel, AlertKind.HANDOFF_FAILED, minutes=5)
    AlertRule.objects.filter(pk=rule.pk).update(alerted_at=timezone.now())
    fail_handoffs(org, 1)
    assert look(rule) == []
    clock.shift(400)
    assert look(rule) == []
    assert not SentAlert.objects.exists()


def test_a_rule_that_is_off_rests(org: Organization, channel: AlertChannel) -> None:
    rule = make_rule(channel, AlertKind.HANDOFF_FAILED)
    AlertRule.objects.filter(pk=rule.pk).update(is_on=False)
    fail_handoffs(org, 1)
    assert look(rule) == []
    rule.refresh_from_db()
    assert rule.next_attempt_at is None


def test_two_workers_say_it_once(org: Organization, channel: AlertChannel) -> None:
    rule = make_rule(channel, AlertKind.HANDOFF_FAILED)
    same = AlertRule.objects.get(pk=rule.pk)
    fail_handoffs(org, 1)
    checking.check(rule)
    assert checking.check(same) is None
    assert SentAlert.objects.count() == 1


def test_another_organizations_failures_raise_nothing(
    org: Organization, other_org: Organization, channel: AlertChannel
) -> None:
    fail_handoffs(other_org, 3)
    assert look(make_rule(channel, AlertKind.HANDOFF_FAILED)) == []


def test_refused_credentials_are_told_once_they_last(org: Organization, channel: AlertChannel, clock: Clock) -> None:
    rule = make_rule(channel, AlertKind.CREDENTIALS_REFUSED, minutes=5)
    ZendeskConnectionFactory.create(organization=org, refused_at=timezone.now())
    assert look(rule) == []
    clock.shift(301)
    assert look(rule) == ["alert: Zendesk refuses our credentials: Ticketing"]


def test_a_reply_that_waits_too_long_is_undelivered(org: Organization, channel: AlertChannel) -> None:
    rule = make_rule(channel, AlertKind.REPLY_UNDELIVERED, minutes=10)
    reply = AgentReplyFactory.create(organization=org, session__organization=org)
    assert look(rule) == []
    reply.receipt = "failed"
    reply.save()
    assert look(rule) == ["alert: 1 reply has not reached its contact"]


def test_what_reconciliation_heals_is_told(org: Organization, channel: AlertChannel) -> None:
    AgentReplyFactory.create(organization=org, session__organization=org, found_by="reconcile")
    assert look(make_rule(channel, AlertKind.HEALED)) == ["alert: 1 reply was found late"]


def ring(org: Organization, ago: dt.timedelta, calls: int = 1) -> None:
    for _n in range(calls):
        event = WebhookEventFactory.create(organization=org, kind=EndpointKind.ZENDESK)
        type(event).objects.filter(pk=event.pk).update(received_at=timezone.now() - ago)


@pytest.mark.parametrize(("weeks", "calls", "told"), [(3, 5, True), (2, 9, False), (4, 4, False)])
def test_silence_is_measured_by_the_same_hour_of_four_weeks(
    org: Organization, channel: AlertChannel, weeks: int, calls: int, told: bool
) -> None:
    rule = make_rule(channel, AlertKind.SILENCE, threshold=5, minutes=60)
    for week in range(1, weeks + 1):
        ring(org, dt.timedelta(weeks=week, minutes=20), calls)
        ring(org, dt.timedelta(weeks=week, hours=3), 20)  # another hour
    assert bool(look(rule)) == told


def test_a_call_ends_the_silence(org: Organization, channel: AlertChannel) -> None:
    rule = make_rule(channel, AlertKind.SILENCE, threshold=1, minutes=60)
    for week in (1, 2, 3):
        ring(org, dt.timedelta(weeks=week, minutes=20))
    assert look(rule) == ["alert: No call from Zendesk for 1 h"]
    ring(org, dt.timedelta(minutes=1))
    assert look(rule) == ["recovery: Zendesk calls again."]


def test_a_worker_that_comes_back_tells_of_its_silence(channel: AlertChannel, clock: Clock) -> None:
    rule = make_rule(channel, AlertKind.WORKER_SILENT, minutes=5)
    assert look(rule) == []
    clock.shift(23 * 60)
    assert look(rule) == ["alert: The worker was silent for 23 min"]
    clock.shift(60)
    assert look(rule) == ["recovery: The worker is at work again."]


def test_a_web_process_tells_of_the_silence_while_it_lasts(channel: AlertChannel, clock: Clock) -> None:
    rule = make_rule(channel, AlertKind.WORKER_SILENT, minutes=5)
    Heartbeat.beat("worker")
    clock.shift(120)
    assert checking.notice_silence() == []
    clock.shift(400)
    assert [alert.title for alert in checking.notice_silence()] == ["The worker is silent for 8 min 40 s"]
    assert checking.notice_silence() == []
    rule.refresh_from_db()
    assert rule.is_told


@pytest.mark.parametrize("kind", AlertKind.values)
def test_every_kind_is_measured_and_quiet_on_an_empty_organization(channel: AlertChannel, kind: str) -> None:
    assert kind in MEASURES
    assert look(make_rule(channel, kind)) == []
    assert MEASURES[kind].over(channel.organization)


def test_a_new_channel_gets_every_rule(channel: AlertChannel) -> None:
    checking.make_rules(channel)
    assert sorted(channel.rules.values_list("kind", flat=True)) == sorted(AlertKind.values)
    assert Handoff.objects.count() == 0
