"""What a round trip sees of the others' work: the call, the reading, the delivery, and what must not be seen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from integrations.models import (
    EndpointKind,
    EventResult,
    PlatformConnection,
    PlatformEvent,
    WebhookEndpoint,
    WebhookEvent,
)
from ticketing.canary import hops
from ticketing.models import AgentReply, CanaryRun
from ticketing.models.handoffs import Owner

MOVING = (EventResult.QUEUED, EventResult.WORKING, EventResult.RETRYING, EventResult.WAITING)


@dataclass(frozen=True)
class Lost:
    """Why a hop failed, whose move that is, and the name of the page where it is mended."""

    said: str
    owner: str
    where: str


def _calls(run: CanaryRun, since: dt.datetime) -> Q:
    return Q(organization_id=run.organization_id, kind=EndpointKind.ZENDESK, received_at__gte=since)


def find_call(run: CanaryRun, since: dt.datetime) -> WebhookEvent | None:
    """The first good call of Zendesk's for the ticket since the reply was sent."""
    named = Q(external_id=run.session_ref) | Q(ticket_id=str(run.ticket_id))
    rows = WebhookEvent.objects.filter(_calls(run, since), named, http_status=200)
    return rows.order_by("pk").first()


def tell_call(call: WebhookEvent) -> str:
    """What was odd about a call that came."""
    if call.is_via_old_url:
        return _("Zendesk still calls the old URL")
    return "" if call.is_signed else _("the call was not signed")


def explain_silence(run: CanaryRun, since: dt.datetime, *, is_late: bool) -> Lost | None:
    """Why no good call came; None while it may still come."""
    endpoint = WebhookEndpoint.objects.filter(
        organization_id=run.organization_id, kind=EndpointKind.ZENDESK, last_refused_at__gte=since
    ).first()
    if endpoint is not None:
        said = _("A call came with a wrong signature and was refused: is the webhook’s signing secret ours?")
        return Lost(said, Owner.YOU_HERE, "zendesk-webhook")
    broken = WebhookEvent.objects.filter(_calls(run, since), http_status=500)
    if broken.filter(Q(ticket_id=str(run.ticket_id)) | Q(ticket_id="")).exists():
        said = _("Zendesk rang, but its call lacks the ids we need: the trigger’s body was changed.")
        return Lost(said, Owner.YOU_ZENDESK, "zendesk-objects")
    if not is_late:
        return None
    said = _("Zendesk did not ring within 60 s: are the webhook and the trigger active?")
    return Lost(said, Owner.YOU_ZENDESK, "zendesk-objects")


def find_reply(run: CanaryRun) -> AgentReply | None:
    """The reply as we read it."""
    rows = AgentReply.objects.filter(
        organization_id=run.organization_id, session__external_id=run.session_ref, comment_id=run.reply_id
    )
    return rows.select_related("event").first()


def explain_call(run: CanaryRun) -> str:
    """Why the call that came did not make us read; empty while it may still do so."""
    since = hops.time_of(hops.find_hop(run.hops, hops.REPLY), "asked") or run.stage_at
    call = find_call(run, since)
    if call is None or call.result in MOVING:
        return ""
    words = {"result": call.get_result_display(), "why": call.detail}
    return _("The call ended as “%(result)s”. %(why)s") % words


def has_events_url(run: CanaryRun) -> bool:
    """True when replies can leave."""
    rows = PlatformConnection.objects.filter(organization_id=run.organization_id)
    return rows.exclude(events_url="").exists()


def has_leaked(run: CanaryRun) -> bool:
    """True when the internal note became a reply or stands in an event."""
    replies = AgentReply.objects.filter(organization_id=run.organization_id, session__external_id=run.session_ref)
    events = PlatformEvent.objects.filter(organization_id=run.organization_id, session_ref=run.session_ref)
    is_reply = run.note_id is not None and replies.filter(comment_id=run.note_id).exists()
    return is_reply or events.filter(body__contains=f"{run.session_ref}-{hops.NOTE}").exists()


def tell_leak() -> str:
    """The sentence that must never be needed."""
    return _("The internal note was taken for a reply. End the connection and tell us.")
