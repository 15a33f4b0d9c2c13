"""Filling the blanks of existing tickets: asked first, then watched, and stopped when somebody wants."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import ZendeskConnection
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.audit import record
from opencx_admin.orgs.components import Action, Confirm, Mark
from opencx_admin.orgs.models import Role
from opencx_admin.orgs.templatetags.look import count
from ticketing.fields import backfill
from ticketing.fields.tasks import fill_blanks
from ticketing.models import FieldBackfill
from ticketing.tasks import ring
from ticketing.views.live import answer_live

TEMPLATE = "ticketing/field_backfill.html"
SHOWN = 10


@page(read=Role.VIEWER, write=Role.ADMIN)
def field_backfill(request: PageRequest) -> HttpResponse:
    """/settings/ticketing/ai-fields/backfill/: POST `action` = start or cancel."""
    if request.method != "POST":
        return _show(request)
    action = request.POST.get("action", "")
    if action == "start" and _question(request) is not None:
        return _start(request)
    if action == "cancel":
        return _cancel(request)
    return _show(request, status=422)


def _start(request: PageRequest) -> HttpResponse:
    with transaction.atomic():
        row, is_new = backfill.start(request.org, str(request.user)[:254])
        if is_new:
            titles = sorted(str(field) for field in row.fields.all())
            record(
                request.org, "ai_fields.backfill", request=request, object_url=request.path,
                after={"fields": titles, "tickets": row.total},
            )  # fmt: skip
            transaction.on_commit(partial(ring, fill_blanks, row.pk))
    if not is_new:
        messages.info(request, _("Blanks are being filled already."))
    return redirect("ai-fields-backfill")


def _cancel(request: PageRequest) -> HttpResponse:
    row = FieldBackfill.objects.filter(organization=request.org, status__in=backfill.RUNNING).first()
    with transaction.atomic():
        is_stopped = row is not None and backfill.cancel(row)
        if is_stopped and row is not None:
            after = {"done": row.done, "total": row.total}
            record(request.org, "ai_fields.backfill_cancel", request=request, object_url=request.path, after=after)
    if is_stopped:
        messages.success(request, _("Stopped. What was filled stays filled."))
    else:
        messages.info(request, _("It had ended already."))
    return redirect("ai-fields-backfill")


def _question(request: PageRequest) -> Confirm | None:
    """What starting would do; None while there is nothing to do or it runs."""
    fields = [mapping.field.title for mapping in backfill.list_fillable(request.org)]
    total = backfill.list_links(request.org).count()
    running = FieldBackfill.objects.filter(organization=request.org, status__in=backfill.RUNNING)
    if not fields or not total or running.exists() or not _is_connected(request):
        return None
    return Confirm(
        title=ngettext("Fill the blanks of %(n)s ticket?", "Fill the blanks of %(n)s tickets?", total)
        % {"n": count(total)},
        parts=[
            (len(fields), ngettext("AI field is on: %(titles)s", "AI fields are on: %(titles)s", len(fields))
             % {"titles": ", ".join(fields)}),
            ("", _("Each ticket is read first; only what is blank then is written, in one update a ticket.")),
            ("", _("Solved and closed tickets are left as they are. What an agent emptied stays empty.")),
            ("", _("Handoffs and replies go first: this waits while the account is busy.")),
        ],
        action=Action(
            ngettext("Fill the blanks of %(n)s ticket", "Fill the blanks of %(n)s tickets", total)
            % {"n": count(total)}, request.path, value="start",
        ),
        back_url=reverse("ai-fields"),
        note=_("It can be stopped at any time. Values that were written are not taken back."),
    )  # fmt: skip


def _is_connected(request: PageRequest) -> bool:
    return ZendeskConnection.objects.filter(organization=request.org).exists()


def list_marks(row: FieldBackfill) -> list[Mark]:
    """What became of the tickets so far."""
    found = [
        (row.filled, "ok", _("%(n)s filled")),
        (row.not_sure, "skipped", _("%(n)s stayed blank: not sure")),
        (row.not_blank, "duplicate", _("%(n)s had no blank")),
        (row.ended, "ignored", _("%(n)s solved or closed")),
        (row.refused, "failed", _("%(n)s refused or gone")),
    ]
    return [Mark(look, words % {"n": count(number)}) for number, look, words in found if number]


def _show(request: PageRequest, status: int = 200) -> HttpResponse:
    rows = list(FieldBackfill.objects.filter(organization=request.org).prefetch_related("fields")[:SHOWN])
    running = next((row for row in rows if row.is_running), None)
    may_change = request.role.allows(Role.ADMIN)
    stop = Action(_("Stop after this ticket"), request.path, post=True, value="cancel", icon="stop-circle")
    context: dict[str, Any] = {
        "running": running,
        "marks": list_marks(running) if running else [],
        "stop": stop if may_change else Action(stop.label, needs=Role.ADMIN.label, icon=stop.icon),
        "question": _question(request) if may_change else None,
        "may_change": may_change,
        "rows": [(row, list_marks(row)) for row in rows if not row.is_running],
        "is_connected": _is_connected(request),
        "has_fields": bool(backfill.list_fillable(request.org)),
        "has_tickets": backfill.list_links(request.org).exists(),
    }
    version = f"{running.done}:{running.status}" if running else f"{len(rows)}"
    response = answer_live(request, TEMPLATE, context, seconds=2 if running else 0, version=version)
    if status != 200:
        response.status_code = status
    return response
