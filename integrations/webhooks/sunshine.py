"""Sunshine's calls: several events each, remembered by their ids, opened by a key instead of a signature.

A redelivery changes nothing; one broken event does not lose the others; what we do not use is kept as ignored.
https://developer.zendesk.com/api-reference/conversations/#tag/Webhooks
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import time
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from integrations.clients.sunshine import TRIGGERS
from integrations.models import EndpointKind, EventResult, WebhookEndpoint, WebhookEvent
from integrations.webhooks.inbox import MALFORMED_EVENT, NOT_USED, Call, count_call

LONGEST_ID = 64
# Calls overtake each other; for so long an event waits for those that were received before it.
SETTLE = dt.timedelta(seconds=0.4)


def may_enter(endpoint: WebhookEndpoint, key: str) -> bool:
    """True for the webhook's secret, and for the former one while a rotation overlaps. A refusal is counted."""
    secrets = [endpoint.signing_secret] if endpoint.signing_secret else []
    if endpoint.former_secret and endpoint.former_secret_until and endpoint.former_secret_until > timezone.now():
        secrets.append(endpoint.former_secret)
    matches = [hmac.compare_digest(secret.reveal().encode(), key.encode("utf-8", "replace")) for secret in secrets]
    if any(matches):
        return True
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    rows.update(calls_refused=F("calls_refused") + 1, last_refused_at=timezone.now())
    return False


def read_events(body: bytes) -> list[Any] | None:
    """The events of a call, ordered by when their messages were received; None when it is no such call."""
    try:
        said = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    events = said.get("events") if isinstance(said, dict) else None
    return sorted(events, key=_received) if isinstance(events, list) else None


def read_time(text: str) -> dt.datetime | None:
    """An ISO 8601 time with its zone (UTC when it has none); None when it is none."""
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at.replace(tzinfo=dt.UTC) if at is not None and at.tzinfo is None else at


def _received(event: Any) -> str:
    payload = event.get("payload") if isinstance(event, dict) else None
    message = payload.get("message") if isinstance(payload, dict) else None
    received = message.get("received") if isinstance(message, dict) else None
    return received if isinstance(received, str) else ""


def store(endpoint: WebhookEndpoint, call: Call, events: list[Any]) -> list[WebhookEvent]:
    """Store each event that is new; returns those that are to be processed."""
    stored = [row for row in (_store(endpoint, call, event) for event in events) if row is not None]
    count_call(endpoint)
    return [row for row in stored if row.next_attempt_at is not None]


def _store(endpoint: WebhookEndpoint, call: Call, event: Any) -> WebhookEvent | None:
    """One row; None when the event's id is known."""
    said: dict[str, Any] = event if isinstance(event, dict) else {}
    event_id, kind, payload = said.get("id"), said.get("type"), said.get("payload")
    is_whole = isinstance(event_id, str) and event_id != "" and isinstance(kind, str) and isinstance(payload, dict)
    is_used = is_whole and kind in TRIGGERS
    conversation = payload.get("conversation") if isinstance(payload, dict) else None
    now = timezone.now()
    row = WebhookEvent(
        organization=endpoint.organization,
        endpoint=endpoint,
        kind=EndpointKind.SUNSHINE,
        received_at=now,
        result=EventResult.QUEUED if is_used else EventResult.IGNORED if is_whole else EventResult.INCOMPLETE,
        reason="" if is_used else NOT_USED if is_whole else MALFORMED_EVENT,
        detail="" if is_whole else _("The event has no id, type or payload."),
        http_status=200,
        ms=int((time.monotonic() - call.began) * 1000),
        event_id=str(event_id)[:LONGEST_ID] if is_whole else "",
        event_type=str(kind or "")[:64],
        conversation_id=str(conversation.get("id") or "")[:LONGEST_ID] if isinstance(conversation, dict) else "",
        headers=call.headers,
        body=json.dumps(event, ensure_ascii=False).replace("\x00", "\ufffd").replace("\\u0000", "\ufffd"),
        source_ip=call.ip,
        is_signed=True,
        is_via_old_url=not endpoint.is_current,
        said_at=read_time(_received(said)) or now,
        next_attempt_at=now + SETTLE if is_used else None,
        processed_at=None if is_used else now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None
    return row
