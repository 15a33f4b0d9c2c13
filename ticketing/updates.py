"""Writing into a ticket after it was made: the transcript's rest, the contact's messages, our status changes.

A session's updates go out one after another. Zendesk has no idempotency key for them, so each comment
carries a marker in its metadata; after an unknown outcome the ticket's comments are read back first.
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#setting-metadata
"""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import TicketWritten
from integrations.connect import note_refusal, open_zendesk
from integrations.models import ZendeskConnection
from opencx_admin.due import GIVE_UP_AFTER, LostClaim, backoff
from ticketing import chat_updates, follow_up, links, replies, ticket_text
from ticketing.failures import Stuck, is_closed, name_failure
from ticketing.models import Handoff, Message, ReasonCode, Sender, Session, SessionTicketLink, TicketUpdate
from ticketing.models.handoffs import FINAL_CODES

Kind = TicketUpdate.Kind
Status = TicketUpdate.Status
OPEN = (Status.QUEUED, Status.WORKING, Status.RETRYING)
MARKER = replies.OWN_MARKER
MOST_AT_ONCE = 50


# -- asking ------------------------------------------------------------------------------------------


def carry_message(message: Message) -> None:
    """Let a contact's message follow the handoff into the ticket. Called inside the message's transaction."""
    session = message.session
    if message.sender != Sender.CONTACT or not session.handoffs.exclude(status=Handoff.Status.CANCELLED).exists():
        return
    due_at = timezone.now() if links.find_active(session) else None
    for part, html in enumerate(ticket_text.render_message(message.text, message.attachments)):
        TicketUpdate.objects.get_or_create(
            message=message,
            part=part,
            defaults={
                "organization_id": session.organization_id,
                "session": session,
                "kind": Kind.MESSAGE,
                "content": html,
                "next_attempt_at": due_at,
            },
        )


def carry_later_messages(handoff: Handoff) -> None:
    """For a handoff that took over an older transcript: what the contact wrote after that transcript."""
    if handoff.last_message_id is None and not handoff.request_body:
        return
    later = handoff.session.messages.filter(sender=Sender.CONTACT, pk__gt=handoff.last_message_id or 0)
    TicketUpdate.objects.filter(message__in=later, status=Status.CANCELLED).update(
        status=Status.QUEUED, next_attempt_at=None, queued_at=timezone.now()
    )
    for message in later:
        carry_message(message)


def drop_waiting(session: Session) -> None:
    """Forget updates that nothing was written for: their words will be in the next transcript."""
    rows = TicketUpdate.objects.filter(session=session, status__in=OPEN, sent_at=None)
    rows.update(status=Status.CANCELLED, next_attempt_at=None)


def change_status(session: Session, word: str) -> None:
    """Let the ticket follow a status change of the platform's. Called inside its transaction."""
    due_at = timezone.now() if links.find_active(session) else None
    TicketUpdate.objects.create(
        organization_id=session.organization_id, session=session, kind=Kind.STATUS, content=word, next_attempt_at=due_at
    )


def retry(update: TicketUpdate) -> bool:
    """Queue a failed or retrying update again, now. False when it is neither."""
    now = timezone.now()
    rows = TicketUpdate.objects.filter(pk=update.pk, status__in=(Status.FAILED, Status.RETRYING))
    return bool(rows.update(status=Status.QUEUED, next_attempt_at=now, queued_at=now, attempts=0))


# -- working -----------------------------------------------------------------------------------------


def in_turn(rows: QuerySet[TicketUpdate]) -> QuerySet[TicketUpdate]:
    """The rows in the order they go out: the transcript's rest first, then as they were asked for."""
    rank = Case(When(kind=Kind.TRANSCRIPT, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.order_by(rank, "pk")


def advance_session(session_id: int) -> int:
    """Write the session's due updates, one after another. Returns how many were written."""
    written = 0
    for _round in range(MOST_AT_ONCE):
        rows = TicketUpdate.objects.select_related("session__contact", "organization")
        head = in_turn(rows.filter(session_id=session_id, status__in=OPEN)).first()
        if head is None or head.next_attempt_at is None or head.next_attempt_at > timezone.now():
            break
        link = links.find_active(head.session)
        if link is None:
            head.rest(status=Status.QUEUED)
            break
        if not head.claim(status=Status.WORKING) or not _advance(head, link):
            break
        written += 1
    return written


def _advance(update: TicketUpdate, link: SessionTicketLink) -> bool:
    """One try at a claimed update. True when it is done or given up, so that the next one may go."""
    try:
        _write(update, link)
    except LostClaim:
        return False
    except Stuck as stuck:
        return _end_try(update, stuck.code, stuck.detail, None)
    except errors.NotFound as error:
        if not error.is_record:
            return _end_try(update, name_failure(error), error.sentence, None)
        links.end_deleted(link)
        update.rest(status=Status.QUEUED, sent_at=None)
        return False
    except errors.ProviderError as error:
        if isinstance(error, errors.Unauthorized):
            note_refusal(update.organization.zendesk, error)
        return _end_try(update, name_failure(error), error.sentence, error.retry_after)
    return True


def _write(update: TicketUpdate, link: SessionTicketLink) -> None:
    if link.is_conversation:
        chat_updates.write(update, link)
        return
    connection = ZendeskConnection.objects.filter(organization_id=update.organization_id).first()
    if connection is None:
        raise Stuck(ReasonCode.NOT_CONNECTED, _("Zendesk Ticketing is not set up for this organization."))
    lane = Lane.STATUS if update.kind == Kind.STATUS else Lane.REPLIES
    client = open_zendesk(connection, lane=lane, subject=f"session:{update.session_id}")
    if update.follow_up_of is not None:
        follow_up.finish(update, link, client)
        return
    if update.kind == Kind.MESSAGE and link.requester_id is None:
        link.requester_id = client.ticket(link.ticket_id).requester_id
        link.save(update_fields=["requester_id"])
    if update.sent_at is not None and update.kind != Kind.STATUS:
        found = _find_own_comment(update, link, client)
        if found is not None:
            _finish(update, link, found, None)
            return
    try:
        written = _send(update, link, client)
    except errors.Rejected as error:
        if not is_closed(error):
            raise
        _go_on_closed(update, link, client)
        return
    _finish(update, link, written.comment_id, written)


def _send(update: TicketUpdate, link: SessionTicketLink, client: ZendeskClient) -> TicketWritten:
    """Mark, send, and take the mark back when Zendesk refused: then nothing was written."""
    was_open = update.sent_at is not None
    update.hold(sent_at=timezone.now(), ticket_id=link.ticket_id)
    try:
        return client.update_ticket(link.ticket_id, _body(update, link))
    except errors.ProviderError as error:
        if isinstance(error, errors.Rejected | errors.Forbidden) or not (error.is_outcome_unknown or was_open):
            update.hold(sent_at=None)
        raise


def _body(update: TicketUpdate, link: SessionTicketLink) -> dict[str, Any]:
    if update.kind == Kind.STATUS:
        return {"status": update.content}
    comment: dict[str, Any] = {"html_body": update.content, "public": update.kind == Kind.MESSAGE}
    if update.kind == Kind.MESSAGE and link.requester_id:
        comment["author_id"] = link.requester_id
    return {"comment": comment, "metadata": {MARKER: str(update.uid)}}


def _find_own_comment(update: TicketUpdate, link: SessionTicketLink, client: ZendeskClient) -> int | None:
    """The comment that an earlier try may have made: by its marker, else by its words."""
    rows = TicketUpdate.objects.filter(session_id=update.session_id, comment_id__isnull=False)
    taken = {*rows.values_list("comment_id", flat=True), *link.own_comment_ids}
    words = _words(update.content)
    for comment in client.all_comments(link.ticket_id):
        marker = comment.metadata.get(MARKER)
        if marker == str(update.uid):
            return comment.id
        if marker is None and comment.id not in taken and _words(comment.html or comment.text) == words:
            by_us = comment.author_id == link.requester_id or not comment.is_public
            if by_us and update.sent_at and (update.sent_at - comment.created_at).total_seconds() < 120:
                return comment.id
    return None


def _words(html: str) -> str:
    return "".join(strip_tags(html.replace("<br>", " ")).split())


def _go_on_closed(update: TicketUpdate, link: SessionTicketLink, client: ZendeskClient) -> None:
    """The ticket is closed: go on in the ticket it was merged into, else in one follow-up ticket."""
    if follow_up.follow_merge(link, client) is not None:
        update.postpone(0, status=Status.QUEUED)
    elif update.kind == Kind.MESSAGE:
        follow_up.begin(update, link)
        follow_up.finish(update, link, client)
    else:
        detail = _("Ticket #%(ticket)s is closed; Zendesk lets nobody change it.") % {"ticket": link.ticket_id}
        SessionTicketLink.objects.filter(pk=link.pk).update(ticket_status="closed")
        is_done = update.kind == Kind.STATUS and update.content == "solved"
        update.rest(status=Status.DONE if is_done else Status.FAILED, detail=detail, reason_code=ReasonCode.REJECTED)


def _finish(
    update: TicketUpdate, link: SessionTicketLink, comment_id: int | None, written: TicketWritten | None
) -> None:
    if written is not None and update.kind == Kind.STATUS:
        SessionTicketLink.objects.filter(pk=link.pk).update(ticket_status=written.ticket.status or update.content)
    # Recorded even when the claim was lost meanwhile: it was written, and nobody may write it again.
    TicketUpdate.objects.filter(pk=update.pk).update(
        status=Status.DONE,
        done_at=timezone.now(),
        comment_id=comment_id,
        ticket_id=link.ticket_id,
        reason_code="",
        detail="",
        last_error="",
        next_attempt_at=None,
    )


def _end_try(update: TicketUpdate, code: ReasonCode, detail: str, retry_after: float | None) -> bool:
    """Retry later (False: the next ones wait behind it), or give up (True: the next one may go)."""
    changes = {"reason_code": code, "detail": detail, "last_error": detail}
    if code in FINAL_CODES or timezone.now() - update.queued_at >= GIVE_UP_AFTER:
        update.rest(status=Status.FAILED, **changes)
        return True
    delay = backoff(update.attempts) if retry_after is None else max(retry_after, 0.5)
    update.postpone(delay, status=Status.RETRYING, **changes)
    return False
