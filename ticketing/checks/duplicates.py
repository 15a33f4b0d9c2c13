"""Several open tickets with one session's id: made before the link existed, or by another integration."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.clients.zendesk import ZendeskClient
from integrations.doctor.registry import Context
from ticketing.canary.apart import leave_out
from ticketing.checks.case import case_of
from ticketing.models import SessionTicketLink

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
    return list(leave_out(rows, context.organization).select_related("session").order_by("-pk")[:LOOKED_AT])


def find_doubles(context: Context, client: ZendeskClient | None) -> list[Double]:
    """Ask Zendesk for the tickets of each session. Raises what the client raises."""
    found = []
    for link in list_newest(context) if client else ():
        tickets = client.tickets_by_external_id(link.session.external_id) if client else []
        others = tuple(one.id for one in tickets if one.id != link.ticket_id and one.status != CLOSED)
        if others:
            found.append(Double(link.session.external_id, link.ticket_id, others))
    return found
