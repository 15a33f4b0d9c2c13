"""Repairs of one ticket: our tag and external id, and replies that did not get to the platform."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations import platform_events
from integrations.clients.errors import ProviderError
from integrations.clients.zendesk_tags import add_tags
from integrations.doctor.registry import Context, Done, Preview, Repair
from integrations.models import PlatformEvent
from opencx_admin.orgs import audit
from opencx_admin.orgs.components import diff_values
from opencx_admin.orgs.models import Role
from ticketing.checks.case import case_of, client_of, ticket_of
from ticketing.models import Channel

TAG = "opencx_handedoff"


def _tags(context: Context) -> tuple[dict[str, Any], dict[str, Any]]:
    """The linked ticket's tags and external id as they are, and as they should be.

    A call can name a session and any ticket: one that the session is not linked to never gets its id.
    """
    case = case_of(context)
    is_linked = case.link is not None and case.link.is_active and case.link.ticket_id == case.ticket_id
    ticket = ticket_of(context) if is_linked else None
    if ticket is None or case.session is None:
        return {}, {}
    now: dict[str, Any] = {"external_id": ticket.external_id, "tags": list(ticket.tags)}
    tags = list(dict.fromkeys([*ticket.tags, TAG, Channel(case.session.channel).tag]))
    return now, {"external_id": case.session.external_id, "tags": tags}


def _preview_mark(context: Context) -> Preview:
    try:
        before, after = _tags(context)
    except ProviderError as error:
        return Preview(title="", note=error.sentence, is_empty=True)
    number = case_of(context).ticket_id
    return Preview(
        title=_("Change ticket #%(id)s in Zendesk?") % {"id": number},
        object_label=f"#{number}",
        lines=tuple(diff_values(before, after)),
        parts=(("", _("Only these two fields are written. Tags that are there stay.")),),
        is_empty=before == after,
    )


def _mark(context: Context, request: HttpRequest, seen: str) -> Done:
    client = client_of(context)
    try:
        before, after = _tags(context)
        ticket = ticket_of(context) if before != after else None
        if client is None or ticket is None:
            return Done(ok=False, text=_("Nothing changed: both are there by now."))
        if before["external_id"] != after["external_id"]:
            client.update_ticket(ticket.id, {"external_id": after["external_id"]})
        if before["tags"] != after["tags"]:
            add_tags(client, ticket, [tag for tag in after["tags"] if tag not in ticket.tags])
    except ProviderError as error:
        return Done(ok=False, text=_("Zendesk did not take it: %(why)s") % {"why": error.sentence})
    return Done(ok=True, text=_("Tag and external id are back on the ticket."))


MARK_TICKET = Repair(gettext_lazy("Put them back"), _preview_mark, _mark)


def _stuck(context: Context) -> list[PlatformEvent]:
    session = case_of(context).session
    if session is None:
        return []
    rows = PlatformEvent.objects.filter(organization=context.organization, session_ref=session.external_id)
    return list(rows.filter(status=PlatformEvent.Status.FAILED).order_by("pk"))


def _preview_send(context: Context) -> Preview:
    number = len(_stuck(context))
    return Preview(
        title=ngettext("Send %(n)s event again?", "Send %(n)s events again?", number) % {"n": number},
        parts=((number, _("go to OpenCX now, in order, each under its old id: none is taken twice.")),),
        is_empty=not number,
    )


def _send(context: Context, request: HttpRequest, seen: str) -> Done:
    done = 0
    for event in _stuck(context):
        with transaction.atomic():
            if not platform_events.retry(event):
                continue
            audit.record(
                context.organization,
                "reply.retry" if hasattr(event, "reply") else "event.retry",
                request=request,
                object_label=event.session_ref,
                before={"status": "failed"},
                after={"status": "queued"},
            )
        done += 1
    if not done:
        return Done(ok=False, text=_("Nothing changed: OpenCX has them by now."))
    return Done(ok=True, text=_("Queued. They go to OpenCX now."))


SEND_REPLIES = Repair(gettext_lazy("Send again"), _preview_send, _send, role=Role.LEAD)
