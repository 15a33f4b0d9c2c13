"""Zendesk's breaker is near: calls that match nothing are accepted and kept, until somebody turns it off."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations import endpoints
from integrations.doctor import examine
from integrations.doctor.finding import Finding
from integrations.models import WebhookEndpoint, WebhookEvent
from opencx_admin.orgs.models import AuditEntry, Organization, User
from tests.factories import WebhookEventFactory
from tests.flows.provisioning import pressed_by

pytestmark = pytest.mark.django_db
NO_SESSION = {"ticket_id": "99", "external_id": "nobody", "status": "open"}


def breaker(organization: Organization) -> Finding:
    (found,) = examine(organization, "webhook.breaker")
    return found


def press(browser: Client) -> None:
    """Read the question and press its button."""
    shown = browser.get("/doctor/?repair=webhook.breaker").content.decode()
    answer(browser, shown.partition('name="seen" value="')[2].partition('"')[0])


def answer(browser: Client, seen: str) -> None:
    browser.post("/doctor/", {"action": "repair", "check": "webhook.breaker", "seen": seen})


def ring(organization: Organization, body: dict[str, str]) -> int:
    path = "/webhooks/" + WebhookEndpoint.current(organization).url.partition("/webhooks/")[2]
    return int(Client().post(path, body, content_type="application/json").status_code)


def test_errors_below_half_are_no_problem(org: Organization) -> None:
    WebhookEventFactory.create_batch(9, organization=org, http_status=200)
    WebhookEventFactory.create_batch(1, organization=org, http_status=500)
    assert breaker(org).verdict == "ok"


def test_over_half_of_the_answers_are_errors(org: Organization) -> None:
    WebhookEventFactory.create_batch(4, organization=org, http_status=200)
    WebhookEventFactory.create_batch(6, organization=org, http_status=500)
    found = breaker(org)
    assert (found.verdict, found.repair) == ("problem", "Accept and park")
    assert "6 of 10 answers" in found.evidence


def test_parked_calls_are_answered_200_and_kept_until_it_is_turned_off(org: Organization, as_alice: Client) -> None:
    assert ring(org, NO_SESSION) == 500
    press(as_alice)
    assert ring(org, NO_SESSION) == 200
    assert ring(org, {"ticket_id": "99"}) == 200
    assert list(WebhookEvent.objects.order_by("pk").values_list("result", "http_status")) == [
        ("no_match", 500),
        ("no_match", 200),
        ("incomplete", 200),
    ]
    found = breaker(org)
    assert (found.verdict, found.repair) == ("warning", "Stop parking")
    assert "2 calls" in found.evidence
    assert "Stop parking" in as_alice.get("/doctor/?repair=webhook.breaker").content.decode()
    press(as_alice)
    assert ring(org, NO_SESSION) == 500
    assert AuditEntry.objects.filter(action="webhook.park").count() == 2


def test_two_people_who_press_it_at_once_turn_it_on_once(org: Organization, as_alice: Client, as_olga: Client) -> None:
    for browser in (as_alice, as_olga):
        answer(browser, "refusing")
    assert ring(org, NO_SESSION) == 200
    for browser in (as_alice, as_olga):
        answer(browser, "parking")
    assert ring(org, NO_SESSION) == 500
    assert AuditEntry.objects.filter(action="webhook.park").count() == 2


def test_a_lead_does_not_decide_that(org: Organization, as_lea: Client) -> None:
    assert as_lea.post("/doctor/", {"action": "repair", "check": "webhook.breaker"}).status_code == 403
    assert ring(org, NO_SESSION) == 500


def test_a_new_url_parks_as_the_old_one_did(org: Organization, as_alice: Client, alice: User) -> None:
    WebhookEndpoint.current(org)
    press(as_alice)
    endpoints.rotate(org, 24, request=pressed_by(alice))
    assert ring(org, NO_SESSION) == 200


def test_another_organization_does_not_park_with_us(
    org: Organization, other_org: Organization, as_alice: Client
) -> None:
    WebhookEndpoint.current(org)
    press(as_alice)
    assert ring(other_org, NO_SESSION) == 500
