"""The list of handoffs, with saved views, filters, a preview, new rows waiting, and the same list as CSV."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action, Empty, Tab
from opencx_admin.orgs.filters import Filters
from opencx_admin.orgs.keyset import Page
from opencx_admin.orgs.models import Role
from ticketing.canary.apart import handoffs_of
from ticketing.forms import ContactForm
from ticketing.models import Handoff, SessionTicketLink
from ticketing.reading import handoff_list as listing
from ticketing.reading.export import stream_csv
from ticketing.reading.next_step import cancel_action, next_step
from ticketing.reading.paging import page_of_handoffs
from ticketing.reading.reader import Reader
from ticketing.reading.reasons import explain, whose_move
from ticketing.reading.timeline import read_story, tell

CLOSED = "none"
LAST_EVENTS = 3


@page()
def handoffs(request: PageRequest) -> HttpResponse:
    """/handoffs/?view=&before=&open= and the filters of `FACETS`; `format=csv`, `since=` for htmx."""
    view, filters = read_state(request.GET)
    found = listing.filtered(request.org, view, filters)
    if request.GET.get("format") == "csv":
        return stream_csv(listing.with_meaning(found, request.org), Reader(request.role))
    if request.htmx and request.htmx.target == "new":
        return _new(request, found, filters)
    shown = page_of_handoffs(listing.with_meaning(found, request.org), request.GET)
    context = _list_context(request, view, filters, shown, found)
    opened = _opened(request, shown)
    if opened is not None:
        context |= preview_context(request, opened, ContactForm(), filters, shown)
    if opened is not None and request.htmx and request.htmx.target == "preview":
        return render(request, "ticketing/_preview.html", context | {"lists": True})
    return render(request, "ticketing/handoffs.html", context)


def read_state(query: QueryDict) -> tuple[str, Filters]:
    """The saved view and the filters. A filter without a view looks at everything."""
    view = query.get("view", "")
    filters = Filters.read(reverse("handoffs"), listing.FACETS, query, view=view if view in listing.VIEWS else "")
    if view not in listing.VIEWS:
        view = listing.EVERYTHING if filters.values else listing.NEEDS_PERSON
    return view, filters


def _list_context(
    request: PageRequest, view: str, filters: Filters, shown: Page[Handoff], found: QuerySet[Handoff]
) -> dict[str, Any]:
    reader, counts = Reader(request.role), listing.count_views(request.org)
    total = found.count() if filters.values else counts[view]
    return {
        "view": view,
        "chips": filters.chips(),
        "adds": filters.adds(),
        "tabs": _tabs(view, filters, counts),
        "counts": counts,
        "total": total,
        "page": shown,
        "rows": [row_of(row, reader, filters, request) for row in shown.rows],
        "new_url": filters.url(since=timezone.now().isoformat()),
        "csv_url": filters.url(format="csv"),
        "may_replay": request.role.allows(Role.LEAD),
        "replay_all_url": f"{reverse('replay')}{filters.url(kind='handoff', all='1')[len(filters.path) :]}",
        "empty": None if shown.rows else _empty(request, view, filters, counts),
        "oldest": handoffs_of(request.org).order_by("created_at").values_list("created_at", flat=True).first(),
    }


def _tabs(view: str, filters: Filters, counts: dict[str, int]) -> list[Tab]:
    return [
        Tab(word, f"{filters.path}?view={name}", counts[name], is_current=name == view)
        for name, word in listing.VIEWS.items()
    ]


def row_of(row: Handoff, reader: Reader, filters: Filters, request: PageRequest) -> dict[str, Any]:
    """A row as the table shows it; `row` carries what `with_meaning` annotated."""
    lost_reply, lost_message = getattr(row, "has_lost_reply", False), getattr(row, "has_lost_message", False)
    links: list[SessionTicketLink] = getattr(row.session, "known_links", [])
    missing = row.status == Handoff.Status.LINKED and (lost_reply or lost_message)
    before = request.GET.get("before", "")
    return {
        "handoff": row,
        "name": reader.name(row.session.contact),
        "link": links[-1] if links else None,
        "meaning": listing.meaning(row, lost_reply=lost_reply, lost_message=lost_message),
        "owner": whose_move(row, is_missing_words=missing),
        "is_missing": missing,
        "preview_url": filters.url(open=str(row.pk), before=before),
    }


def _opened(request: PageRequest, shown: Page[Handoff]) -> Handoff | None:
    """The handoff of the preview: the one asked for, else the first of the page."""
    wanted = request.GET.get("open", "")
    if wanted == CLOSED or not (wanted or shown.rows):
        return None
    for row in shown.rows:
        if str(row.pk) == wanted:
            return row
    try:
        key = uuid.UUID(wanted)
    except ValueError:
        return shown.rows[0] if shown.rows else None
    return listing.with_meaning(request.org.handoffs.filter(pk=key), request.org).first()


def answer_preview(request: PageRequest, row: Handoff, form: ContactForm, status: int = 200) -> HttpResponse:
    """The preview again after an act in it, with its row of the list, every count and a word on what happened."""
    fresh = listing.with_meaning(request.org.handoffs.filter(pk=row.pk), request.org).get()
    view, filters = read_state(QueryDict(urlsplit(request.htmx.current_url or "").query))
    counts = listing.count_views(request.org)
    context = preview_context(request, fresh, form, filters)
    context |= {"answers": True, "counts": counts, "tabs": _tabs(view, filters, counts)}
    context["may_replay"] = request.role.allows(Role.LEAD)
    return render(request, "ticketing/_preview.html", context, status=status)


def preview_context(
    request: PageRequest,
    row: Handoff,
    form: ContactForm,
    filters: Filters,
    shown: Page[Handoff] | None = None,
) -> dict[str, Any]:
    """What the preview shows; with the page around it, also its place there."""
    reader, story = Reader(request.role), read_story(row.session)
    is_stuck = row.status == Handoff.Status.FAILED and bool(row.reason_code)
    same = handoffs_of(request.org).filter(status=Handoff.Status.FAILED, reason_code=row.reason_code).exclude(pk=row.pk)
    return {
        "opened": row,
        "opened_name": reader.name(row.session.contact),
        "opened_topic": reader.words(row.topic, row.session.contact),
        "opened_row": row_of(row, reader, filters, request),
        "explanation": explain(row) if row.status in (Handoff.Status.FAILED, Handoff.Status.RETRYING) else None,
        "step": next_step(story, reader) if story.handoff == row else None,
        "cancel": cancel_action(row, reader),
        "form": form,
        "last_events": tell(story, reader)[-LAST_EVENTS:],
        "seconds": 2 if story.is_moving else 0,
        "same_cause": same.count() if is_stuck else 0,
        "same_url": f"{reverse('handoffs')}?status=failed&reason={row.reason_code}",
        **_place(request, row, shown, filters),
    }


def _place(request: PageRequest, row: Handoff, shown: Page[Handoff] | None, filters: Filters) -> dict[str, Any]:
    """Where the row stands on its page, and the way to its neighbours."""
    if shown is None:
        return {"close_url": filters.url(open=CLOSED)}
    keys, before = [other.pk for other in shown.rows], request.GET.get("before", "")
    at = keys.index(row.pk) if row.pk in keys else None
    near = {"previous_url": at - 1, "next_url": at + 1} if at is not None else {}
    urls = {name: filters.url(open=str(keys[n]), before=before) for name, n in near.items() if 0 <= n < len(keys)}
    position = at + 1 if at is not None and not shown.newer_url else None
    return {**urls, "position": position, "close_url": filters.url(open=CLOSED, before=before)}


def _new(request: PageRequest, found: QuerySet[Handoff], filters: Filters) -> HttpResponse:
    """How many rows came or failed since the page was made; nothing (204) while there are none."""
    try:
        since = dt.datetime.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        return HttpResponse(status=204)
    if since.tzinfo is None:
        return HttpResponse(status=204)
    number = found.filter(Q(created_at__gt=since) | Q(ended_at__gt=since)).count()
    if not number or str(number) == request.GET.get("shown", ""):
        return HttpResponse(status=204)
    return render(request, "ticketing/_new.html", {"number": number, "list_url": filters.url()})


def _empty(request: PageRequest, view: str, filters: Filters, counts: dict[str, int]) -> Empty:
    everything = Action(_("Show everything"), f"{filters.path}?view={listing.EVERYTHING}")
    if filters.values:
        chip = filters.chips()[-1]
        last = list(filters.values)[-1]
        values = {name: value for name, value in filters.values.items() if name != last}
        rest = Filters(filters.path, filters.facets, values, filters.kept)
        words = {"name": chip.name, "value": chip.value, "n": listing.filtered(request.org, view, rest).count()}
        text = _("Without “%(name)s: %(value)s” there are %(n)s.") % words
        return Empty("filtered", _("No handoff matches"), text, Action(_("Remove that filter"), chip.remove_url))
    if not counts[listing.EVERYTHING]:
        text = _("When the AI asks for a person, the handoff stands here with its ticket.")
        return Empty("unset", _("No session was handed off yet"), text)
    if view == listing.NEEDS_PERSON:
        text = _("%(n)s handoffs in all, %(linked)s linked.") % {"n": counts["all"], "linked": counts["linked"]}
        return Empty("well", _("Nothing waits for a person"), text, everything)
    return Empty("well", _("Nothing here now"), "", everything)
