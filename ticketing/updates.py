"""Writing into a ticket after it was made: the transcript's rest, the contact's messages, our status changes.

A session's updates go out one after another. Zendesk has no idempotency key for them, so each comment
carries a marker in its metadata; after an unknown outcome the ticket's comments are read back first.
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#setting-metadata
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import TicketWritten
from integrations.connect import note_refusal, open_zendesk
from integrations.models import ZendeskConnection
from integrations.turns import take_turns
from opencx_admin.crypto import Undecryptable
from opencx_admin.due import GIVE_UP_AFTER, LostClaim, backoff, due
from opencx_admin.orgs.models import Organization
from ticketing import follow_up, links, receipts, replies
from ticketing.carry import OPEN
from ticketing.chat import updates as chat_updates
from ticketing.failures import Stuck, is_closed, name_failure
from ticketing.models import Handoff, ReasonCode, Session, SessionTicketLink, TicketUpdate
from ticketing.models.handoffs import FINAL_CODES, WAIT_FOR_VERIFY

Kind = TicketUpdate.Kind
Status = TicketUpdate.Status
MARKER = replies.OWN_MARKER
MOST_AT_ONCE = 50
# What Zendesk refuses this often for what is in it is a person's, and the next update of the session goes on.
MOST_REFUSALS = 5
log = logging.getLogger("opencx.updates")


# -- asking ------------------------------------------------------------------------------------------


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


def queue_waiting(organization: Organization) -> None:
    """The connection was verified: queue what it stopped, in the order it was asked for."""
    rows = TicketUpdate.objects.filter(
        organization=organization,
        status=Status.FAILED,
        reason_code__in=WAIT_FOR_VERIFY,
        kind__in=(Kind.MESSAGE, Kind.TRANSCRIPT, Kind.NOTE),
    )
    now = timezone.now()
    rows.update(status=Status.QUEUED, next_attempt_at=now, queued_at=now, attempts=0)


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
            _wait_for_link(head)
            break
        if not head.claim(status=Status.WORKING) or not _advance(head, link):
            break
        written += 1
    return written


def list_due_sessions(most: int) -> list[int]:
    """Sessions whose next update is due: one that waits behind an earlier one of its session does not count."""
    now = timezone.now()
    is_ahead = Q(pk__lt=OuterRef("pk")) | Q(kind=Kind.TRANSCRIPT)
    ahead = TicketUpdate.objects.filter(is_ahead, session=OuterRef("session"), status__in=OPEN).exclude(
        next_attempt_at__lte=now
    )
    rows = take_turns(due(TicketUpdate.objects.filter(~Exists(ahead))))
    return list(dict.fromkeys(rows.values_list("session_id", flat=True)[:most]))


def _wait_for_link(update: TicketUpdate) -> None:
    """Rest until a link is stored, which makes it due; at once when one was stored just now."""
    with transaction.atomic():
        session = Session.objects.select_for_update().get(pk=update.session_id)
        if links.find_active(session) is not None:
            update.postpone(0, status=Status.QUEUED)
        else:
            update.rest(status=Status.QUEUED)


def _end_link(update: TicketUpdate, link: SessionTicketLink) -> None:
    """The ticket is gone. The update waits for the next one, unless that one's transcript has its words already."""
    with transaction.atomic():
        links.end_deleted(link)
        session = Session.objects.select_for_update().get(pk=link.session_id)
        live = session.handoffs.exclude(status=Handoff.Status.CANCELLED).first()
        is_told = update.message_id and live is not None and update.message_id <= (live.last_message_id or 0)
        if is_told or update.kind == Kind.NOTE:
            update.rest(status=Status.CANCELLED, sent_at=None)
        elif links.find_active(session) is not None:
            update.postpone(0, status=Status.QUEUED, sent_at=None)
        else:
            update.rest(status=Status.QUEUED, sent_at=None)


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
        _end_link(update, link)
        return False
    except errors.ProviderError as error:
        connection = ZendeskConnection.objects.filter(organization_id=update.organization_id).first()
        if isinstance(error, errors.Unauthorized) and connection is not None:
            note_refusal(connection, error)
        is_stubborn = isinstance(error, errors.Rejected) and update.attempts >= MOST_REFUSALS
        return _end_try(update, name_failure(error), error.sentence, error.retry_after, is_over=is_stubborn)
    except Undecryptable as error:
        return _end_try(update, ReasonCode.CREDENTIALS_REJECTED, str(error), None)
    except Exception:
        log.exception("ticket update %s could not be written", update.pk)
        detail = _("It could not be carried out; the log tells more.")
        return _end_try(update, ReasonCode.OUTCOME_UNKNOWN, detail, None)
    return True


def _write(update: TicketUpdate, link: SessionTicketLink) -> None:
    if link.is_conversation:
        chat_updates.write(update, link)
        return
    connection = ZendeskConnection.objects.filter(organization_id=update.organization_id).first()
    if connection is None:
        raise Stuck(ReasonCode.NOT_CONNECTED, _("Zendesk Ticketing is not set up for this organization."))
    lane = Lane.STATUS if update.kind == Kind.STATUS else Lane.REPLIES
    client = open_zendesk(connection, lane=lane, subject=f"session:{update.session_id}", keep_claim=update.hold)
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
    if update.kind == Kind.NOTE:
        receipts.tag_problem(link, client)
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
    body: dict[str, Any] = {"comment": comment, "metadata": {MARKER: str(update.uid)}}
    if update.kind == Kind.MESSAGE and link.ticket_status == "solved":
        # Zendesk reopens a solved ticket for a mail of the contact's, but not for a comment by API.
        body["status"] = "open"
    return body


def _find_own_comment(update: TicketUpdate, link: SessionTicketLink, client: ZendeskClient) -> int | None:
    """The comment that an earlier try may have made: by its marker, else by its words."""
    rows = TicketUpdate.objects.filter(session_id=update.session_id, ticket_id=link.ticket_id)
    taken = {*rows.values_list("comment_id", flat=True), *link.own_comment_ids}
    words = _words(update.content)
    # The same words may stand there already, from an update whose comment's id Zendesk did not tell.
    said = rows.filter(status=Status.DONE, comment_id=None).exclude(kind=Kind.STATUS)
    others = sum(_words(content) == words for content in said.values_list("content", flat=True))
    for comment in client.all_comments(link.ticket_id):
        marker = comment.metadata.get(MARKER)
        if marker == str(update.uid):
            return comment.id
        if marker is None and comment.id not in taken and _words(comment.html or comment.text) == words:
            by_us = comment.author_id == link.requester_id or not comment.is_public
            others -= by_us
            if by_us and others < 0 and update.sent_at and (update.sent_at - comment.created_at).total_seconds() < 120:
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
        status = Status.DONE if is_done else Status.CANCELLED if update.kind == Kind.NOTE else Status.FAILED
        update.rest(status=status, detail=detail, reason_code=ReasonCode.REJECTED)


def _finish(
    update: TicketUpdate, link: SessionTicketLink, comment_id: int | None, written: TicketWritten | None
) -> None:
    if written is not None and written.ticket.status and (update.kind == Kind.STATUS or link.is_solved):
        SessionTicketLink.objects.filter(pk=link.pk).update(ticket_status=written.ticket.status)
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


def _end_try(
    update: TicketUpdate, code: ReasonCode, detail: str, retry_after: float | None, *, is_over: bool = False
) -> bool:
    """Retry later (False: the next ones wait behind it), or give up (True: the next one may go)."""
    changes = {"reason_code": code, "detail": detail, "last_error": detail}
    if is_over or code in FINAL_CODES or timezone.now() - update.queued_at >= GIVE_UP_AFTER:
        update.rest(status=Status.FAILED, **changes)
        return True
    delay = backoff(update.attempts) if retry_after is None else max(retry_after, 0.5)
    update.postpone(delay, status=Status.RETRYING, **changes)
    return False
