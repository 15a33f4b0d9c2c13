"""A line of time as plain text, to paste into a message or a ticket."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opencx_admin.orgs.components import Event, Mark
from opencx_admin.orgs.words import status_look
from ticketing.reading.joined import Side
from ticketing.reading.reader import Reader
from ticketing.reading.timeline import Story

WIDTH = 110
INDENT = " " * 21


def write_timeline(story: Story, told: Sequence[Event], side: Side | None, reader: Reader) -> str:
    """The line of time with a head that says whose it is, in which zone, and whether Zendesk was asked."""
    session = story.session
    links = ", ".join(link.label for link in story.links if link.is_active) or _("no ticket")
    head = [
        _("Session %(id)s of %(name)s") % {"id": session.external_id, "name": reader.name(session.contact)},
        f"{session.organization.name} · {session.get_channel_display()} · {session.get_status_display()} · {links}",
        _("Times in %(zone)s, written at %(at)s.")
        % {"zone": timezone.get_current_timezone_name(), "at": _stamp(timezone.now())},
    ]
    if side is None:
        head.append(_("Zendesk was not asked for its side."))
    else:
        head.append(_("Zendesk’s side was read at %(at)s.") % {"at": _stamp(side.read_at)})
        head += [*side.notes, *side.record.notes]
    lines = [line for event in told if event.kind != "now" for line in _lines(event)]
    return "\n".join([*(str(line) for line in head), "", *lines, ""])


def hide_words(event: Event) -> Event:
    """The item without what anybody said in it: only how long it was."""
    if event.kind not in ("contact", "ai", "agent", "system", "handoff"):
        return event
    return replace(event, text=_length(str(event.text)), quote=_length(str(event.quote)), mores=())


def _length(text: str) -> str:
    return ngettext("(%(n)s character)", "(%(n)s characters)", len(text)) % {"n": len(text)} if text else ""


def _stamp(at: dt.datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S")


def _mark(mark: Mark | None) -> str:
    if mark is None:
        return ""
    word = str(status_look(mark.value).word)
    return f"[{word}] {mark.word}".strip() if str(mark.word or "") not in ("", word) else f"[{word}]"


def _lines(event: Event) -> Iterator[str]:
    folded = str(event.link[0]) if event.link and event.kind == "folded" else ""
    told = [folded, event.who, event.what, event.call, *event.tags, _mark(event.mark), event.note, _mark(event.receipt)]
    parts = [_flat(part) for part in told if part]
    if event.link and event.kind != "folded":
        parts.append(_flat(event.link[0]))
    yield f"{_stamp(event.at)}  {'  '.join(parts)}"
    for text in (event.text, f"“{event.quote}”" if event.quote else ""):
        for line in str(text).splitlines():
            yield from textwrap.wrap(line, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT) or [""]
    for more in event.mores if event.kind in ("gap", "call_in") else ():
        yield f"{INDENT}{_flat(more.label)}: {_flat('; '.join(str(more.text).splitlines()))}"


def _flat(value: object) -> str:
    """One line of it: no line of ours may be feigned by somebody's words."""
    return " ".join(str(value).split())
