"""Solved and reopened, both ways: agents close the session by solving, the platform may let the ticket follow."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.clients.zendesk_types import Ticket
from integrations.models import EventType
from integrations.platform_events import queue_event
from ticketing import updates
from ticketing.carry import OPEN
from ticketing.fields import agreement
from ticketing.links import THIRD_PARTY
from ticketing.models import Handoff, Session, SessionStatus, SessionTicketLink, TicketUpdate

ENDED = ("solved", "closed")
# The English words of `{{ticket.status}}` that say the ticket is worked on. Other languages are read, not guessed.
RUNNING_WORDS = frozenset({"new", "open", "pending", "hold", "on-hold", "on hold"})


def needs_reading(link: SessionTicketLink, said: str) -> bool:
    """True when what the bell said of the status is not what we know, so that the ticket must be read."""
    word = said.strip().lower()
    if word in RUNNING_WORDS:
        return link.is_solved
    if word in ENDED:
        return link.ticket_status != word
    return not word or word != link.status_text


def note_status(link: SessionTicketLink, ticket: Ticket, said: str = "") -> str:
    """Take over the ticket's status as read; tell the platform when it was solved or reopened.

    Returns `closed`, `reopened` or nothing. Safe to run twice at once: one conditional update decides.
    """
    before = link.ticket_status
    if not ticket.status:
        return ""
    with transaction.atomic():
        # The session first, as everybody who takes both.
        Session.objects.select_for_update(no_key=True).get(pk=link.session_id)
        rows = SessionTicketLink.objects.filter(pk=link.pk, ticket_status=before)
        if not rows.update(
            ticket_status=ticket.status,
            status_text=said.strip().lower()[:64] or link.status_text,
            ticket_updated_at=ticket.updated_at,
            status_read_at=timezone.now(),
        ):
            return ""
        link.ticket_status = ticket.status
        was_ended, is_ended = before in ENDED, ticket.status in ENDED
        if is_ended and not was_ended:
            agreement.compare(link, ticket.values)
        if was_ended == is_ended or _is_our_doing(link, is_ended=is_ended):
            return ""
        return _tell(link, ticket.updated_at or timezone.now(), is_ended=is_ended)


def _is_our_doing(link: SessionTicketLink, *, is_ended: bool) -> bool:
    """True while a status of ours to this effect is on its way: its echo is no act of an agent's."""
    words = ENDED if is_ended else ("open",)
    return TicketUpdate.objects.filter(
        session_id=link.session_id,
        kind=TicketUpdate.Kind.STATUS,
        content__in=words,
        sent_at__isnull=False,
        status__in=OPEN,
    ).exists()


def _tell(link: SessionTicketLink, at: dt.datetime, *, is_ended: bool) -> str:
    session = link.session
    status = SessionStatus.CLOSED_RESOLVED if is_ended else SessionStatus.OPEN
    Session.objects.filter(pk=session.pk).update(status=status, updated_at=timezone.now())
    data: dict[str, Any] = {
        "conversation_id": session.external_id,
        "timestamp": at.isoformat(),
        "is_from_third_party": True,
        "third_party_name": THIRD_PARTY,
    }
    if is_ended:
        data["human_resolution_status"] = "resolved"
    queue_event(
        link.organization,
        EventType.CLOSED if is_ended else EventType.REOPENED,
        data,
        session_ref=session.external_id,
        once_key=f"status:{link.pk}:{uuid.uuid4()}",
    )
    return "closed" if is_ended else "reopened"


def end_chat(link: SessionTicketLink) -> bool:
    """Agents ended the live conversation: the session is closed. False when it was already."""
    with transaction.atomic():
        rows = SessionTicketLink.objects.filter(pk=link.pk).exclude(ticket_status__in=ENDED)
        if not rows.update(ticket_status="solved", status_read_at=timezone.now()):
            return False
        _tell(link, timezone.now(), is_ended=True)
    return True


def change_status(session: Session, status: str, *, reflect: bool) -> None:
    """The platform closes or reopens the session; with `reflect` the ticket follows (solved, open)."""
    with transaction.atomic():
        locked = Session.objects.select_for_update().get(pk=session.pk)
        before, locked.status = locked.status, status
        locked.save(update_fields=["status", "updated_at"])
        session.status = status
        is_handed_off = locked.handoffs.exclude(status=Handoff.Status.CANCELLED).exists()
        if reflect and is_handed_off and not _is_same(before, status, locked):
            updates.change_status(locked, "open" if status == SessionStatus.OPEN else "solved")


def _is_same(before: str, after: str, session: Session) -> bool:
    """True when a repeat changes nothing: the session was so before, and its ticket is or will be."""
    if (before == SessionStatus.OPEN) != (after == SessionStatus.OPEN):
        return False
    word = "open" if after == SessionStatus.OPEN else "solved"
    last = session.ticket_updates.filter(kind=TicketUpdate.Kind.STATUS).order_by("-pk").first()
    if last is not None:
        return last.content == word
    link = session.links.filter(is_active=True).first()
    return link is None or link.is_solved == (word == "solved")
