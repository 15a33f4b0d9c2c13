"""What a stored webhook call means here: which session it rings for, and what is read from Zendesk then."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import hooks as integration_hooks
from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.connect import note_refusal, open_zendesk
from integrations.models import EndpointKind, EventResult, WebhookEvent, ZendeskConnection
from integrations.webhooks import inbox
from integrations.webhooks.inbox import Match, Outcome
from opencx_admin.due import backoff
from opencx_admin.orgs import health
from opencx_admin.orgs.models import Organization
from opencx_admin.sql import run
from ticketing import follow_up, handoff, links, receipts, replies, status_sync
from ticketing.alerts.sending import tell_silence
from ticketing.assist import cases
from ticketing.canary.apart import find_refs
from ticketing.chat import handlers as chat_handlers
from ticketing.models import CanaryRun, Handoff, Session, SessionTicketLink
from ticketing.ticket import find_opening_comment, is_ours

WAIT_AT_MOST = dt.timedelta(hours=25)
WAIT_WITHOUT_HANDOFF = dt.timedelta(minutes=10)
# Zendesk's call may come minutes after the comment it rings for (seen: 8 minutes).
CALL_DELAY = dt.timedelta(minutes=15)

# While Zendesk waits for its answer: see opencx_admin/sql.py.
FIND_LINKED = """
SELECT session.external_id FROM ticketing_sessionticketlink link
JOIN ticketing_session session ON session.id = link.session_id
WHERE link.organization_id = %s AND link.ticket_id = %s ORDER BY link.is_active DESC, link.id DESC LIMIT 1
"""
FIND_CANARY = "SELECT 1 FROM ticketing_canaryrun WHERE organization_id = %s AND session_ref = %s"
FIND_SESSION = "SELECT 1 FROM ticketing_session WHERE organization_id = %s AND external_id = %s"


def register() -> None:
    """Hang this app's knowledge into the integrations' hooks; called once when Django starts."""
    inbox.hooks.match, inbox.hooks.process, inbox.hooks.adopt = match, process, adopt
    integration_hooks.after_verify += [handoff.queue_waiting, cases.queue_waiting]
    integration_hooks.is_assist_on.append(cases.is_on)
    integration_hooks.event_lost.append(receipts.note_unsent)
    health.when_silent.append(tell_silence)
    integration_hooks.left_out.append(find_refs)


def match(organization_id: int, ticket_id: str, external_id: str) -> tuple[Match, str]:
    """What the ids of a call are to this organization: read from our rows only, while Zendesk waits."""
    number = _number(ticket_id)
    linked = run(FIND_LINKED, [organization_id, number]).fetchone() if number is not None else None
    if linked:
        return Match.LINKED, linked[0]
    if not external_id:
        return Match.NATIVE, ""
    ids = [organization_id, external_id]
    is_ours = run(FIND_SESSION, ids).fetchone() or run(FIND_CANARY, ids).fetchone()
    return (Match.SESSION, external_id) if is_ours else (Match.NOBODY, "")


def _find_link(organization: Organization, ticket_id: str) -> SessionTicketLink | None:
    """The link of this ticket: the active one, else the last that ended."""
    number = _number(ticket_id)
    if number is None:
        return None
    rows = SessionTicketLink.objects.filter(organization=organization, ticket_id=number)
    return rows.select_related("session__contact", "organization").order_by("-is_active", "-pk").first()


def _number(ticket_id: str) -> int | None:
    return int(ticket_id) if ticket_id.isascii() and ticket_id.isdigit() and len(ticket_id) <= 18 else None


def process(event: WebhookEvent) -> Outcome:
    """Process one claimed call. Raises a `ProviderError` when Zendesk cannot be read now."""
    if event.kind == EndpointKind.SUNSHINE:
        return chat_handlers.process(event)
    link = _find_link(event.organization, event.ticket_id)
    if link is not None and link.is_active:
        return _ring_all(event, link)
    if link is not None and link.ended_as != SessionTicketLink.End.DELETED:
        link = links.find_active(link.session) or link
        if link.is_active:
            return _ring(event, link)
    if link is not None:
        return Outcome(EventResult.IGNORED, "link_ended", str(link.get_ended_as_display()), link.session.external_id)
    if not event.external_id:
        return _tell_assist(event)
    session = Session.objects.filter(organization=event.organization, external_id=event.external_id).first()
    if (
        session is None
        and CanaryRun.objects.filter(organization=event.organization, session_ref=event.external_id).exists()
    ):
        return Outcome(EventResult.IGNORED, "canary", _("A call for a test of the round trip that is over."))
    if session is None:
        return Outcome(EventResult.NO_MATCH, inbox.UNMATCHED, _("No session has this external id."))
    return _wait_for_link(event, session)


def _tell_assist(event: WebhookEvent) -> Outcome:
    """A ticket opened in Zendesk: Assist considers it, where it is on."""
    number = _number(event.ticket_id)
    if number is None or not cases.is_on(event.organization):
        detail = _("The ticket was opened in Zendesk; no session belongs to it.")
        return Outcome(EventResult.IGNORED, "native_ticket", detail)
    cases.note_bell(event.organization, number)
    detail = _("The ticket was opened in Zendesk. Assist considers it; its ledger says what came of it.")
    return Outcome(EventResult.IGNORED, "assist", detail)


def _ring_all(event: WebhookEvent, link: SessionTicketLink) -> Outcome:
    """Ring for every session of the ticket: after a merge it has several."""
    others = SessionTicketLink.objects.filter(
        organization=event.organization, ticket_id=link.ticket_id, is_active=True
    ).exclude(pk=link.pk)
    outcomes = [_ring(event, link)]
    outcomes += [_ring(event, other) for other in others.select_related("session__contact", "organization")]
    told = next((outcome for outcome in outcomes if outcome.effects), outcomes[0])
    return replace(told, effects=tuple(effect for outcome in outcomes for effect in outcome.effects))


def _ring(event: WebhookEvent, link: SessionTicketLink) -> Outcome:
    """Read what changed: comments always, the ticket itself when its status may have changed."""
    ref = link.session.external_id
    wants_status = status_sync.needs_reading(link, event.ticket_status)
    if replies.is_covered(link, event.received_at) and not wants_status:
        return Outcome(EventResult.DUPLICATE, "read_already", _("A later reading has seen it already."), ref)
    connection = ZendeskConnection.objects.filter(organization=event.organization).first()
    if connection is None:
        raise errors.Unauthorized(_("Zendesk Ticketing is not set up."))
    client = open_zendesk(connection, lane=Lane.REPLIES, subject=f"webhook:{event.pk}")
    try:
        return _read(event, link, client, wants_status=wants_status)
    except errors.Unauthorized as error:
        note_refusal(connection, error)
        raise
    except errors.NotFound as error:
        if not error.is_record:
            raise
        links.end_deleted(link)
        detail = _("Ticket #%(ticket)s was deleted in Zendesk; the link has ended.") % {"ticket": link.ticket_id}
        return Outcome(EventResult.IGNORED, "ticket_deleted", detail, ref, (detail,))


def _read(event: WebhookEvent, link: SessionTicketLink, client: ZendeskClient, *, wants_status: bool) -> Outcome:
    ref = link.session.external_id
    reading = replies.read_replies(link, client, found_by="replay" if event.replays else "webhook")
    effects = _list_effects(reading)
    for moved in follow_up.find_merged_here(link, reading.numbers, client):
        effects += [_tell_moved(moved), *_list_effects(replies.read_replies(moved, client))]
    if wants_status or not effects:
        # A bell that no reply explains rang for something else, whatever its body says of the status.
        effects += _read_status(event, link, client)
    if effects:
        return Outcome(EventResult.DELIVERED, session_ref=ref, effects=tuple(effects))
    if not reading.newest_is_public:
        return Outcome(EventResult.IGNORED, "internal_note", _("The newest comment is an internal note."), ref)
    if reading.public_replies:
        return Outcome(EventResult.DUPLICATE, "nothing_new", _("Every public reply went out already."), ref)
    return Outcome(EventResult.IGNORED, "nothing_new", _("There is no reply by an agent to deliver."), ref)


def _list_effects(reading: replies.Reading) -> list[str]:
    return [
        _("Reply of %(agent)s from %(time)s goes to the contact.")
        % {"agent": reply.agent_name, "time": f"{reply.commented_at:%H:%M:%S} UTC"}
        for reply in reading.replies
    ]


def _tell_moved(moved: SessionTicketLink) -> str:
    words = {"session": moved.session.external_id, "ticket": moved.ticket_id}
    return _("A ticket was merged: session %(session)s is linked to #%(ticket)s now.") % words


def _read_status(event: WebhookEvent, link: SessionTicketLink, client: ZendeskClient) -> list[str]:
    ticket = client.ticket(link.ticket_id)
    moved = follow_up.follow_merge(link, client, ticket)
    if moved is not None:
        return [_tell_moved(moved), *_list_effects(replies.read_replies(moved, client))]
    change = status_sync.note_status(link, ticket, event.ticket_status)
    words = {"closed": _("Agents solved the ticket."), "reopened": _("Agents reopened the ticket.")}
    return [words[change]] if change else []


def _wait_for_link(event: WebhookEvent, session: Session) -> Outcome:
    """The session is known, its ticket is not linked (yet): wait, and let Zendesk's own external id decide."""
    ref, age = session.external_id, timezone.now() - event.received_at
    other = links.find_active(session)
    if other is not None and other.ticket_id == _number(event.ticket_id):  # linked a moment ago
        return Outcome(EventResult.QUEUED, session_ref=ref, wait=0)
    if other is not None:
        detail = _("The session belongs to ticket #%(ticket)s.") % {"ticket": other.ticket_id}
        return Outcome(EventResult.IGNORED, "other_ticket", detail, ref)
    live = session.handoffs.exclude(status=Handoff.Status.CANCELLED).first()
    if live is None and age > WAIT_WITHOUT_HANDOFF:
        return Outcome(EventResult.IGNORED, "no_handoff", _("The session was never handed off."), ref)
    may_have_ticket = live is not None and live.has_open_write and live.status != Handoff.Status.WORKING
    if live is not None and may_have_ticket and _link_ours(event, live):
        return Outcome(EventResult.QUEUED, session_ref=ref, wait=0)
    if age > WAIT_AT_MOST:
        return Outcome(EventResult.IGNORED, "never_linked", _("The handoff never got a ticket."), ref)
    detail = _("Waits for the session's ticket to be linked.")
    return Outcome(EventResult.WAITING, "waits_for_link", detail, ref, wait=backoff(event.attempts))


def _link_ours(event: WebhookEvent, live: Handoff) -> bool:
    """Link the call's ticket when Zendesk says that it is the one this handoff made."""
    number = _number(event.ticket_id)
    connection = ZendeskConnection.objects.filter(organization=event.organization).first()
    if number is None or connection is None:
        return False
    client = open_zendesk(connection, lane=Lane.REPLIES, subject=f"webhook:{event.pk}")
    try:
        ticket = client.ticket(number)
    except errors.NotFound:
        return False
    if ticket.external_id != live.session.external_id or not is_ours(live, ticket):
        return False
    links.link_handoff(live, ticket, find_opening_comment(client, ticket))
    return True


def adopt(event: WebhookEvent, session_ref: str) -> str | None:
    """A person says which session the call's ticket belongs to. Returns a sentence when that cannot be."""
    session = Session.objects.filter(organization=event.organization, external_id=session_ref).first()
    if session is None:
        return _("No session has the id %(id)s.") % {"id": session_ref}
    number = _number(event.ticket_id)
    other = links.find_active(session)
    if number is None:
        return _("The call names no ticket number.")
    if other is not None and other.ticket_id != number:
        return _("That session belongs to ticket #%(ticket)s.") % {"ticket": other.ticket_id}
    connection = ZendeskConnection.objects.filter(organization=event.organization).first()
    if connection is None:
        return _("Zendesk Ticketing is not set up.")
    client = open_zendesk(connection, lane=Lane.REPLIES, subject=f"webhook:{event.pk}")
    try:
        ticket = client.ticket(number)
        is_own = ticket.external_id == session.external_id
        opening = find_opening_comment(client, ticket) if is_own else None
    except errors.ProviderError as error:
        return _("Ticket #%(ticket)s could not be read. %(why)s") % {"ticket": number, "why": error.sentence}
    if other is None:
        since = ticket.created_at if is_own else event.received_at - CALL_DELAY
        links.adopt(session, ticket, opening, since)
    inbox.replay(event)
    return None
