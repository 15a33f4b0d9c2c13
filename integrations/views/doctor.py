"""The doctor: what is asked, what was answered, whose move it is, and the button that mends it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import tasks
from integrations.doctor import registry, runs, showing, telling
from integrations.doctor.registry import FAMILIES, SUBJECTS, Check, Context, Subject
from opencx_admin.orgs import audit
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action, Confirm
from opencx_admin.orgs.models import Role
from opencx_admin.orgs.times import moment_text

TEMPLATE = "integrations/doctor.html"
NOTHING_NEW, STOP_POLLING = 204, 286
LONGEST = 255


@page(read=Role.VIEWER, write=Role.LEAD)
def doctor(request: PageRequest) -> HttpResponse:
    """/doctor/, or of one subject with `?session=`, `?handoff=`, `?ticket=` or `?call=`; `?repair=<check>` asks first.

    POST `action` is run (with `part`, a family or a check; or `only`, the name of a subject) or repair (with
    `check`). Repairs may need a stronger role than lead.
    """
    subject, title = _read_subject(request)
    if request.method == "POST":
        action = request.POST.get("action", "")
        if action == "run":
            return _run(request, subject)
        if action == "repair":
            return _repair(request, subject)
        return _show(request, subject, title, status=422)
    if request.GET.get("report"):
        return _report(request, subject, title)
    check = registry.find(request.GET.get("repair", ""))
    if check is not None and check.repair is not None:
        return _ask(request, subject, check)
    return _show(request, subject, title)


@page()
def doctor_help(request: PageRequest) -> HttpResponse:
    """/doctor/help/: every check in words. It is made from the checks themselves."""
    checks = registry.list_checks()
    groups = [(family, [check for check in checks if check.family == family.id]) for family in FAMILIES]
    return render(request, "integrations/doctor_help.html", {"groups": [pair for pair in groups if pair[1]]})


def _read_subject(request: PageRequest) -> tuple[Subject, str]:
    """What the page is about, and its name; 404 for what is not there."""
    for kind in SUBJECTS:
        ref = request.GET.get(kind, "").strip()
        if ref:
            return _find_subject(request, Subject(kind, ref.lstrip("#") if kind == "ticket" else ref))
    return Subject(), ""


def _find_subject(request: PageRequest, subject: Subject) -> tuple[Subject, str]:
    is_readable = len(subject.ref) <= LONGEST and "\x00" not in subject.ref
    found = registry.describe(request.org, subject) if is_readable else None
    if found is None:
        raise Http404(_("Nothing here has that number."))
    return subject, found[0]


def _run(request: PageRequest, subject: Subject) -> HttpResponse:
    only = request.POST.get("only", "").replace("\x00", "").strip()[:LONGEST]
    if "only" in request.POST:
        found = _guess(request, only)
        if found is None:
            messages.error(
                request, _("No session, handoff, ticket or call here is called “%(text)s”.") % {"text": only}
            )
            return redirect(showing.url_of(subject))
        subject = found
    part = request.POST.get("part", "")
    if part and not registry.list_checks(subject, part):
        return redirect(showing.url_of(subject))
    run, is_new = runs.start(request.org, subject, part, request=request)
    if is_new:
        tasks.advance_doctor.delay(run.pk)
    else:
        words = {"who": run.actor_label or _("The schedule"), "when": moment_text(run.created_at)}
        messages.info(request, _("%(who)s started this %(when)s, and it still runs. You see that one.") % words)
    return redirect(showing.url_of(subject) + (f"#{part}" if part else ""))


def _guess(request: PageRequest, text: str) -> Subject | None:
    """The subject that a text names: a session, a handoff, a call as `call 12`, else a ticket's number."""
    kind, _space, number = text.partition(" ")
    guesses = [Subject("call", number.lstrip("#"))] if kind.lower() == "call" else []
    guesses += [Subject("session", text), Subject("handoff", text), Subject("ticket", text.lstrip("#"))]
    return next((one for one in guesses if registry.describe(request.org, one)), None)


def _ask(request: PageRequest, subject: Subject, check: Check) -> HttpResponse:
    """The page between the button and the act: exactly what would change."""
    repair = check.repair
    assert repair is not None  # noqa: S101 - the caller looked
    context = Context(request.org, subject)
    preview = repair.preview(context)
    back = f"{showing.url_of(subject)}#{check.id.replace('.', '-')}"
    confirm = Confirm(
        title=preview.title,
        parts=preview.parts,
        action=Action(preview.button or str(repair.label), showing.url_of(subject), value="repair"),
        back_url=back,
        note=_("The check is asked again afterwards."),
        hidden={"check": check.id, "seen": preview.seen},
    )
    shown = {
        "check": check,
        "preview": preview,
        "confirm": confirm,
        "back": back,
        "undo": repair.undo(context),
        "needs": "" if request.role.allows(repair.role) else repair.role.label,
    }
    return render(request, "integrations/doctor_repair.html", shown)


def _repair(request: PageRequest, subject: Subject) -> HttpResponse:
    check = registry.find(request.POST.get("check", ""))
    if check is None or check.repair is None:
        return redirect(showing.url_of(subject))
    if not request.role.allows(check.repair.role):
        raise PermissionDenied(_("This needs the role %(role)s.") % {"role": check.repair.role.label})
    context = Context(request.org, subject)
    preview = check.repair.preview(context)
    done = check.repair.apply(context, request, request.POST.get("seen", ""))
    audit.record(
        request.org,
        "doctor.repair",
        request=request,
        object_label=str(check.question),
        object_url=showing.url_of(subject),
        before={"lines": [line.text for line in preview.lines if line.sign == "-"]} if preview.lines else {},
        after={"result": done.text, "lines": [line.text for line in preview.lines if line.sign == "+"]},
    )
    messages.add_message(request, messages.SUCCESS if done.ok else messages.ERROR, done.text)
    if done.ok:
        runs.start(request.org, subject, check.id, request=request, is_after_repair=True)
        tasks.ring_due()
    return redirect(f"{showing.url_of(subject)}#{check.id.replace('.', '-')}")


def _report(request: PageRequest, subject: Subject, title: str) -> HttpResponse:
    chart = showing.read_chart(request.org, subject, request.role)
    head = f"{request.org.name}{f', {title}' if title else ''} · {timezone.localtime():%Y-%m-%d %H:%M %Z}"
    response = HttpResponse(telling.write_report(chart, head), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="doctor.txt"'
    return response


def _show(request: PageRequest, subject: Subject, title: str, status: int = 200) -> HttpResponse:
    chart = showing.read_chart(request.org, subject, request.role)
    is_polling = bool(request.htmx) and request.htmx.target == "live-part"
    if is_polling and chart.is_moving and request.GET.get("seen") == chart.version:
        return HttpResponse(status=NOTHING_NEW)
    needs = "" if request.role.allows(Role.LEAD) else Role.LEAD.label
    found = registry.describe(request.org, subject) if subject else None
    context: dict[str, Any] = {
        "chart": chart,
        "subject": subject,
        "subject_title": title,
        "subject_url": found[1] if found else "",
        "verdict": telling.judge(chart, subject, title),
        "next_text": "" if subject else telling.next_text(chart),
        "here": showing.url_of(subject),
        "report_url": showing.url_of(subject, report="1") if chart.last else "",
        "poll_url": showing.url_of(subject, seen=chart.version),
        "may_run": not needs,
        "needs": needs,
    }
    if is_polling:
        return render(request, f"{TEMPLATE}#live", context, status=200 if chart.is_moving else STOP_POLLING)
    return render(request, TEMPLATE, context, status=status)
