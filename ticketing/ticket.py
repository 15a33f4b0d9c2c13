"""Making a handoff's one ticket: the exact body stored before it leaves, looked up after silence."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Ticket
from integrations.connect import open_zendesk
from integrations.models import ZendeskConnection
from ticketing import links, reason_rules, ticket_text
from ticketing.failures import Stuck, refused_fields
from ticketing.fields import fill, refusals
from ticketing.models import Handoff, ReasonCode, SessionTicketLink

KEY_BURNT = "IdempotentRequestError"
UUID_LENGTH = 36  # of the handoff's id, with which every key of it begins


def make_ticket(handoff: Handoff) -> SessionTicketLink:
    """One try at the ticket of a claimed handoff. Raises `Stuck`, `LostClaim` or a `ProviderError`."""
    connection = ZendeskConnection.objects.filter(organization_id=handoff.organization_id).first()
    if connection is None:
        raise Stuck(ReasonCode.NOT_CONNECTED, _("Zendesk Ticketing is not set up for this organization."))
    subject = f"handoff:{handoff.pk}"
    client = open_zendesk(connection, lane=Lane.HANDOFF, subject=subject, keep_claim=handoff.hold)
    if handoff.request_sent_at is not None:
        ticket = _look_up(handoff, client)
        if ticket is not None:
            return links.link_handoff(handoff, ticket, find_opening_comment(client, ticket))
    if handoff.request_sent_at is None or not handoff.request_body:
        _write_body(handoff, connection, client)
    return _create(handoff, client)


def _create(handoff: Handoff, client: ZendeskClient) -> SessionTicketLink:
    """Send the stored body. What Zendesk refused was not written, so the next try may say it anew.

    While an earlier try's outcome is unknown it stays so: the next one looks for its ticket before it writes.
    """
    was_open = handoff.request_sent_at is not None
    handoff.hold(request_sent_at=timezone.now())
    try:
        written = client.create_ticket(handoff.request_body, handoff.request_key)
    except errors.Rejected as error:
        if error.code == KEY_BURNT:
            _change_key(handoff)
            raise errors.Conflict("", status=error.status) from error
        refusals.leave_out(handoff, error)
        left_out = sorted({*handoff.left_out, *(["assignee_id"] if "assignee" in str(refused_fields(error)) else [])})
        handoff.hold(left_out=left_out, **({"request_body": ""} if was_open else {"request_sent_at": None}))
        raise
    except errors.ProviderError as error:
        if not error.is_outcome_unknown and not was_open:
            handoff.hold(request_sent_at=None)
        raise
    refusals.note_dropped(handoff, written.ticket.values)
    return links.link_handoff(handoff, written.ticket, written.comment_id)


def _change_key(handoff: Handoff) -> None:
    """Zendesk took the key with another body: after a look for that ticket, the next try has a key of its own."""
    generation, old = handoff.generation + 1, handoff.request_key
    new = f"{old[:UUID_LENGTH]}-{generation}"
    with transaction.atomic():
        fill.carry_on(handoff, generation)
        handoff.hold(generation=generation, request_key=new, request_body=handoff.request_body.replace(old, new))


def _write_body(handoff: Handoff, connection: ZendeskConnection, client: ZendeskClient) -> None:
    """Store the exact body and its key before the write leaves."""
    requester = _find_requester(handoff, client)
    extra: dict[str, Any] = {"public": connection.is_first_comment_public}
    assignee_id = reason_rules.find_assignee(handoff) or connection.default_agent_id
    if assignee_id and "assignee_id" not in handoff.left_out:
        extra["assignee_id"] = assignee_id
    if custom_fields := fill.list_custom_fields(handoff):
        extra["custom_fields"] = custom_fields
    own = str(handoff.pk) if handoff.generation == 1 else f"{handoff.pk}-{handoff.generation}"
    key = handoff.request_key or own
    body, overflow = ticket_text.write_ticket(handoff, key, requester, **extra)
    handoff.hold(request_body=body, request_key=key, overflow=overflow)


def _find_requester(handoff: Handoff, client: ZendeskClient) -> dict[str, Any]:
    """By email inside the ticket; by phone as a user that is made or found first; else nobody can be."""
    contact = handoff.session.contact
    name = ticket_text.defuse(contact.name.strip())
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
    mine = handoff.organization.zendesk
    linked = SessionTicketLink.objects.filter(ticket_id=ticket.id)
    if linked.filter(session=handoff.session_id).exists():
        return False  # an ended link of this very session: deleted, merged or followed up
    if linked.filter(url=mine.ticket_url(ticket.id)).exclude(organization=mine.organization_id).exists():
        return False  # another organization's, even if that one left the account since
    if not is_shared(mine):
        return ticket.external_id == handoff.session.external_id
    return bool(handoff.request_key) and handoff.request_key[:UUID_LENGTH] in ticket.description


def is_shared(connection: ZendeskConnection) -> bool:
    """True when another organization uses the same Zendesk account."""
    return ZendeskConnection.objects.filter(subdomain=connection.subdomain).exclude(pk=connection.pk).exists()


def find_opening_comment(client: ZendeskClient, ticket: Ticket) -> int | None:
    """The id of the comment that opened a ticket of ours which we found again: our own words, never a reply."""
    comments = client.all_comments(ticket.id)
    return comments[0].id if comments else None
