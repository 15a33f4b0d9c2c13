"""The jump box: straight to what was named, else a page that says what was looked for."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action
from ticketing.reading.jump import LONGEST, Jump, search_url
from ticketing.reading.reader import Reader
from ticketing.reading.session_list import matching, with_meaning

MOST = 20


@page()
def jump(request: PageRequest) -> HttpResponse:
    """/jump/?q="""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    reader = Reader(request.role)
    url = Jump(request.org, text, reader).find() if text else None
    if url:
        return HttpResponseRedirect(url)
    rows = []
    if text:
        found = request.org.sessions.filter(matching(request.org, text, reader)).order_by("-pk")
        rows = list(with_meaning(found)[: MOST + 1])
    context = {
        "text": text,
        "sees_contacts": reader.sees_contacts,
        "rows": [(row, reader.name(row.contact)) for row in rows[:MOST]],
        "more": Action("", search_url(text)) if len(rows) > MOST else None,
    }
    return render(request, "ticketing/jump.html", context)
