"""Webhook activity: every call of Zendesk, what became of it, and our own events to the platform."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.activity import (
    EVENTS,
    PERSON,
    build_tabs,
    find_calls,
    find_events,
    read_filters,
    view_of,
)
from integrations.event_words import event_words
from integrations.explain import short
from integrations.models import EndpointKind, PlatformEvent, WebhookEvent
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action, Empty
from opencx_admin.orgs.filters import Filters
from opencx_admin.orgs.keyset import Page, read_page
from opencx_admin.orgs.models import Role

SIZE = 30


@page()
def activity(request: PageRequest) -> HttpResponse:
    """/webhooks/?view=&before= and the filters of the view; ?since=<pk> answers htmx with how many are new."""
    if request.htmx and "since" in request.GET:
        return _newer(request)
    return render(request, "integrations/activity.html", list_context(request, request.GET))


def list_context(request: PageRequest, query: QueryDict, *, shown: int = 0) -> dict[str, Any]:
    """What the list needs; with `shown` it begins so that this row is in it."""
    filters = read_filters(query)
    view = view_of(filters)
    rows: Any = find_events(request.org, filters) if view == EVENTS else find_calls(request.org, filters)
    read = _page_with(rows, query, shown)
    suffix = filters.url()[len(filters.path) :]
    return {
        "view": view,
        "is_events": view == EVENTS,
        "tabs": build_tabs(request.org, view),
        "chips": filters.chips(),
        "adds": filters.adds(),
        "page": read,
        "rows": [(row, "" if view == EVENTS else short(row), _kind_words(row)) for row in read.rows],
        "suffix": suffix,
        "shown": shown,
        "newest": read.rows[0].pk if read.rows and not query.get("before") and not shown else None,
        "empty": _empty(request, filters) if not read.rows else None,
        "list_url": filters.url(),
        "may_replay": view != EVENTS and request.role.allows(Role.LEAD),
        "replay_all_url": f"{reverse('replay')}{filters.url(kind='call', all='1')[len(filters.path) :]}",
    }


def _kind_words(row: WebhookEvent | PlatformEvent) -> str:
    """What an event of Sunshine tells of; a call of a trigger says nothing but "ticket"."""
    is_chat = isinstance(row, WebhookEvent) and row.kind == EndpointKind.SUNSHINE
    return event_words(row.event_type) if isinstance(row, WebhookEvent) and is_chat else ""


def _page_with(rows: QuerySet[Any], query: QueryDict, shown: int) -> Page[Any]:
    read = read_page(rows, query, SIZE)
    if not shown or any(row.pk == shown for row in read.rows):
        return read
    moved = query.copy()
    moved["before"] = str(shown + 1)
    return read_page(rows, moved, SIZE)


def _newer(request: PageRequest) -> HttpResponse:
    """How many rows came since the newest one shown, behind a link: nothing jumps."""
    filters, since = read_filters(request.GET), request.GET["since"]
    number = 0
    if since.isascii() and since.isdecimal() and len(since) < 19:
        rows: Any = find_events if view_of(filters) == EVENTS else find_calls
        number = rows(request.org, filters).filter(pk__gt=int(since)).order_by()[:1000].count()
    context = {"number": number, "list_url": filters.url(), "newest": since}
    return render(request, "integrations/activity.html#newer", context)


def _empty(request: PageRequest, filters: Filters) -> Empty:
    chips = filters.chips()
    if chips:
        last = chips[-1]
        return Empty(
            "filtered",
            _("Nothing matches these filters"),
            _("“%(name)s: %(value)s” may be too narrow.") % {"name": last.name, "value": last.value},
            Action(_("Remove that filter"), last.remove_url),
        )
    view = view_of(filters)
    if view == EVENTS:
        return Empty("unset", _("No event yet"), _("The first reply of an agent makes one."))
    if WebhookEvent.objects.filter(organization=request.org).exists():
        title = _("Nothing waits for a person") if view == PERSON else _("Nothing was ignored")
        return Empty("well", title, _("Every call did what it rang for."), Action(_("Show all calls"), filters.path))
    return Empty(
        "unset",
        _("No webhook call has ever come"),
        _("Zendesk does not know our address yet. The settings show it, with the steps in Zendesk."),
        Action(_("Show the steps"), reverse("zendesk-webhook"), kind="act"),
    )


def neighbours(rows: QuerySet[Any], pk: int) -> tuple[int | None, int | None]:
    """The keys of the next newer and the next older row in the list."""
    newer = rows.filter(pk__gt=pk).order_by("pk").values_list("pk", flat=True).first()
    older = rows.filter(pk__lt=pk).order_by("-pk").values_list("pk", flat=True).first()
    return newer, older
