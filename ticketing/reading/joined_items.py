"""Zendesk's side as items in the line of time: updates, triggers that fired, and gaps drawn as gaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.clients.zendesk_audits import Audit, AuditEvent
from integrations.invocations import SentCall
from opencx_admin.orgs.components import Event, More
from opencx_admin.orgs.times import clock_text, span_text
from ticketing.models import AgentReply
from ticketing.reading.joined import Joined, Ring, Side
from ticketing.reading.joined_gaps import Gap, find_gaps
from ticketing.reading.joined_read import list_arrived
from ticketing.reading.reader import Reader
from ticketing.reading.timeline import Story, place_in_second

SYSTEM = -1
MOST_FIELDS = 4
REFUSED = 401
ANSWERED_WITHIN = dt.timedelta(seconds=3)
# Said without a word: an agent's own screen.
CHANNELS = {"api": gettext_lazy("through the API"), "email": gettext_lazy("by email"), "web": ""}


def join(story: Story, side: Side, reader: Reader) -> Joined:
    """What Zendesk says, ready to stand in the story's line of time."""
    found = [
        (_place_audit(audit, story, side), event)
        for audit in side.audits
        for event in _audit_items(audit, story, side, reader)
    ]
    found += [(_place_gap(gap, story), _gap_item(gap, story, side, reader)) for gap in find_gaps(story, side)]
    records = {call.event: _record(call) for call in side.record.calls if call.event is not None}
    return Joined(tuple(found), records)


def _place_audit(audit: Audit, story: Story, side: Side) -> dt.datetime:
    """Our own updates stand after the call that made them, which we count from its answer."""
    if audit.author_id == side.us:
        ours = [call.at for call in story.calls if call.provider == "zendesk" and call.method in ("POST", "PUT")]
        after = [at for at in ours if audit.at <= at <= audit.at + ANSWERED_WITHIN]
        if after:
            return min(after) + dt.timedelta(microseconds=1)
    return place_in_second(story, audit.at)


def _place_gap(gap: Gap, story: Story) -> dt.datetime:
    """After the update that rang."""
    at = max(gap.at, gap.ring.at) if gap.ring else gap.at
    return place_in_second(story, at) + dt.timedelta(microseconds=1)


# -- updates -------------------------------------------------------------------------------------------


def _audit_items(audit: Audit, story: Story, side: Side, reader: Reader) -> Iterator[Event]:
    """One item for what was done, and one for each trigger that did something."""
    by_hand = [event for event in audit.events if not event.rule]
    done = _say_done(by_hand, {reply.comment_id for reply in story.replies})
    if done:
        through = _("through %(channel)s") % {"channel": audit.channel.replace("_", " ")} if audit.channel else ""
        note = CHANNELS.get(audit.channel, through)
        yield Event("zendesk", audit.at, _author(audit.author_id, story, side, reader), what=done, note=note)
    for rule in dict.fromkeys(event.rule for event in audit.events if event.rule):
        mine = [event for event in audit.events if event.rule == rule]
        yield Event("zendesk", audit.at, _("Zendesk"), what=_say_rule(mine, side))


def _author(number: int | None, story: Story, side: Side, reader: Reader) -> str:
    if number is None or number == SYSTEM:
        return _("Zendesk")
    if number == side.us:
        return _("OpenCX, in Zendesk")
    person = side.people.get(number)
    if person is None:
        return _("User %(n)s") % {"n": number}
    if person.is_agent:
        return person.name
    is_contact = any(link.requester_id == number for link in story.links)
    return reader.name(story.session.contact) if is_contact else reader.hide(person.name)


def _say_done(events: list[AuditEvent], replies: set[int | None]) -> str:
    """What an update did, in words; empty when the line tells it already as an agent's reply."""
    parts = [_("made the ticket")] if any(event.kind == "Create" for event in events) else []
    for event in events:
        if event.kind == "Comment" and event.id not in replies:
            parts.append(_("wrote a public comment") if event.is_public else _("wrote an internal note"))
    changes = [event for event in events if event.kind == "Change"]
    parts += [_say_change(event) for event in changes[:MOST_FIELDS]]
    if len(changes) > MOST_FIELDS:
        more = len(changes) - MOST_FIELDS
        parts.append(ngettext("%(n)s more field", "%(n)s more fields", more) % {"n": more})
    mails = [event for event in events if event.kind.startswith("Notification")]
    parts += [_("sent an email")] if mails else []
    parts += [_("met an error")] if any(event.kind == "Error" for event in events) else []
    return ", ".join(parts)


def _say_change(event: AuditEvent) -> str:
    if event.field == "tags":
        return _say_tags(event)
    name = _("field %(n)s") % {"n": event.field} if event.field.isdigit() else event.field.removesuffix("_id")
    if event.before is None and event.after is None:
        return _("changed %(field)s") % {"field": name.replace("_", " ")}
    values = {"field": name, "before": event.before or "–", "after": event.after or "–"}
    return _("%(field)s: %(before)s → %(after)s") % values


def _say_tags(event: AuditEvent) -> str:
    before, after = _tags(event.before), _tags(event.after)
    changed = [f"+{tag}" for tag in after if tag not in before] + [f"−{tag}" for tag in before if tag not in after]
    return _("tags: %(tags)s") % {"tags": " ".join(changed) or "–"}


def _tags(value: Any) -> list[str]:
    return [str(tag) for tag in value] if isinstance(value, list) else str(value or "").split()


def _say_rule(events: list[AuditEvent], side: Side) -> str:
    """What a trigger did."""
    title = next((event.rule_title for event in events if event.rule_title), events[0].rule)
    calls = [event for event in events if event.kind == "External"]
    if any(side.is_ours(event) for event in calls):
        return _("trigger “%(title)s” fired for our webhook") % {"title": title}
    if calls:
        return _("trigger “%(title)s” fired for another webhook") % {"title": title}
    done = _say_done(events, set()) or _("fired")
    return _("trigger “%(title)s”: %(done)s") % {"title": title, "done": done}


# -- calls ---------------------------------------------------------------------------------------------


def _record(call: SentCall) -> More:
    """Zendesk's own record of a call."""
    lines = [_("invocation %(id)s") % {"id": call.id}]
    code = f", {call.status_code}" if call.status_code else ""
    lines.append(_("status: %(status)s%(code)s") % {"status": call.status, "code": code})
    if call.tries:
        lines.append(ngettext("%(n)s attempt", "%(n)s attempts", call.tries) % {"n": call.tries})
    lines.append(_("completed: %(at)s") % {"at": timezone.localtime(call.at).isoformat(timespec="seconds")})
    return More(_("What Zendesk recorded"), "\n".join(lines), is_mono=True)


def _gap_item(gap: Gap, story: Story, side: Side, reader: Reader) -> Event:
    call, who = gap.call, _author(gap.ring.author_id, story, side, reader) if gap.ring else ""
    if call is None:
        title = _("Gap: Zendesk did not call")
        told = [
            _("%(who)s wrote at %(at)s, and Zendesk recorded no call to us after it: our trigger did not fire.")
            % {"who": who, "at": clock_text(gap.at)}
        ]
    elif call.is_not_sent:
        title = _("Gap: Zendesk did not send: %(status)s") % {"status": call.status}
        told = [
            _("Zendesk held back a call at %(at)s: %(why)s.") % {"at": clock_text(call.at), "why": _why_held(call)},
            _("It does not record for which ticket; the time is that of what %(who)s did.") % {"who": who},
        ]
    else:
        title, told = _("Gap: it never arrived"), [_say_lost(call)]
    told += _consequence(gap.ring, story, side, reader)
    return Event(
        kind="gap",
        at=gap.at,
        who=title,
        link=_way_on(gap, story),
        text=" ".join(part for part in told if part),
        mores=[_record(call)] if call else [],
    )


def _way_on(gap: Gap, story: Story) -> tuple[str, str] | None:
    """Where the next step is; None when the reply came after all."""
    if gap.ring and gap.ring.comment_id and _reply_of(gap.ring, story):
        return None
    if gap.call is None:
        return _("Compare our objects in Zendesk"), reverse("zendesk-objects")
    return _("Diagnose"), f"{reverse('doctor')}?{urlencode({'session': story.session.external_id})}"


def _why_held(call: SentCall) -> str:
    if call.status == "throttled":
        return _("throttled, since the account made too many calls")
    return _("its circuit breaker was open, since too many calls had failed")


def _say_lost(call: SentCall) -> str:
    """How a call that was made came to nothing."""
    values = {"at": clock_text(call.at), "n": call.tries, "code": call.status_code}
    if call.status_code is None:
        text = ngettext(
            "Zendesk sent the call at %(at)s and got no answer (%(why)s).",
            "Zendesk sent the call at %(at)s, %(n)s times, and got no answer (%(why)s).",
            call.tries,
        ) % {**values, "why": _("timeout") if call.tried == "timeout" else _("no connection")}
    else:
        text = _("Zendesk sent the call at %(at)s and got %(code)s; it is not among those that we stored.") % values
    if call.is_elsewhere:
        return f"{text} {_('It called another address than our present one.')}"
    if call.status_code == REFUSED:
        return f"{text} {_('That is our refusal: the signature did not fit.')}"
    return text


def _consequence(ring: Ring | None, story: Story, side: Side, reader: Reader) -> list[str]:
    """What the gap meant for the contact, and since when nothing arrived."""
    contact = reader.name(story.session.contact)
    reply = _reply_of(ring, story)
    if reply is not None:
        how = {"reconcile": _("the hourly look"), "replay": _("a person")}.get(reply.found_by, _("a later call"))
        return [_("The reply was found at %(at)s by %(how)s.") % {"at": clock_text(reply.found_at), "how": how}]
    if ring is None or ring.comment_id is None:
        return []
    wait = span_text(max((side.read_at - ring.at).total_seconds(), 0))
    arrived = [event.received_at for event in list_arrived(story)]
    told = []
    if arrived and max(arrived) < ring.at:
        told.append(_("Nothing for this ticket has reached us since %(at)s.") % {"at": clock_text(max(arrived))})
    return [*told, _("%(name)s had waited %(time)s when Zendesk was asked.") % {"name": contact, "time": wait}]


def _reply_of(ring: Ring | None, story: Story) -> AgentReply | None:
    if ring is None or ring.comment_id is None:
        return None
    return next((reply for reply in story.replies if reply.comment_id == ring.comment_id), None)
