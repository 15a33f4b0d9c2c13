"""The round trip: its hops live, the last tests, and the schedule."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.models import ZendeskConnection
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action
from opencx_admin.orgs.models import Organization, Role
from opencx_admin.orgs.times import moment_text
from ticketing import tasks
from ticketing.canary import runs
from ticketing.forms import CanaryScheduleForm
from ticketing.models import CanaryRun
from ticketing.reading import canary as reading
from ticketing.reading.reader import Reader
from ticketing.views.live import answer_live


@page(read=Role.VIEWER, write=Role.ADMIN)
def canary(request: PageRequest) -> HttpResponse:
    """/canary/. POST `action` is start, stop or schedule (with `every`)."""
    if request.method != "POST":
        return _show(request)
    action = request.POST.get("action", "")
    if action == "start":
        start_canary(request)
    elif action == "stop":
        _stop(request)
    elif action != "schedule" or not save_schedule(request):
        response = _show(request)
        response.status_code = 422
        return response
    return _show(request) if request.htmx else HttpResponseRedirect(reverse("canary"), status=303)


def start_canary(request: PageRequest) -> CanaryRun | None:
    """Begin a round trip for this person and say what came of it; None while Zendesk is not connected."""
    if not ZendeskConnection.objects.filter(organization=request.org).exists():
        messages.error(request, _("Nothing was started: no Zendesk account is connected."))
        return None
    run, is_new = runs.start(request.org, request=request)
    if is_new:
        tasks.ring(tasks.advance_canary, run.pk)
    else:
        words = {"who": run.started_label or _("The schedule"), "when": moment_text(run.created_at)}
        messages.info(request, _("%(who)s started a test %(when)s that still runs. You see that one.") % words)
    return run


def _stop(request: PageRequest) -> None:
    run = runs.find_moving(request.org)
    if run is not None and runs.cancel(run, request=request):
        tasks.ring(tasks.advance_canary, run.pk)
        messages.success(request, _("Stopped. The test ticket is being removed."))
    else:
        messages.error(request, _("Nothing was stopped: the test is over or cleans up already."))


def save_schedule(request: PageRequest) -> bool:
    """Keep the chosen schedule; False when the choice is none of ours."""
    form = CanaryScheduleForm(request.POST)
    if not form.is_valid():
        return False
    schedule = runs.set_schedule(request.org, form.cleaned_data["every"], request=request)
    if schedule.next_attempt_at is not None:
        messages.success(
            request, _("Saved. The next test runs %(when)s.") % {"when": moment_text(schedule.next_attempt_at)}
        )
    else:
        messages.success(request, _("Saved. Tests run only when somebody asks for one."))
    return True


def canary_context(org: Organization, role: Role, *, url: str, is_best: bool = True) -> dict[str, Any]:
    """The run that is shown, its hops and the button; also for the first run's page. `url` takes the POST."""
    run = reading.current_run(org)
    hops = reading.read_hops(run) if run else []
    done, total = reading.sum_up(hops)
    is_moving = run is not None and run.is_moving
    needs = "" if role.allows(Role.ADMIN) else Role.ADMIN.label
    label = _("Test it again") if run else _("Test the round trip")
    start = Action(label, url, post=True, value="start", kind="act" if is_best else "", needs=needs)
    stop = Action(_("Stop"), url, post=True, value="stop", needs=needs) if run and run.stage != "clean" else None
    return {
        "run": run,
        "hops": hops,
        "hops_done": done,
        "hops_total": total,
        "is_moving": is_moving,
        "verdict": reading.judge(run, stop if is_moving else start),
        "run_mark": reading.mark_of(run) if run else None,
    }


def _show(request: PageRequest) -> HttpResponse:
    context = canary_context(request.org, request.role, url=reverse("canary"))
    schedule, reader = reading.schedule_of(request.org), Reader(request.role)
    run = context["run"]
    context |= {
        "past": reading.list_past(request.org, reader),
        "who": reader.emails(run.started_label) if run else "",
        "schedule": schedule,
        "schedule_form": CanaryScheduleForm(initial={"every": schedule.every}),
        "may_change": request.role.allows(Role.ADMIN),
    }
    return answer_live(
        request,
        "ticketing/canary.html",
        context,
        seconds=1 if context["is_moving"] else 0,
        version=reading.version_of(run),
    )
