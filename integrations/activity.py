"""The lists behind Webhook activity: calls of Zendesk to us, and our events to the platform, with their filters."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.hooks import leave_out
from integrations.models import EventResult, EventType, PlatformEvent, WebhookEvent
from opencx_admin.orgs.components import Tab
from opencx_admin.orgs.filters import Facet, Filters
from opencx_admin.orgs.models import Organization

NEEDS_PERSON = (EventResult.NO_MATCH, EventResult.INCOMPLETE, EventResult.FAILED)
EVENTS, ALL, PERSON, IGNORED = "events", "", "person", "ignored"
VIEWS: dict[str, str | Promise] = {
    ALL: _("All calls"),
    PERSON: _("Needs a person"),
    IGNORED: _("Ignored"),
    EVENTS: _("From us to OpenCX"),
}
MOST_COUNTED = 10_000

_WHEN = Facet("when", _("When"), [("hour", _("last hour")), ("today", _("today")), ("week", _("last 7 days"))])
_TICKET, _SESSION = Facet("ticket", _("Ticket")), Facet("session", _("Session"))
_CONVERSATION = Facet("conversation", _("Conversation"))
CALL_FACETS = (Facet("result", _("Result"), EventResult.choices), _TICKET, _CONVERSATION, _SESSION, _WHEN)
EVENT_FACETS = (
    Facet("status", _("Status"), PlatformEvent.Status.choices),
    Facet("event", _("Event"), EventType.choices),
    _SESSION,
    _WHEN,
)


def read_filters(query: QueryDict) -> Filters:
    """The state of the page: which view, and the filters in force."""
    view = query.get("view", "")
    view = view if view in VIEWS else ALL
    return Filters.read(reverse("webhooks"), EVENT_FACETS if view == EVENTS else CALL_FACETS, query, view=view)


def view_of(filters: Filters) -> str:
    """The name of the view in force."""
    return filters.kept.get("view", ALL)


def find_calls(organization: Organization, filters: Filters) -> QuerySet[WebhookEvent]:
    """The calls of a view, filtered; bodies are left in the database."""
    rows = calls_of_view(organization, view_of(filters)).defer("body", "headers")
    if result := filters.get("result"):
        rows = rows.filter(result=result)
    if ticket := filters.get("ticket"):
        rows = rows.filter(ticket_id=ticket.lstrip("#"))
    if conversation := filters.get("conversation"):
        rows = rows.filter(conversation_id=conversation)
    if session := filters.get("session"):
        rows = rows.filter(Q(session_ref=session) | Q(external_id=session))
    since = _since(filters.get("when"))
    return rows.filter(received_at__gte=since) if since else rows


def calls_of_view(organization: Organization, view: str) -> QuerySet[WebhookEvent]:
    """All calls of one saved view."""
    rows = leave_out(WebhookEvent.objects.filter(organization=organization), organization)
    if view == PERSON:
        return rows.filter(result__in=NEEDS_PERSON)
    if view == IGNORED:
        return rows.filter(result__in=(EventResult.IGNORED, EventResult.DUPLICATE))
    return rows


def count_needing_person(organization: Organization) -> int:
    """How many calls wait for a person."""
    return calls_of_view(organization, PERSON).count()


def find_events(organization: Organization, filters: Filters) -> QuerySet[PlatformEvent]:
    """Our events, filtered; bodies are left in the database."""
    rows = leave_out(PlatformEvent.objects.filter(organization=organization), organization).defer("body")
    if status := filters.get("status"):
        rows = rows.filter(status=status)
    if event := filters.get("event"):
        rows = rows.filter(event=event)
    if session := filters.get("session"):
        rows = rows.filter(session_ref=session)
    since = _since(filters.get("when"))
    return rows.filter(created_at__gte=since) if since else rows


def build_tabs(organization: Organization, current: str) -> list[Tab]:
    """The saved views with their counts; a count stops at 10 000."""
    here, tabs = reverse("webhooks"), []
    for name, label in VIEWS.items():
        rows: QuerySet[WebhookEvent] | QuerySet[PlatformEvent] = calls_of_view(organization, name)
        if name == EVENTS:
            rows = leave_out(PlatformEvent.objects.filter(organization=organization), organization)
        number = rows.order_by()[:MOST_COUNTED].count()
        tabs.append(Tab(label, f"{here}?view={name}" if name else here, number, is_current=name == current))
    return tabs


def _since(when: str) -> dt.datetime | None:
    now = timezone.localtime()
    return {
        "hour": now - dt.timedelta(hours=1),
        "today": now.replace(hour=0, minute=0, second=0, microsecond=0),
        "week": now - dt.timedelta(days=7),
    }.get(when)
