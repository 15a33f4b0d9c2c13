"""Where the product's signed events arrive."""

import json
import logging
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from standardwebhooks import Webhook, WebhookVerificationError

from integrations.sandbox.models import Conversation, PlatformLink, ReceivedEvent, Utterance
from integrations.sandbox.platform import product
from integrations.sandbox.store import now, writing

logger = logging.getLogger("sandbox")
REPLY = "conversation.third_party_agent_response"


@csrf_exempt
def receive(request: HttpRequest, name: str = "default") -> HttpResponse:
    """POST /platform/events[/<name>]: checks the signature, keeps the event, answers 2xx unless told to fail."""
    if request.method != "POST":
        return HttpResponse(status=405)
    body = bytes(request.body)
    with writing():
        link = PlatformLink.objects.filter(name=name).first()
        if link is None:
            return JsonResponse({"error": "unknown"}, status=404)
        is_verified = check(link, request, body)
        status = take_failure(link) or (200 if is_verified else 401)
        row = keep(link, request, read(body), is_verified, status)
        if status == 200 and not row.is_repeat:
            speak(row)
    if status == 200 and row.event == REPLY and link.sends_receipts and link.api_key:
        product.send_receipt_later(row.pk)
    return JsonResponse({"received": status == 200}, status=status)


def check(link: PlatformLink, request: HttpRequest, body: bytes) -> bool:
    """The Standard Webhooks signature; False while no secret is known."""
    if not link.events_secret:
        return False
    headers = {key.lower(): value for key, value in request.headers.items()}
    try:
        Webhook(link.events_secret).verify(body, headers)
    except (WebhookVerificationError, ValueError):
        return False
    return True


def take_failure(link: PlatformLink) -> int:
    """The status to fail with; 0 when all is well. The last of the ordered failures ends them."""
    status = link.failing_status
    if not status or link.failing_times is None:
        return status
    link.failing_times -= 1
    if link.failing_times < 1:
        link.failing_status, link.failing_times = 0, None
    link.save(update_fields=["failing_status", "failing_times"])
    return status


def read(body: bytes) -> dict[str, Any]:
    """The JSON object, or what came instead."""
    try:
        value = json.loads(body)
    except ValueError:
        return {"raw": body.decode(errors="replace")}
    return value if isinstance(value, dict) else {"raw": value}


def keep(
    link: PlatformLink, request: HttpRequest, body: dict[str, Any], is_verified: bool, status: int
) -> ReceivedEvent:
    """Stores the event; one that was taken before is marked as a repeat."""
    webhook_id = request.headers.get("webhook-id", "")
    data = body.get("data")
    return ReceivedEvent.objects.create(
        link=link,
        webhook_id=webhook_id,
        event=str(body.get("event", ""))[:100],
        session_id=str(data.get("conversation_id", "") if isinstance(data, dict) else "")[:255],
        body=body,
        is_verified=is_verified,
        is_repeat=ReceivedEvent.objects.filter(link=link, webhook_id=webhook_id, status=200).exists(),
        status=status,
        at=now(),
    )


def speak(row: ReceivedEvent) -> None:
    """Shows an agent's reply in the contact's conversation."""
    conversation = Conversation.objects.filter(pk=row.session_id).first()
    data = row.body.get("data") or {}
    if conversation is None or row.event != REPLY:
        return
    agent = data.get("agent") or {}
    with transaction.atomic():
        Utterance.objects.get_or_create(
            pk=f"reply-{data.get('reply_id')}"[:255],
            defaults={
                "conversation": conversation,
                "sender": "agent",
                "author": str(agent.get("name") or "")[:255],
                "text": str(data.get("response") or ""),
            },
        )
