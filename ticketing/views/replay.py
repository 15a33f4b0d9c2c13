"""Replay: what doing rows again would do, asked first; then the job, watched, and stopped when somebody wants."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action, Confirm, Mark
from opencx_admin.orgs.models import Role
from opencx_admin.orgs.templatetags.look import count
from ticketing.models import ReplayItem, ReplayJob
from ticketing.reading.reader import Reader
from ticketing.replay import jobs
from ticketing.replay.choosing import choose
from ticketing.replay.judging import WHYS
from ticketing.replay.planning import SHOWN, Plan, Step, make_plan, say_counts, say_effect
from ticketing.views.live import answer_live

State = ReplayItem.State
PAST = 10


@page(read=Role.LEAD, write=Role.LEAD)
def replay(request: PageRequest) -> HttpResponse:
    """/replay/?problem=<id> or kind=handoff|call with pk=… or all=1 and the list's filters; include=<reason> …

    POST `action=start` with `expected`, the number that was read, begins the job.
    """
    choice = choose(request.org, request.GET)
    plan = make_plan(request.org, choice, request.GET.getlist("include")) if choice else None
    if request.method != "POST":
        return _show(request, plan)
    if plan is None or not plan.doing or request.POST.get("action") != "start":
        return _show(request, plan, status=422)
    if str(len(plan.doing)) != request.POST.get("expected"):
        messages.error(request, _("It changed meanwhile, so nothing was begun. This is what it would do now."))
        return _show(request, plan, status=409)
    job = jobs.start(request, plan)
    return HttpResponseRedirect(job.get_absolute_url(), status=303)


def _show(request: PageRequest, plan: Plan | None, status: int = 200) -> HttpResponse:
    reader = Reader(request.role)
    past = ReplayJob.objects.filter(organization=request.org)[:PAST]
    context: dict[str, Any] = {
        "plan": plan,
        "past": [(job, mark_of(job), reader.emails(job.actor_label)) for job in past],
    }
    if plan is not None:
        shown = sorted(plan.steps, key=lambda step: bool(step.why))[:SHOWN]
        context |= {
            "question": _question(request, plan) if plan.doing else None,
            "overrulable": [_choice(request.GET, plan, why, n) for why, n in plan.overrulable.items()],
            "rows": [(_mark(step, plan), say_effect(step, reader), _words(step)) for step in shown],
            "left": [(n, WHYS[why].words) for why, n in plan.left_out.items()],
        }
    return render(request, "ticketing/replay.html", context, status=status)


def _question(request: PageRequest, plan: Plan) -> Confirm:
    number = len(plan.doing)
    parts: list[tuple[int | str, Any]] = [
        ("", _("They go in the order in which they were asked for, a few at a time.")),
        ("", _("What was delivered, written or made already is looked up first: nothing happens twice.")),
    ]
    for why, n in plan.left_out.items():
        parts.append((n, _("left out: %(why)s") % {"why": WHYS[why].words}))
    if plan.beyond:
        parts.append((count(plan.beyond), _("more match and wait for another go")))
    return Confirm(
        title=_("Replay %(what)s?") % {"what": say_counts(plan.doing)},
        parts=parts,
        action=Action(_("Replay %(n)s") % {"n": count(number)}, request.get_full_path(), value="start"),
        back_url=plan.choice.back_url,
        note=_("It can be stopped between any two rows. What went out is not taken back."),
        hidden={"expected": str(number)},
    )


def _choice(query: QueryDict, plan: Plan, why: str, number: int) -> dict[str, Any]:
    """A reason for caution, and the same plan with or without these rows."""
    kept, is_in = query.copy(), why in plan.included
    kept.setlist("include", sorted(plan.included - {why} if is_in else plan.included | {why}))
    return {"words": WHYS[why].words, "number": number, "is_in": is_in, "url": f"?{kept.urlencode()}"}


def _mark(step: Step, plan: Plan) -> Mark:
    if not step.why:
        return Mark("ok", _("Safe"))
    return Mark("warning", _("Included")) if step.why in plan.included else Mark("skipped", _("Left out"))


def _words(step: Step) -> Any:
    return WHYS[step.why].words if step.why else ""


def mark_of(job: ReplayJob) -> Mark:
    """A job's state in the words of the look."""
    return Mark("ok", _("Done")) if job.status == ReplayJob.Status.DONE else Mark(job.status)


def _end_mark(job: ReplayJob, outcomes: dict[str, int]) -> Mark:
    """The same with what became of the rows: done is not well while some failed again."""
    failed = sum(outcomes.get(status, 0) for status in ("failed", "no_match", "retrying"))
    if job.status == ReplayJob.Status.DONE and failed:
        return Mark("warning", _("Done, %(n)s not mended") % {"n": count(failed)})
    return mark_of(job)


@page(read=Role.VIEWER, write=Role.LEAD)
def replay_job(request: PageRequest, pk: int) -> HttpResponse:
    """/replay/<id>/: how far it is and what became of its rows. POST `action=cancel` stops it."""
    rows = ReplayJob.objects.filter(organization=request.org).select_related("organization", "problem")
    job = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        if request.POST.get("action") != "cancel":
            return render(request, "ticketing/replay_job.html", _job_context(request, job), status=422)
        if jobs.cancel(request, job):
            messages.success(request, _("Stopped. What was replayed stays replayed."))
        else:
            messages.info(request, _("It had ended already."))
        return HttpResponseRedirect(job.get_absolute_url(), status=303)
    context = _job_context(request, job)
    moving = job.is_moving or context["is_settling"]
    version = f"{job.status}-{context['done']}-{context['outcomes']}"
    return answer_live(request, "ticketing/replay_job.html", context, seconds=2 if moving else 0, version=version)


def _job_context(request: PageRequest, job: ReplayJob) -> dict[str, Any]:
    states, outcomes = jobs.count_states(job), jobs.count_outcomes(job)
    words = {
        State.REPLAYED: ("ok", _("%(n)s queued again")),
        State.NOT_NEEDED: ("duplicate", _("%(n)s no longer needed")),
        State.LEFT_OUT: ("skipped", _("%(n)s left out")),
    }
    stop = Action(_("Stop after this one"), job.get_absolute_url(), post=True, value="cancel")
    may_act = request.role.allows(Role.LEAD)
    return {
        "job": job,
        "mark": _end_mark(job, outcomes),
        "done": sum(n for state, n in states.items() if state != State.WAITING),
        "marks": [Mark(value, word % {"n": count(states[state])}) for state, (value, word) in words.items()
                  if states.get(state)],
        "stop": (stop if may_act else None) if job.is_moving else None,
        "outcomes": [(Mark(status), number) for status, number in sorted(outcomes.items())],
        "is_settling": any(outcomes.get(status) for status in ("queued", "working", "waiting")),
        "left": [(number, WHYS[why].words) for why, number in job.left_out.items() if why in WHYS],
        "overruled": [WHYS[why].words for why in job.included if why in WHYS],
        "who": Reader(request.role).emails(job.actor_label),
        "back_url": job.problem.get_absolute_url() if job.problem else reverse("problems"),
    }  # fmt: skip
