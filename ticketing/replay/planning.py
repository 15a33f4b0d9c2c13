"""What doing it again would do now: which rows are safe, which are left out and why, and the effect of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.models import EventType, PlatformEvent, WebhookEvent
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.templatetags.look import count
from opencx_admin.orgs.times import span_text
from ticketing.models import AgentReply, Handoff, ReplayItem, TicketUpdate
from ticketing.reading.reader import Reader
from ticketing.replay.choosing import Choice
from ticketing.replay.judging import WHYS, Judge

Kind = ReplayItem.Kind
SHOWN, LONGEST = 20, 90
_UPDATES = {
    TicketUpdate.Kind.MESSAGE: gettext_lazy("Writes what %(name)s said into the ticket, once"),
    TicketUpdate.Kind.TRANSCRIPT: gettext_lazy("Writes the rest of %(name)s’s transcript into the ticket, once"),
    TicketUpdate.Kind.NOTE: gettext_lazy("Tells the agent, in an internal note, that a reply did not reach %(name)s"),
    TicketUpdate.Kind.STATUS: gettext_lazy("Sets the ticket of %(name)s to “%(status)s”"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the plan: `why` not, or empty when it is done."""

    kind: str
    row: Any
    why: str


@dataclass(frozen=True)
class Plan:
    """Every chosen row, judged. `included`: reasons that the person overrules."""

    choice: Choice
    steps: list[Step]
    included: frozenset[str]

    @property
    def doing(self) -> list[Step]:
        """What is done."""
        return [step for step in self.steps if not step.why or step.why in self.included]

    @property
    def left_out(self) -> dict[str, int]:
        """How many are left out, by reason, the most frequent first."""
        found: dict[str, int] = {}
        for step in self.steps:
            if step.why and step.why not in self.included:
                found[step.why] = found.get(step.why, 0) + 1
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    @property
    def overrulable(self) -> dict[str, int]:
        """How many a person may include though something speaks against it."""
        found: dict[str, int] = {}
        for step in self.steps:
            if step.why and WHYS[step.why].may_overrule:
                found[step.why] = found.get(step.why, 0) + 1
        return found

    @property
    def beyond(self) -> int:
        """How many match and are not looked at in this go."""
        return max(self.choice.total - len(self.steps), 0) if self.choice.total > len(self.choice.rows) else 0


def make_plan(organization: Organization, choice: Choice, included: Collection[str] = ()) -> Plan:
    """Judge each chosen row as it is now."""
    judge, seen = Judge(organization), set()
    steps = []
    for kind, row in choice.rows:
        if (kind, row.pk) not in seen:
            seen.add((kind, row.pk))
            steps.append(Step(kind, row, judge.why_not(kind, row)))
    may = frozenset(why for why in included if why in WHYS and WHYS[why].may_overrule)
    return Plan(choice, steps, may)


def say_counts(steps: Collection[Step]) -> str:
    """ "3 handoffs, 1 reply"."""
    found = dict.fromkeys(("handoff", "reply", "message", "event", "call"), 0)
    for step in steps:
        is_reply = isinstance(step.row, PlatformEvent) and step.row.event == EventType.AGENT_RESPONSE
        found["reply" if is_reply else str(step.kind)] += 1
    words = {
        "handoff": ngettext("%(n)s handoff", "%(n)s handoffs", found["handoff"]),
        "reply": ngettext("%(n)s reply", "%(n)s replies", found["reply"]),
        "message": ngettext("%(n)s message", "%(n)s messages", found["message"]),
        "event": ngettext("%(n)s event", "%(n)s events", found["event"]),
        "call": ngettext("%(n)s call", "%(n)s calls", found["call"]),
    }
    return ", ".join(words[name] % {"n": count(n)} for name, n in found.items() if n)


def say_effect(step: Step, reader: Reader) -> str:
    """What doing this row again does, in a sentence: the effect, not the payload."""
    row = step.row
    if isinstance(row, Handoff):
        words = {"name": reader.name(row.session.contact), "channel": row.session.get_channel_display()}
        if row.status == Handoff.Status.LINKED:
            return _("Nothing is missing for %(name)s (%(channel)s)") % words
        return _("Makes the ticket for %(name)s (%(channel)s), once: it is looked for first") % words
    if isinstance(row, TicketUpdate):
        words = {"name": reader.name(row.session.contact), "status": row.content}
        return _UPDATES[TicketUpdate.Kind(row.kind)] % words
    if isinstance(row, PlatformEvent):
        return _say_event(row, reader)
    assert isinstance(row, WebhookEvent)  # noqa: S101 - the fourth kind
    if row.ticket_id:
        return _("Reads ticket #%(id)s again and delivers what was not delivered yet") % {"id": row.ticket_id}
    return _("Processes the event of the chat again; what went to the contact does not go twice")


def _say_event(row: PlatformEvent, reader: Reader) -> str:
    reply = AgentReply.objects.filter(event=row).select_related("session__contact").first()
    if reply is None:
        return _("Tells OpenCX “%(event)s”") % {"event": row.get_event_display()}
    contact = reply.session.contact
    text = reader.words(" ".join(reply.text.split()), contact)
    words = {
        "text": text if len(text) <= LONGEST else f"{text[:LONGEST]}…",
        "name": reader.name(contact),
        "channel": reply.session.get_channel_display(),
        "age": _age(reply.commented_at),
    }
    return _("Sends “%(text)s” to %(name)s (%(channel)s), written %(age)s ago") % words


def _age(at: dt.datetime) -> str:
    return span_text((timezone.now() - at).total_seconds())
