"""What a run is about, as this room knows it: the session, its handoff, its link, and the ticket in Zendesk."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Comment, Identity, Ticket
from integrations.connect import open_zendesk
from integrations.doctor.credentials import connection_of
from integrations.doctor.finding import Finding, skipped
from integrations.doctor.registry import CALL, HANDOFF, SESSION, TICKET, Context, Subject
from integrations.models import WebhookEvent
from integrations.verify import IN_A_PAGE
from opencx_admin.orgs.models import Organization
from ticketing.models import AgentReply, Handoff, Session, SessionTicketLink, TicketUpdate
from ticketing.replies import OWN_MARKER

LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Case:
    """`ticket_id` may be of a ticket that is not ours: then there is no session."""

    session: Session | None = None
    handoff: Handoff | None = None
    link: SessionTicketLink | None = None
    ticket_id: int = 0


@dataclass(frozen=True)
class Talk:
    """What agents wrote in the ticket after the handoff, oldest first, our own words left out."""

    public: tuple[Comment, ...]
    notes: tuple[Comment, ...]
    # Of `public`, those that were never queued for the contact.
    missing: tuple[Comment, ...]

    @property
    def last(self) -> Comment | None:
        found = sorted((*self.public, *self.notes), key=lambda comment: (comment.created_at, comment.id))
        return found[-1] if found else None


def case_of(context: Context) -> Case:
    """The case of the run's subject, found once."""
    return context.recall("case", lambda: find_case(context.organization, context.subject))


def find_case(organization: Organization, subject: Subject) -> Case:
    """Session, handoff, link and ticket that belong together; empty for an unknown id."""
    sessions = Session.objects.select_related("contact", "organization").filter(organization=organization)
    if subject.kind == SESSION:
        return _complete(sessions.filter(external_id=subject.ref).first())
    if subject.kind == HANDOFF:
        row = _find_handoff(organization, subject.ref)
        return _complete(row.session) if row else Case()
    if subject.kind == CALL:
        call = find_call(organization, subject.ref)
        if call is None:
            return Case()
        by_session = sessions.filter(external_id=call.session_ref or call.external_id).first()
        number = int(call.ticket_id) if _is_number(call.ticket_id) else 0
        return replace(_complete(by_session), ticket_id=number) if by_session else _of_ticket(organization, number)
    return _of_ticket(organization, int(subject.ref) if _is_number(subject.ref) else 0)


def find_call(organization: Organization, ref: str) -> WebhookEvent | None:
    """The stored call with this id."""
    rows = WebhookEvent.objects.filter(organization=organization)
    return rows.filter(pk=int(ref)).first() if _is_number(ref) else None


def _of_ticket(organization: Organization, number: int) -> Case:
    links = SessionTicketLink.objects.filter(organization=organization, ticket_id=number) if number else None
    link = links.select_related("session__contact").order_by("-is_active", "-pk").first() if links is not None else None
    return replace(_complete(link.session), link=link, ticket_id=number) if link else Case(ticket_id=number)


def _complete(session: Session | None) -> Case:
    if session is None:
        return Case()
    links = SessionTicketLink.objects.filter(session=session).select_related("session__contact", "organization")
    link = links.order_by("-is_active", "-pk").first()
    handoff = Handoff.objects.filter(session=session).exclude(status=Handoff.Status.CANCELLED).first()
    return Case(session, handoff, link, link.ticket_id if link else 0)


def _find_handoff(organization: Organization, ref: str) -> Handoff | None:
    try:
        key = uuid.UUID(ref)
    except ValueError:
        return None
    return organization.handoffs.select_related("session__contact", "session__organization").filter(pk=key).first()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


# -- in Zendesk ----------------------------------------------------------------------------------------


def client_of(context: Context) -> ZendeskClient | None:
    """The account's client for the doctor's own reading; None without an account."""
    connection = connection_of(context)
    if connection is None:
        return None
    return open_zendesk(connection, lane=Lane.ASSIST, subject="doctor", timeouts=IN_A_PAGE)


def ticket_of(context: Context) -> Ticket | None:
    """The ticket as Zendesk has it now. Raises what the client raises; None when there is none to ask for."""
    number, client = case_of(context).ticket_id, client_of(context)
    if not number or client is None:
        return None
    return context.recall("ticket", lambda: client.ticket(number))


def talk_of(context: Context) -> Talk | None:
    """What agents wrote after the handoff. None without a linked ticket."""
    case, client = case_of(context), client_of(context)
    link = case.link
    if link is None or not link.ticket_id or client is None:
        return None
    return context.recall("talk", lambda: read_talk(link, client))


def read_talk(link: SessionTicketLink, client: ZendeskClient) -> Talk:
    """Read the ticket's comments and tell agents' words from the contact's and ours."""
    pages = list(client.comments(link.ticket_id))
    people: dict[int, Identity] = {key: person for page in pages for key, person in page.people.items()}
    comments = sorted((one for page in pages for one in page.comments), key=lambda one: (one.created_at, one.id))
    ours = set(TicketUpdate.objects.filter(session_id=link.session_id).values_list("comment_id", flat=True))
    theirs = [one for one in comments if _is_agents(one, link, people) and one.id not in ours]
    queued = set(AgentReply.objects.filter(session_id=link.session_id).values_list("comment_id", flat=True))
    public = tuple(one for one in theirs if one.is_public)
    return Talk(
        public,
        tuple(one for one in theirs if not one.is_public),
        tuple(one for one in public if one.id not in queued),
    )


def _is_agents(comment: Comment, link: SessionTicketLink, people: dict[int, Identity]) -> bool:
    author = people.get(comment.author_id)
    if comment.author_id <= 0 or comment.author_id == link.requester_id or comment.is_merge:
        return False
    if comment.id in link.own_comment_ids or OWN_MARKER in comment.metadata:
        return False
    if link.deliver_from is not None and comment.created_at < link.deliver_from:
        return False
    is_opening = comment.created_at == link.deliver_from and comment.id <= link.deliver_after_id
    return not is_opening and (author is None or not author.role or author.is_agent)


def not_handed_off(context: Context) -> Finding | None:
    """The finding of a step that has no ticket to look at; None when there is one."""
    case = case_of(context)
    if case.session is None:
        return skipped(_("not asked: the ticket is not linked to a session of ours"))
    if case.link is None:
        return skipped(_("not asked: nothing is linked yet"))
    if connection_of(context) is None:
        return skipped(_("not asked: no account is connected"))
    return None


# -- names for the page --------------------------------------------------------------------------------


def describe_session(organization: Organization, ref: str) -> tuple[str, str] | None:
    """Title and page of a session."""
    row = Session.objects.filter(organization=organization, external_id=ref).first()
    return (_("Session %(id)s") % {"id": row.external_id}, row.get_absolute_url()) if row else None


def describe_handoff(organization: Organization, ref: str) -> tuple[str, str] | None:
    """Title and page of a handoff."""
    row = _find_handoff(organization, ref)
    title = _("Handoff of session %(id)s")
    return (title % {"id": row.session.external_id}, row.get_absolute_url()) if row else None


def describe_ticket(organization: Organization, ref: str) -> tuple[str, str] | None:
    """Title and page of a ticket, which need not be one of ours: Assist looks at the others."""
    if not _is_number(ref):
        return None
    case = _of_ticket(organization, int(ref))
    return _("Ticket #%(id)s") % {"id": int(ref)}, case.session.get_absolute_url() if case.session else ""


def describe_call(organization: Organization, ref: str) -> tuple[str, str] | None:
    """Title and page of a webhook call."""
    row = find_call(organization, ref)
    return (_("Webhook call %(id)s") % {"id": row.pk}, reverse("webhook", args=[row.pk])) if row else None


DESCRIBERS = {SESSION: describe_session, HANDOFF: describe_handoff, TICKET: describe_ticket, CALL: describe_call}
