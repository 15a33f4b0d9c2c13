"""One call of Zendesk: why it ended as it did, what it carried, what it caused, and what a person can do."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.activity import find_calls, read_filters
from integrations.event_words import event_words
from integrations.explain import explain, foresee
from integrations.models import EndpointKind, EventResult, ProviderCall, WebhookEvent, ZendeskConnection
from integrations.redact import Redacted, redact_body, redact_headers, show_body
from integrations.tasks import process_event
from integrations.views.activity import list_context, neighbours
from integrations.webhooks import inbox
from opencx_admin.orgs import audit
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.models import Role

MATCHABLE = (EventResult.NO_MATCH, EventResult.IGNORED, EventResult.WAITING)
MOVING = (EventResult.QUEUED, EventResult.WORKING)


@page(read=Role.VIEWER, write=Role.LEAD)
def call(request: PageRequest, pk: int) -> HttpResponse:
    """/webhooks/<id>/: `action` is replay, match (with `session_id`) or reveal."""
    rows = WebhookEvent.objects.filter(organization=request.org).select_related("organization", "endpoint")
    event = get_object_or_404(rows, pk=pk)
    if request.method != "POST":
        return _show(request, event)
    action = request.POST.get("action")
    if action == "replay":
        return _replay(request, event)
    if action == "match":
        return _match(request, event)
    if action == "reveal":
        return _reveal(request, event)
    return _show(request, event, status=422)


def _replay(request: PageRequest, event: WebhookEvent) -> HttpResponse:
    before = event.result
    if inbox.replay(event):
        _write_down(request, event, "webhook.replay", before={"result": before}, after={"result": "queued"})
        process_event.delay(event.pk)
        messages.success(request, _("Replaying: what was delivered already is not delivered again."))
    elif not inbox.may_replay(event):
        messages.error(request, _("Not replayed: it names nothing that could be read. Nothing changed."))
    else:
        messages.error(request, _("Not replayed: it is being processed right now. Nothing changed."))
    return redirect(f"{reverse('webhook', args=[event.pk])}{_state(request)}")


def _match(request: PageRequest, event: WebhookEvent) -> HttpResponse:
    session_id = request.POST.get("session_id", "").strip()
    if not session_id or len(session_id) > 255 or "\x00" in session_id:
        return _show(request, event, match_error=_("Enter the id of a session."), status=422)
    sentence = inbox.match(event, session_id)
    if sentence:
        return _show(request, event, match_error=sentence, match_value=session_id, status=422)
    _write_down(request, event, "webhook.match", before={"session": event.session_ref}, after={"session": session_id})
    process_event.delay(event.pk)
    messages.success(request, _("Matched to the session %(session)s and replayed.") % {"session": session_id})
    return redirect(f"{reverse('webhook', args=[event.pk])}{_state(request)}")


def _reveal(request: PageRequest, event: WebhookEvent) -> HttpResponse:
    _write_down(request, event, "webhook.reveal")
    return _show(request, event, body=Redacted(show_body(event.body), 0))


def _write_down(request: PageRequest, event: WebhookEvent, action: str, **changes: Any) -> None:
    url = reverse("webhook", args=[event.pk])
    audit.record(request.org, action, request=request, object_label=_label(event), object_url=url, **changes)


def _label(event: WebhookEvent) -> str:
    return _("Call %(id)s") % {"id": event.pk}


def _state(request: PageRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


def _show(
    request: PageRequest,
    event: WebhookEvent,
    *,
    body: Redacted | None = None,
    match_error: str = "",
    match_value: str = "",
    status: int = 200,
) -> HttpResponse:
    newer, older = neighbours(find_calls(request.org, read_filters(request.GET)), event.pk)
    connection = ZendeskConnection.objects.filter(organization=request.org).first()
    may_act = request.role.allows(Role.LEAD)
    is_matchable = event.result in MATCHABLE and bool(event.ticket_id) and not event.session_ref
    context = list_context(request, request.GET, shown=event.pk) | {
        "event": event,
        "explained": explain(event),
        "forecast": foresee(event),
        "may_replay": inbox.may_replay(event),
        "is_chat": event.kind == EndpointKind.SUNSHINE,
        "event_words": event_words(event.event_type) if event.event_type else "",
        "headers": redact_headers(event.headers),
        "token_start": event.endpoint.token.reveal()[:6] if event.endpoint and may_act else "",
        "body": body or redact_body(event.body),
        "is_revealed": body is not None,
        "is_json": event.body.lstrip().startswith("{"),
        "bytes": len(event.body.encode()),
        "calls": ProviderCall.objects.filter(organization=request.org, subject=f"webhook:{event.pk}").order_by("pk"),
        "newer": newer,
        "older": older,
        "may_act": may_act,
        "is_moving": event.result in MOVING,
        "is_matchable": is_matchable or event.result == EventResult.NO_MATCH,
        "match_error": match_error,
        "match_value": match_value,
        "ticket_url": connection.ticket_url(event.ticket_id) if connection and event.ticket_id.isdigit() else "",
        "state": _state(request),
    }
    return render(request, "integrations/call.html", context, status=status)
