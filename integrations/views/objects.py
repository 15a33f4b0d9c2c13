"""Settings → Integrations → Zendesk → Objects: what we keep in order in the account, and every act on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.budget import Lane
from integrations.models import ObjectKind, TestCall, ZendeskConnection
from integrations.provisioning import drift, plan, prove, runs
from integrations.tasks import advance_run
from integrations.views.hub import zendesk_tabs
from integrations.views.objects_ask import ask
from integrations.views.objects_run import RunBox, last_run
from integrations.views.objects_show import ObjectRow, judge, read_rows
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action, Empty, Verdict
from opencx_admin.orgs.models import Role
from opencx_admin.orgs.times import moment_text

TEMPLATE = "integrations/objects.html"
BY_HAND = "integrations/objects_by_hand.html"
STARTS = ("apply", "repair", "repair_all", "undo", "uninstall")
NOTHING_NEW, STOP_POLLING = 204, 286


@page(read=Role.VIEWER, write=Role.ADMIN)
def objects(request: PageRequest) -> HttpResponse:
    """/settings/integrations/zendesk/objects/.

    GET with `?ask=apply|undo|uninstall` asks before the act, with `?by_hand=1` shows the steps by hand.
    POST `action` is apply, check, repair or undo (with `kind`), repair_all, uninstall or test_call.
    """
    if request.method != "POST":
        return _ask(request) or _show(request)
    action = request.POST.get("action", "")
    if not ZendeskConnection.objects.filter(organization=request.org).exists():
        return _show(request, status=422)
    if action == "check":
        return _check(request)
    if action == "test_call":
        return _test_call(request)
    kinds = _kinds(request, action)
    if action not in STARTS or kinds == []:
        return _show(request, status=422)
    return _start(request, "repair" if action == "repair_all" else action, kinds)


def _kinds(request: PageRequest, action: str) -> list[ObjectKind] | None:
    """The objects an act is about; None for all of them, an empty list when nothing that exists is named."""
    if action not in ("repair", "undo"):
        return None
    kind = request.POST.get("kind") or request.GET.get("kind")
    return [ObjectKind(kind)] if kind in ObjectKind.values else []


def _start(request: PageRequest, action: str, kinds: list[ObjectKind] | None) -> HttpResponse:
    """Queue a run and ring; who comes second meets the run of the first."""
    seen = request.POST.get("seen") or request.GET.get("seen", "")
    try:
        run, is_new = runs.start(request.org, action, kinds, request=request, seen=seen)
    except runs.PlanChanged as changed:
        messages.warning(request, str(changed))
        return redirect("zendesk-objects")
    if is_new:
        advance_run.delay(run.pk)
    else:
        words = {"who": run.actor_label, "when": moment_text(run.created_at)}
        messages.info(
            request, _("%(who)s started something %(when)s that still runs. Nothing was added to it.") % words
        )
    return redirect("zendesk-objects")


def _check(request: PageRequest) -> HttpResponse:
    drift.check(request.org, lane=Lane.ASSIST)
    if request.POST.get("by_hand"):
        kind = request.POST.get("kind", "")
        anchor = f"#{kind}" if kind in ObjectKind.values else ""
        return redirect(f"{reverse('zendesk-objects')}?by_hand=1{anchor}")
    return redirect("zendesk-objects")


def _test_call(request: PageRequest) -> HttpResponse:
    call = prove.send_test_call(request.org, request=request)
    if call.is_proof:
        messages.success(request, _("The test call went from Zendesk through its webhook to us."))
    else:
        why = call.problem or _("Zendesk says it called, and nothing arrived here yet.")
        messages.error(request, _("Not proven: %(why)s") % {"why": why})
    return redirect("zendesk-objects")


def _ask(request: PageRequest) -> HttpResponse | None:
    """The page between a button and an act that deserves a second look."""
    question = request.GET.get("ask", "")
    if question not in ("apply", "undo", "uninstall") or not request.role.allows(Role.ADMIN):
        return None
    found = plan.build(request.org)
    rows = read_rows(request.org, found, request.role)
    confirm = ask(question, request.GET.get("kind", ""), rows, found.fingerprint)
    if confirm is None:
        return None
    context = {"confirm": confirm, "rows": rows if question == "apply" else (), "tabs": zendesk_tabs("zendesk-objects")}
    return render(request, "integrations/objects_ask.html", context)


def _show(request: PageRequest, status: int = 200) -> HttpResponse:
    connection = ZendeskConnection.objects.filter(organization=request.org).first()
    box = last_run(request.org)
    is_polling = bool(request.htmx) and request.htmx.target == "panel"
    if box and box.is_moving and is_polling and request.GET.get("seen") == box.version:
        return HttpResponse(status=NOTHING_NEW)
    context: dict[str, Any] = {
        "connection": connection,
        "tabs": zendesk_tabs("zendesk-objects"),
        "may_change": request.role.allows(Role.ADMIN),
        "box": box,
    }
    if connection is None:
        context["unconnected"] = _unconnected()
    elif not (box and box.is_moving):
        context |= _read(request)
        if is_polling:
            status = STOP_POLLING
            _tell_end(request, box, context["verdict"])
    template = BY_HAND if context.get("by_hand") else TEMPLATE
    return render(request, f"{template}#panel" if request.htmx else template, context, status=status)


def _tell_end(request: PageRequest, box: RunBox | None, verdict: Verdict) -> None:
    """Whoever followed the run hears how it ended, wherever they look."""
    if box and box.problem:
        messages.error(request, f"{box.title}. {box.problem}")
    elif box:
        messages.success(request, f"{box.title}. {verdict.title}.")


def _unconnected() -> Empty:
    text = _("Which objects are needed, and which are there already, is read from the account.")
    return Empty(
        "unset", _("No Zendesk account is connected"), text, Action(_("Connect Zendesk"), reverse("zendesk-ticketing"))
    )


def _read(request: PageRequest) -> dict[str, Any]:
    """What stands in Zendesk now, compared; the other pages then say the same."""
    began = timezone.now()
    found = plan.build(request.org)
    drift.note(request.org, found, began)
    rows = read_rows(request.org, found, request.role)
    proof = prove.last_proof(request.org)
    times = [row.stored.checked_at for row in rows if row.stored and row.stored.checked_at]
    return {
        "plan": found,
        "rows": rows,
        "verdict": judge(found, rows, proof),
        "actions": _actions(request, found, rows, proof),
        "proof": proof,
        "by_hand": bool(found.items) and (bool(request.GET.get("by_hand")) or not found.may_manage),
        "checked_at": max(times, default=None) if found.problem else timezone.now(),
        "has_ours": any(row.is_ours for row in rows),
    }


def _actions(request: PageRequest, found: plan.Plan, rows: Sequence[ObjectRow], proof: TestCall | None) -> list[Action]:
    """The best next act, then what else may be done."""
    here, needs = reverse("zendesk-objects"), "" if request.role.allows(Role.ADMIN) else Role.ADMIN.label
    compare = Action(_("Compare now"), here, post=True, value="check", icon="arrow-clockwise")
    if found.problem:
        other = Action(_("Choose another identity"), reverse("zendesk-ticketing"))
        return [Action(_("Ask again"), here)] if found.may_manage else [other]
    drifted, work = [row for row in rows if row.has_drifted], [row for row in rows if row.needs_work]
    if drifted:
        label = ngettext("Repair it", "Repair all %(n)s", len(drifted)) % {"n": len(drifted)}
        return [
            Action(label, here, post=True, value="repair_all", kind="act", needs=needs),
            *([] if needs else [compare]),
        ]
    if work:
        label = ngettext("Set up %(n)s object…", "Set up %(n)s objects…", len(work)) % {"n": len(work)}
        return [Action(label, f"{here}?ask=apply", kind="act", needs=needs), *([] if needs else [compare])]
    kind = "" if proof else "act"
    test = Action(_("Send a test call"), here, post=True, value="test_call", kind=kind, icon="send", needs=needs)
    return [test, *([] if needs else [compare])]
