"""Finding what was missed: replies and status changes whose webhook call never came.

Zendesk drops calls when it throttles and does not repeat them after a 500, so once an hour the linked tickets
are read again: 100 at a time, then the comments of those that changed since they were last read.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import TypeVar

from django.db.models import F
from django.utils import timezone

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Ticket
from integrations.connect import note_refusal, open_zendesk
from integrations.models import ZendeskConnection
from opencx_admin.orgs.models import Organization
from ticketing import follow_up, links, replies, status_sync
from ticketing.canary.apart import leave_out
from ticketing.models import ReconcileRun, SessionTicketLink

log = logging.getLogger("opencx.reconcile")
BATCH = 100
# Zendesk's clock and ours differ by less than this, else its signatures would not be accepted; a ticket that
# changed within it before the last reading is read once more.
MARGIN = dt.timedelta(minutes=6)
# Failures in a row, each of another ticket, that mean trouble with the account.
MOST_FAILURES = 3
MOST_PAUSES = 30
LONGEST_PAUSE = 60.0
REST_AFTER = dt.timedelta(days=30)
T = TypeVar("T")
Pause = Callable[[float], None]


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
    # Organizations of which a rate limit left a part for the next time.
    unfinished: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def reconcile(organizations: list[Organization], counts: Counts, pause: Pause | None = None) -> list[int]:
    """Look for what was missed in these organizations. Returns the ids of the events it queued.

    Whatever happens in one of them, the others are looked at too. At a rate limit the rest of the organization
    is left for the next time, or for `pause`, which waits that many seconds.
    """
    queued: list[int] = []
    for organization in organizations:
        connection = ZendeskConnection.objects.filter(organization=organization).first()
        if connection is None:
            continue
        counts.organizations += 1
        before, began_at = counts.as_dict(), timezone.now()
        try:
            _check_organization(connection, counts, queued, pause)
        except errors.ProviderError as error:
            counts.errors += 1
            counts.unfinished += isinstance(error, errors.RateLimited)
            if isinstance(error, errors.Unauthorized):
                note_refusal(connection, error)
        except Exception:
            counts.errors += 1
            log.exception("organization %s could not be reconciled", organization.pk)
        _keep_run(organization, began_at, before, counts.as_dict())
    return queued


def _keep_run(organization: Organization, began_at: dt.datetime, before: dict[str, int], after: dict[str, int]) -> None:
    """Keep what this organization's look came to, for the page that tells of it."""
    names = ("tickets_checked", "tickets_read", "replies_found", "errors")
    ReconcileRun.objects.create(
        organization=organization,
        began_at=began_at,
        ended_at=timezone.now(),
        is_unfinished=after["unfinished"] > before["unfinished"],
        **{name: after[name] - before[name] for name in names},
    )


def _check_organization(connection: ZendeskConnection, counts: Counts, queued: list[int], pause: Pause | None) -> None:
    client = open_zendesk(connection, lane=Lane.SYNC, subject=f"reconcile:{connection.organization_id}")
    failures = 0
    for batch in _batches(connection.organization):
        tickets = _patiently(partial(_read_tickets, batch, client), pause)
        for link in batch:
            counts.tickets_checked += 1
            try:
                queued += _patiently(partial(_check_link, link, tickets, client, counts), pause)
                failures = 0
            except (errors.Unauthorized, errors.RateLimited, errors.Unreachable):
                raise
            except errors.ProviderError as error:
                # One ticket that cannot be read must not stop the rest; an account in trouble may.
                failures += 1
                if failures >= MOST_FAILURES:
                    raise
                counts.errors += 1
                log.warning("ticket %s could not be reconciled: %s", link.ticket_id, error.sentence)


def _patiently(act: Callable[[], T], pause: Pause | None) -> T:
    """Do what is safe to repeat, waiting at rate limits when there is a `pause`."""
    for _try in range(MOST_PAUSES if pause else 0):
        try:
            return act()
        except errors.RateLimited as error:
            if pause is not None:
                pause(min(error.retry_after or LONGEST_PAUSE, LONGEST_PAUSE))
    return act()


def _batches(organization: Organization) -> Iterator[list[SessionTicketLink]]:
    """The active links, those first that were not read for the longest time: nobody is left out for ever."""
    active = SessionTicketLink.objects.filter(organization=organization, is_active=True, ticket_id__gt=0)
    rows = leave_out(active, organization).exclude(
        ticket_status="closed", last_comment_at__lt=timezone.now() - REST_AFTER
    )
    oldest_first = (F("status_read_at").asc(nulls_first=True), "pk")
    found = list(rows.order_by(*oldest_first).values_list("pk", flat=True))
    for at in range(0, len(found), BATCH):
        batch = SessionTicketLink.objects.filter(pk__in=found[at : at + BATCH], is_active=True)
        yield list(batch.select_related("session__contact", "organization").order_by(*oldest_first))


def _check_link(
    link: SessionTicketLink, tickets: dict[int, Ticket], client: ZendeskClient, counts: Counts
) -> list[int]:
    try:
        return _check(link, tickets.get(link.ticket_id), client, counts)
    except errors.NotFound as error:
        if not error.is_record:
            raise
        links.end_deleted(link)
        counts.tickets_deleted += 1
        return []


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
