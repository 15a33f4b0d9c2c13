"""The support bundle: what is in it, for which sessions, and the archive."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from opencx_admin.orgs import audit
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.models import Role
from ticketing.bundle import MOST_SESSIONS, Told, list_files, write_bundle
from ticketing.models import Session
from ticketing.reading.joined_read import ask_zendesk
from ticketing.reading.timeline import read_story
from ticketing.views.joined import has_ticket

LONGEST = 255


@page(read=Role.LEAD, write=Role.LEAD)
def bundle(request: PageRequest) -> HttpResponse:
    """/bundle/?session=. POST `session` once or twice, `with_zendesk`: the archive; 422 when one is not there."""
    said = request.POST if request.method == "POST" else request.GET
    names = list(dict.fromkeys(name.strip() for name in said.getlist("session") if name.strip()))
    if request.method != "POST":
        return _ask(request, names)
    found, missing = _find(request, names)
    if missing or not found:
        return _ask(request, names, missing, status=422)
    told = []
    for session in found:
        story = read_story(session)
        wants = bool(request.POST.get("with_zendesk")) and has_ticket(story)
        told.append(Told(story, ask_zendesk(story) if wants else None))
    content = write_bundle(request.org, told)
    for session in found:
        audit.record(
            request.org,
            "session.bundle",
            request=request,
            object_label=session.external_id,
            object_url=session.get_absolute_url(),
            after={"sessions": [one.external_id for one in found], "bytes": len(content)},
        )
    response = HttpResponse(content, content_type="application/zip")
    name = f"support-bundle-{timezone.localtime():%Y-%m-%d-%H%M}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _find(request: PageRequest, names: list[str]) -> tuple[list[Session], list[str]]:
    """The sessions, and the names that no session here has."""
    rows = Session.objects.select_related("contact", "organization").filter(organization=request.org)
    readable = [name for name in names[:MOST_SESSIONS] if len(name) <= LONGEST and "\x00" not in name]
    found = {row.external_id: row for row in rows.filter(external_id__in=readable)}
    return [found[name] for name in readable if name in found], [name for name in names if name not in found]


def _ask(request: PageRequest, names: list[str], missing: list[str] | None = None, status: int = 200) -> HttpResponse:
    error = ""
    if missing:
        error = _("No session here has the id “%(id)s”.") % {"id": missing[0]}
    elif status != 200:
        error = _("Name a session.")
    padded = [*names[:MOST_SESSIONS], "", ""][:MOST_SESSIONS]
    back = reverse("session", args=[names[0]]) if names and not missing else reverse("sessions")
    context = {"first": padded[0], "second": padded[1], "error": error, "files": list_files(), "back": back}
    return render(request, "ticketing/bundle.html", context, status=status)
