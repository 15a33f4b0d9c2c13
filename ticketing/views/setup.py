"""The first run: connect, verify, events, objects in Zendesk, a proven round trip; left and resumed anywhere."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.models import Role
from ticketing.reading.set_up import CONSEQUENCES, FirstRun, step_url
from ticketing.set_up import StepName, skip_step, take_up_step
from ticketing.views import setup_steps
from ticketing.views.live import answer_live
from ticketing.views.setup_steps import Shown


@page(read=Role.VIEWER, write=Role.ADMIN)
@sensitive_post_parameters("api_token", "client_secret")
def setup(request: PageRequest) -> HttpResponse:
    """/setup/?step=; without a step, the first that is open.

    POST `action` is skip or take_up, or an act of the step: verify, save (connect), check (verify), save_url or
    send_test (opencx), apply (objects), start, stop or schedule (canary).
    """
    first_run = FirstRun(request.org)
    step = _read_step(request, first_run)
    if request.method != "POST":
        return _show(request, first_run, step, setup_steps.show(request, first_run, step))
    action = request.POST.get("action", "")
    if action in ("skip", "take_up") and step != StepName.DONE:
        return _leave_out(request, first_run, step, is_skipped=action == "skip")
    act: Callable[[PageRequest, FirstRun], Shown | None] | None = setup_steps.ACTS.get((step, action))
    if act is None:
        shown = setup_steps.show(request, first_run, step)
        return _show(request, first_run, step, shown, status=422)
    answer = act(request, first_run)
    if answer is None:
        return HttpResponseRedirect(step_url(step), status=303)
    if answer.goes_to is not None:
        return HttpResponseRedirect(step_url(answer.goes_to), status=303)
    return _show(request, first_run, step, answer)


def _read_step(request: PageRequest, first_run: FirstRun) -> StepName:
    wanted = request.GET.get("step") or request.POST.get("step", "")
    return StepName(wanted) if wanted in StepName.values else first_run.current


def _leave_out(request: PageRequest, first_run: FirstRun, step: StepName, *, is_skipped: bool) -> HttpResponse:
    if not is_skipped:
        take_up_step(request.org, step, request=request)
        return HttpResponseRedirect(step_url(step), status=303)
    skip_step(request.org, step, request=request)
    words = {"step": step.label, "consequence": CONSEQUENCES[step]}
    messages.info(request, _("%(step)s is left out for now. %(consequence)s") % words)
    return HttpResponseRedirect(step_url(first_run.next_step(step)), status=303)


def _show(request: PageRequest, first_run: FirstRun, step: StepName, shown: Shown, status: int = 200) -> HttpResponse:
    context = {
        "step": step,
        "steps": first_run.links(step),
        "state": first_run.state(step),
        "is_done": step in first_run.done,
        "here": step_url(step),
        "next_url": step_url(first_run.next_step(step)),
        "next_label": first_run.next_step(step).label,
        "is_last": first_run.next_step(step) == StepName.DONE,
        "consequence": CONSEQUENCES.get(step, ""),
        "may_change": request.role.allows(Role.ADMIN),
        "part": f"ticketing/_setup_{step.value}.html",
        **shown.context,
    }
    response = answer_live(request, "ticketing/setup.html", context, seconds=shown.seconds, version=shown.version)
    code = shown.status if status == 200 else status
    if code != 200:
        response.status_code = code
    return response
