"""Several open tickets with one session's id: made before the link existed, or by another integration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Ticket
from integrations.doctor.registry import Context
from ticketing.canary.apart import leave_out
from ticketing.checks.case import case_of
from ticketing.models import SessionTicketLink
from ticketing.ticket import is_shared

LOOKED_AT = 10
CLOSED = "closed"


@dataclass(frozen=True)
class Double:
    """One session's tickets: the linked one is kept."""

    session_id: str
    kept: int
    others: tuple[int, ...]


def list_newest(context: Context) -> list[SessionTicketLink]:
    """The link of the run's session, or the newest ones of the account."""
    case = case_of(context)
    if context.subject:
        return [case.link] if case.link and case.link.ticket_id and case.link.is_active else []
    rows = SessionTicketLink.objects.filter(organization=context.organization, is_active=True, ticket_id__gt=0)
    return list(
        leave_out(rows, context.organization).select_related("session", "organization").order_by("-pk")[:LOOKED_AT]
    )


def find_doubles(context: Context, client: ZendeskClient | None) -> list[Double]:
    """Ask Zendesk for the tickets of each session. Raises what the client raises."""
    if client is None:
        return []
    found = []
    for link in list_newest(context):
        others = _list_doubles(client, link, client.tickets_by_external_id(link.session.external_id))
        if others:
            found.append(Double(link.session.external_id, link.ticket_id, others))
    return found


def _list_doubles(client: ZendeskClient, link: SessionTicketLink, tickets: Sequence[Ticket]) -> tuple[int, ...]:
    """The open tickets that stand for the link's session beside its own, of the same requester or of no contact.

    A merge cannot be taken back and shows one ticket's words to the other's people: a ticket of another contact,
    of another session or of another organization on the account is none, though it carries the same id.
    """
    kept = next((one for one in tickets if one.id == link.ticket_id and one.status != CLOSED), None)
    if kept is None:
        return ()
    account = link.organization.zendesk
    found = [one for one in tickets if one is not kept and one.status != CLOSED]
    found = [one for one in found if not _is_of_others(link, one.id)]
    if is_shared(account):
        keys = [str(pk) for pk in link.session.handoffs.values_list("pk", flat=True)]
        found = [one for one in found if any(key in one.description for key in keys)]
    others = {one.requester_id for one in found if one.requester_id} - {kept.requester_id}
    staff = {number for number, person in client.users(sorted(others)).items() if person.is_agent} if others else set()
    return tuple(one.id for one in found if one.requester_id in (kept.requester_id, *staff))


def _is_of_others(link: SessionTicketLink, ticket_id: int) -> bool:
    url = link.organization.zendesk.ticket_url(ticket_id)
    return SessionTicketLink.objects.filter(ticket_id=ticket_id, url=url).exclude(session=link.session_id).exists()
