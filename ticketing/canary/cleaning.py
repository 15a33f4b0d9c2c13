"""The end of every round trip: nothing of it stays, here or in Zendesk, whatever died on the way.

Here first, so that nobody reads a ticket that is being removed; what Zendesk must remove is on the run's own row.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_removal import delete_ticket, delete_user
from integrations.clients.zendesk_types import Ticket
from integrations.models import EventResult, PlatformEvent, WebhookEvent, ZendeskConnection
from opencx_admin.due import GIVE_UP_AFTER, LostClaim, backoff
from ticketing import handoff as handoffs
from ticketing.canary import hops, watching
from ticketing.canary.moving import Stage, address_of, find_first_link, find_session, judge, open_account
from ticketing.models import CanaryRun, Contact, Handoff, Session
from ticketing.models.handoffs import Owner

# A ticket that may not be deleted is solved, and loses the tag by which triggers ring.
LEFT_TAGS = ["opencx_canary", "opencx_canary_left"]
# A run that could not be cleaned up by then is told as failed; the cleaning goes on behind it.
TELL_AFTER = dt.timedelta(seconds=60)
QUIET_AFTER = dt.timedelta(seconds=50)  # longer than any lease and any call


def clean_up(run: CanaryRun) -> float | None:
    """Remove all of it. Seconds to wait while somebody is still at work on it, None when it is done."""
    session = find_session(run)
    if session is not None:
        _stop(session)
        if _is_busy(run, session):
            return 0.5
        if watching.has_leaked(run):
            found = hops.mark(run.hops, hops.HELD, hops.FAILED, said=watching.tell_leak(), owner=Owner.US)
            run.hold(hops=found, **judge(run, found))
        link = find_first_link(session)
        if link is not None and run.ticket_id is None:
            run.hold(ticket_id=link.ticket_id, requester_id=link.requester_id)
        _remove_here(run, session)
    said = _remove_there(run)
    status = hops.WARNING if said else hops.OK
    finish(run, hops.end(run.hops, hops.CLEANED, timezone.now(), status=status, said=said))
    return None


def finish(run: CanaryRun, found: list[hops.Hop]) -> None:
    """The run is over, and so is the work on it; one told as failed for what stayed has passed after all."""
    told = judge(run, found)
    ended_at = run.finished_at or timezone.now()
    changes = {"status": told["outcome"], "finished_at": ended_at, **told}
    if not run.rest(stage=Stage.OVER, hops=found, last_error="", **changes):
        raise LostClaim(f"round trip {run.pk}")


def put_off(run: CanaryRun, why: str, retry_after: float | None = None) -> None:
    """It could not be removed now: try again for a day. After a minute the run is told as failed meanwhile."""
    now = timezone.now()
    said = _("not all is removed yet: %(why)s") % {"why": why}
    found = hops.mark(run.hops, hops.CLEANED, hops.FAILED, said=said, owner=Owner.ZENDESK)
    changes: dict[str, Any] = {}
    if run.finished_at is None and now - run.stage_at > TELL_AFTER:
        told = judge(run, found)
        changes = {"status": told["outcome"], "finished_at": now, "attempts": 1, "hops": found, **told}
    if now - run.stage_at > GIVE_UP_AFTER:
        run.rest(stage=Stage.OVER, last_error=why, **{"hops": found, **changes})
        return
    run.postpone(retry_after or backoff(run.attempts if run.finished_at else 1), last_error=why, **changes)


def _stop(session: Session) -> None:
    """No further try at its ticket."""
    handoff = session.handoffs.exclude(status=Handoff.Status.CANCELLED).first()
    if handoff is not None:
        handoffs.cancel(handoff)


def _is_busy(run: CanaryRun, session: Session) -> bool:
    """True while another worker may be in the middle of one of its rows."""
    now = timezone.now()
    if now - run.stage_at > QUIET_AFTER:
        return False
    under_way = Q(request_sent_at__gt=now - handoffs.CALL_TAKES, linked_at=None)
    if session.handoffs.filter(under_way).exists():
        return True
    held = Q(organization_id=run.organization_id, next_attempt_at__gt=now)
    calls = WebhookEvent.objects.filter(held, _named(run), result=EventResult.WORKING)
    events = PlatformEvent.objects.filter(held, session_ref=run.session_ref, status=PlatformEvent.Status.WORKING)
    return calls.exists() or events.exists()


def _named(run: CanaryRun) -> Q:
    """The calls for its ticket, those too whose body lacks our id."""
    by_ticket = Q(ticket_id=str(run.ticket_id)) if run.ticket_id else Q()
    return Q(external_id=run.session_ref) | Q(session_ref=run.session_ref) | by_ticket


def _remove_here(run: CanaryRun, session: Session) -> None:
    """Session, contact, handoff, link, replies, updates, events and calls, at once."""
    with transaction.atomic():
        session = Session.objects.select_for_update().get(pk=session.pk)
        PlatformEvent.objects.filter(organization_id=run.organization_id, session_ref=run.session_ref).delete()
        WebhookEvent.objects.filter(_named(run), organization_id=run.organization_id).delete()
        contact_id = session.contact_id
        session.delete()
        Contact.objects.filter(pk=contact_id, organization_id=run.organization_id, sessions=None).delete()


def _remove_there(run: CanaryRun) -> str:
    """The ticket and its requester in Zendesk; returns what had to stay, and why."""
    if not ZendeskConnection.objects.filter(organization_id=run.organization_id).exists():
        words = {"ticket": run.ticket_id}
        return _("Zendesk is not connected any more; ticket #%(ticket)s stays there.") % words if run.ticket_id else ""
    client = open_account(run)
    tickets, kept = _find_tickets(client, run)
    requester_id = run.requester_id or next((ticket.requester_id for ticket in tickets), None)
    if tickets:
        run.hold(ticket_id=run.ticket_id or tickets[0].id, requester_id=requester_id)
    said = [text for ticket in tickets if (text := _remove_ticket(client, ticket.id))] + ([kept] if kept else [])
    if requester_id is not None and not said:
        said.append(_remove_requester(client, requester_id, address_of(run)))
    return " ".join(text for text in said if text)


def _find_tickets(client: ZendeskClient, run: CanaryRun) -> tuple[list[Ticket], str]:
    """The tickets that name the run; and that the one it made does not any more, when somebody changed that."""
    found = client.tickets_by_external_id(run.session_ref)
    if run.ticket_id is None or run.ticket_id in (ticket.id for ticket in found):
        return found, ""
    try:
        ticket = client.ticket(run.ticket_id)
    except errors.NotFound as error:
        if not error.is_record:
            raise
        return found, ""
    if ticket.external_id == run.session_ref:
        return [*found, ticket], ""
    words = {"ticket": ticket.id}
    return found, _("Somebody gave ticket #%(ticket)s another external id, so it was left alone.") % words


def _remove_ticket(client: ZendeskClient, ticket_id: int) -> str:
    """Delete it; without the right, solve and mark it. Empty when it is gone."""
    try:
        delete_ticket(client, ticket_id)
    except errors.NotFound as error:
        if not error.is_record:
            raise
    except errors.Forbidden:
        try:
            client.update_ticket(ticket_id, {"status": "solved", "tags": LEFT_TAGS})
        except errors.NotFound as error:
            return "" if error.is_record else str(error.sentence)
        except (errors.Forbidden, errors.Rejected) as error:
            words = {"ticket": ticket_id, "why": error.sentence}
            return _("We may not delete tickets, and #%(ticket)s could not be solved: %(why)s") % words
        said = _("We may not delete tickets: #%(ticket)s is solved and tagged opencx_canary_left instead.")
        return said % {"ticket": ticket_id}
    return ""


def _remove_requester(client: ZendeskClient, user_id: int, address: str) -> str:
    """Only the test's own contact: somebody may have made another person the requester."""
    try:
        person = client.user(user_id)
        if not person.is_active:
            return ""
        if person.email.lower() != address:
            return _("The ticket is deleted; its requester was changed to somebody else, who was left alone.")
        delete_user(client, user_id)
    except errors.NotFound as error:
        if not error.is_record:
            raise
    except (errors.Forbidden, errors.Rejected):
        return _("The ticket is deleted; its test contact stays, since we may not delete users.")
    return ""
