"""Settings → Handoff: which reason goes where, and the office hours."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients.errors import ProviderError
from integrations.connect import open_zendesk
from integrations.default_agent import judge_agent
from integrations.messaging import find_active
from integrations.models import ZendeskConnection
from integrations.verify import IN_A_PAGE
from opencx_admin.crypto import Undecryptable
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.audit import record
from opencx_admin.orgs.components import Verdict
from opencx_admin.orgs.models import Role
from ticketing import reason_rules
from ticketing.hours.calendar import Hours
from ticketing.hours.forms import HandoffForm
from ticketing.hours.picture import draw_week
from ticketing.hours.schedules import EVERY, read_schedules
from ticketing.hours.standing import find_hours, find_schedule, write_told
from ticketing.models import HandoffReason, HandoffSettings, ReasonRule

Route = HandoffSettings.Route
# What the form says; the rest of the row is what Zendesk said, which may be read at the same moment.
SETTINGS = ("route", "has_hours", "schedule_id", "time_zone", "week", "holidays", "message")
SAVED = (*SETTINGS, "next_attempt_at", "changed_at", "changed_by")


@page(read=Role.VIEWER, write=Role.ADMIN)
def handoff_settings(request: PageRequest) -> HttpResponse:
    """/settings/handoff/. POST the fields of `HandoffForm` with `action` = save, or `action` = read_schedules."""
    wanted, rules = reason_rules.find_settings(request.org.pk), _find_rules(request)
    action = request.POST.get("action", "") if request.method == "POST" else ""
    if action == "read_schedules":
        return _read_schedules(request)
    if request.method != "POST":
        return _show(request, wanted, HandoffForm.shown(wanted, rules))
    form = HandoffForm(request.POST, wanted=wanted)
    if action != "save" or not form.is_valid() or not _check_assignees(request, form, rules):
        return _show(request, wanted, form, status=422)
    return _save(request, form)


def _find_rules(request: PageRequest) -> dict[str, ReasonRule]:
    return {rule.reason: rule for rule in ReasonRule.objects.filter(organization=request.org)}


def _read_schedules(request: PageRequest) -> HttpResponse:
    wanted, _made = HandoffSettings.objects.get_or_create(organization=request.org)
    error = read_schedules(wanted, IN_A_PAGE)
    if error:
        messages.error(request, _("Zendesk’s schedules were not read. %(why)s") % {"why": error})
    elif not wanted.schedules:
        messages.success(request, _("Zendesk answered: there is no schedule in this account."))
    else:
        names = ", ".join(row["name"] for row in wanted.schedules)
        messages.success(request, _("Read from Zendesk: %(names)s. Choose one under “Hours from”.") % {"names": names})
    return redirect("handoff-settings")


def _check_assignees(request: PageRequest, form: HandoffForm, rules: dict[str, ReasonRule]) -> bool:
    """Ask Zendesk about each assignee who is new. Who it cannot tell about is taken."""
    connection = ZendeskConnection.objects.filter(organization=request.org).first()
    if connection is None:
        return True
    for reason in HandoffReason.values:
        name = f"assignee_{reason}"
        agent_id, rule = form.cleaned_data[name], rules.get(reason)
        if agent_id is None or (rule is not None and rule.assignee_id == agent_id):
            continue
        try:
            client = open_zendesk(connection, lane=Lane.VERIFY, subject="handoff settings", timeouts=IN_A_PAGE)
            if trouble := judge_agent(client, agent_id):
                form.add_error(name, trouble)
        except (ProviderError, Undecryptable):
            return True
    return not form.errors


def _save(request: PageRequest, form: HandoffForm) -> HttpResponse:
    said = form.cleaned_data
    with transaction.atomic():
        type(request.org).objects.select_for_update().get(pk=request.org.pk)
        wanted = reason_rules.find_settings(request.org.pk)
        before = _values(wanted, _find_rules(request)) if wanted.pk else {}
        wanted.route, wanted.has_hours = said["route"] or Route.DEFAULT, said["has_hours"]
        wanted.time_zone = said["time_zone"] or wanted.time_zone
        wanted.week, wanted.holidays, wanted.message = said["week"], said["holidays_read"], said["message"].strip()
        wanted.schedule_id = int(said["schedule"]) if said["schedule"] else None
        follows = wanted.has_hours and wanted.schedule_id is not None
        wanted.next_attempt_at = timezone.now() + dt.timedelta(seconds=EVERY) if follows else None
        wanted.changed_at, wanted.changed_by = timezone.now(), str(request.user)[:254]
        wanted.save(update_fields=SAVED if wanted.pk else None)
        for reason in HandoffReason.values:
            _save_rule(request, reason, said)
        after, url = _values(wanted, _find_rules(request)), reverse("handoff-settings")
        record(request.org, "handoff_settings.save", request=request, object_url=url, before=before, after=after)
    messages.success(request, _("Saved. It holds for the next handoff; those under way are decided already."))
    return redirect("handoff-settings")


def _save_rule(request: PageRequest, reason: str, said: dict[str, Any]) -> None:
    values = {
        "route": said[f"route_{reason}"] or Route.DEFAULT,
        "tags": said[f"tags_{reason}"],
        "assignee_id": said[f"assignee_{reason}"],
    }
    rows = ReasonRule.objects.filter(organization=request.org, reason=reason)
    if values == {"route": Route.DEFAULT, "tags": [], "assignee_id": None}:
        rows.delete()
    else:
        ReasonRule.objects.update_or_create(organization=request.org, reason=reason, defaults=values)


def _values(wanted: HandoffSettings, rules: dict[str, ReasonRule]) -> dict[str, Any]:
    own = {name: getattr(wanted, name) for name in SETTINGS}
    told = {reason: [rule.route, *rule.tags, rule.assignee_id] for reason, rule in sorted(rules.items())}
    return {**own, **told}


def _show(request: PageRequest, wanted: HandoffSettings, form: HandoffForm, status: int = 200) -> HttpResponse:
    hours, now = find_hours(wanted), timezone.now()
    has_messaging = find_active(request.org) is not None
    context = {
        "form": form,
        "wanted": wanted,
        "may_change": request.role.allows(Role.ADMIN),
        "verdict": _tell(wanted, hours),
        "hours": hours,
        "told": json.dumps(write_told(wanted, hours, _when_closed(hours, now)), indent=2, ensure_ascii=False)
        if hours
        else "",
        "picture": draw_week(hours, now) if hours else None,
        "followed": find_schedule(wanted, wanted.schedule_id) if wanted.schedule_id else None,
        "has_messaging": has_messaging,
        "is_connected": ZendeskConnection.objects.filter(organization=request.org).exists(),
    }
    return render(request, "ticketing/handoff_settings.html", context, status=status)


def _tell(wanted: HandoffSettings, hours: Hours | None) -> Verdict:
    """The sentence the page opens with."""
    if not wanted.has_hours:
        text = _("OpenCX is told of no hours. Each handoff goes where its channel and its reason say.")
        return Verdict("unknown", _("Handoffs go out around the clock"), text)
    if hours is None:
        text = _("The schedule that is followed cannot be read, so nothing is said about hours. Choose another one.")
        return Verdict("problem", _("The office hours are not known"), text)
    now = timezone.now()
    if hours.is_open(now):
        closes = hours.closes_at(now)
        text = _("Until %(when)s.") % {"when": _when(closes, hours)} if closes else _("Around the clock.")
        return Verdict("ok", _("People are there now"), text)
    opens = hours.opens_at(now)
    if opens is None:
        text = _("No hour of the coming year is an office hour. Every handoff is told as outside of hours.")
        return Verdict("warning", _("Nobody is ever there"), text)
    words = {"when": _when(opens, hours)}
    text = _("People are back %(when)s. Handoffs go out all the same, and OpenCX is told.") % words
    return Verdict("unknown", _("Nobody is there now"), text)


def _when_closed(hours: Hours, now: dt.datetime) -> dt.datetime:
    """Now, or the end of the present hours."""
    return hours.closes_at(now) or now


def _when(at: dt.datetime, hours: Hours) -> str:
    local = at.astimezone(hours.tz)
    return _("%(at)s, %(zone)s time") % {
        "at": date_format(local, "D j M, H:i"),
        "zone": hours.zone.rpartition("/")[2].replace("_", " "),
    }
