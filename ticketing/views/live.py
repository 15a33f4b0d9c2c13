"""Pages that follow what moves: htmx looks again, gets nothing while nothing changed, and 286 when it is over."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from opencx_admin.orgs.access import PageRequest

NOTHING_NEW, STOP_POLLING = 204, 286


def answer_live(
    request: PageRequest, template: str, context: dict[str, Any], *, seconds: int, version: str
) -> HttpResponse:
    """The page, or its partial `live` when htmx asks for the element with that name.

    `seconds` between two looks (0: nothing moves any more); `version` changes when what is shown changes.
    """
    query = request.GET.copy()
    query["seen"] = version
    poll_url = f"{request.path}?{query.urlencode()}"
    context |= {"seconds": seconds, "poll_url": poll_url}
    if not request.htmx or request.htmx.target != "live-part":
        return render(request, template, context)
    if request.method == "GET" and seconds and request.GET.get("seen") == version:
        return HttpResponse(status=NOTHING_NEW)
    status = 200 if seconds or request.method == "POST" else STOP_POLLING
    return render(request, f"{template}#live", context, status=status)
