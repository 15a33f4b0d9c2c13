"""Which rows a person chose: those of a problem, some of a list, or all that match its filters."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import activity
from integrations.models import PlatformEvent
from opencx_admin.orgs.filters import Filters
from opencx_admin.orgs.models import Organization
from ticketing.models import AgentReply, Handoff, Problem, ReplayItem, TicketUpdate
from ticketing.problems.evidence import rows_of
from ticketing.problems.rows import missing_messages, unsent_replies
from ticketing.problems.words import say
from ticketing.reading import handoff_list as listing
from ticketing.replay.judging import find_rows

Kind = ReplayItem.Kind
Chosen = tuple[str, Any]
MOST = 1000
# Problems whose rows can be done again: by stage and code, or by stage.
REPLAYABLE = ("handoff", "message", "event:failed", "reply:undelivered", "call", "breaker")


@dataclass(frozen=True, slots=True)
class Choice:
    """The rows with their kind, oldest first, how many match in all, and what they are called together."""

    rows: list[Chosen]
    total: int
    label: str
    back_url: str
    problem: Problem | None = None


def is_replayable(problem: Problem) -> bool:
    """True when the problem is made of rows that can be done again."""
    return problem.count > 0 and (problem.stage in REPLAYABLE or f"{problem.stage}:{problem.code}" in REPLAYABLE)


def choose(organization: Organization, query: QueryDict) -> Choice | None:
    """What `query` names: `problem=<id>`, or `kind=handoff|call` with `pk=`s or `all=1` and the list's filters."""
    wanted = query.get("problem", "")
    if wanted:
        rows = Problem.objects.filter(organization=organization).select_related("organization")
        problem = rows.filter(pk=wanted).first() if _is_number(wanted) else None
        return _of_problem(problem) if problem is not None and is_replayable(problem) else None
    kind = query.get("kind", "")
    if kind not in (Kind.HANDOFF, Kind.CALL):
        return None
    if query.get("all"):
        return _of_filter(organization, kind, query)
    return _of_selection(organization, kind, query.getlist("pk")[:MOST])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _is_key(kind: str, text: str) -> bool:
    if kind == Kind.CALL:
        return _is_number(text)
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def _of_problem(problem: Problem) -> Choice:
    rows = rows_of(problem)
    found = [] if rows is None else _named(problem.organization, rows.reverse()[:MOST])
    return Choice(found, problem.count, str(say(problem).title), problem.get_absolute_url(), problem)


def _named(organization: Organization, rows: Iterable[Any]) -> list[Chosen]:
    """Each row with its kind; a reply is the event that carries it."""
    kinds = {Handoff: Kind.HANDOFF, TicketUpdate: Kind.MESSAGE, PlatformEvent: Kind.EVENT}
    found: list[Chosen] = []
    for row in rows:
        if isinstance(row, AgentReply):
            if row.event is not None:
                found.append((Kind.EVENT, row.event))
            continue
        found.append((kinds.get(type(row), Kind.CALL), row))
    return found


def _of_selection(organization: Organization, kind: str, keys: list[str]) -> Choice | None:
    keys = [key for key in keys if _is_key(kind, key)]
    rows = find_rows(organization, kind).filter(pk__in=keys)
    words = ngettext("%(n)s chosen row", "%(n)s chosen rows", len(keys)) % {"n": len(keys)}
    return _of_rows(organization, kind, rows, words, _list_url(kind)) if keys else None


def _of_filter(organization: Organization, kind: str, query: QueryDict) -> Choice:
    if kind == Kind.CALL:
        filters = activity.read_filters(query)
        rows: QuerySet[Any] = activity.find_calls(organization, filters)
    else:
        view = query.get("view", "")
        filters = Filters.read(reverse("handoffs"), listing.FACETS, query, view=view if view in listing.VIEWS else "")
        if view not in listing.VIEWS:
            view = listing.EVERYTHING if filters.values else listing.NEEDS_PERSON
        rows = listing.filtered(organization, view, filters).select_related("session__contact")
    chips = ", ".join(f"{chip.name}: {chip.value}" for chip in filters.chips())
    label = _("All that match %(filters)s") % {"filters": chips} if chips else _("All of the list")
    return _of_rows(organization, kind, rows, label, filters.url())


def _list_url(kind: str) -> str:
    return reverse("webhooks") if kind == Kind.CALL else reverse("handoffs")


def _of_rows(organization: Organization, kind: str, rows: QuerySet[Any], label: str, back_url: str) -> Choice:
    order = "pk" if kind == Kind.CALL else "created_at"
    found = list(rows.order_by(order)[:MOST])
    total = len(found) if len(found) < MOST else rows.count()
    chosen = _named(organization, found)
    return Choice(_expand(organization, chosen) if kind == Kind.HANDOFF else chosen, total, label, back_url)


def _expand(organization: Organization, chosen: list[Chosen]) -> list[Chosen]:
    """A handoff that has its ticket stands for what is missing in its session: replies and messages."""
    linked = {row.session_id: row for _kind, row in chosen if row.status == Handoff.Status.LINKED}
    replies = unsent_replies(organization).filter(session__in=linked).select_related("event")
    missing = missing_messages(organization).filter(session__in=linked).select_related("session__contact")
    parts: dict[int, list[Chosen]] = {}
    lost: list[AgentReply | TicketUpdate] = [*replies, *missing]
    for part in lost:
        parts.setdefault(part.session_id, []).extend(_named(organization, [part]))
    found: list[Chosen] = []
    for kind, row in chosen:
        found += parts.get(row.session_id) or [(kind, row)] if row.session_id in linked else [(kind, row)]
    return found
