"""One handoff: what happened, the one best action, and the exact request."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Tab
from opencx_admin.orgs.models import Role
from opencx_admin.orgs.times import is_recent
from ticketing.acts import Done, act, save_contact
from ticketing.forms import ContactForm
from ticketing.models import Handoff
from ticketing.reading.joined_step import deliver_step
from ticketing.reading.next_step import cancel_action, next_step
from ticketing.reading.reader import Reader
from ticketing.reading.timeline import SHOWN, Story, fingerprint, now_item, pace, read_story, tell
from ticketing.reading.timeline_items import pretty
from ticketing.views.handoffs import answer_preview
from ticketing.views.joined import ASKED, joined_context, joined_of, side_of
from ticketing.views.live import answer_live
from ticketing.views.rail import rail_context

PREVIEW = "preview"


@page(read=Role.VIEWER, write=Role.LEAD)
def handoff(request: PageRequest, handoff_id: uuid.UUID) -> HttpResponse:
    """/handoffs/<id>/. POST `action` = retry, cancel, save_contact (with `email` or `phone`), retry_event:<id> …"""
    rows = request.org.handoffs.select_related("organization", "session__contact", "session__organization")
    row = get_object_or_404(rows, pk=handoff_id)
    if request.method != "POST":
        return _show(request, row, ContactForm())
    action = request.POST.get("action", "")
    if action != "save_contact":
        return _answer(request, row, act(request, row, action))
    form = ContactForm(request.POST)
    if not form.is_valid():
        return _show(request, row, form, status=422)
    return _answer(request, row, save_contact(request, row, **form.cleaned_data))


def _answer(request: PageRequest, row: Handoff, done: Done) -> HttpResponse:
    """A plain browser goes back to the page with a message; htmx gets the changed part with it. Not known: 422."""
    messages.add_message(request, messages.SUCCESS if done.ok else messages.ERROR, done.text)
    if not done.is_known:
        return _show(request, row, ContactForm(), status=422)
    if not request.htmx:
        return HttpResponseRedirect(row.get_absolute_url(), status=303)
    row.refresh_from_db()
    return _show(request, row, ContactForm())


def _show(request: PageRequest, row: Handoff, form: ContactForm, status: int = 200) -> HttpResponse:
    if request.htmx and request.htmx.target == PREVIEW:
        return answer_preview(request, row, form, status)
    story = read_story(row.session)
    context = handoff_context(request, row, story, form)
    response = answer_live(
        request, "ticketing/handoff.html", context, seconds=context["pace"], version=context["version"]
    )
    if status != 200:
        response.status_code = status
    return response


def handoff_context(request: PageRequest, row: Handoff, story: Story, form: ContactForm) -> dict[str, Any]:
    """Everything the page shows."""
    reader, shown = Reader(request.role), request.GET.get("show", "")
    shown = shown if shown in SHOWN else ""
    side = side_of(request, story)
    told = tell(story, reader, show=shown, fold_at=row, joined=joined_of(story, side, reader))
    now, is_current = now_item(story), story.handoff is not None and story.handoff.pk == row.pk
    return {
        "handoff": row,
        **rail_context(story, reader),
        "step": next_step(story, reader) or deliver_step(story, side, reader) if is_current else None,
        "cancel": cancel_action(row, reader),
        "asked_lately": is_recent(row.created_at),
        "form": form,
        "events": [*told, now] if now else told,
        "sides": side_tabs(request, shown),
        **joined_context(request, story, side),
        "body": pretty(row.request_body) if row.request_body and reader.sees_contacts else "",
        "pace": pace(story),
        "version": fingerprint(story, told),
    }


def side_tabs(request: PageRequest, shown: str) -> list[Tab]:
    """The sides of the line of time: all, the conversation, us, Zendesk."""
    kept = {ASKED: request.GET[ASKED]} if request.GET.get(ASKED) else {}
    queries = {key: urlencode({**({"show": key} if key else {}), **kept}) for key in SHOWN}
    return [
        Tab(word, f"{request.path}?{queries[key]}" if queries[key] else request.path, is_current=key == shown)
        for key, (word, _kinds) in SHOWN.items()
    ]
