"""Two workers do everything at once: it costs seconds, never work."""

from __future__ import annotations

import datetime as dt

import pytest
import requests
from django.utils import timezone

from integrations.models import WebhookEndpoint, WebhookEvent
from integrations.webhooks import inbox
from opencx_admin.orgs.models import Organization
from tests.api_client import ApiClient
from tests.flows.between import interrupt
from tests.flows.conftest import Worker, events_of
from tests.flows.test_handoff import CREATE, hand_off
from tests.sandbox.server import Desk, Sandbox
from ticketing import handoff as handoffs
from ticketing.models import Handoff

RESPONSE = "conversation.third_party_agent_response"
SOON = dt.timedelta(seconds=3)


def responses(sandbox: Sandbox, session_id: str = "ses-1") -> list[str]:
    return [event["response"].strip() for event in events_of(sandbox, session_id, RESPONSE)]


def unlinked_ticket(desk: Desk, api: ApiClient, worker: Worker) -> int:
    """A ticket was made, but the answer was lost and nobody looked again yet."""
    desk.fault("drop_after_write", **CREATE, times=1)
    handoff = hand_off(api)
    worker.step()
    later = timezone.now() + dt.timedelta(minutes=5)
    Handoff.objects.filter(pk=handoff.pk).update(next_attempt_at=later, status="working")
    return int(desk.tickets()[0]["id"])


def link_it(worker: Worker) -> None:
    handoff = Handoff.objects.get()
    handoff.next_attempt_at = timezone.now()
    Handoff.objects.filter(pk=handoff.pk).update(next_attempt_at=handoff.next_attempt_at)
    assert handoffs.advance(handoff) is not None


@pytest.mark.parametrize(
    "words",
    [
        ('"ticketing_session"."external_id" = ', "LIMIT 1"),
        ('"is_active" AND "ticketing_sessionticketlink"."session_id" = ',),
        ('FROM "ticketing_handoff"', "NOT"),
    ],
    ids=["before the session is read", "before its link is read", "before its handoff is read"],
)
def test_a_link_that_comes_while_its_call_is_processed_is_not_missed(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, words: tuple[str, ...]
) -> None:
    number = unlinked_ticket(desk, api, worker)
    desk.reply(number, "I am fast.")
    worker.until(WebhookEvent.objects.exists)
    event = WebhookEvent.objects.get()
    WebhookEvent.objects.update(attempts=9, result="waiting", next_attempt_at=timezone.now())
    event.refresh_from_db()
    with interrupt(lambda: link_it(worker), *words):
        inbox.process(event)
    event.refresh_from_db()
    assert event.next_attempt_at is None or event.next_attempt_at < timezone.now() + SOON
    worker.rest()
    assert responses(sandbox) == ["I am fast."]


def test_a_call_for_a_ticket_that_is_linked_just_then_is_matched_by_itself(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, org: Organization
) -> None:
    number = unlinked_ticket(desk, api, worker)
    desk.set_webhook(endpoint="http://127.0.0.1:9/gone")
    desk.reply(number, "I am fast.")
    url = WebhookEndpoint.current(org).url
    answer = requests.post(url, json={"ticket_id": number, "external_id": "unknown"}, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (500, "unmatched_ticket")
    event = WebhookEvent.objects.get()
    # The link was stored while the call was: nobody could ring for it.
    rung = WebhookEvent.objects.filter(pk=event.pk)
    before = rung.values_list("next_attempt_at", "result").get()
    link_it(worker)
    rung.update(next_attempt_at=before[0], result=before[1])
    worker.rest()
    if event.next_attempt_at is not None:
        assert event.next_attempt_at < timezone.now() + dt.timedelta(seconds=15)
        worker.skip_waiting()
        worker.rest()
    assert responses(sandbox) == ["I am fast."]


@pytest.mark.parametrize(
    "body",
    [
        b'{"ticket_id": "1", "external_id": "\\ud800"}',
        b'{"ticket_id": "\\udfff1", "external_id": ""}',
        b'{"ticket_id": "1", "external_id": "a\\u0000b"}',
        b'{"ticket_id": "1", "external_id": "", "status": "\\ud800"}',
        b'{"ticket_id": "' + b"9" * 40 + b'", "external_id": ""}',
        b'{"ticket_id": ' + b"9" * 6000 + b', "external_id": ""}',
        b'{"ticket_id": 1e999, "external_id": ""}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"ticket_id"' + b" " * 1_000_000,
        b'{"ticket_id":"' * 70_000,
        b'{"ticket_id": "1' + b"\\" * 1_000_000,
        b"\xff\xfe" * 1000,
    ],
    ids=range(13),
)
def test_a_hostile_body_is_stored_and_answered_in_no_time(desk: Desk, org: Organization, body: bytes) -> None:
    began = timezone.now()
    answer = requests.post(WebhookEndpoint.current(org).url, data=body, timeout=5)
    assert answer.status_code in (200, 500)
    assert answer.headers["Content-Type"] == "application/json"
    assert WebhookEvent.objects.count() == 1
    assert (timezone.now() - began).total_seconds() < 1
