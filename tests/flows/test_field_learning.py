"""Past solved tickets teach the fields: read page by page in the lowest lane, once, whatever stands in the way."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import RateBudget, ZendeskConnection
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization
from tests.api_client import ApiClient
from tests.flows.conftest import Worker
from tests.flows.test_ai_fields import PAGE, REASON, fielded, fill, hand_off, results
from tests.sandbox.server import Desk, Sandbox
from ticketing.fields import readings
from ticketing.fields.tasks import read_fields
from ticketing.models import FieldReading, LearnedField, PastTicket

__all__ = ["fielded"]
EXPORT = "/api/v2/incremental/tickets/cursor"
THINGS = [
    "boots",
    "jacket",
    "lamp",
    "tent",
    "scarf",
    "helmet",
    "bottle",
    "shirt",
    "bag",
    "hat",
    "gloves",
    "socks",
    "belt",
    "vest",
    "coat",
]
SAYINGS = {
    "reason_refund": "I want my money back for the {}, it is a refund I am after",
    "reason_exchange": "The {} is too small, can I swap it for a bigger size",
    "reason_delivery": "My {} did not arrive, where is the parcel",
}


def past(number: int) -> dict[str, Any]:
    reason = list(SAYINGS)[number % 3]
    text = SAYINGS[reason].format(THINGS[number // 3 % len(THINGS)])
    return {"subject": f"Question {number}", "text": text, "fields": {REASON: reason}, "status": "solved"}


@pytest.fixture
def taught(fielded: Desk, org: Organization) -> Desk:
    """An account whose agents chose the reason on 90 solved tickets."""
    fielded.order("/past_tickets", {"tickets": [past(number) for number in range(90)]})
    return fielded


def read_all(org: Organization, most: int = 30) -> FieldReading:
    """Let the reading go on until it rests for an hour, whatever it waits for."""
    reading = readings.watch(org, "past_tickets")
    for _step in range(most):
        FieldReading.objects.filter(pk=reading.pk).update(next_attempt_at=timezone.now())
        read_fields(reading.pk)
        reading.refresh_from_db()
        if reading.is_complete and not reading.last_error:
            return reading
    raise AssertionError(reading.last_error or "it never ends")


def test_a_saved_field_is_learned_and_the_next_handoff_knows_it(
    taught: Desk, org: Organization, as_alice: Client, api: ApiClient, worker: Worker
) -> None:
    body = {"field_id": str(REASON), "description": "", "enabled": "on", "action": "save"}
    assert as_alice.post(PAGE, body).status_code == 302
    reading = read_all(org)
    assert reading.count == 90
    learned = LearnedField.objects.get(field__zendesk_id=REASON)
    assert learned.trained_on == 90
    assert learned.agreement >= 0.95
    handoff = hand_off(api, "My tent did not arrive, where is the parcel now?")
    worker.rest()
    row = results(handoff)[REASON]
    assert (row.value, row.source) == ("reason_delivery", "learned")
    assert "sure on" in as_alice.get(PAGE).content.decode()


def test_the_words_of_past_tickets_are_not_kept(taught: Desk, org: Organization) -> None:
    fill(org, REASON)
    read_all(org)
    kept = b"".join(bytes(row.features) for row in PastTicket.objects.all())
    assert b"refund" not in kept
    assert b"parcel" not in kept


@pytest.mark.parametrize("kind", ["429", "500", "drop_after_write", "html", "empty"])
def test_an_accident_costs_time_only(taught: Desk, org: Organization, kind: str) -> None:
    fill(org, REASON)
    taught.fault(kind, method="GET", path=EXPORT)
    reading = read_all(org)
    assert (reading.count, PastTicket.objects.count()) == (90, 90)


def test_reading_on_finds_only_what_is_new(taught: Desk, org: Organization) -> None:
    fill(org, REASON)
    cursor = read_all(org).cursor
    taught.order("/past_tickets", {"tickets": [past(number) for number in range(3)]})
    FieldReading.objects.update(is_complete=False)
    reading = read_all(org)
    assert reading.count == 93
    assert reading.cursor != cursor
    asked = [call["query"] for call in taught.requests(path=EXPORT)]
    assert sum("start_time" in query for query in asked) == 1


def test_handoffs_have_the_account_first(taught: Desk, org: Organization) -> None:
    fill(org, REASON)
    reading = readings.watch(org, "past_tickets")
    RateBudget.objects.update(tat=timezone.now().timestamp() + 40)
    assert not readings.advance(reading)
    reading.refresh_from_db()
    assert reading.next_attempt_at is not None
    assert reading.next_attempt_at > timezone.now()
    assert not taught.requests(path=EXPORT)


def test_another_account_begins_anew(taught: Desk, sandbox: Sandbox, org: Organization) -> None:
    fill(org, REASON)
    read_all(org)
    other = sandbox.account("globex")
    ZendeskConnection.objects.update(
        subdomain=other.subdomain,
        access_token=Secret.hide(""),
        client_id=other.client["client_id"],
        client_secret=Secret.hide(other.client["client_secret"]),
    )
    FieldReading.objects.update(is_complete=False)
    reading = readings.watch(org, "past_tickets")
    FieldReading.objects.update(next_attempt_at=timezone.now())
    read_fields(reading.pk)
    assert not PastTicket.objects.exists()
    assert LearnedField.objects.get().trained_on == 0


def test_nothing_is_read_while_nothing_could_be_learned(fielded: Desk, org: Organization) -> None:
    reading = readings.watch(org, "past_tickets")
    assert not readings.advance(reading)
    reading.refresh_from_db()
    assert reading.next_attempt_at is None
    assert not fielded.requests(path=EXPORT)
