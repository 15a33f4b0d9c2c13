"""What each step of the first run shows and does, with the very functions that Settings uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import platform, verify
from integrations.credentials import keep_proof, watch_calls
from integrations.forms import EventsUrlForm, ZendeskForm
from integrations.models import SunshineConnection
from integrations.platform_events import send_test_event
from integrations.provisioning import plan, runs
from integrations.standing import messaging_standing, platform_standing
from integrations.tasks import advance_run
from integrations.views.objects_run import last_run
from integrations.views.objects_show import read_rows
from integrations.views.opencx import Shown as Secret
from integrations.views.ticketing import describe_form, try_credentials
from opencx_admin.orgs.access import PageRequest
from opencx_admin.orgs.components import Action
from opencx_admin.orgs.models import Role
from opencx_admin.orgs.times import moment_text
from ticketing import tasks
from ticketing.canary import runs as canary_runs
from ticketing.forms import CanaryScheduleForm
from ticketing.reading import canary as canary_reading
from ticketing.reading.reader import Reader
from ticketing.reading.set_up import CONSEQUENCES, FirstRun, step_url
from ticketing.set_up import StepName
from ticketing.views.canary import canary_context, save_schedule, start_canary


@dataclass(frozen=True)
class Shown:
    """A step as it is shown: its context, how often to look again, or the step to go on to."""

    context: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    seconds: int = 0
    version: str = ""
    goes_to: StepName | None = None


def show(request: PageRequest, first_run: FirstRun, step: StepName) -> Shown:
    """The step as it stands."""
    return SHOWS[step](request, first_run)


# -- connect and verify ------------------------------------------------------------------------------


def show_connect(request: PageRequest, first_run: FirstRun) -> Shown:
    form = ZendeskForm.shown(first_run.zendesk)
    return Shown(describe_form(request, first_run.zendesk, form))


def try_connect(request: PageRequest, first_run: FirstRun) -> Shown:
    """Verify, or Verify & Save, as Settings does it; when it is saved the next step shows the evidence."""
    tried = try_credentials(request, first_run.zendesk)
    if tried.saved is None:
        return Shown(describe_form(request, first_run.zendesk, tried.form, tried.report), tried.status)
    messages.success(request, _("Saved. %(account)s is connected.") % {"account": tried.saved.subdomain})
    return Shown(goes_to=StepName.VERIFY)


def show_verify(request: PageRequest, first_run: FirstRun) -> Shown:
    return show_connect(request, first_run)


def check_again(request: PageRequest, first_run: FirstRun) -> Shown | None:
    """Ask Zendesk the nine questions again, with the saved credentials."""
    connection = first_run.zendesk
    if connection is None:
        return Shown(goes_to=StepName.CONNECT)
    report = verify.verify(verify.Candidate.of(connection), watch_calls(request.org, connection.base_url))
    keep_proof(connection, report, request=request)
    connection.refresh_from_db()
    context = describe_form(request, connection, ZendeskForm.shown(connection), report)
    return Shown(context, 200 if report.passed else 422)


# -- events to the platform --------------------------------------------------------------------------


def show_opencx(
    request: PageRequest, first_run: FirstRun, form: EventsUrlForm | None = None, secret: str = "", status: int = 200
) -> Shown:
    connection = first_run.platform
    sunshine = SunshineConnection.objects.filter(organization=request.org).first()
    context = {
        "connection": connection,
        "form": form or EventsUrlForm(initial={"events_url": connection.events_url if connection else ""}),
        "shown": Secret("secret", secret) if secret else None,
        "standing": platform_standing(request.org, connection),
        "messaging": messaging_standing(sunshine),
        "has_messaging": sunshine is not None,
    }
    return Shown(context, status)


def save_url(request: PageRequest, first_run: FirstRun) -> Shown:
    """Keep the events URL; the secret that this makes is shown in this very answer, once."""
    form = EventsUrlForm(request.POST)
    if not form.is_valid():
        return show_opencx(request, first_run, form, status=422)
    text = platform.save_events_url(request.org, form.cleaned_data["events_url"], request=request)
    if not text:
        messages.success(request, _("Saved."))
        return Shown(goes_to=StepName.OPENCX)
    return show_opencx(request, FirstRun(request.org), secret=text)


def send_test(request: PageRequest, first_run: FirstRun) -> Shown:
    connection = first_run.platform
    if connection is None or not connection.events_url:
        return show_opencx(request, first_run, EventsUrlForm({"events_url": ""}), status=422)
    shown = show_opencx(request, first_run)
    return Shown(shown.context | {"tested": send_test_event(connection)})


# -- objects in Zendesk ------------------------------------------------------------------------------


def show_objects(request: PageRequest, first_run: FirstRun) -> Shown:
    """The plan with one button; while it is carried out, its steps."""
    if first_run.zendesk is None:
        return Shown()
    box = last_run(request.org)
    if box is not None and box.is_moving:
        return Shown({"box": box}, seconds=1, version=box.version)
    found = plan.build(request.org)
    rows = read_rows(request.org, found, request.role)
    work = sum(row.needs_work for row in rows)
    needs = "" if request.role.allows(Role.ADMIN) else Role.ADMIN.label
    label = ngettext("Set up %(n)s object", "Set up %(n)s objects", work) % {"n": work}
    url = f"{step_url(StepName.OBJECTS)}&seen={found.fingerprint}"
    context = {
        "box": box,
        "plan": found,
        "rows": rows,
        "work": work,
        "apply": Action(label, url, post=True, value="apply", kind="act", needs=needs) if work else None,
        "account": first_run.zendesk.subdomain,
    }
    return Shown(context)


def apply_plan(request: PageRequest, first_run: FirstRun) -> Shown | None:
    """Carry the plan out that the person looked at."""
    if first_run.zendesk is None:
        return Shown(goes_to=StepName.CONNECT)
    try:
        run, is_new = runs.start(request.org, "apply", request=request, seen=request.GET.get("seen", ""))
    except runs.PlanChanged as changed:
        messages.warning(request, str(changed))
        return None
    if is_new:
        advance_run.delay(run.pk)
    else:
        words = {"who": run.actor_label, "when": moment_text(run.created_at)}
        messages.info(request, _("%(who)s started this %(when)s. You see that one.") % words)
    return None


# -- the round trip ----------------------------------------------------------------------------------


def show_canary(request: PageRequest, first_run: FirstRun) -> Shown:
    if first_run.zendesk is None:
        return Shown()
    is_done = StepName.CANARY in first_run.done
    context = canary_context(request.org, request.role, url=step_url(StepName.CANARY), is_best=not is_done)
    run, schedule = context["run"], canary_reading.schedule_of(request.org)
    context |= {
        "who": Reader(request.role).emails(run.started_label) if run else "",
        "schedule": schedule,
        "offers_daily": is_done and schedule.every == schedule.Every.OFF,
        "schedule_form": CanaryScheduleForm(initial={"every": schedule.every}),
        "has_events_url": StepName.OPENCX in first_run.done,
    }
    return Shown(context, seconds=1 if context["is_moving"] else 0, version=canary_reading.version_of(run))


def start(request: PageRequest, first_run: FirstRun) -> None:
    start_canary(request)


def stop(request: PageRequest, first_run: FirstRun) -> None:
    run = canary_runs.find_moving(request.org)
    if run is not None and canary_runs.cancel(run, request=request):
        tasks.ring(tasks.advance_canary, run.pk)


def keep_schedule(request: PageRequest, first_run: FirstRun) -> Shown | None:
    return None if save_schedule(request) else show_canary(request, first_run)


# -- the end -----------------------------------------------------------------------------------------


def show_done(request: PageRequest, first_run: FirstRun) -> Shown:
    """What is proven, what was left out, and what comes next."""
    said = {
        StepName.CONNECT: first_run.zendesk.subdomain if first_run.zendesk else "",
        StepName.VERIFY: _verified(first_run),
        StepName.OPENCX: first_run.platform.events_url if first_run.platform else "",
        StepName.OBJECTS: _("in place, compared once an hour"),
        StepName.CANARY: canary_reading.judge(first_run.last_canary, None).title if first_run.last_canary else "",
    }
    rows = [
        {
            "label": step.label,
            "status": {"ok": "ok", "skipped": "skipped"}.get(first_run.state(step), "unproven"),
            "said": said[step] if step in first_run.done else CONSEQUENCES[step],
            "url": step_url(step),
            "is_done": step in first_run.done,
        }
        for step in first_run.steps
    ]
    context = {
        "rows": rows,
        "open": sum(not row["is_done"] for row in rows),
        "api_url": reverse("opencx"),
        "schedule": canary_reading.schedule_of(request.org),
    }
    return Shown(context)


def _verified(first_run: FirstRun) -> str:
    connection = first_run.zendesk
    if connection is None or connection.verified_at is None:
        return ""
    words = {"name": connection.user_name, "when": moment_text(connection.verified_at)}
    return _("as %(name)s, %(when)s") % words


SHOWS: dict[StepName, Callable[[PageRequest, FirstRun], Shown]] = {
    StepName.CONNECT: show_connect,
    StepName.VERIFY: show_verify,
    StepName.OPENCX: show_opencx,
    StepName.OBJECTS: show_objects,
    StepName.CANARY: show_canary,
    StepName.DONE: show_done,
}
ACTS: dict[tuple[StepName, str], Callable[[PageRequest, FirstRun], Shown | None]] = {
    (StepName.CONNECT, "verify"): try_connect,
    (StepName.CONNECT, "save"): try_connect,
    (StepName.VERIFY, "check"): check_again,
    (StepName.OPENCX, "save_url"): save_url,
    (StepName.OPENCX, "send_test"): send_test,
    (StepName.OBJECTS, "apply"): apply_plan,
    (StepName.CANARY, "start"): start,
    (StepName.CANARY, "stop"): stop,
    (StepName.CANARY, "schedule"): keep_schedule,
}
