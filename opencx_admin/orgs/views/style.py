"""The style guide: every component of the look, made with the very tags and partials that the pages use."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from opencx_admin.orgs import style_samples as samples
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.words import CHANNELS, OWNERS, STATUSES


@page()
def style(request: PageRequest) -> HttpResponse:
    """/style/, only with DEBUG or DEMO."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    now = timezone.now()
    context = {
        "statuses": STATUSES,
        "owners": OWNERS,
        "channels": CHANNELS,
        "times": [now - dt.timedelta(seconds=41), now - dt.timedelta(days=3), now - dt.timedelta(days=93)],
        **samples.build(now),
    }
    return render(request, "orgs/style.html", context)
