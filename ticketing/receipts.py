"""Back to the agent: a reply that finally did not reach the contact gets one internal note in its ticket.

Finally: the contact's channel refused it (a failed receipt), or OpenCX did not take it within a day. A live chat
has no internal notes; there only our pages say so.
"""

from __future__ import annotations

import contextlib
import datetime as dt

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_tags import add_tags
from integrations.models import PlatformEvent
from integrations.provisioning.wanted import PROBLEM_TAG
from ticketing import links
from ticketing.models import AgentReply, Session, SessionTicketLink, TicketUpdate
from ticketing.ticket_text import defuse

LONGEST_WHY = 500


def note_unsent(event: PlatformEvent) -> None:
    """An event was given up. When it carried a reply, its agent is told. The caller owns the transaction."""
    reply = AgentReply.objects.filter(event=event).first()
    if reply is not None:
        note_lost(reply, _("OpenCX did not take it. %(why)s") % {"why": event.last_error})


def note_refused(reply: AgentReply) -> None:
    """The contact's channel refused a reply. The caller owns the transaction."""
    note_lost(reply, reply.receipt_detail or _("The contact’s channel gave no reason."))


def note_lost(reply: AgentReply, why: str) -> TicketUpdate | None:
    """Queue the note, once per reply. None when it was told already or there is no ticket to tell it in."""
    with transaction.atomic():
        session = Session.objects.select_for_update().select_related("contact").get(pk=reply.session_id)
        link = links.find_active(session)
        if session.is_canary or link is None or link.is_conversation:
            return None
        if TicketUpdate.objects.filter(reply=reply).exists():
            return None
        return TicketUpdate.objects.create(
            organization_id=reply.organization_id,
            session=session,
            kind=TicketUpdate.Kind.NOTE,
            reply=reply,
            content=write_note(reply, why),
            next_attempt_at=timezone.now(),
        )


def write_note(reply: AgentReply, why: str) -> str:
    """The note's HTML: whose reply, when, why, and where more is said. What others wrote is escaped and harmless."""
    words = {
        "agent": reply.agent_name or _("The agent"),
        "time": f"{reply.commented_at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC",
        "contact": reply.session.contact.display_name,
        "why": why[:LONGEST_WHY],
        "url": f"{reply.session.public_url}#reply-{reply.pk}",
    }
    return defuse(render_to_string("ticketing/outbound/reply_note.html", words).strip())


def tag_problem(link: SessionTicketLink, client: ZendeskClient) -> None:
    """Put the ticket into the view "Handoff problems". Safe to repeat; the note goes out without it too."""
    ticket = client.ticket(link.ticket_id)
    if PROBLEM_TAG not in ticket.tags:
        with contextlib.suppress(errors.Rejected, errors.Forbidden):
            add_tags(client, ticket, [PROBLEM_TAG])
