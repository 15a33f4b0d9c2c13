"""Words that would be commands in Zendesk stay words, wherever they come from."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from django.utils import timezone

from integrations.models import EventResult, ProviderCall, WebhookEvent
from opencx_admin.orgs.models import Organization
from tests.api_client import HANDOFF, ApiClient
from tests.factories import WebhookEventFactory
from tests.flows.conftest import Worker
from tests.sandbox.server import Desk
from ticketing import tasks

EVIL = "{{ticket.id}} {% for x in y %} {{{a}}} <script>alert(1)</script> <img src=x onerror=alert(1)> \" ' &lt;"
SESSION_ID = "ses {{ticket.id}} <b>"


def strip_text(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


@pytest.fixture
def tickets(desk: Desk, api: ApiClient, worker: Worker) -> list[dict[str, object]]:
    """What we sent for a session in which everything is hostile, the follow-up too."""
    file = {"name": EVIL, "url": "https://files.example/{{ticket.id}}/%7B?a=<b>&c={%25", "content_type": "x", "size": 1}
    contact = {"id": "c{{1}}", "name": EVIL, "email": "carla@customer.example"}
    body = {"channel": "email", "contact": contact, "subject": EVIL}
    assert api.put_session(SESSION_ID, body).status == 201
    api.post_messages(SESSION_ID, {"id": "m1", "text": EVIL, "attachments": [file]})
    assert api.hand_off(SESSION_ID, HANDOFF | {"summary": EVIL, "topic": EVIL}).status == 202
    worker.rest()
    api.post_messages(SESSION_ID, {"id": "m2", "text": EVIL, "attachments": [file]})
    worker.rest()
    desk.play("close", desk.tickets()[0]["id"])
    api.post_messages(SESSION_ID, {"id": "m3", "text": EVIL, "attachments": [file]})
    worker.rest()
    sent = [
        *desk.requests("POST", "/api/v2/tickets"),
        *desk.requests("PUT", f"/api/v2/tickets/{desk.tickets()[0]['id']}"),
    ]
    found = [call["body"] if isinstance(call["body"], dict) else json.loads(call["body"]) for call in sent]
    assert len(found) >= 3
    return [body["ticket"] for body in found]


def test_no_placeholder_and_no_markup_of_theirs_leaves(tickets: list[dict[str, object]]) -> None:
    for ticket in tickets:
        assert ticket.pop("external_id", SESSION_ID) == SESSION_ID
        text = json.dumps(ticket, ensure_ascii=False)
        assert "{{" not in text.replace('": {', '": ')
        assert "{%" not in text
        html = str(dict(ticket.get("comment") or {}).get("html_body", ""))  # type: ignore[call-overload]
        assert "<script" not in html
        assert "<img" not in html
        assert re.findall(r'href="[^"]*["<>]', html) == re.findall(r'href="[^"<>]*"', html)


def test_every_word_is_still_there(tickets: list[dict[str, object]]) -> None:
    html = str(dict(tickets[0]["comment"])["html_body"])  # type: ignore[call-overload]
    seen = strip_text(html).replace("\u200b", "")
    assert seen.count("ticket.id") >= 4
    assert "alert(1)" in seen
    assert "View session in OpenCX" in seen


def test_what_is_still_owed_is_never_pruned(org: Organization) -> None:
    old = timezone.now() - dt.timedelta(days=400)
    kept = [
        WebhookEventFactory.create(organization=org, received_at=old, result=result, next_attempt_at=at)
        for result, at in (
            (EventResult.NO_MATCH, None),
            (EventResult.FAILED, None),
            (EventResult.WAITING, timezone.now()),
            (EventResult.RETRYING, timezone.now()),
            (EventResult.WORKING, timezone.now()),
            (EventResult.QUEUED, old),
        )
    ]
    WebhookEventFactory.create(organization=org, received_at=old, result=EventResult.DELIVERED, next_attempt_at=None)
    ProviderCall.objects.create(organization=org, at=old, provider="zendesk", method="GET", path="/x")
    tasks.prune()
    assert set(WebhookEvent.objects.values_list("pk", flat=True)) == {event.pk for event in kept}
    assert not ProviderCall.objects.exists()
