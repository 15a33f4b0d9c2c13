"""One row of ours as one item in the line of time: pure, from a row and its reader to an `Event`."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.event_words import event_words
from integrations.models import EndpointKind, EventResult, PlatformEvent, ProviderCall, WebhookEvent
from opencx_admin.orgs.components import Event, Mark, More
from opencx_admin.orgs.models import AuditEntry
from opencx_admin.orgs.times import clock_text, span_text
from ticketing.act_words import act_word
from ticketing.models import AgentReply, Contact, Handoff, Message, Sender, SessionTicketLink, TicketUpdate
from ticketing.reading.reader import Reader
from ticketing.reading.reasons import explain

LONGEST_BODY = 20_000
SHORTEST_WAIT = 0.05  # s; less would read "0.0 s"
MADE = 201


def message_item(
    message: Message, contact: Contact, reader: Reader, *, wait: float | None, carried: Mark | None = None
) -> Event:
    """What the contact, the AI, an agent or the platform said."""
    speakers = {Sender.AI: _("AI"), Sender.AGENT: _("Agent"), Sender.SYSTEM: _("System")}
    who = speakers.get(Sender(message.sender)) or reader.name(contact)
    what = _("after %(time)s") % {"time": span_text(wait)} if wait is not None and wait >= SHORTEST_WAIT else ""
    return Event(
        kind=message.sender,
        at=message.sent_at,
        who=who,
        what=_("contact") if message.sender == Sender.CONTACT else what,
        text=reader.words(message.text, contact),
        receipt=carried,
        mores=_disclosures(message, contact, reader),
        anchor=f"message-{message.pk}",
    )


def carried(update: TicketUpdate, link: SessionTicketLink | None) -> Mark:
    """How far a contact's message got on its way to the agents."""
    is_chat = not update.ticket_id and link is not None and link.is_conversation
    words = {
        TicketUpdate.Status.DONE: _("in the conversation") if is_chat else _("in the ticket"),
        TicketUpdate.Status.FAILED: _("not in the conversation") if is_chat else _("not in the ticket"),
        TicketUpdate.Status.CANCELLED: _("not sent to the agents"),
    }
    on_its_way = _("on its way to the conversation") if is_chat else _("on its way to the ticket")
    status = TicketUpdate.Status(update.status)
    looks = {TicketUpdate.Status.DONE: "delivered", TicketUpdate.Status.WORKING: "queued"}
    return Mark(looks.get(status, status.value), words.get(status, on_its_way))


def _disclosures(message: Message, contact: Contact, reader: Reader) -> list[More]:
    found = []
    if message.reasoning:
        found.append(More(_("Reasoning"), reader.words(message.reasoning, contact)))
    calls = [call for call in message.tool_calls if isinstance(call, dict)]
    if calls:
        lines = "\n".join(reader.words(_tool_line(call), contact) for call in calls)
        found.append(More(_tool_label(calls), lines, is_mono=True))
    articles = _links(message.knowledge, "title")
    if articles:
        label = ngettext("%(n)s article used", "%(n)s articles used", len(articles)) % {"n": len(articles)}
        found.append(More(label, links=articles))
    return found + attachments_of(message.attachments)


def _tool_label(calls: Sequence[dict[str, Any]]) -> str:
    label = ngettext("%(n)s tool call", "%(n)s tool calls", len(calls)) % {"n": len(calls)}
    ms = sum(call["ms"] for call in calls if isinstance(call.get("ms"), int | float))
    return f"{label}, {ms:.0f} ms" if ms else label


def _tool_line(call: dict[str, Any]) -> str:
    def flat(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    line = f"{call.get('name', '')}  {flat(call.get('arguments', ''))}"
    if call.get("result") not in (None, ""):
        line += f"\n  → {flat(call['result'])}"
    return f"{line}  {call['ms']} ms" if call.get("ms") is not None else line


def attachments_of(attachments: Any) -> list[More]:
    """Files as links that open outside; only web addresses become links."""
    links = _links(attachments, "name")
    if not links:
        return []
    return [More(ngettext("%(n)s attachment", "%(n)s attachments", len(links)) % {"n": len(links)}, links=links)]


def _links(rows: Any, title: str) -> list[tuple[Any, str]]:
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    pairs = [(str(row.get(title) or row.get("url") or ""), str(row.get("url") or "")) for row in found]
    return [(name, url if urlsplit(url).scheme in ("http", "https") else "") for name, url in pairs if name]


def handoff_item(handoff: Handoff, contact: Contact, reader: Reader) -> Event:
    """The AI asked for a person."""
    tags = [handoff.get_reason_display()]
    if handoff.sentiment:
        tags.append(_("mood: %(mood)s") % {"mood": handoff.get_sentiment_display().lower()})
    if handoff.topic:
        tags.append(Truncator(reader.words(handoff.topic, contact)).chars(80))
    return Event(
        kind="handoff",
        at=handoff.created_at,
        who=_("Handoff"),
        what=_("asked"),
        tags=tags,
        quote=reader.words(handoff.summary, contact),
        anchor=f"handoff-{handoff.pk}",
    )


def outcome_item(handoff: Handoff, contact: Contact, reader: Reader) -> Event | None:
    """How a handoff ended without a ticket; None while it goes on or is linked."""
    if handoff.status == Handoff.Status.FAILED:
        reason = handoff.get_reason_code_display() or explain(handoff).what
        at = handoff.ended_at or handoff.queued_at
        return Event(
            "us", at, _("We"), _("stopped"), mark=Mark("failed", reason), note=reader.words(handoff.detail, contact)
        )
    if handoff.status == Handoff.Status.CANCELLED:
        at = handoff.ended_at or handoff.created_at
        return Event("us", at, _("Handoff"), mark=Mark("cancelled"))
    return None


def provider_call_item(call: ProviderCall, reader: Reader, contact: Contact, made: SessionTicketLink | None) -> Event:
    """A call of ours: method, path, status, ms, and the ticket it made."""
    notes = [f"{call.ms} ms"]
    wait = call.rate.get("retry-after") if isinstance(call.rate, dict) else None
    if wait:
        notes.append(_("told to wait %(n)s s") % {"n": wait})
    mores = []
    if call.answer and reader.sees_contacts:
        mores.append(More(_("Answer"), pretty(call.answer), is_mono=True))
    is_made = made is not None and call.method == "POST" and call.status == MADE
    return Event(
        kind="call_out",
        at=call.at,
        who=_callee(call),
        call=f"{call.method} {reader.words(call.path, contact)}",
        mark=_call_mark(call),
        note=" · ".join(notes),
        link=(made.label, made.url) if made and made.url and is_made else None,
        mores=mores,
    )


def _callee(call: ProviderCall) -> str:
    return {"platform": _("We → OpenCX"), "ai": _("We → AI service")}.get(call.provider, _("We → Zendesk"))


def _call_mark(call: ProviderCall) -> Mark:
    """2xx is fine, what heals by itself is a warning, the rest failed."""
    if call.status is None:
        return Mark("retrying", call.error or _("no answer"))
    if call.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Mark("retrying", _("429 too many"))
    if call.status == MADE:
        return Mark("ok", _("201 made"))
    if call.status < HTTPStatus.BAD_REQUEST:
        return Mark("ok", str(call.status))
    return Mark("retrying" if call.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "failed", str(call.status))


def pretty(text: str) -> str:
    """JSON laid out to be read; any other text as it is. Cut at 20 000 characters, and says so."""
    with contextlib.suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    if len(text) <= LONGEST_BODY:
        return text
    return text[:LONGEST_BODY] + "\n" + _("… cut here, %(n)s characters in all") % {"n": len(text)}


def reply_item(reply: AgentReply, contact: Contact, reader: Reader) -> Event:
    """An agent's public comment in Zendesk."""
    found = {"reconcile": _("its call never came; found by our own check"), "replay": _("found by a replay")}
    return Event(
        kind="agent",
        at=reply.commented_at,
        who=reply.agent_name or _("Agent"),
        what=_("public reply in Zendesk"),
        note=found.get(reply.found_by, ""),
        text=reader.words(reply.text, contact),
        mores=attachments_of(reply.attachments),
        anchor=f"reply-{reply.pk}",
    )


def platform_event_item(event: PlatformEvent, reply: AgentReply | None) -> Event:
    """What we told the platform, and, for a reply, what became of it in the contact's channel."""
    word = str(event.last_status) if event.last_status else ""
    notes = []
    if event.status == PlatformEvent.Status.DELIVERED and event.last_ms is not None:
        notes.append(f"{event.last_ms} ms")
    if event.attempts > 1:
        notes.append(ngettext("%(n)s try", "%(n)s tries", event.attempts) % {"n": event.attempts})
    if event.status != PlatformEvent.Status.DELIVERED and event.last_error:
        notes.append(event.last_error)
    mark = Mark("ok", word) if event.status == PlatformEvent.Status.DELIVERED else Mark(event.status)
    return Event(
        kind="call_out",
        at=event.delivered_at or event.first_attempt_at or event.created_at,
        who=_("We → OpenCX"),
        what=event.get_event_display(),
        mark=mark,
        note=" · ".join(notes),
        receipt=_receipt(reply) if reply else None,
    )


def _receipt(reply: AgentReply) -> Mark | None:
    if reply.receipt == AgentReply.Receipt.DELIVERED:
        word = _("receipt: delivered %(time)s") % {"time": clock_text(reply.receipt_at) if reply.receipt_at else ""}
        return Mark("delivered", word.strip())
    if reply.receipt == AgentReply.Receipt.FAILED:
        return Mark("failed", _("receipt: not delivered. %(why)s") % {"why": reply.receipt_detail})
    return None


def webhook_item(event: WebhookEvent, record: More | None = None) -> Event:
    """A call of Zendesk's to us: our answer, what it caused, and what Zendesk wrote down of it (`record`).

    For one of Sunshine's, what it tells of.
    """
    is_fine = event.http_status < HTTPStatus.BAD_REQUEST
    effects = [str(effect) for effect in event.effects] if isinstance(event.effects, list) else []
    shown = {EventResult.QUEUED, EventResult.DELIVERED}
    result = "" if event.result in shown else event.get_result_display()
    told = dict.fromkeys([result, *effects, event.detail])
    notes = [f"{event.ms} ms", *(words for words in told if words)]
    return Event(
        kind="call_in",
        at=event.received_at,
        who=_("Zendesk → us"),
        what=event_words(event.event_type) if event.kind == EndpointKind.SUNSHINE else _("webhook"),
        mark=Mark("ok" if is_fine else "failed", str(event.http_status)),
        note=" · ".join(notes),
        link=(_("Call %(n)s") % {"n": event.pk}, reverse("webhook", args=[event.pk])),
        mores=[record] if record else [],
    )


def update_item(update: TicketUpdate) -> Event:
    """Something that should stand in the ticket and does not, or not yet."""
    subjects = {
        TicketUpdate.Kind.TRANSCRIPT: _("rest of the transcript"),
        TicketUpdate.Kind.MESSAGE: _("contact’s message"),
        TicketUpdate.Kind.STATUS: _("ticket’s status: %(status)s") % {"status": update.content},
        TicketUpdate.Kind.NOTE: _("internal note: the reply did not arrive"),
    }
    notes = [str(update.get_reason_code_display()) if update.reason_code else "", update.detail or update.last_error]
    return Event(
        kind="call_out",
        at=update.sent_at or update.queued_at,
        who=_("We → Zendesk"),
        what=subjects[TicketUpdate.Kind(update.kind)],
        mark=Mark("delivered" if update.status == TicketUpdate.Status.DONE else update.status),
        note=" · ".join(note for note in notes if note),
        anchor=f"update-{update.pk}",
    )


def link_end_item(link: SessionTicketLink) -> Event | None:
    """Zendesk ended a link: the ticket was deleted, merged or closed."""
    if link.ended_at is None or not link.ended_as:
        return None
    return Event(
        "zendesk",
        link.ended_at,
        _("Zendesk"),
        link.ending,
        link=(link.label, link.url) if link.url else None,
    )


def act_item(entry: AuditEntry) -> Event:
    """What a person did here."""
    return Event("system", entry.at, entry.actor_label, what=act_word(entry.action))
