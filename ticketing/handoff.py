"""Passing a session to people: one row per handoff, one ticket per session, whatever dies on the way.

The exact body and its key are stored before the write leaves. A row found with a write whose outcome
nobody knows is looked up in Zendesk by `external_id` before anything is written again.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Ticket
from integrations.connect import note_refusal, open_zendesk
from integrations.models import ZendeskConnection
from opencx_admin.due import GIVE_UP_AFTER, LostClaim, backoff
from ticketing import links, ticket_text, updates
from ticketing.failures import Stuck, name_failure, refused_fields
from ticketing.models import Handoff, ReasonCode, Session, SessionTicketLink
from ticketing.models.handoffs import FINAL_CODES, WAIT_FOR_VERIFY

Status = Handoff.Status
KEY_BURNT = "IdempotentRequestError"


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
        _inherit(handoff)
        handoff.save()
        updates.carry_later_messages(handoff)
    return handoff, True


def _inherit(handoff: Handoff) -> None:
    """Take over an unfinished write of a cancelled handoff: the same key and body can make only one ticket."""
    former = (
        Handoff.objects.filter(session=handoff.session, linked_at=None, request_sent_at__isnull=False)
        .order_by("-created_at")
        .first()
    )
    if former is not None:
        for name in ("generation", "request_key", "request_body", "request_sent_at", "overflow", "last_message_id"):
            setattr(handoff, name, getattr(former, name))


def retry(handoff: Handoff) -> bool:
    """Queue it again, now. False unless it is retrying or failed."""
    with transaction.atomic():
        rows = Handoff.objects.filter(pk=handoff.pk, status__in=(Status.RETRYING, Status.FAILED))
        now = timezone.now()
        changes: dict[str, Any] = {"status": Status.QUEUED, "next_attempt_at": now, "queued_at": now, "attempts": 0}
        changes["ended_at"] = None
        if handoff.reason_code == ReasonCode.TICKET_DELETED:
            changes |= _begin_anew(handoff)
        if not rows.update(**changes):
            return False
        if handoff.reason_code == ReasonCode.TICKET_DELETED:
            updates.drop_waiting(handoff.session)
    return True


def _begin_anew(handoff: Handoff) -> dict[str, Any]:
    """A new ticket with a key of its own: the old key would still give back the deleted one."""
    latest = handoff.session.messages.order_by("-pk").first()
    return {
        "generation": handoff.generation + 1,
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
        rows = Handoff.objects.filter(pk=handoff.pk).exclude(status__in=(Status.LINKED, Status.CANCELLED))
        if not rows.update(status=Status.CANCELLED, next_attempt_at=None, ended_at=timezone.now()):
            return False
        updates.drop_waiting(handoff.session)
    return True


def queue_waiting(connection: ZendeskConnection) -> None:
    """The connection was verified: queue the handoffs that waited for it."""
    for handoff in Handoff.objects.filter(
        organization=connection.organization, status=Status.FAILED, reason_code__in=WAIT_FOR_VERIFY
    ):
        retry(handoff)


# -- working -----------------------------------------------------------------------------------------


def advance(handoff: Handoff) -> SessionTicketLink | None:
    """One try at a due handoff, if this worker wins it. Returns the link when there is a ticket."""
    if not handoff.claim(status=Status.WORKING):
        return None
    try:
        return _try_once(handoff)
    except LostClaim:
        return None
    except Stuck as stuck:
        _end_try(handoff, stuck.code, stuck.detail, None)
    except errors.ProviderError as error:
        if isinstance(error, errors.Unauthorized):
            note_refusal(handoff.organization.zendesk, error)
        _end_try(handoff, name_failure(error), error.sentence, error.retry_after)
    return None


def _try_once(handoff: Handoff) -> SessionTicketLink:
    connection = ZendeskConnection.objects.filter(organization_id=handoff.organization_id).first()
    if connection is None:
        raise Stuck(ReasonCode.NOT_CONNECTED, _("Zendesk Ticketing is not set up for this organization."))
    client = open_zendesk(connection, lane=Lane.HANDOFF, subject=f"handoff:{handoff.pk}")
    if handoff.request_sent_at is not None:
        ticket = _look_up(handoff, client)
        if ticket is not None:
            return links.link_handoff(handoff, ticket, find_opening_comment(client, ticket))
    else:
        _write_body(handoff, connection, client)
    return _create(handoff, client)


def _create(handoff: Handoff, client: ZendeskClient) -> SessionTicketLink:
    """Send the stored body. What Zendesk refused was not written, so the next try may say it anew."""
    was_open = handoff.request_sent_at is not None
    handoff.hold(request_sent_at=timezone.now())
    try:
        written = client.create_ticket(handoff.request_body, handoff.request_key)
    except errors.Rejected as error:
        if error.code == KEY_BURNT:
            handoff.hold(generation=handoff.generation + 1)
            raise errors.Conflict("", status=error.status) from error
        left_out = sorted({*handoff.left_out, *(["assignee_id"] if "assignee" in str(refused_fields(error)) else [])})
        handoff.hold(request_sent_at=None, left_out=left_out)
        raise
    except errors.Forbidden:
        handoff.hold(request_sent_at=None)
        raise
    except errors.ProviderError as error:
        if not error.is_outcome_unknown and not was_open:
            handoff.hold(request_sent_at=None)
        raise
    return links.link_handoff(handoff, written.ticket, written.comment_id)


def _write_body(handoff: Handoff, connection: ZendeskConnection, client: ZendeskClient) -> None:
    """Store the exact body and its key before the write leaves."""
    requester = _find_requester(handoff, client)
    extra: dict[str, Any] = {"public": connection.is_first_comment_public}
    if connection.default_agent_id and "assignee_id" not in handoff.left_out:
        extra["assignee_id"] = connection.default_agent_id
    key = str(handoff.pk) if handoff.generation == 1 else f"{handoff.pk}-{handoff.generation}"
    body, overflow = ticket_text.write_ticket(handoff, key, requester, **extra)
    handoff.hold(request_body=body, request_key=key, overflow=overflow)


def _find_requester(handoff: Handoff, client: ZendeskClient) -> dict[str, Any]:
    """By email inside the ticket; by phone as a user that is made or found first; else nobody can be."""
    contact = handoff.session.contact
    name = contact.name.strip()
    if contact.email:
        # Zendesk refuses a name of one letter ("Name: is too short").
        return {"requester": {"name": name if len(name) > 1 else contact.email, "email": contact.email}}
    if not contact.phone:
        raise Stuck(ReasonCode.CONTACT_HAS_NO_EMAIL, _("Zendesk needs an email or a phone number to make a requester."))
    person = client.create_or_update_user(
        {
            "name": name if len(name) > 1 else contact.phone,
            "phone": contact.phone,
            "external_id": contact.external_id,
            "role": "end-user",
            "skip_verify_email": True,
        }
    )
    if person.is_suspended:
        raise Stuck(ReasonCode.REQUESTER_SUSPENDED, _("%(name)s is suspended in Zendesk.") % {"name": person.name})
    handoff.hold(requester_id=person.id)
    return {"requester_id": person.id}


def _look_up(handoff: Handoff, client: ZendeskClient) -> Ticket | None:
    """The ticket that an earlier try may have made, or None."""
    found = client.tickets_by_external_id(handoff.session.external_id)
    return next((ticket for ticket in found if is_ours(handoff, ticket)), None)


def is_ours(handoff: Handoff, ticket: Ticket) -> bool:
    """True when this handoff's write made the ticket.

    The external id is the session's, which another organization on the same account may use too; then the
    handoff's key in the ticket's text decides.
    """
    linked = SessionTicketLink.objects.filter(ticket_id=ticket.id, organization__zendesk__isnull=False)
    mine = handoff.organization.zendesk
    if linked.filter(session=handoff.session_id).exists():
        return False  # an ended link of this very session: deleted, merged or followed up
    same_account = ZendeskConnection.objects.filter(subdomain=mine.subdomain).exclude(pk=mine.pk)
    if not same_account.exists():
        return ticket.external_id == handoff.session.external_id
    return bool(handoff.request_key) and handoff.request_key in ticket.description


def find_opening_comment(client: ZendeskClient, ticket: Ticket) -> int | None:
    """The id of the comment that opened a ticket of ours which we found again: our own words, never a reply."""
    comments = client.all_comments(ticket.id)
    return comments[0].id if comments else None


def _end_try(handoff: Handoff, code: ReasonCode, detail: str, retry_after: float | None) -> None:
    """Retry later, or fail when trying again changes nothing or a day has passed."""
    is_over = timezone.now() - handoff.queued_at >= GIVE_UP_AFTER
    if code not in FINAL_CODES and not is_over:
        delay = backoff(handoff.attempts) if retry_after is None else max(retry_after, 0.5)
        handoff.postpone(delay, status=Status.RETRYING, reason_code=code, detail=detail, last_error=detail)
        return
    with transaction.atomic():
        if handoff.rest(status=Status.FAILED):
            links.fail(handoff, code, detail)
