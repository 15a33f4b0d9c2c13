"""Settings → Ticketing → Zendesk AI Fields: which ticket fields the AI fills, by which description, and how it does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import push_url

from integrations.models import ZendeskConnection
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.audit import record
from opencx_admin.orgs.models import Role
from ticketing.fields import readings, schema
from ticketing.fields.dry_run import DryRun, try_out
from ticketing.fields.forms import MappingForm
from ticketing.fields.lint import lint
from ticketing.fields.standing import find_standing, list_unsupported, read_standings, type_word, why_not
from ticketing.fields.tasks import read_fields
from ticketing.models import AIFieldMapping, FieldBackfill, FieldReading, TicketField
from ticketing.reading.ai_fields import say_empty, tell_verdict
from ticketing.reading.reader import Reader
from ticketing.tasks import ring

STALE = dt.timedelta(minutes=2)
Kind = FieldReading.Kind
LIST, EDITOR, LINT = "ticketing/ai_fields.html", "ticketing/ai_field.html", "ticketing/_ai_field_lint.html"


@page(read=Role.VIEWER, write=Role.ADMIN)
def ai_fields(request: PageRequest) -> HttpResponse:
    """/settings/ticketing/ai-fields/[?field=<Zendesk's id>]. POST one mapping: `field_id`, `description`, `enabled`
    with `action` = save, dry_run (writes nothing) or lint; `noted` or `turn_off` with `field_id`; or `refresh`.
    """
    if request.method != "POST":
        return _read(request)
    action = request.POST.get("action", "")
    if action == "refresh":
        return _refresh(request)
    if action in ("noted", "turn_off"):
        return _act_on(request, _note if action == "noted" else _turn_off)
    form = MappingForm(request.POST, organization=request.org)
    is_valid = form.is_valid()
    field: TicketField | None = form.cleaned_data.get("field_id")
    if field is not None and action == "lint":
        return _show_lint(request, field, str(form.cleaned_data.get("description", "")))
    if field is None:
        return _show_list(request, status=422, errors=[str(error) for error in form.errors.get("field_id", [])])
    if action == "dry_run" and "description" in form.cleaned_data:
        return _show_editor(request, field, form, dry_run=try_out(field, form.cleaned_data["description"]))
    if action != "save" or not is_valid:
        return _show_editor(request, field, form, status=422)
    return _save(request, field, form)


def _read(request: PageRequest) -> HttpResponse:
    wanted = request.GET.get("field", "")
    _keep_fresh(request)
    if not wanted:
        return _show_list(request)
    field = _find(request, wanted)
    if field is None:
        raise Http404(_("Zendesk has no ticket field with this id."))
    return _show_editor(request, field, MappingForm.shown(field, getattr(field, "mapping", None)))


def _find(request: PageRequest, wanted: str) -> TicketField | None:
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        return None
    rows = TicketField.objects.filter(organization=request.org, zendesk_id=int(wanted))
    return rows.select_related("organization", "mapping").first()


def _keep_fresh(request: PageRequest) -> None:
    """Fields that nobody has read for a while are read before they are shown."""
    reading = FieldReading.objects.filter(organization=request.org, kind=Kind.FIELDS).first()
    is_tried = (
        reading is not None and reading.last_error and (reading.next_attempt_at or timezone.now()) > timezone.now()
    )
    is_fresh = reading is not None and reading.read_at is not None and reading.read_at > timezone.now() - STALE
    if not is_fresh and not is_tried and ZendeskConnection.objects.filter(organization=request.org).exists():
        readings.refresh_fields(request.org)


def _refresh(request: PageRequest) -> HttpResponse:
    problem = readings.refresh_fields(request.org)
    if problem:
        messages.error(request, _("The fields could not be read; what is shown is older. %(why)s") % {"why": problem})
    else:
        messages.success(request, _("The fields were read from Zendesk just now."))
    return redirect("ai-fields")


def _act_on(request: PageRequest, act: Callable[[PageRequest, TicketField], str]) -> HttpResponse:
    """Do something with the field that the form names."""
    field = _find(request, request.POST.get("field_id", ""))
    if field is None:
        return _show_list(request, status=422)
    with transaction.atomic():
        messages.success(request, act(request, field))
    return redirect("ai-fields")


def _note(request: PageRequest, field: TicketField) -> str:
    """Somebody has seen what changed about a field."""
    closed = schema.close_changes(request.org, [field.pk], str(request.user))
    refused = AIFieldMapping.objects.filter(field=field, refused_at__isnull=False)
    if closed + refused.update(refused_at=None, refused_detail=""):
        record(request.org, "ai_field.note", request=request, object_label=field.title, object_url=_url(field))
    return _("Noted: “%(title)s” is no longer listed here.") % {"title": field.title}


def _turn_off(request: PageRequest, field: TicketField) -> str:
    """No ticket takes it any more, or nobody wants it: its description stays."""
    now, by = timezone.now(), str(request.user)[:254]
    rows = AIFieldMapping.objects.filter(field=field, is_enabled=True)
    if rows.update(is_enabled=False, changed_at=now, changed_by=by, refused_at=None, refused_detail=""):
        schema.close_changes(request.org, [field.pk], by)
        record(
            request.org,
            "ai_field.save",
            request=request,
            object_label=field.title,
            object_url=_url(field),
            before={"enabled": True},
            after={"enabled": False},
        )
    return _("“%(title)s” is off: it stays blank.") % {"title": field.title}


def _save(request: PageRequest, field: TicketField, form: MappingForm) -> HttpResponse:
    wanted = {"description": form.cleaned_data["description"], "enabled": form.cleaned_data["enabled"]}
    with transaction.atomic():
        type(request.org).objects.select_for_update(no_key=True).get(pk=request.org.pk)
        mapping = AIFieldMapping.objects.filter(field=field).first()
        before = {"description": mapping.description, "enabled": mapping.is_enabled} if mapping else {}
        mapping = mapping or AIFieldMapping(organization=request.org, field=field)
        mapping.description, mapping.is_enabled = wanted["description"], wanted["enabled"]
        mapping.changed_at, mapping.changed_by = timezone.now(), str(request.user)[:254]
        mapping.refused_at, mapping.refused_detail = None, ""
        mapping.save()
        schema.close_changes(request.org, [field.pk], str(request.user))
        record(
            request.org,
            "ai_field.save",
            request=request,
            object_label=field.title,
            object_url=_url(field),
            before=before,
            after=wanted,
        )
    _learn(request, field)
    words = {"title": field.title}
    if mapping.is_enabled:
        messages.success(request, _("“%(title)s” is on: the next handoff fills it.") % words)
    else:
        messages.success(request, _("“%(title)s” is off: it stays blank.") % words)
    if request.htmx:
        return push_url(_show_list(request), reverse("ai-fields"))
    return redirect("ai-fields")


def _learn(request: PageRequest, field: TicketField) -> None:
    """Watch the fields from now on, and read past tickets where they can teach something."""
    readings.watch(request.org, Kind.FIELDS)
    if field.is_learnable:
        reading = readings.watch(request.org, Kind.PAST_TICKETS)
        FieldReading.objects.filter(pk=reading.pk).update(next_attempt_at=timezone.now(), attempts=0)
        ring(read_fields, reading.pk)


def _url(field: TicketField) -> str:
    return f"{reverse('ai-fields')}?field={field.zendesk_id}"


def _show_lint(request: PageRequest, field: TicketField, description: str) -> HttpResponse:
    remarks = lint(field.spec(description))
    if not request.htmx:
        form = MappingForm(request.POST, organization=request.org)
        form.is_valid()
        return _show_editor(request, field, form)
    return render(request, LINT, {"remarks": remarks})


def _common(request: PageRequest) -> dict[str, Any]:
    fields = FieldReading.objects.filter(organization=request.org, kind=Kind.FIELDS).first()
    return {
        "may_change": request.role.allows(Role.ADMIN),
        "reading": fields,
        "connection": ZendeskConnection.objects.filter(organization=request.org).first(),
    }


def _show_list(request: PageRequest, status: int = 200, errors: list[str] | None = None) -> HttpResponse:
    rows = read_standings(request.org)
    changes = schema.open_changes(request.org)
    context = {
        **_common(request),
        "rows": rows,
        "usable": sum(row.field.is_usable for row in rows),
        "unsupported": list_unsupported(request.org),
        "changes": [(change, schema.say_change(change)) for change in changes],
        "refused": [row for row in rows if row.is_on and row.mapping and row.mapping.refused_at],
        "learning": FieldReading.objects.filter(organization=request.org, kind=Kind.PAST_TICKETS).first(),
        "learnable": any(row.field.is_learnable and row.mapping for row in rows),
        "backfill": FieldBackfill.objects.filter(organization=request.org).first(),
        "errors": errors or [],
        "verdict": tell_verdict(request.org, rows),
        "empty": say_empty(request.org),
    }
    template = f"{LIST}#panel" if request.htmx else LIST
    return render(request, template, context, status=status)


def _show_editor(
    request: PageRequest, field: TicketField, form: MappingForm, status: int = 200, dry_run: DryRun | None = None
) -> HttpResponse:
    description = form.cleaned_data.get("description", "") if form.is_bound else form.initial["description"]
    context = {
        **_common(request),
        "field": field,
        "type_word": type_word(field),
        "why_not": "" if field.is_usable else why_not(field),
        "form": form,
        "standing": find_standing(request.org, field),
        "remarks": lint(field.spec(str(description))),
        "dry_run": dry_run,
        "reader": Reader(request.role),
        "changes": [schema.say_change(c) for c in schema.open_changes(request.org) if c.field_id == field.pk]
        if field.is_usable
        else [],
    }
    template = f"{EDITOR}#panel" if request.htmx else EDITOR
    return render(request, template, context, status=status)
