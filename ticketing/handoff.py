"""Passing a session to people: one row per handoff, one ticket per session, whatever dies on the way.

How it gets there is `ticket.py` (one ticket) and `conversation.py` (a live chat); both store each step before
they take it.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients import errors
from integrations.connect import note_refusal
from integrations.models import SunshineConnection, ZendeskConnection
from opencx_admin.crypto import Undecryptable
from opencx_admin.due import GIVE_UP_AFTER, LostClaim, backoff
from ticketing import links, reason_rules, ticket, updates
from ticketing.carry import carry_later_messages, drop_waiting
from ticketing.chat import conversation
from ticketing.failures import Stuck, name_failure
from ticketing.fields import fill
from ticketing.models import Channel, ConversationTransfer, Handoff, ReasonCode, Session, SessionTicketLink
from ticketing.models.handoffs import FINAL_CODES, WAIT_FOR_VERIFY

log = logging.getLogger("opencx.handoffs")
Status = Handoff.Status
# A call to Zendesk is over after this, whatever it does.
CALL_TAKES = dt.timedelta(seconds=20)


# -- asking ------------------------------------------------------------------------------------------


def request_handoff(
    session: Session, *, reason: str, summary: str = "", sentiment: str = "", topic: str = ""
) -> tuple[Handoff, bool]:
    """Ask for a handoff. True when a new one began; else the live one, a failed one queued again."""
    with transaction.atomic():
        session = Session.objects.select_for_update().get(pk=session.pk)
        live = session.handoffs.exclude(status=Status.CANCELLED).first()
        if live is not None:
            if live.status == Status.FAILED:
                retry(live)
                live.refresh_from_db()
            return live, False
        handoff = Handoff(
            organization_id=session.organization_id,
            session=session,
            reason=reason,
            summary=summary,
            sentiment=sentiment,
            topic=topic,
            next_attempt_at=timezone.now(),
            last_message=session.messages.order_by("-pk").first(),
        )
        has_inherited = _inherit(handoff)
        handoff.save()
        if has_inherited:
            fill.inherit(session, handoff)
            carry_later_messages(handoff)
    return handoff, True


def _inherit(handoff: Handoff) -> bool:
    """Take over an unfinished write of the cancelled handoff: the same key and body can make only one ticket."""
    former = handoff.session.handoffs.order_by("-created_at").first()
    if former is None or not former.has_open_write:
        return False
    for name in ("generation", "request_key", "request_body", "request_sent_at", "overflow", "last_message_id"):
        setattr(handoff, name, getattr(former, name))
    if former.request_sent_at is not None:  # that write may be under way still: let it end first
        handoff.next_attempt_at = max(timezone.now(), former.request_sent_at + CALL_TAKES)
    return True


def retry(handoff: Handoff) -> bool:
    """Queue it again, now. False unless it is retrying or failed."""
    with transaction.atomic():
        session = Session.objects.select_for_update().get(pk=handoff.session_id)
        rows = Handoff.objects.filter(pk=handoff.pk, status__in=(Status.RETRYING, Status.FAILED))
        handoff = Handoff.objects.select_for_update().get(pk=handoff.pk)  # as it is, not as a page showed it
        now = timezone.now()
        changes: dict[str, Any] = {"status": Status.QUEUED, "next_attempt_at": now, "queued_at": now, "attempts": 0}
        changes["ended_at"] = None
        if handoff.reason_code == ReasonCode.TICKET_DELETED:
            changes |= _begin_anew(handoff)
        if not rows.update(**changes):
            return False
        if handoff.reason_code == ReasonCode.TICKET_DELETED:
            drop_waiting(session)
            ConversationTransfer.objects.filter(handoff=handoff).delete()
    return True


def _begin_anew(handoff: Handoff) -> dict[str, Any]:
    """A new ticket with a key of its own: the old key would still give back the deleted one."""
    latest = handoff.session.messages.order_by("-pk").first()
    return {
        "generation": handoff.generation + 1,
        "route": Handoff.Route.UNDECIDED,
        "fell_back": "",
        "request_key": "",
        "request_body": "",
        "request_sent_at": None,
        "linked_at": None,
        "overflow": [],
        "last_message": latest,
    }


def cancel(handoff: Handoff) -> bool:
    """Stop trying. False when it is linked or cancelled already."""
    with transaction.atomic():
        session = Session.objects.select_for_update().get(pk=handoff.session_id)
        rows = Handoff.objects.filter(pk=handoff.pk).exclude(status__in=(Status.LINKED, Status.CANCELLED))
        if not rows.update(status=Status.CANCELLED, next_attempt_at=None, ended_at=timezone.now()):
            return False
        drop_waiting(session)
    return True


def queue_waiting(connection: ZendeskConnection | SunshineConnection) -> None:
    """The connection was verified: queue the handoffs that waited for it."""
    for handoff in Handoff.objects.filter(
        organization=connection.organization, status=Status.FAILED, reason_code__in=WAIT_FOR_VERIFY
    ):
        retry(handoff)
    updates.queue_waiting(connection.organization)


# -- working -----------------------------------------------------------------------------------------


def advance(handoff: Handoff) -> SessionTicketLink | None:
    """One try at a due handoff, if this worker wins it. Returns the link when there is a ticket."""
    began = timezone.now()
    if not handoff.claim(status=Status.WORKING):
        return None
    try:
        return _try_once(handoff)
    except LostClaim:
        return None
    except Stuck as stuck:
        _end_try(handoff, stuck.code, stuck.detail, None, began)
    except errors.ProviderError as error:
        connection = ZendeskConnection.objects.filter(organization_id=handoff.organization_id).first()
        if isinstance(error, errors.Unauthorized) and connection is not None:
            note_refusal(connection, error)
        _end_try(handoff, name_failure(error), error.sentence, error.retry_after, began)
    except Undecryptable as error:
        _end_try(handoff, ReasonCode.CREDENTIALS_REJECTED, str(error), None, began)
    except Exception:
        log.exception("handoff %s could not be advanced", handoff.pk)
        detail = _("It could not be carried out; the log tells more.")
        _end_try(handoff, ReasonCode.OUTCOME_UNKNOWN, detail, None, began)
    return None


def _try_once(handoff: Handoff) -> SessionTicketLink:
    """A chat goes into a live conversation while Messaging is active; all else becomes a ticket."""
    messaging = conversation.wants_conversation(handoff)
    if messaging is not None and _goes_to_ticket(handoff):
        handoff.hold(route=Handoff.Route.TICKET, fell_back=str(reason_rules.BY_SETTINGS))
        messaging = None
    if messaging is None:
        if handoff.session.channel != Channel.EMAIL and not handoff.route:
            handoff.hold(fell_back=_("Messaging is not active."))
        return ticket.make_ticket(handoff)
    try:
        return conversation.transfer(handoff, messaging)
    except conversation.Declined as declined:
        return _fall_back(handoff, declined)


def _goes_to_ticket(handoff: Handoff) -> bool:
    """By the settings; a conversation that was begun goes on as one."""
    return not ConversationTransfer.objects.filter(handoff=handoff).exists() and reason_rules.wants_ticket(handoff)


def _fall_back(handoff: Handoff, declined: conversation.Declined) -> SessionTicketLink:
    """Messaging refuses for good: a ticket instead, if the contact can be a requester there."""
    handoff.hold(route=Handoff.Route.TICKET, fell_back=declined.detail[:300])
    try:
        return ticket.make_ticket(handoff)
    except Stuck as stuck:
        if stuck.code not in (ReasonCode.CONTACT_HAS_NO_EMAIL, ReasonCode.NOT_CONNECTED):
            raise
        handoff.hold(route=Handoff.Route.UNDECIDED, fell_back="")
        raise Stuck(declined.code, declined.detail) from stuck


def send_back(handoff: Handoff, detail: str) -> bool:
    """Agents never got the conversation: a ticket instead, once. False when it is no longer linked."""
    rows = Handoff.objects.filter(pk=handoff.pk, status=Status.LINKED)
    now = timezone.now()
    return bool(
        rows.update(
            status=Status.QUEUED,
            route=Handoff.Route.TICKET,
            fell_back=detail[:300],
            next_attempt_at=now,
            queued_at=now,
            attempts=0,
            linked_at=None,
        )
    )


def _end_try(handoff: Handoff, code: ReasonCode, detail: str, retry_after: float | None, began: dt.datetime) -> None:
    """Retry later, or fail when trying again changes nothing or a day has passed."""
    is_over = timezone.now() - handoff.queued_at >= GIVE_UP_AFTER
    is_final = code in FINAL_CODES and not _was_verified(handoff, code, began)
    if not is_final and not is_over:
        delay = backoff(handoff.attempts) if retry_after is None else max(retry_after, 0.5)
        handoff.postpone(delay, status=Status.RETRYING, reason_code=code, detail=detail, last_error=detail)
        return
    with transaction.atomic():
        if not handoff.rest(status=Status.FAILED):
            return
        links.fail(handoff, code, detail)
    if _was_verified(handoff, code, began):  # while it failed: that Verify did not see it fail
        retry(handoff)


def _was_verified(handoff: Handoff, code: ReasonCode, began: dt.datetime) -> bool:
    """True when what the handoff waits for was mended while this try was under way."""
    if code not in WAIT_FOR_VERIFY:
        return False
    mended = Q(verified_at__gte=began) | Q(saved_at__gte=began)
    return ZendeskConnection.objects.filter(mended, organization_id=handoff.organization_id).exists()
