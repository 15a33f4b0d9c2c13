"""The list of handoffs: what needs a person, the saved views, the filters, and what a row says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.models import PlatformEvent
from opencx_admin.orgs.filters import Facet, Filters
from opencx_admin.orgs.models import Organization
from ticketing.canary.apart import handoffs_of, leave_out
from ticketing.models import AgentReply, Channel, Handoff, ReasonCode, SessionStatus, SessionTicketLink, TicketUpdate
from ticketing.models.handoffs import OWNERS, Owner, owner_of_cause
from ticketing.reason_rules import fallen_back

Status = Handoff.Status
ORDER = ("created_at", "pk")

NEEDS_PERSON, EVERYTHING = "needs_person", "all"
VIEWS: dict[str, str | Promise] = {
    NEEDS_PERSON: gettext_lazy("Needs a person"),
    EVERYTHING: gettext_lazy("Everything"),
    "retrying": gettext_lazy("Retrying"),
    "linked": gettext_lazy("Linked"),
}
PERIODS: dict[str, tuple[str | Promise, dt.timedelta]] = {
    "1d": (gettext_lazy("last 24 hours"), dt.timedelta(days=1)),
    "3d": (gettext_lazy("last 3 days"), dt.timedelta(days=3)),
    "7d": (gettext_lazy("last 7 days"), dt.timedelta(days=7)),
    "30d": (gettext_lazy("last 30 days"), dt.timedelta(days=30)),
}
LOST_REPLY, LOST_MESSAGE = "reply", "message"
FACETS = (
    Facet("status", gettext_lazy("Status"), Status.choices),
    Facet("channel", gettext_lazy("Channel"), Channel.choices),
    Facet("reason", gettext_lazy("Reason"), ReasonCode.choices),
    Facet("owner", gettext_lazy("Whose move"), Owner.choices),
    Facet(
        "lost",
        gettext_lazy("Missing"),
        ((LOST_REPLY, gettext_lazy("an agent’s reply")), (LOST_MESSAGE, gettext_lazy("a contact’s message"))),
    ),
    Facet("fell_back", gettext_lazy("Went as"), (("yes", gettext_lazy("ticket instead of a chat")),)),
    Facet("when", gettext_lazy("When"), [(value, word) for value, (word, _age) in PERIODS.items()]),
)


def lost_replies(org: Organization) -> QuerySet[AgentReply]:
    """Agents' replies that did not reach their contact: not delivered to the platform, or refused by the channel.

    A channel's refusal counts while the conversation is open; after that nobody can send it any more.
    """
    never_left = Q(event__status=PlatformEvent.Status.FAILED)
    refused = Q(receipt=AgentReply.Receipt.FAILED, session__status=SessionStatus.OPEN)
    return leave_out(AgentReply.objects.filter(never_left | refused, organization=org), org)


def lost_messages(org: Organization) -> QuerySet[TicketUpdate]:
    """What should stand in a ticket and does not."""
    return leave_out(TicketUpdate.objects.filter(organization=org, status=TicketUpdate.Status.FAILED), org)


def _is_missing(org: Organization, kind: str) -> Q:
    rows = lost_replies(org) if kind == LOST_REPLY else lost_messages(org)
    return Q(status=Status.LINKED, session__in=rows.values("session"))


def needs_person(org: Organization) -> Q:
    """Failed, or linked while a reply or a message is missing."""
    return Q(status=Status.FAILED) | _is_missing(org, LOST_REPLY) | _is_missing(org, LOST_MESSAGE)


def count_needing_person(org: Organization) -> int:
    """How many handoffs wait for a person."""
    return handoffs_of(org).filter(needs_person(org)).count()


def in_view(org: Organization, view: str) -> Q:
    """What a saved view holds."""
    if view == NEEDS_PERSON:
        return needs_person(org)
    return Q(status=view) if view in Status.values else Q()


def count_views(org: Organization) -> dict[str, int]:
    """How many handoffs each saved view holds, in one query."""
    counts = {view: Count("pk", filter=in_view(org, view)) if view != EVERYTHING else Count("pk") for view in VIEWS}
    return handoffs_of(org).aggregate(**counts)


def filtered(org: Organization, view: str, filters: Filters) -> QuerySet[Handoff]:
    """The handoffs of a view that pass the filters."""
    rows = handoffs_of(org).filter(in_view(org, view))
    plain = {"status": "status", "channel": "session__channel", "reason": "reason_code"}
    rows = rows.filter(**{field: filters.get(param) for param, field in plain.items() if filters.get(param)})
    if filters.get("lost"):
        rows = rows.filter(_is_missing(org, filters.get("lost")))
    if filters.get("owner"):
        rows = rows.filter(_owned_by(org, filters.get("owner")))
    if filters.get("fell_back"):
        rows = fallen_back(rows)
    if filters.get("when"):
        rows = rows.filter(created_at__gte=timezone.now() - PERIODS[filters.get("when")][1])
    return rows


def _owned_by(org: Organization, owner: str) -> Q:
    """The rows whose move is `owner`'s, as `reasons.whose_move` says."""
    causes = ["", *OWNERS]
    retrying = [code for code in causes if owner_of_cause(code, has_failed=False) == owner]
    failed = [code for code in causes if owner_of_cause(code, has_failed=True) == owner]
    missing = _is_missing(org, LOST_REPLY) | _is_missing(org, LOST_MESSAGE)
    if owner == Owner.NOBODY:
        return Q(status__in=(Status.LINKED, Status.CANCELLED)) & ~missing
    own = Q(status=Status.RETRYING, reason_code__in=retrying) | Q(status=Status.FAILED, reason_code__in=failed)
    if owner == Owner.YOU_HERE:
        return own | missing
    return own | Q(status__in=(Status.QUEUED, Status.WORKING)) if owner == Owner.US else own


def with_meaning(rows: QuerySet[Handoff], org: Organization) -> QuerySet[Handoff]:
    """The rows with all that a line shows: contact, ticket, and whether a reply or a message is missing."""
    same = {"session": OuterRef("session")}
    links = SessionTicketLink.objects.filter(Q(is_active=True) | Q(ended_as=SessionTicketLink.End.DELETED))
    return (
        rows.select_related("session__contact")
        .prefetch_related(Prefetch("session__links", links.order_by("is_active", "pk"), to_attr="known_links"))
        .defer("request_body", "overflow")
        .annotate(
            has_lost_reply=Exists(lost_replies(org).filter(**same)),
            has_lost_message=Exists(lost_messages(org).filter(**same)),
        )
    )


def meaning(handoff: Handoff, *, lost_reply: bool, lost_message: bool) -> str:
    """The cause or the outcome of a handoff in one short sentence."""
    if handoff.status == Status.LINKED:
        if lost_reply:
            return _("An agent’s reply did not arrive")
        if lost_message:
            return _("A contact’s message is not in the ticket")
        return _outcome(handoff)
    if handoff.status in (Status.RETRYING, Status.FAILED):
        return str(handoff.get_reason_code_display() or handoff.detail or _("No ticket yet"))
    plain: Mapping[str, str] = {
        Status.QUEUED: _("Waits for its turn"),
        Status.WORKING: _("Being sent"),
        Status.CANCELLED: _("A person cancelled it"),
    }
    return plain[handoff.status]


def _outcome(handoff: Handoff) -> str:
    """What a linked handoff became, and after how many tries; or why a chat became a ticket."""
    if handoff.fell_back:
        return _("Went as a ticket: %(why)s") % {"why": handoff.fell_back.rstrip(".")}
    number = max(handoff.attempts, 1)
    if handoff.route == Handoff.Route.CONVERSATION:
        words = ngettext("Conversation opened at the first try", "Conversation opened after %(n)s tries", number)
    else:
        words = ngettext("Ticket made at the first try", "Ticket made after %(n)s tries", number)
    return words % {"n": number}
