"""Zendesk's side on a session's pages: asked for by a person, kept in that person's session for some minutes."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from opencx_admin.orgs.access import PageRequest, page
from ticketing.models import Session
from ticketing.reading.joined import Joined, Side, read_side, write_side
from ticketing.reading.joined_items import join
from ticketing.reading.joined_read import ask_zendesk
from ticketing.reading.reader import Reader
from ticketing.reading.timeline import SHOWN, Story, read_story, tell
from ticketing.reading.timeline_text import write_timeline

# In the person's session, by the session's key; the newest few.
KEPT_AS = "zendesk_said"
KEPT_FOR = dt.timedelta(minutes=10)
MOST_KEPT = 3
ASKED = "zendesk"


def side_of(request: PageRequest, story: Story) -> Side | None:
    """Zendesk's side, when the address asks for it (`?zendesk=1`); a kept reading serves while it is fresh.

    `?zendesk=<time>` asks for one that is newer than that time (seconds since 1970).
    """
    asked = request.GET.get(ASKED, "")
    if not asked or not has_ticket(story):
        return None
    key = str(story.session.pk)
    kept: dict[str, str] = request.session.get(KEPT_AS) or {}
    side = read_side(kept[key]) if key in kept else None
    newer_than = float(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 12 else 0.0
    if side and timezone.now() - side.read_at < KEPT_FOR and side.read_at.timestamp() > newer_than:
        return side
    side = ask_zendesk(story)
    others = {name: text for name, text in kept.items() if name != key}
    request.session[KEPT_AS] = dict(list({**others, key: write_side(side)}.items())[-MOST_KEPT:])
    return side


def has_ticket(story: Story) -> bool:
    """True when there is a ticket that Zendesk can be asked for."""
    return any(link.ticket_id for link in story.links)


def joined_of(story: Story, side: Side | None, reader: Reader) -> Joined | None:
    """The side as items of the story's line of time."""
    return join(story, side, reader) if side else None


def joined_context(request: PageRequest, story: Story, side: Side | None) -> dict[str, Any]:
    """The values of `ticketing/_timeline_zendesk.html`."""
    kept = {name: value for name, value in request.GET.items() if name in ("show", "messages")}

    def url(**more: str) -> str:
        query = urlencode({**kept, **more})
        return f"{request.path}?{query}" if query else request.path

    again = str(int(side.read_at.timestamp()) + 1) if side else "1"
    text = text_url(story.session)
    return {
        "side": side,
        "side_notes": [*side.notes, *side.record.notes] if side else [],
        "ask_url": url(zendesk="1") if has_ticket(story) else "",
        "again_url": url(zendesk=again),
        "hide_url": url(),
        "text_url": f"{text}?{urlencode({ASKED: '1'})}" if side else text,
    }


def text_url(session: Session) -> str:
    """Where the line of time is as plain text."""
    return f"{session.get_absolute_url()}timeline.txt"


@page()
def timeline_text(request: PageRequest, session_id: str) -> HttpResponse:
    """/sessions/<id>/timeline.txt?show=&zendesk=1: the line of time as plain text, masked for viewers."""
    rows = Session.objects.select_related("contact", "organization").filter(organization=request.org)
    story = read_story(get_object_or_404(rows, external_id=session_id))
    reader, shown = Reader(request.role), request.GET.get("show", "")
    side = side_of(request, story)
    told = tell(story, reader, show=shown if shown in SHOWN else "", joined=joined_of(story, side, reader))
    text = write_timeline(story, told, side, reader)
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    return response
