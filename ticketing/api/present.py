"""A session as the API shows it."""

from __future__ import annotations

from ticketing.api import schemas
from ticketing.models import Channel, Contact, Handoff, ReasonCode, Sentiment, Session, SessionStatus, SessionTicketLink

Status = Handoff.Status


def session_out(session: Session) -> schemas.SessionOut:
    """The session with its live handoff (else the last cancelled one) and its ticket, in two queries."""
    newest = session.handoffs.order_by("-created_at")
    found = newest.exclude(status=Status.CANCELLED).first() or newest.first()
    link = session.links.filter(is_active=True).first()
    return schemas.SessionOut(
        id=session.external_id,
        channel=Channel(session.channel),
        contact=contact_out(session.contact),
        language=session.language,
        sentiment=Sentiment(session.sentiment) if session.sentiment else None,
        subject=session.subject,
        custom_data=session.custom_data,
        status=SessionStatus(session.status),
        handed_off=found is not None and found.status != Status.CANCELLED,
        handoff=handoff_out(found) if found else None,
        ticketing_system=system_out(link) if link else None,
        created_at=session.created_at,
        updated_at=session.updated_at,
    )


def system_out(link: SessionTicketLink) -> schemas.TicketingSystemOut:
    if link.is_conversation:
        return schemas.TicketingSystemOut(external_id=link.conversation_id, id_type="conversation_id", url=link.url)
    return schemas.TicketingSystemOut(external_id=str(link.ticket_id), id_type="ticket_id", url=link.url)


def contact_out(contact: Contact) -> schemas.ContactOut:
    return schemas.ContactOut(
        id=contact.external_id,
        name=contact.name,
        email=contact.email,
        email_verified=contact.is_email_verified,
        phone=contact.phone,
        custom_data=contact.custom_data,
    )


def handoff_out(handoff: Handoff) -> schemas.HandoffOut:
    """A cause while there is one, a next attempt while one is planned."""
    has_cause = handoff.status in (Status.RETRYING, Status.FAILED)
    is_planned = handoff.status in (Status.QUEUED, Status.RETRYING)
    return schemas.HandoffOut(
        id=handoff.pk,
        status=Status(handoff.status),
        reason_code=ReasonCode(handoff.reason_code) if has_cause and handoff.reason_code else None,
        detail=(handoff.detail or None) if has_cause else None,
        attempts=handoff.attempts,
        next_attempt_at=handoff.next_attempt_at if is_planned else None,
    )
