"""The figures of `/metrics`: true, readable by Prometheus, and cheap."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from integrations.models import EventResult, PlatformEvent, ProviderCall, WebhookEvent
from opencx_admin.orgs.metrics import rows_since
from opencx_admin.orgs.models import Organization
from tests.factories import (
    AgentReplyFactory,
    HandoffFactory,
    PlatformEventFactory,
    ProviderCallFactory,
    SessionTicketLinkFactory,
    TicketUpdateFactory,
    WebhookEventFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.services]
Figures = dict[tuple[str, ...], float]


@pytest.fixture(autouse=True)
def a_token(settings: Any) -> None:
    settings.METRICS_TOKEN = "scrape-me"


def scrape() -> dict[str, Figures]:
    """Name of a figure to its numbers, by their labels' values in the order of the labels' names."""
    answer = Client().get("/metrics", headers={"authorization": "Bearer scrape-me"})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {
        family.name: {tuple(s.labels[name] for name in sorted(s.labels)): s.value for s in family.samples}
        for family in families
    }


def hours_ago(hours: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(hours=hours)


def test_an_empty_product_shows_every_figure() -> None:
    found = scrape()
    assert set(found) == {
        "opencx_heartbeat_age_seconds",
        "opencx_handoffs",
        "opencx_due_rows",
        "opencx_due_oldest_seconds",
        "opencx_platform_events",
        "opencx_agent_replies_delivered",
        "opencx_webhook_calls_last_hour",
        "opencx_provider_calls_last_hour",
    }
    assert found["opencx_handoffs"][("failed",)] == 0
    assert found["opencx_due_rows"] == dict.fromkeys(
        [("handoff",), ("ticket_update",), ("canary",), ("webhook_event",), ("platform_event",)], 0
    )


def test_handoffs_are_counted_by_status(org: Organization, other_org: Organization) -> None:
    HandoffFactory.create_batch(2, organization=org, is_failed=True)
    HandoffFactory.create(organization=other_org, is_failed=True)
    SessionTicketLinkFactory.create(organization=org)
    found = scrape()["opencx_handoffs"]
    assert (found[("failed",)], found[("linked",)], found[("queued",)]) == (3, 1, 0)


def test_rows_that_are_due_are_counted_with_the_age_of_the_oldest(
    org: Organization, clock: time_machine.Traveller
) -> None:
    now = timezone.now()
    HandoffFactory.create(organization=org, next_attempt_at=now)
    HandoffFactory.create(organization=org, next_attempt_at=now + dt.timedelta(minutes=5))
    HandoffFactory.create(organization=org, is_failed=True)
    TicketUpdateFactory.create(organization=org, next_attempt_at=now - dt.timedelta(seconds=20))
    PlatformEventFactory.create(organization=org, next_attempt_at=now)
    WebhookEventFactory.create(organization=org, next_attempt_at=now + dt.timedelta(seconds=15))
    clock.shift(dt.timedelta(seconds=10))
    found = scrape()
    rows, ages = found["opencx_due_rows"], found["opencx_due_oldest_seconds"]
    assert (rows[("handoff",)], ages[("handoff",)]) == (1, 10)
    assert (rows[("ticket_update",)], ages[("ticket_update",)]) == (1, 30)
    assert (rows[("platform_event",)], ages[("platform_event",)]) == (1, 10)
    assert (rows[("webhook_event",)], ages[("webhook_event",)]) == (0, 0)


def test_events_are_counted_by_status_and_replies_when_the_platform_took_them(org: Organization) -> None:
    PlatformEventFactory.create(organization=org, is_failed=True)
    taken = PlatformEventFactory.create(organization=org, is_delivered=True)
    AgentReplyFactory.create(organization=org, event=taken)
    PlatformEventFactory.create(organization=org, event="conversation.closed", is_delivered=True)
    found = scrape()
    events = found["opencx_platform_events"]
    assert (events[("failed",)], events[("delivered",)], events[("retrying",)]) == (1, 2, 0)
    assert found["opencx_agent_replies_delivered"][()] == 1


def test_webhook_calls_of_the_last_hour_are_counted_by_result(org: Organization) -> None:
    WebhookEventFactory.create(organization=org, received_at=hours_ago(2), result=EventResult.FAILED)
    WebhookEventFactory.create(organization=org, received_at=hours_ago(0.5), result=EventResult.NO_MATCH)
    WebhookEventFactory.create(organization=org, is_of_sunshine=True, result=EventResult.DELIVERED)
    found = scrape()["opencx_webhook_calls_last_hour"]
    assert found[("zendesk", "no_match")] == 1
    assert found[("zendesk", "failed")] == 0
    assert found[("sunshine", "delivered")] == 1


def test_calls_of_the_last_hour_are_counted_by_system_and_status(org: Organization) -> None:
    for status in (200, 201, 302, 404, 429, 500, None):
        ProviderCallFactory.create(organization=org, status=status)
    ProviderCallFactory.create(organization=org, provider="platform", status=204)
    ProviderCallFactory.create(organization=org, at=hours_ago(1.1), status=500)
    assert scrape()["opencx_provider_calls_last_hour"] == {
        ("zendesk", "2xx"): 2,
        ("zendesk", "3xx"): 1,
        ("zendesk", "4xx"): 2,
        ("zendesk", "5xx"): 1,
        ("zendesk", "no answer"): 1,
        ("platform", "2xx"): 1,
    }


@pytest.mark.parametrize("old", [0, 1, 2, 7, 8])
def test_the_newest_rows_are_found_without_an_index_on_their_time(org: Organization, old: int) -> None:
    calls = [ProviderCall(organization=org, at=hours_ago(3 if number < old else 0.1)) for number in range(8)]
    ProviderCall.objects.bulk_create(calls)
    ProviderCall.objects.filter(pk__in=ProviderCall.objects.order_by("pk").values("pk")[3:5]).delete()
    since = hours_ago(1)
    found = set(rows_since(ProviderCall.objects.all(), "at", since).values_list("pk", flat=True))
    assert found == set(ProviderCall.objects.filter(at__gte=since).values_list("pk", flat=True))


def test_what_a_scrape_costs_does_not_grow_with_the_past(org: Organization) -> None:
    past = hours_ago(48)
    ProviderCall.objects.bulk_create(ProviderCall(organization=org, at=past) for _number in range(2000))
    WebhookEvent.objects.bulk_create(
        WebhookEvent(organization=org, received_at=past, http_status=200) for _number in range(2000)
    )
    PlatformEvent.objects.bulk_create(
        PlatformEvent(organization=org, event="test", once_key=f"past:{number}") for number in range(500)
    )
    with CaptureQueriesContext(
        connection,
    ) as asked:
        scrape()
    assert len(asked) < 50
    if connection.vendor == "sqlite":
        for query in asked:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                plan = [row[3] for row in cursor.fetchall()]
            whole = [step for step in plan if step.startswith("SCAN") and "COVERING INDEX" not in step]
            # One heartbeat a process; of canaries, which a partial index holds, one an organization.
            grown = [step for step in whole if "heartbeat" not in step and "session_canary" not in step]
            assert not grown, (query["sql"], plan)
