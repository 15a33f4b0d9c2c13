"""What happens to a session whose ticket was closed: it goes on in a merge's target or in one follow-up ticket."""

from __future__ import annotations

import re

from django.utils import timezone

from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Ticket
from ticketing import links, ticket_text
from ticketing.models import SessionTicketLink, TicketUpdate

MERGED_TAG = "closed_by_merge"
_NUMBER = re.compile(r"#(\d+)")


def find_merge_target(link: SessionTicketLink, client: ZendeskClient, ticket: Ticket | None = None) -> Ticket | None:
    """The ticket that this one was merged into, or None when it was simply closed.

    Zendesk closes the source, tags it and leaves a comment that names the target's number.
    """
    ticket = ticket or client.ticket(link.ticket_id)
    if MERGED_TAG not in ticket.tags:
        return None
    for comment in reversed(client.all_comments(link.ticket_id)):
        number = comment.merged_into
        if number is None and (found := _NUMBER.search(comment.text)):
            number = int(found.group(1))
        if number is not None and number != link.ticket_id:
            return client.ticket(number)
    return None


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
    """The follow-up that an earlier try may have made: same external id, made from the same source."""
    source = update.follow_up_of or 0
    known = set(SessionTicketLink.objects.filter(session_id=update.session_id).values_list("ticket_id", flat=True))
    for ticket in client.tickets_by_external_id(update.session.external_id):
        if ticket.id not in known and ticket.id > source and ticket.followup_of in (source, None):
            return ticket
    return None
