"""One event to the platform: its body, every attempt, and Retry."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from integrations.activity import EVENTS, find_events, read_filters
from integrations.models import EventType, PlatformEvent, ProviderCall
from integrations.redact import Redacted, redact_body, show_body
from integrations.views.activity import list_context, neighbours
from integrations.views.opencx import retry_event
from opencx_admin.orgs import audit
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.models import Role

MOVING = (PlatformEvent.Status.QUEUED, PlatformEvent.Status.WORKING)
RETRYABLE = (PlatformEvent.Status.FAILED, PlatformEvent.Status.RETRYING)


@page(read=Role.VIEWER, write=Role.LEAD)
def event(request: PageRequest, pk: int) -> HttpResponse:
    """/webhooks/events/<id>/: `action` is retry or reveal."""
    rows = PlatformEvent.objects.filter(organization=request.org)
    found = get_object_or_404(rows, pk=pk)
    if request.method != "POST":
        return _show(request, found)
    action = request.POST.get("action")
    if action == "retry":
        retry_event(request, found)
        return redirect(f"{reverse('webhook-event', args=[pk])}{_state(request)}")
    if action == "reveal":
        audit.record(
            request.org,
            "event.reveal",
            request=request,
            object_label=found.webhook_id,
            object_url=reverse("webhook-event", args=[pk]),
        )
        return _show(request, found, Redacted(show_body(found.body), 0))
    return _show(request, found, status=422)


def _state(request: PageRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


def _show(request: PageRequest, found: PlatformEvent, body: Redacted | None = None, status: int = 200) -> HttpResponse:
    query = request.GET.copy()
    query["view"] = EVENTS
    newer, older = neighbours(find_events(request.org, read_filters(query)), found.pk)
    context = list_context(request, query, shown=found.pk) | {
        "event": found,
        "body": body or redact_body(found.body),
        "is_revealed": body is not None,
        "bytes": len(found.body.encode()),
        "reply_id": _reply_id(found.body),
        "calls": ProviderCall.objects.filter(organization=request.org, subject=f"event:{found.pk}").order_by("pk"),
        "newer": newer,
        "older": older,
        "is_moving": found.status in MOVING and found.next_attempt_at is not None,
        "may_act": request.role.allows(Role.LEAD),
        "is_retryable": found.status in RETRYABLE and found.event != EventType.TEST,
        "state": _state(request),
    }
    return render(request, "integrations/event.html", context, status=status)


def _reply_id(body: str) -> str:
    try:
        return str(json.loads(body)["data"].get("reply_id", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
