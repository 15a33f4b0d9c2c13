"""Links between sessions and tickets: made once, moved when Zendesk merges or follows up, ended when it deletes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients.zendesk_types import Ticket
from integrations.models import EventType, ZendeskConnection
from integrations.platform_events import queue_event
from integrations.webhooks import inbox
from ticketing.carry import carry_later_messages
from ticketing.hours.standing import tell_hours
from ticketing.models import Handoff, ReasonCode, Session, SessionTicketLink, TicketUpdate

End = SessionTicketLink.End
THIRD_PARTY = "zendesk"


def find_active(session: Session) -> SessionTicketLink | None:
    """The session's ticket now, or None."""
    return SessionTicketLink.objects.filter(session=session, is_active=True).select_related("session__contact").first()


def link_handoff(handoff: Handoff, ticket: Ticket, own_comment_id: int | None) -> SessionTicketLink:
    """The ticket is there: link it, tell the platform, let go what waited. Safe to repeat.

    A ticket that was made is a fact: it is linked even when the handoff was cancelled or claimed by
    another worker meanwhile. The session's live handoff gets it, else the cancelled one comes back.
    """
    with transaction.atomic():
        session = Session.objects.select_for_update().select_related("contact").get(pk=handoff.session_id)
        live = session.handoffs.exclude(status=Handoff.Status.CANCELLED).first()
        owner = live or handoff
        link = find_active(session)
        if link is None:
            link = _create(session, ticket, own_comment_id, owner)
        sent_at = owner.request_sent_at or handoff.request_sent_at or timezone.now()
        _end_well(owner, Handoff.Route.TICKET, request_sent_at=sent_at)
        if live is None:  # it was cancelled meanwhile
            carry_later_messages(owner)
        _tell_handed_off(owner, link)
        overflow = handoff.overflow if link.ticket_id == ticket.id else []
        for number, html in enumerate(overflow):
            TicketUpdate.objects.get_or_create(
                session=session,
                kind=TicketUpdate.Kind.TRANSCRIPT,
                part=number,
                ticket_id=link.ticket_id,
                defaults={"organization_id": session.organization_id, "content": html},
            )
        _release(link)
    handoff.refresh_from_db()
    return link


def link_conversation(handoff: Handoff, conversation_id: str) -> SessionTicketLink:
    """Agents have control of the conversation: link it, tell the platform, let go what waited. Safe to repeat."""
    with transaction.atomic():
        session = Session.objects.select_for_update().select_related("contact").get(pk=handoff.session_id)
        live = session.handoffs.exclude(status=Handoff.Status.CANCELLED).first()
        owner = live or handoff
        link = find_active(session)
        if link is None:
            link = SessionTicketLink.objects.create(
                organization_id=session.organization_id,
                session=session,
                handoff=owner,
                conversation_id=conversation_id,
                deliver_from=timezone.now(),
                ticket_status="open",
            )
        _end_well(owner, Handoff.Route.CONVERSATION)
        if live is None:  # it was cancelled meanwhile
            carry_later_messages(owner)
        _tell_handed_off(owner, link)
        _release(link)
    handoff.refresh_from_db()
    return link


def _end_well(handoff: Handoff, route: str, **changes: Any) -> None:
    Handoff.objects.filter(pk=handoff.pk).update(
        status=Handoff.Status.LINKED,
        route=route,
        linked_at=timezone.now(),
        ended_at=None,
        reason_code="",
        detail="",
        last_error="",
        next_attempt_at=None,
        **changes,
    )


def _create(
    session: Session,
    ticket: Ticket,
    own_comment_id: int | None,
    handoff: Handoff | None,
    deliver_from: dt.datetime | None = None,
) -> SessionTicketLink:
    connection = ZendeskConnection.objects.filter(organization_id=session.organization_id).first()
    return SessionTicketLink.objects.create(
        organization_id=session.organization_id,
        session=session,
        handoff=handoff,
        ticket_id=ticket.id,
        url=connection.ticket_url(ticket.id) if connection else "",
        requester_id=ticket.requester_id,
        deliver_from=deliver_from or ticket.created_at,
        ticket_status=ticket.status,
        own_comment_ids=[own_comment_id] if own_comment_id else [],
    )


def _tell_handed_off(handoff: Handoff, link: SessionTicketLink) -> None:
    data: dict[str, Any] = {
        "conversation_id": link.session.external_id,
        "timestamp": timezone.now().isoformat(),
        "reason": handoff.reason,
        "summary": handoff.summary,
        "third_party_name": THIRD_PARTY,
        "integration_metadata": _metadata(link),
        **tell_hours(handoff.organization_id),
    }
    queue_event(
        handoff.organization,
        EventType.HANDED_OFF,
        data,
        session_ref=link.session.external_id,
        once_key=f"handoff:{handoff.pk}:linked:{link.conversation_id or link.ticket_id}",
    )


def _metadata(link: SessionTicketLink) -> dict[str, Any]:
    if link.is_conversation:
        return {"sunshine": {"sunshine_conversation_id": link.conversation_id}}
    return {"ticket_id": str(link.ticket_id)}


def _release(link: SessionTicketLink) -> None:
    """Make due what waited for this link: updates of the ticket and stored webhook calls."""
    TicketUpdate.objects.filter(
        session_id=link.session_id, status=TicketUpdate.Status.QUEUED, next_attempt_at=None
    ).update(next_attempt_at=timezone.now(), queued_at=timezone.now())
    inbox.ring_for(link.organization, ticket_id=link.ticket_id or None, session_ref=link.session.external_id)


def move(
    link: SessionTicketLink,
    ticket: Ticket,
    how: str,
    *,
    own_comment_id: int | None = None,
    deliver_from: dt.datetime | None = None,
    deliver_after_id: int = 0,
) -> SessionTicketLink:
    """Let the session's link go over to another ticket (a merge's target, a follow-up). Safe to repeat."""
    with transaction.atomic():
        session = Session.objects.select_for_update().select_related("contact").get(pk=link.session_id)
        active = find_active(session)
        if active is not None and active.ticket_id == ticket.id:
            return active
        end(active or link, how)
        moved = _create(session, ticket, own_comment_id, link.handoff, deliver_from=deliver_from)
        if how == End.MERGED:
            moved.requester_id, moved.deliver_after_id = link.requester_id, deliver_after_id
            moved.save(update_fields=["requester_id", "deliver_after_id"])
        _release(moved)
    return moved


def adopt(
    session: Session, ticket: Ticket, own_comment_id: int | None, deliver_from: dt.datetime | None
) -> SessionTicketLink:
    """Link by a person's word: the session's replies come from this ticket, from `deliver_from` on."""
    with transaction.atomic():
        session = Session.objects.select_for_update().select_related("contact").get(pk=session.pk)
        found = find_active(session)
        if found is not None:  # its own ticket was linked just now
            return found
        handoff = session.handoffs.exclude(status=Handoff.Status.CANCELLED).first()
        if handoff is not None and handoff.status != Handoff.Status.LINKED:
            Handoff.objects.filter(pk=handoff.pk).update(
                status=Handoff.Status.LINKED, linked_at=timezone.now(), reason_code="", detail="", next_attempt_at=None
            )
        link = _create(session, ticket, own_comment_id, handoff, deliver_from=deliver_from)
        if handoff is not None:
            _tell_handed_off(handoff, link)
        _release(link)
    return link


def end_deleted(link: SessionTicketLink) -> None:
    """The ticket is gone: the link ends and its handoff fails, so that a person sees it."""
    with transaction.atomic():
        session = Session.objects.select_for_update().get(pk=link.session_id)
        if not end(link, End.DELETED):
            return
        handoff = session.handoffs.exclude(status=Handoff.Status.CANCELLED).first()
        if handoff is not None:
            what = _("The conversation") if link.is_conversation else _("Ticket %(ticket)s") % {"ticket": link.label}
            detail = _("%(what)s was deleted in Zendesk.") % {"what": what}
            fail(handoff, ReasonCode.TICKET_DELETED, detail)


def end(link: SessionTicketLink, how: str) -> bool:
    """End a link. False when it had ended already."""
    rows = SessionTicketLink.objects.filter(pk=link.pk, is_active=True)
    return bool(rows.update(is_active=False, ended_at=timezone.now(), ended_as=how))


def fail(handoff: Handoff, code: str, detail: str) -> None:
    """End a handoff as failed and tell the platform, once per handoff. The caller owns the transaction or the claim."""
    with transaction.atomic():
        Handoff.objects.filter(pk=handoff.pk).update(
            status=Handoff.Status.FAILED,
            reason_code=code,
            detail=detail,
            last_error=detail,
            next_attempt_at=None,
            ended_at=timezone.now(),
        )
        data = {
            "conversation_id": handoff.session.external_id,
            "timestamp": timezone.now().isoformat(),
            "third_party_name": THIRD_PARTY,
            "reason_code": str(code),
            "detail": detail,
        }
        queue_event(
            handoff.organization,
            EventType.HANDOFF_FAILED,
            data,
            session_ref=handoff.session.external_id,
            once_key=f"handoff:{handoff.pk}:failed",
        )
