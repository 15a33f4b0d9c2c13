"""`POST /webhooks/zendesk/<token>` and `/webhooks/sunshine/<token>`: the answers of contract 5 and 6."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, RawPostDataException
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from integrations.models import EndpointKind, WebhookEndpoint
from integrations.tasks import process_event
from integrations.webhooks import bell, inbox, parse, sunshine
from integrations.webhooks.statements import Endpoint
from opencx_admin.bodies import read_raw
from opencx_admin.crypto import fingerprint

log = logging.getLogger("opencx.webhooks")
API_KEY = "X-API-Key"
SIGNATURE = "HTTP_X_ZENDESK_WEBHOOK_SIGNATURE"
TIMESTAMP = "HTTP_X_ZENDESK_WEBHOOK_SIGNATURE_TIMESTAMP"
INVOCATION = "HTTP_X_ZENDESK_WEBHOOK_INVOCATION_ID"
Said = dict[str, str | int]
# The headers that are kept with a call: their names, and WSGI's names for them.
KEPT = {
    "Content-Type": "CONTENT_TYPE",
    "User-Agent": "HTTP_USER_AGENT",
    "X-Zendesk-Webhook-Id": "HTTP_X_ZENDESK_WEBHOOK_ID",
    "X-Zendesk-Webhook-Invocation-Id": INVOCATION,
    "X-Zendesk-Webhook-Signature-Timestamp": TIMESTAMP,
    "X-Zendesk-Account-Id": "HTTP_X_ZENDESK_ACCOUNT_ID",
}


def _words(code: str) -> tuple[str, str]:
    """`(detail, fix)` of an error code, for whoever reads Zendesk's activity log."""
    trigger = _("Let the trigger send the body that Settings, Integrations, Zendesk, Webhook shows.")
    return {
        "not_found": (_("This address was never ours."), _("Copy the URL from the settings again.")),
        "stale_url": (
            _("This address was replaced and its overlap is over."),
            _("Copy the new URL from the settings into the webhook in Zendesk."),
        ),
        "too_large": (_("The body is over 1 MB."), trigger),
        "unavailable": (_("The call could not be stored now."), _("Nothing to mend: it comes again.")),
        "method_not_allowed": (_("Only POST is answered here."), _("Set the webhook's method to POST.")),
        "bad_signature": (
            _("The signature is missing, wrong, or more than 5 minutes off."),
            _("Enter the webhook's signing secret in the settings again."),
        ),
        "bad_key": (
            _("The X-API-Key is missing or wrong."),
            _("Save the Messaging settings again, or enter the webhook's secret in the settings."),
        ),
        parse.MALFORMED: (_("The body is no JSON object."), trigger),
        parse.MISSING_TICKET: (_("The body has no ticket_id."), trigger),
        parse.MISSING_EXTERNAL: (_("The body has no external_id."), trigger),
        inbox.UNMATCHED: (
            _("No session has this external id, and the ticket is not linked."),
            _("Match the call to a session in Webhook activity, or narrow the trigger to our tickets."),
        ),
    }[code]


def _refusal(code: str) -> Said:
    detail, fix = _words(code)
    return {"error": code, "detail": detail, "fix": fix}


def _refuse(status: int, code: str) -> HttpResponse:
    return _say(status, _refusal(code))


def _say(status: int, said: Said) -> HttpResponse:
    response = JsonResponse(said, status=status)
    # These answers are meant; Django would log each 500 as an error of the program.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def or_later(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """While the database takes nothing: 503 with Retry-After, after which Zendesk calls again."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        try:
            return view(request, token)
        except (OperationalError, InterfaceError):
            log.exception("a webhook call could not be stored")
            response = _refuse(503, "unavailable")
            response["Retry-After"] = "10"
            return response

    return guarded


@csrf_exempt
@or_later
def receive_zendesk(request: HttpRequest, token: str) -> HttpResponse:
    """Zendesk rings. Stored before it is answered; processed afterwards."""
    opened = _open(request, token, EndpointKind.ZENDESK)
    if isinstance(opened, HttpResponse):
        return opened
    return _say(*take(*opened))


def take(endpoint: WebhookEndpoint | Endpoint, call: inbox.Call) -> tuple[int, Said]:
    """Store a call of Zendesk's and ring for it; the answer's status and JSON."""
    if inbox.refuse_unsigned(endpoint, call):
        return 401, _refusal("bad_signature")
    event = inbox.store(endpoint, call)
    if event.reason:
        return 500, _refusal(event.reason)
    bell.ring(event.pk)
    return 200, {"status": "accepted", "id": event.pk}


@csrf_exempt
@or_later
def receive_sunshine(request: HttpRequest, token: str) -> HttpResponse:
    """Sunshine tells of events. 4xx but 429 it never repeats, 5xx it does (contract 6)."""
    opened = _open(request, token, EndpointKind.SUNSHINE)
    if isinstance(opened, HttpResponse):
        return opened
    endpoint, call = opened
    if not sunshine.may_enter(endpoint, request.headers.get(API_KEY, "")):
        return _refuse(401, "bad_key")
    events = sunshine.read_events(call.body)
    if events is None:
        return _refuse(400, parse.MALFORMED)
    for event in sunshine.store(endpoint, call, events):
        process_event.apply_async((event.pk,), countdown=sunshine.SETTLE.total_seconds())
    return JsonResponse({"status": "accepted", "events": len(events)})


def _open(request: HttpRequest, token: str, kind: str) -> HttpResponse | tuple[WebhookEndpoint, inbox.Call]:
    """The address and the call; or the refusal of a wrong method, an unknown or ended address, a huge body."""
    began = time.monotonic()
    if request.method != "POST":
        response = _refuse(405, "method_not_allowed")
        response["Allow"] = "POST"
        return response
    endpoint = _find(token, kind)
    if endpoint is None:
        return _refuse(404, "not_found")
    if endpoint.has_ended:
        inbox.count_call(endpoint)
        return _refuse(410, "stale_url")
    body = _read(request)
    if body is None:
        return _refuse(413, "too_large")
    return endpoint, read_call(request.META, body, began)


def _find(token: str, kind: str) -> WebhookEndpoint | None:
    rows = WebhookEndpoint.objects.select_related("organization")
    return rows.filter(token_hash=fingerprint(token), kind=kind).first()


def _read(request: HttpRequest) -> bytes | None:
    """The raw body; None when it is over the limit or broken off."""
    try:
        return read_raw(request)
    except (OSError, RawPostDataException):
        return None


def read_call(environ: Mapping[str, Any], body: bytes, began: float) -> inbox.Call:
    """The call of a WSGI environment whose body was read; `began` by `time.monotonic`."""
    return inbox.Call(
        body=body,
        signature=environ.get(SIGNATURE, ""),
        timestamp=environ.get(TIMESTAMP, ""),
        headers={name: environ[key][:300] for name, key in KEPT.items() if environ.get(key)},
        invocation_id=environ.get(INVOCATION, ""),
        ip=environ.get("REMOTE_ADDR") or None,
        began=began,
    )
