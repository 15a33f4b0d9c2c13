"""Agents' public replies: read from Zendesk, never from the webhook, each delivered once and in order.

An internal note can never leave: only a comment that Zendesk itself calls public, by an agent, is taken.
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/#list-comments
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import nh3
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Comment, Identity
from integrations.models import EventType
from integrations.platform_events import queue_event
from opencx_admin.orgs.models import Organization
from ticketing import receipts
from ticketing.links import THIRD_PARTY
from ticketing.models import AgentReply, SessionTicketLink, TicketUpdate

TICKET_NUMBER = re.compile(r"#(\d{1,18})\b")
# In the metadata of the comments that we write ourselves.
OWN_MARKER = "opencx_update"
# Zendesk stamps a ticket and its first comment at almost the same time.
OPENING_TAKES = dt.timedelta(seconds=10)
NOBODY = Identity(
    id=None, name="", email="", role="", role_type=None, custom_role_id=None, is_active=False, is_suspended=False
)


@dataclass(frozen=True)
class Reading:
    """What one reading of a ticket's comments found."""

    replies: list[AgentReply] = field(default_factory=list)
    newest_is_public: bool = True
    public_replies: int = 0
    # Ticket numbers that comments not read before name: a merge says so only in words.
    numbers: set[int] = field(default_factory=set)


def read_replies(link: SessionTicketLink, client: ZendeskClient, *, found_by: str = "webhook") -> Reading:
    """Read the ticket's comments and queue every agent's public reply that was not queued yet, oldest first.

    Raises what the client raises; nothing is stored then. Safe to repeat and to run at the same time twice.
    """
    began = timezone.now()
    _complete_link(link, client)
    known = _known_comments(link)
    comments, people = _collect(link, client)
    _note_opening(link, comments)
    candidates = [comment for comment in comments if _may_go_out(comment, link)]
    people = _complete(people, candidates, client)
    wanted = [comment for comment in candidates if _by_agent(people[comment.author_id])]
    with transaction.atomic():
        queued = [
            _queue(link, comment, people[comment.author_id], found_by) for comment in wanted if comment.id not in known
        ]
        newest = max((comment.created_at for comment in comments), default=None)
        SessionTicketLink.objects.filter(pk=link.pk).update(
            comments_read_at=began,
            last_comment_at=newest or link.last_comment_at,
            own_comment_ids=link.own_comment_ids,
        )
    return Reading(
        replies=[reply for reply in queued if reply is not None],
        newest_is_public=comments[-1].is_public if comments else True,
        public_replies=len(wanted),
        numbers=_list_numbers(comments, link),
    )


def _list_numbers(comments: list[Comment], link: SessionTicketLink) -> set[int]:
    since = link.last_comment_at
    fresh = (comment for comment in comments if since is None or comment.created_at >= since)
    return {int(number) for comment in fresh for number in TICKET_NUMBER.findall(comment.text)} - {link.ticket_id}


def _known_comments(link: SessionTicketLink) -> set[int]:
    """Comments that need no look: delivered ones and our own writes."""
    replies = AgentReply.objects.filter(session_id=link.session_id).values_list("comment_id", flat=True)
    updates = TicketUpdate.objects.filter(session_id=link.session_id, comment_id__isnull=False)
    return {*replies, *(pk for pk in updates.values_list("comment_id", flat=True) if pk), *link.own_comment_ids}


def _collect(link: SessionTicketLink, client: ZendeskClient) -> tuple[list[Comment], dict[int, Identity]]:
    """Comments, oldest first, back to where the last complete reading ended; what is older was read then.

    A comment that we know is no such mark: our own writes stand among replies that nobody read yet.
    """
    comments: dict[int, Comment] = {}
    people: dict[int, Identity] = {}
    for page in client.comments(link.ticket_id):
        comments |= {comment.id: comment for comment in page.comments}
        people |= page.people
        times = [(comment.created_at, comment.id) for comment in comments.values()]
        is_newest_first = len(times) > 1 and times == sorted(times, reverse=True)
        if is_newest_first and link.last_comment_at is not None and times[-1][0] < link.last_comment_at:
            break
    return sorted(comments.values(), key=lambda comment: (comment.created_at, comment.id)), people


def _complete_link(link: SessionTicketLink, client: ZendeskClient) -> None:
    """What Zendesk did not say of the ticket when it made it: whose it is, and since when."""
    if link.requester_id is not None and link.deliver_from is not None:
        return
    ticket = client.ticket(link.ticket_id)
    link.requester_id = link.requester_id or ticket.requester_id
    link.deliver_from = link.deliver_from or ticket.created_at
    link.save(update_fields=["requester_id", "deliver_from"])


def _note_opening(link: SessionTicketLink, comments: list[Comment]) -> None:
    """Know the words we opened the ticket with when the answer to that write did not tell the comment's id.

    The first reading of a ticket is a whole one, so its oldest comment is the opening.
    """
    if link.own_comment_ids or link.handoff_id is None or link.deliver_from is None or not comments:
        return
    if link.last_comment_at is None and comments[0].created_at <= link.deliver_from + OPENING_TAKES:
        link.own_comment_ids = [comments[0].id]


def _may_go_out(comment: Comment, link: SessionTicketLink) -> bool:
    """Public, written after the handoff, not by the contact and not Zendesk's note about a merge."""
    if not comment.is_public or comment.is_merge or comment.author_id == link.requester_id:
        return False
    if comment.id in link.own_comment_ids or OWN_MARKER in comment.metadata or comment.author_id <= 0:
        return False  # author -1 is Zendesk itself
    if link.deliver_from is None or comment.created_at > link.deliver_from:
        return True
    return comment.created_at == link.deliver_from and comment.id > link.deliver_after_id


def _complete(people: Mapping[int, Identity], comments: list[Comment], client: ZendeskClient) -> dict[int, Identity]:
    """The authors of these comments, asked for one by one where Zendesk did not tell them with the comments.

    One who is nowhere (any more) is in it without an id. Raises `BadResponse` when one's role is not told.
    """
    known = {author: person for author, person in people.items() if person.role}
    missing = sorted({comment.author_id for comment in comments} - set(known))
    if not missing:
        return known
    with contextlib.suppress(errors.NotFound, errors.Rejected):  # not every account offers many at once
        known |= {author: person for author, person in client.users(missing).items() if person.role}
    for author in missing:
        if author not in known:
            known[author] = _find_author(author, client)
    return known


def _find_author(author: int, client: ZendeskClient) -> Identity:
    try:
        person = client.user(author)
    except errors.NotFound as error:
        if not error.is_record:
            raise
        return NOBODY
    if not person.role:
        raise errors.BadResponse("", status=200)
    return person


def _by_agent(author: Identity) -> bool:
    """True for agents, and for somebody deleted for good: better his words than a reply that never arrives."""
    return author.is_agent or author is NOBODY


def _queue(link: SessionTicketLink, comment: Comment, agent: Identity, found_by: str) -> AgentReply | None:
    """Store the reply with its event; None when another worker was quicker."""
    html = nh3.clean(comment.html)
    files = [
        {"name": f.name, "url": f.url, "content_type": f.content_type, "size": f.size} for f in comment.attachments
    ]
    try:
        with transaction.atomic():
            reply = AgentReply.objects.create(
                organization_id=link.organization_id,
                session_id=link.session_id,
                link=link,
                comment_id=comment.id,
                ticket_id=link.ticket_id,
                text=comment.text,
                html=html,
                attachments=files,
                agent_id=agent.id,
                agent_name=agent.name[:255],
                commented_at=comment.created_at,
                found_by=found_by,
            )
    except IntegrityError:
        return None
    queue_response(link, reply, once_key=f"reply:{link.session_id}:{comment.id}")
    return reply


def queue_response(link: SessionTicketLink, reply: AgentReply, *, once_key: str) -> None:
    """Queue the event that carries a stored reply to the platform, in the same transaction."""
    reply.event = queue_event(
        link.organization,
        EventType.AGENT_RESPONSE,
        _event_data(link, reply),
        session_ref=link.session.external_id,
        once_key=once_key,
    )
    reply.save(update_fields=["event"])


def _event_data(link: SessionTicketLink, reply: AgentReply) -> dict[str, Any]:
    return {
        "reply_id": reply.public_id,
        "conversation_id": link.session.external_id,
        "channel": link.session.channel,
        "timestamp": reply.commented_at.isoformat(),
        "third_party_name": THIRD_PARTY,
        "response": reply.text,
        "response_html": reply.html,
        "attachments": reply.attachments,
        "agent": {"id": str(reply.agent_id or ""), "name": reply.agent_name},
    }


def is_covered(link: SessionTicketLink, rang_at: dt.datetime) -> bool:
    """True when a reading that began after the bell rang has seen whatever it rang for."""
    return link.comments_read_at is not None and link.comments_read_at > rang_at


def record_receipt(organization: Organization, reply_id: str, status: str, detail: str = "") -> AgentReply | None:
    """Keep what became of a reply in the contact's channel; None when no such reply is this organization's."""
    prefix, _sep, number = reply_id.partition("_")
    if prefix != "rep" or not (number.isascii() and number.isdigit()) or len(number) > 18:
        return None
    reply = AgentReply.objects.filter(organization=organization, pk=int(number)).first()
    if reply is not None:
        with transaction.atomic():
            reply.receipt, reply.receipt_detail, reply.receipt_at = status, detail, timezone.now()
            reply.save(update_fields=["receipt", "receipt_detail", "receipt_at"])
            if status == AgentReply.Receipt.FAILED:
                receipts.note_refused(reply)
    return reply
