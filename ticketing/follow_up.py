"""What happens to a session whose ticket was closed: it goes on in a merge's target or in one follow-up ticket."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Comment, Ticket
from integrations.models import ZendeskConnection
from ticketing import links, ticket_text
from ticketing.models import SessionTicketLink, TicketUpdate
from ticketing.replies import TICKET_NUMBER
from ticketing.ticket import is_shared

MERGED_TAG = "closed_by_merge"
MERGE_TAKES = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Merge:
    """Where a ticket went, and when: the target's comments from then on concern its contact."""

    target: Ticket
    at: dt.datetime
    comment_id: int


def find_merge(link: SessionTicketLink, client: ZendeskClient, ticket: Ticket | None = None) -> Merge | None:
    """The merge that closed the link's ticket, or None when it is open or was simply closed.

    Zendesk closes the source, tags it and leaves a comment that names the target's number.
    """
    ticket = ticket or client.ticket(link.ticket_id)
    if MERGED_TAG not in ticket.tags:
        return None
    comments = client.all_comments(link.ticket_id)
    for comment in reversed(comments):
        number = comment.merged_into or (_other_number(comment.text, link) if comment.is_merge else None)
        if number is not None:
            return _read_merge(number, comment, client)
    if comments and _may_tell_merge(comments[-1], link, ticket):
        number = _other_number(comments[-1].text, link)
        return _read_merge(number, comments[-1], client) if number is not None else None
    return None


def _may_tell_merge(last: Comment, link: SessionTicketLink, ticket: Ticket) -> bool:
    """True for a comment that came with the merge. A number that somebody mentioned before would be a stranger's."""
    if last.author_id == link.requester_id:
        return False
    return ticket.updated_at is None or abs(ticket.updated_at - last.created_at) <= MERGE_TAKES


def _read_merge(number: int, comment: Comment, client: ZendeskClient) -> Merge | None:
    """The merge into that ticket; None when there is no such ticket (any more)."""
    try:
        return Merge(client.ticket(number), comment.created_at, comment.id)
    except errors.NotFound as error:
        if not error.is_record:
            raise
        return None


def _other_number(text: str, link: SessionTicketLink) -> int | None:
    numbers = (int(number) for number in TICKET_NUMBER.findall(text))
    return next((number for number in numbers if number != link.ticket_id), None)


def follow_merge(
    link: SessionTicketLink, client: ZendeskClient, ticket: Ticket | None = None
) -> SessionTicketLink | None:
    """Let the link move to the ticket that its own was merged into; None when it was not merged."""
    merge = find_merge(link, client, ticket)
    if merge is None:
        return None
    return links.move(
        link, merge.target, SessionTicketLink.End.MERGED, deliver_from=merge.at, deliver_after_id=merge.comment_id
    )


def find_merged_here(link: SessionTicketLink, numbers: set[int], client: ZendeskClient) -> list[SessionTicketLink]:
    """Links of other sessions whose tickets were merged into this one, moved here.

    `numbers` are the tickets that this ticket's comments name; only those that are linked are asked for.
    """
    rows = SessionTicketLink.objects.filter(
        organization_id=link.organization_id, is_active=True, ticket_id__in=numbers
    ).exclude(session_id=link.session_id)
    moved: list[SessionTicketLink] = []
    for row in rows.select_related("session__contact", "organization"):
        try:
            found = follow_merge(row, client)
        except errors.NotFound as error:
            if not error.is_record:
                raise
            links.end_deleted(row)  # that ticket is gone, not the one that names it
        else:
            moved += [found] if found else []
    return moved


def begin(update: TicketUpdate, link: SessionTicketLink) -> None:
    """Store the exact body of the follow-up ticket before it is sent."""
    body = ticket_text.write_follow_up(update.session, update.content, link.ticket_id, link.requester_id)
    update.hold(follow_up_of=link.ticket_id, follow_up_body=body, sent_at=None)


def finish(update: TicketUpdate, link: SessionTicketLink, client: ZendeskClient) -> None:
    """Make the follow-up ticket, once, and let it take over the link."""
    ticket, comment_id = None, None
    if update.sent_at is not None:
        ticket = _look_up(update, client)
    if ticket is None:
        update.hold(sent_at=timezone.now())
        try:
            written = client.create_ticket(update.follow_up_body, str(update.uid))
        except errors.ProviderError as error:
            if isinstance(error, errors.Rejected | errors.Forbidden):
                update.hold(sent_at=None)
            raise
        ticket, comment_id = written.ticket, written.comment_id
    else:
        comments = client.all_comments(ticket.id)
        comment_id = comments[0].id if comments else None
    with transaction.atomic():  # a link that moved without its update being done would be followed up again
        links.move(link, ticket, SessionTicketLink.End.FOLLOWED_UP, own_comment_id=comment_id)
        TicketUpdate.objects.filter(pk=update.pk).update(
            status=TicketUpdate.Status.DONE,
            done_at=timezone.now(),
            ticket_id=ticket.id,
            comment_id=comment_id,
            reason_code="",
            detail="",
            last_error="",
            next_attempt_at=None,
        )


def _look_up(update: TicketUpdate, client: ZendeskClient) -> Ticket | None:
    """The follow-up that an earlier try may have made: same external id, made from the same source.

    On a shared account another organization may use that external id too; there the source must be told.
    """
    source = update.follow_up_of or 0
    connection = ZendeskConnection.objects.get(organization_id=update.organization_id)
    sources = (source,) if is_shared(connection) else (source, None)
    known = set(SessionTicketLink.objects.filter(session_id=update.session_id).values_list("ticket_id", flat=True))
    for ticket in client.tickets_by_external_id(update.session.external_id):
        if ticket.id not in known and ticket.id > source and ticket.followup_of in sources:
            return ticket
    return None
