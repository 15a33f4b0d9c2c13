"""Reading a ticket for Assist: is it ours, who said what, and which of its comments did we write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Comment, Identity, Ticket
from opencx_admin.orgs.models import Organization
from ticketing.assist.deciding import Remark, Seen, has_our_tag
from ticketing.models import AssistCase, CanaryRun, Session, SessionTicketLink
from ticketing.replies import OWN_MARKER

MOST_PAGES = 3


@dataclass(frozen=True)
class Reading:
    """The ticket as Zendesk gave it, and what matters of it."""

    ticket: Ticket
    comments: tuple[Comment, ...]
    seen: Seen


def read_ticket(
    organization: Organization, ticket_id: int, client: ZendeskClient, *, even_ours: bool = False
) -> Reading:
    """The ticket with its newest comments. Raises what the client raises.

    The comments of our own tickets are read only when `even_ours`.
    """
    ticket = client.ticket(ticket_id)
    is_own = is_ours(organization, ticket)
    if is_own and not even_ours:
        return Reading(ticket, (), Seen(ticket_id, ticket.status, ticket.subject, is_ours=True))
    comments: dict[int, Comment] = {}
    people: dict[int, Identity] = {}
    is_whole = False
    pages = client.comments(ticket_id)
    for _number in range(MOST_PAGES):
        page = next(pages, None)
        if page is None:
            is_whole = True
            break
        comments |= {comment.id: comment for comment in page.comments}
        people |= page.people
    ordered = tuple(sorted(comments.values(), key=lambda comment: (comment.created_at, comment.id)))
    people = _complete(people, ordered, ticket, client)
    remarks = tuple(_remark(comment, ticket, people) for comment in ordered)
    seen = Seen(ticket_id, ticket.status, ticket.subject, is_own, remarks, is_whole)
    return Reading(ticket, ordered, seen)


def is_ours(organization: Organization, ticket: Ticket) -> bool:
    """True when a handoff made the ticket: by its link, its external id or its tags."""
    if has_our_tag(ticket.tags):
        return True
    if SessionTicketLink.objects.filter(organization=organization, ticket_id=ticket.id).exists():
        return True
    if not ticket.external_id:
        return False
    sessions = Session.objects.filter(organization=organization, external_id=ticket.external_id)
    canaries = CanaryRun.objects.filter(organization=organization, session_ref=ticket.external_id)
    return sessions.exists() or canaries.exists()


def find_own_note(case: AssistCase, comments: Iterable[Comment]) -> Comment | None:
    """The note that an earlier try made: by the marker of its write, else by the link that it ends with."""
    uid = str(case.uid)
    for comment in comments:
        if comment.metadata.get(OWN_MARKER) == uid:
            return comment
        if not comment.is_public and (uid in comment.html or uid in comment.text):
            return comment
    return None


def _complete(
    people: Mapping[int, Identity], comments: tuple[Comment, ...], ticket: Ticket, client: ZendeskClient
) -> dict[int, Identity]:
    """The authors of public comments; those that Zendesk did not tell with the comments are asked for."""
    known = {author: person for author, person in people.items() if person.role}
    authors = {comment.author_id for comment in comments if comment.is_public and comment.author_id > 0}
    for author in sorted(authors - set(known) - {ticket.requester_id or 0}):
        try:
            known[author] = client.user(author)
        except errors.NotFound as error:
            if not error.is_record:
                raise
    return known


def _remark(comment: Comment, ticket: Ticket, people: Mapping[int, Identity]) -> Remark:
    person = people.get(comment.author_id)
    is_agent = comment.author_id != ticket.requester_id and person is not None and person.is_agent
    # What Zendesk itself says (author -1), such as a note about a merge, is nobody's question.
    is_public = comment.is_public and comment.author_id >= 0 and not comment.is_merge
    return Remark(comment.id, comment.text, is_public, is_agent)
