"""The list of sessions, and one session: all that was said and done, in one line of time."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from opencx_admin.orgs.access import SESSION_KEY, PageRequest, page
from opencx_admin.orgs.components import Action, Empty
from opencx_admin.orgs.filters import Filters
from opencx_admin.orgs.keyset import read_page
from ticketing.canary.apart import leave_out
from ticketing.forms import ContactForm
from ticketing.models import Handoff, Session, SessionTicketLink
from ticketing.reading import session_list as listing
from ticketing.reading.joined_step import deliver_step
from ticketing.reading.next_step import next_step
from ticketing.reading.reader import Reader
from ticketing.reading.timeline import MOST_MESSAGES, SHOWN, fingerprint, now_item, pace, read_story, tell
from ticketing.views.handoff import side_tabs
from ticketing.views.joined import joined_context, joined_of, side_of
from ticketing.views.live import answer_live
from ticketing.views.rail import rail_context

ALL_MESSAGES = 5000


@page()
def sessions(request: PageRequest) -> HttpResponse:
    """/sessions/?q=&channel=&handed_off=&status=&before="""
    reader = Reader(request.role)
    filters = Filters.read(reverse("sessions"), listing.FACETS, request.GET)
    found = listing.filtered(request.org, filters, reader)
    shown = read_page(listing.with_meaning(found), request.GET)
    context = {
        "chips": filters.chips(),
        "adds": filters.adds(),
        "page": shown,
        "rows": [_row(row, reader) for row in shown.rows],
        "total": found.count(),
        "all": leave_out(request.org.sessions.all(), request.org, by="pk").count() if filters.values else None,
        "empty": None if shown.rows else _empty(request, filters, reader),
    }
    return render(request, "ticketing/sessions.html", context)


def _row(row: Session, reader: Reader) -> dict[str, Any]:
    handoffs: list[Handoff] = getattr(row, "live_handoffs", [])
    links: list[SessionTicketLink] = getattr(row, "active_links", [])
    return {
        "session": row,
        "name": reader.name(row.contact),
        "subject": reader.words(row.subject, row.contact),
        "handoff": handoffs[0] if handoffs else None,
        "link": links[0] if links else None,
    }


def _empty(request: PageRequest, filters: Filters, reader: Reader) -> Empty:
    if not filters.values:
        text = _("The AI platform sends each conversation here with an API key.")
        return Empty("unset", _("No session has come yet"), text, Action(_("Show the API keys"), reverse("opencx")))
    chip, last = filters.chips()[-1], list(filters.values)[-1]
    values = {name: value for name, value in filters.values.items() if name != last}
    rest = listing.filtered(request.org, Filters(filters.path, filters.facets, values, filters.kept), reader).count()
    text = _("Without “%(name)s: %(value)s” there are %(n)s.") % {"name": chip.name, "value": chip.value, "n": rest}
    return Empty("filtered", _("No session matches"), text, Action(_("Remove that filter"), chip.remove_url))


@page()
def session(request: PageRequest, session_id: str) -> HttpResponse:
    """/sessions/<id>/?show=&messages=all&zendesk=1, the "View session in OpenCX" link.

    A session of another organization of the same person switches to that organization.
    """
    rows = Session.objects.select_related("contact", "organization").filter(external_id=session_id)
    row = rows.filter(organization=request.org).first()
    if row is None:
        return _switch(request, session_id)
    reader, shown = Reader(request.role), request.GET.get("show", "")
    shown = shown if shown in SHOWN else ""
    most = ALL_MESSAGES if request.GET.get("messages") == "all" else MOST_MESSAGES
    story = read_story(row, most_messages=most)
    side = side_of(request, story)
    told, now = tell(story, reader, show=shown, joined=joined_of(story, side, reader)), now_item(story)
    context = {
        **rail_context(story, reader),
        "handoff": story.handoff,
        "subject": reader.words(row.subject, row.contact),
        "step": next_step(story, reader) or deliver_step(story, side, reader),
        "form": ContactForm(),
        "events": [*told, now] if now else told,
        "sides": side_tabs(request, shown),
        **joined_context(request, story, side),
    }
    return answer_live(
        request, "ticketing/session.html", context, seconds=pace(story), version=fingerprint(story, told)
    )


def _switch(request: PageRequest, session_id: str) -> HttpResponse:
    mine = [membership.organization_id for membership in request.memberships]
    other = Session.objects.filter(external_id=session_id, organization__in=mine).order_by("organization__name").first()
    if other is None:
        raise Http404(_("No session has this id."))
    request.session[SESSION_KEY] = other.organization_id
    return HttpResponseRedirect(request.get_full_path())
