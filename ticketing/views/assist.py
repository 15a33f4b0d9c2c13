"""Settings → Assist, the ledger of every ticket that it considered, and one of them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import ZendeskConnection
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.audit import record
from opencx_admin.orgs.filters import Filters
from opencx_admin.orgs.keyset import read_page
from opencx_admin.orgs.models import Role
from ticketing.assist import cases
from ticketing.assist.forms import AssistForm
from ticketing.assist.note import split_blocks
from ticketing.assist.tasks import advance_assist
from ticketing.assist.trying import Trial, draft_on_screen
from ticketing.models import AssistCase
from ticketing.reading import assist as reading
from ticketing.reading.reader import Reader
from ticketing.reading.timeline_items import pretty
from ticketing.tasks import ring


@page(read=Role.VIEWER, write=Role.ADMIN)
def assist(request: PageRequest) -> HttpResponse:
    """/settings/assist/. POST `enabled`, `only_sourced`, `statuses`, `no_assist_topics` with `action` = save."""
    if request.method != "POST":
        return _show_settings(request, AssistForm.shown(cases.find_settings(request.org)))
    form = AssistForm(request.POST)
    if request.POST.get("action") != "save" or not form.is_valid():
        return _show_settings(request, form, status=422)
    return _save(request, form)


def _save(request: PageRequest, form: AssistForm) -> HttpResponse:
    with transaction.atomic():
        type(request.org).objects.select_for_update().get(pk=request.org.pk)
        wanted = cases.find_settings(request.org)
        before = AssistForm.values_of(wanted) if wanted.pk else {}
        wanted.is_enabled, wanted.only_sourced = form.cleaned_data["enabled"], form.cleaned_data["only_sourced"]
        wanted.statuses = form.cleaned_data["statuses"]
        wanted.no_assist_topics = form.cleaned_data["no_assist_topics"]
        wanted.changed_at, wanted.changed_by = timezone.now(), str(request.user)[:254]
        wanted.save()
        after = AssistForm.values_of(wanted)
        url = reverse("assist")
        record(request.org, "assist.save", request=request, object_url=url, before=before, after=after)
    if wanted.is_enabled:
        messages.success(request, _("Assist is on: the next ticket opened in Zendesk is considered."))
    else:
        messages.success(request, _("Assist is off: tickets opened in Zendesk get no draft."))
    if request.htmx:
        return _show_settings(request, AssistForm.shown(wanted))
    return redirect("assist")


def _show_settings(request: PageRequest, form: AssistForm, status: int = 200) -> HttpResponse:
    wanted = cases.find_settings(request.org)
    checks = reading.list_checks(request.org, wanted)
    context = {
        "form": form,
        "wanted": wanted,
        "may_change": request.role.allows(Role.ADMIN),
        "tabs": reading.tabs_of("assist"),
        "checks": checks,
        "verdict": reading.tell_verdict(request.org, wanted, checks),
        "week": reading.count_week(request.org),
    }
    template = "ticketing/assist.html#panel" if request.htmx else "ticketing/assist.html"
    return render(request, template, context, status=status)


@page()
def assist_ledger(request: PageRequest) -> HttpResponse:
    """/assist/?status=&reason=&ticket=&before=: every ticket considered, newest first."""
    filters = Filters.read(reverse("assist-ledger"), reading.FACETS, request.GET)
    rows = reading.filtered(request.org, filters)
    shown = read_page(rows, request.GET)
    wanted, reader = cases.find_settings(request.org), Reader(request.role)
    connection = _find_connection(request)
    context = {
        "tabs": reading.tabs_of("assist-ledger"),
        "chips": filters.chips(),
        "adds": filters.adds(),
        "week": reading.count_week(request.org),
        "page": shown,
        "rows": [{"case": row, **_tell(connection, row, reader)} for row in shown.rows],
        "total": rows.aggregate(n=Count("pk"))["n"],
        "empty": None if shown.rows else reading.say_empty(request.org, wanted, filters, request.role),
    }
    return render(request, "ticketing/assist_ledger.html", context)


@page(read=Role.VIEWER, write=Role.LEAD)
def assist_case(request: PageRequest, case_id: uuid.UUID) -> HttpResponse:
    """/assist/<id>/. POST `action` = draft (on screen, nothing is written) or retry."""
    case = get_object_or_404(AssistCase.objects.select_related("organization"), organization=request.org, uid=case_id)
    action = request.POST.get("action", "") if request.method == "POST" else ""
    if action == "retry":
        return _retry(request, case)
    if action == "draft":
        return _show_case(request, case, draft_on_screen(case))
    return _show_case(request, case, status=422 if request.method == "POST" else 200)


def _retry(request: PageRequest, case: AssistCase) -> HttpResponse:
    with transaction.atomic():
        is_queued = cases.retry(case)
        if is_queued:
            record(
                request.org,
                "assist.retry",
                request=request,
                object_label=f"#{case.ticket_id}",
                object_url=case.get_absolute_url(),
                before={"status": case.status, "reason": case.reason},
                after={"status": AssistCase.Status.QUEUED},
            )
            transaction.on_commit(lambda: ring(advance_assist, case.pk))
    if is_queued:
        messages.success(request, _("Queued. The ticket is considered now."))
    else:
        messages.error(request, _("Nothing changed: there is nothing to try again."))
    return redirect(case.get_absolute_url())


def _show_case(request: PageRequest, case: AssistCase, trial: Trial | None = None, status: int = 200) -> HttpResponse:
    reader = Reader(request.role)
    context = {
        "case": case,
        **_tell(_find_connection(request), case, reader),
        "blocks": [reader.emails(block) for block in split_blocks(case.draft)],
        "sent": pretty(json.dumps(_sent(case))) if case.body and reader.sees_contacts else "",
        "may_act": request.role.allows(Role.LEAD),
        "may_retry": case.status in (AssistCase.Status.FAILED, AssistCase.Status.RETRYING),
        "trial": trial,
        "trial_rules": reading.list_rules(trial.kept_back) if trial else [],
    }
    template = "ticketing/assist_case.html#panel" if request.htmx else "ticketing/assist_case.html"
    return render(request, template, context, status=status)


def _find_connection(request: PageRequest) -> ZendeskConnection | None:
    return ZendeskConnection.objects.filter(organization=request.org).first()


def _sent(case: AssistCase) -> dict[str, Any]:
    """The write as Zendesk got it."""
    return {"tags": case.body["tags"]} if "tags" in case.body else {"ticket": case.body}


def _tell(connection: ZendeskConnection | None, case: AssistCase, reader: Reader) -> dict[str, Any]:
    """A case as a row of the ledger and the head of its page."""
    return {
        "mark": reading.mark_of(case),
        "subject": reader.emails(case.subject),
        "detail": reader.emails(case.detail),
        "share": round(100 * case.confidence),
        "ticket_url": connection.ticket_url(case.ticket_id) if connection else "",
    }
