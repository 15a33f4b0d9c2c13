"""Finding what was missed: replies and status changes whose webhook call never came.

Zendesk drops calls when it throttles and does not repeat them after a 500, so once an hour the linked tickets
are read again: 100 at a time, then the comments of those that changed since they were last read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.utils import timezone

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Ticket
from integrations.connect import note_refusal, open_zendesk
from integrations.models import ZendeskConnection
from opencx_admin.orgs.models import Organization
from ticketing import follow_up, links, replies, status_sync
from ticketing.models import SessionTicketLink

BATCH = 100
# A comment and our reading in the same seconds may have crossed; such a ticket is read once more.
MARGIN = dt.timedelta(seconds=60)
REST_AFTER = dt.timedelta(days=30)


@dataclass
class Counts:
    """What a reconciliation did, in numbers."""

    organizations: int = 0
    tickets_checked: int = 0
    tickets_read: int = 0
    replies_found: int = 0
    closed: int = 0
    reopened: int = 0
    links_moved: int = 0
    tickets_deleted: int = 0
    errors: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def reconcile(organizations: list[Organization], counts: Counts) -> list[int]:
    """Look for what was missed in these organizations. Returns the ids of the events it queued."""
    queued: list[int] = []
    for organization in organizations:
        connection = ZendeskConnection.objects.filter(organization=organization).first()
        if connection is None:
            continue
        counts.organizations += 1
        client = open_zendesk(connection, lane=Lane.SYNC, subject=f"reconcile:{organization.pk}")
        try:
            for batch in _batches(organization):
                queued += _check_batch(batch, client, counts)
        except errors.ProviderError as error:
            counts.errors += 1
            if isinstance(error, errors.Unauthorized):
                note_refusal(connection, error)
    return queued


def _batches(organization: Organization) -> Iterator[list[SessionTicketLink]]:
    rows = SessionTicketLink.objects.filter(organization=organization, is_active=True, ticket_id__gt=0).exclude(
        ticket_status="closed", last_comment_at__lt=timezone.now() - REST_AFTER
    )
    found = list(rows.select_related("session__contact", "organization").order_by("pk"))
    for at in range(0, len(found), BATCH):
        yield found[at : at + BATCH]


def _check_batch(batch: list[SessionTicketLink], client: ZendeskClient, counts: Counts) -> list[int]:
    tickets = _read_tickets(batch, client)
    queued: list[int] = []
    for link in batch:
        counts.tickets_checked += 1
        try:
            queued += _check(link, tickets.get(link.ticket_id), client, counts)
        except errors.NotFound as error:
            if not error.is_record:
                raise
            links.end_deleted(link)
            counts.tickets_deleted += 1
    return queued


def _read_tickets(batch: list[SessionTicketLink], client: ZendeskClient) -> dict[int, Ticket]:
    """The batch's tickets in one call; one by one where the account does not offer that."""
    try:
        return {ticket.id: ticket for ticket in client.tickets([link.ticket_id for link in batch])}
    except (errors.NotFound, errors.Rejected, errors.Forbidden):
        return {}


def _check(link: SessionTicketLink, ticket: Ticket | None, client: ZendeskClient, counts: Counts) -> list[int]:
    ticket = ticket or client.ticket(link.ticket_id)
    moved = follow_up.follow_merge(link, client, ticket)
    if moved is not None:
        counts.links_moved += 1
        return _check(moved, None, client, counts)
    queued: list[int] = []
    if _may_have_news(link, ticket):
        counts.tickets_read += 1
        reading = replies.read_replies(link, client, found_by="reconcile")
        counts.replies_found += len(reading.replies)
        queued = [reply.event_id for reply in reading.replies if reply.event_id is not None]
    change = status_sync.note_status(link, ticket)
    counts.closed += change == "closed"
    counts.reopened += change == "reopened"
    return queued


def _may_have_news(link: SessionTicketLink, ticket: Ticket) -> bool:
    """False only when the comments were read well after the ticket last changed."""
    if link.comments_read_at is None or ticket.updated_at is None:
        return True
    return ticket.updated_at + MARGIN > link.comments_read_at
