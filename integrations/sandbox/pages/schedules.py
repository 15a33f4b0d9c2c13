"""The admin's page of schedules, at the address that Zendesk's Admin Center gives it."""

import re
from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from integrations.sandbox.api.schedules import add_schedule
from integrations.sandbox.models import Account, Schedule
from integrations.sandbox.pages.common import count_objects, find_account, show
from integrations.sandbox.store import new_id, now, writing

ZONES = ("UTC", "London", "Berlin", "Eastern Time (US & Canada)", "Pacific Time (US & Canada)", "Tokyo", "Sydney")
TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


@require_http_methods(["GET", "POST"])
def schedules(request: HttpRequest, subdomain: str) -> HttpResponse:
    """``…/admin/objects-rules/rules/schedules``: make one, add a holiday, delete one."""
    account = find_account(subdomain)
    trouble = ""
    if request.method == "POST":
        with writing():
            trouble = change(account, request)
        if not trouble:
            return HttpResponseRedirect(request.path)
    rows = Schedule.objects.filter(account=account).order_by("pk")
    return show(
        request,
        "schedules.html",
        account=account,
        place="admin",
        tab="schedules",
        counts=count_objects(account),
        trouble=trouble,
        rows=[
            (
                row,
                [
                    (start // 1440, clock(start % 1440), clock(end - start // 1440 * 1440))
                    for start, end in row.intervals
                ],
            )
            for row in rows
        ],
        days=(_("Sun"), _("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat")),
        zones=ZONES,
    )


def change(account: Account, request: HttpRequest) -> str:
    """One change; why not, as a sentence."""
    said, action = request.POST, request.POST.get("action", "")
    if action == "make":
        start, end = minutes(said.get("start", "")), minutes(said.get("end", ""))
        days = sorted(int(day) for day in said.getlist("days") if day in "0123456" and len(day) == 1)
        if not said.get("name", "").strip() or start is None or end is None or start >= end or not days:
            return _("A schedule needs a name, days, and a beginning before its end.")
        spans = [[day * 1440 + start, day * 1440 + end] for day in days]
        add_schedule(account, {"name": said["name"].strip()[:200], "time_zone": said["zone"], "intervals": spans})
        return ""
    number = said.get("schedule", "")
    row = Schedule.objects.filter(account=account, pk=number if number.isdigit() else 0).first()
    if row is None:
        return _("There is no such schedule.")
    if action == "delete":
        row.delete()
        return ""
    try:
        first = date.fromisoformat(said.get("first", ""))
        last = date.fromisoformat(said.get("last") or said.get("first", ""))
    except ValueError:
        return _("A holiday needs a date.")
    name = said.get("name", "").strip() or _("Holiday")
    row.holidays = [*row.holidays, {"id": new_id(), "name": name, "start_date": f"{first}", "end_date": f"{last}"}]
    row.updated_at = now()
    row.save(update_fields=["holidays", "updated_at"])
    return ""


def minutes(text: str) -> int | None:
    """``09:30`` as minutes of the day."""
    found = TIME.fullmatch(text)
    total = int(found[1]) * 60 + int(found[2]) if found else None
    return total if total is not None and total <= 1440 else None


def clock(minute: int) -> str:
    """Minutes of a day as its time; the end of the day is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"
