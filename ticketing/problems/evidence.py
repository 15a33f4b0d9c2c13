"""What a problem rests on: its newest rows as links, the hours of the last day, and what changed before it began."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.explain import short
from integrations.models import EventResult, PlatformEvent, ProvisionedObject, WebhookEvent
from integrations.object_words import change_title, drift_words
from opencx_admin.orgs.audit import say_act
from opencx_admin.orgs.components import Mark
from opencx_admin.orgs.models import AuditEntry, Organization
from opencx_admin.orgs.times import clock_text
from ticketing.fields.schema import say_change
from ticketing.models import AgentReply, AssistCase, FieldChange, Handoff, Problem, TicketUpdate
from ticketing.problems import rows as made_of
from ticketing.problems.findings import hour_key
from ticketing.reading.reader import Reader

SHOWN, HOURS = 10, 24
BEFORE, AFTER = dt.timedelta(hours=1), dt.timedelta(minutes=1)
# Acts on single rows, and on problems themselves, cause nothing.
NO_CAUSES = ("handoff.retry", "handoff.cancel", "handoff.save_contact", "event.", "reply.", "update.", "webhook.replay",
             "webhook.match", "webhook.reveal", "problem.", "replay.", "assist.retry", "doctor.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a problem: what it is, where it is shown, when it began, how it stands."""

    title: str
    url: str
    at: dt.datetime
    mark: Mark
    said: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was different in the hour before: who did what, here or in Zendesk."""

    what: str
    by: str
    at: dt.datetime
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Hour:
    """One bar of the trend; its geometry in a box of 24 columns, 100 high."""

    label: str
    count: int
    x: float
    y: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + 12

    @property
    def above(self) -> float:
        return self.y - 4


def rows_of(problem: Problem) -> QuerySet[Any] | None:
    """The rows that the problem is made of, newest first; None where it is a state and has none."""
    find = _ROWS.get(problem.stage)
    return find(problem) if find else None


def _handoffs(problem: Problem) -> QuerySet[Handoff]:
    if problem.stage == "fallback":
        return made_of.fallen_back(problem.organization).order_by("-created_at")
    rows = made_of.stuck_handoffs(problem.organization).filter(reason_code=problem.code)
    return rows.order_by("-created_at")


def _replies(problem: Problem) -> QuerySet[AgentReply]:
    find = {"undelivered": made_of.unsent_replies, "refused": made_of.refused_replies}
    return find.get(problem.code, made_of.healed_replies)(problem.organization).order_by("-commented_at")


def _messages(problem: Problem) -> QuerySet[TicketUpdate]:
    return made_of.missing_messages(problem.organization).filter(reason_code=problem.code).order_by("-created_at")


def _events(problem: Problem) -> QuerySet[PlatformEvent]:
    find = made_of.waiting_events if problem.code == "no_url" else made_of.failed_events
    return find(problem.organization).order_by("-pk")


def _calls(problem: Problem) -> QuerySet[WebhookEvent]:
    rows = made_of.lost_calls(problem.organization).defer("body", "headers").order_by("-pk")
    if problem.stage == "breaker":
        return rows.filter(http_status__gte=500)
    if problem.code in (EventResult.NO_MATCH, EventResult.FAILED):
        return rows.filter(result=problem.code)
    return rows.filter(result=EventResult.INCOMPLETE, reason=problem.code)


def _drafts(problem: Problem) -> QuerySet[AssistCase]:
    return made_of.failed_drafts(problem.organization).filter(reason=problem.code).order_by("-pk")


_ROWS: dict[str, Callable[[Problem], QuerySet[Any]]] = {
    "handoff": _handoffs,
    "fallback": _handoffs,
    "reply": _replies,
    "recovered": _replies,
    "message": _messages,
    "event": _events,
    "call": _calls,
    "breaker": _calls,
    "assist": _drafts,
}


def list_examples(problem: Problem, reader: Reader) -> list[Example]:
    """The newest rows, each with a way to it."""
    rows = rows_of(problem)
    if rows is None:
        return []
    if rows.model in (Handoff, AgentReply, TicketUpdate):
        rows = rows.select_related("session__contact", "session__organization")
    if rows.model is AgentReply:
        rows = rows.select_related("event")
    return [_example(row, reader) for row in rows[:SHOWN]]


def _example(row: Any, reader: Reader) -> Example:
    if isinstance(row, Handoff):
        name, contact = reader.name(row.session.contact), row.session.contact
        said = reader.words(row.fell_back or row.detail, contact)
        return Example(name, row.get_absolute_url(), row.created_at, Mark(row.status), said)
    if isinstance(row, AgentReply):
        title = _("%(agent)s to %(name)s") % {
            "agent": row.agent_name or _("An agent"), "name": reader.name(row.session.contact)
        }  # fmt: skip
        arrived = row.event is not None and row.event.status == PlatformEvent.Status.DELIVERED
        ok = arrived and row.receipt != AgentReply.Receipt.FAILED
        said = row.receipt_detail or (row.event.last_error if row.event and not ok else "")
        mark = Mark("delivered" if ok else "failed")
        return Example(
            title, row.session.get_absolute_url(), row.commented_at, mark, reader.words(said, row.session.contact)
        )
    if isinstance(row, TicketUpdate):
        said = reader.words(row.detail, row.session.contact)
        return Example(
            reader.name(row.session.contact), row.session.get_absolute_url(), row.created_at, Mark(row.status), said
        )
    if isinstance(row, PlatformEvent):
        url = reverse("webhook-event", args=[row.pk])
        return Example(str(row.get_event_display()), url, row.created_at, Mark(row.status), row.last_error)
    if isinstance(row, AssistCase):
        return Example(
            f"#{row.ticket_id}", row.get_absolute_url(), row.created_at, Mark(row.status), reader.emails(row.detail)
        )
    url = reverse("webhook", args=[row.pk])
    title = f"#{row.ticket_id}" if row.ticket_id else _("Call %(id)s") % {"id": row.pk}
    return Example(title, url, row.received_at, Mark(row.result), short(row))


def read_trend(problem: Problem) -> list[Hour]:
    """The last 24 hours, oldest first, in the reader's time zone."""
    now = timezone.now()
    starts = [now - dt.timedelta(hours=HOURS - 1 - n) for n in range(HOURS)]
    numbers = [int(problem.hours.get(hour_key(at), 0)) for at in starts]
    highest = max([*numbers, 1])
    return [
        Hour(f"{timezone.localtime(at):%H}:00", n, 30.0 * place + 3, 90 - 76 * n / highest, 76 * n / highest)
        for place, (at, n) in enumerate(zip(starts, numbers, strict=True))
    ]


def list_changes(problem: Problem, reader: Reader) -> list[Change]:
    """What changed in the hour before it began: by our audit log, and in Zendesk, as far as it tells."""
    since, until = problem.began_at - BEFORE, problem.began_at + AFTER
    found = [*_acts(problem.organization, since, until, reader), *_in_zendesk(problem.organization, since, until)]
    return sorted(found, key=lambda change: change.at, reverse=True)[:SHOWN]


def _acts(org: Organization, since: dt.datetime, until: dt.datetime, reader: Reader) -> Iterable[Change]:
    causes_nothing = Q()
    for name in NO_CAUSES:
        causes_nothing |= Q(action__startswith=name)
    rows = AuditEntry.objects.filter(organization=org, at__gte=since, at__lte=until).exclude(causes_nothing)
    for row in rows[:SHOWN]:
        by, label = reader.emails(row.actor_label), reader.emails(row.object_label)
        yield Change(say_act(row.action) or row.action, by, row.at, row.object_url, label)


def _in_zendesk(org: Organization, since: dt.datetime, until: dt.datetime) -> Sequence[Change]:
    url = reverse("zendesk-objects")
    objects = ProvisionedObject.objects.filter(organization=org, changed_at__gte=since, changed_at__lte=until)
    found = [
        Change(change_title(row), row.changed_by or _("somebody in Zendesk"), row.changed_at or until,
               f"{url}#{row.kind}", drift_words(row))
        for row in objects.exclude(drift=[], is_gone=False)
    ]  # fmt: skip
    fields = FieldChange.objects.filter(organization=org, found_at__gte=since, found_at__lte=until)
    found += [
        Change(say_change(row), _("somebody in Zendesk"), row.found_at, reverse("ai-fields"))
        for row in fields.select_related("field")
    ]
    return found


def since_words(problem: Problem) -> str:
    """ "since 14:03", and how often it came back."""
    words = _("since %(time)s") % {"time": clock_text(problem.began_at, seconds=False)}
    return words + (f" · {_('came back')}" if problem.comebacks else "")
