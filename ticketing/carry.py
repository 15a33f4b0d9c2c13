"""The contact's words after a handoff: each becomes an update of the ticket, inside the transaction that knows it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from ticketing import ticket_text
from ticketing.models import Handoff, Message, Sender, Session, SessionTicketLink, TicketUpdate

Status = TicketUpdate.Status
OPEN = (Status.QUEUED, Status.WORKING, Status.RETRYING)


def carry_messages(session: Session, messages: Sequence[Message]) -> None:
    """Let the contact's new messages follow the handoff. The caller holds the session's lock."""
    said = [message for message in messages if message.sender == Sender.CONTACT]
    if not said or not session.handoffs.exclude(status=Handoff.Status.CANCELLED).exists():
        return
    is_linked = SessionTicketLink.objects.filter(session=session, is_active=True).exists()
    due_at = timezone.now() if is_linked else None
    rows = [
        TicketUpdate(
            organization_id=session.organization_id,
            session=session,
            message=message,
            part=part,
            kind=TicketUpdate.Kind.MESSAGE,
            content=html,
            next_attempt_at=due_at,
        )
        for message in said
        if message.text.strip() or message.attachments  # Zendesk refuses a comment without words
        for part, html in enumerate(ticket_text.render_message(message.text, message.attachments))
    ]
    TicketUpdate.objects.bulk_create(rows, ignore_conflicts=True)


def carry_later_messages(handoff: Handoff) -> None:
    """What the contact wrote after the handoff's transcript, which is older than its ticket's turn to be made.

    The caller holds the session's lock; what was dropped when a handoff was cancelled comes back.
    """
    later = handoff.session.messages.filter(sender=Sender.CONTACT, pk__gt=handoff.last_message_id or 0)
    dropped = TicketUpdate.objects.filter(message__in=later, status=Status.CANCELLED)
    dropped.update(status=Status.QUEUED, next_attempt_at=None, queued_at=timezone.now(), attempts=0)
    carry_messages(handoff.session, list(later.order_by("pk")))


def drop_waiting(session: Session) -> None:
    """Forget the open updates of a session without a ticket: their words will be in the next transcript.

    The caller holds the session's lock, so that each message is either in that transcript or carried after it.
    """
    rows = TicketUpdate.objects.filter(session=session, status__in=OPEN)
    rows.update(status=Status.CANCELLED, next_attempt_at=None)
