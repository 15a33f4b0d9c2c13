"""Making one object what it should be: look, compare with what was shown, note, send, store what came back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import ObjectKind, ProvisionedObject
from integrations.provisioning import writing
from integrations.provisioning.items import ADOPT, CREATE, PATCH, SECRET_FIELD, PlanItem
from integrations.provisioning.job import Job, Stop, check_unchanged
from integrations.provisioning.leaving import account_of
from integrations.provisioning.reading import TRIGGERS, sunshine_of
from integrations.provisioning.secret import fetch_secret, forget_secret
from integrations.provisioning.steps import WORKING, Step
from integrations.provisioning.wanted import MADE_WITH, WEBHOOK_NAME, webhooks_named


def make(job: Job, step: Step) -> str:
    """Create, adopt or patch the object of a step; returns what to say of it."""
    kind, was_begun = ObjectKind(step.kind), step.status == WORKING
    item = job.look(kind)
    if kind in TRIGGERS and "" in webhooks_named(item.wanted["actions"]):
        raise Stop(_("The webhook that it should call is not there: set it up first."))
    fields = writing.differing(kind, item.wanted, item.differences)
    check_unchanged(step, item, was_begun, is_met=item.current is not None and not fields)
    if _is_adopted_now(step, item):
        step.former = job.addresses.hide(item.current)
    said = _write(job, step, item, fields)
    if was_begun and item.current is not None and not fields:
        said = _("Done before the interruption.")
    is_change = item.current is None or bool(fields) or was_begun or step.action == ADOPT
    _keep(job, step, item, is_change=is_change and not step.is_kept)
    if kind == ObjectKind.WEBHOOK and (was_begun or step.action == ADOPT or _lacks_secret(item)):
        said = fetch_secret(job.organization, job.rules, step.external_id, who=job.run.actor_label) or said
    return said


def tell_url(job: Job, step: Step) -> str:
    """After a rotation: the webhook's endpoint alone, whatever else differs."""
    item = job.look(ObjectKind.WEBHOOK)
    if item.current is None or item.external_id != step.external_id:
        raise Stop(_("The webhook was deleted in Zendesk: set it up again."))
    fields, said = {"endpoint": item.wanted["endpoint"]}, _("Zendesk calls the present URL.")
    is_other = any(one.field == "endpoint" for one in item.differences)
    if is_other:
        job.begin(step, {"endpoint": item.current.get("endpoint")}, fields)
        writing.patch_object(job.rules, ObjectKind.WEBHOOK, item.external_id, fields)
        said = _("Zendesk was told the new URL.")
    row = ProvisionedObject.objects.get(organization=job.organization, kind=item.kind)
    with transaction.atomic():
        row.written = {**row.written, **job.addresses.hide(fields)}
        row.drift = [one for one in row.drift if one.get("field") != "endpoint"]
        row.drift_found_at = row.drift_found_at if row.drift else None
        row.save(update_fields=["written", "drift", "drift_found_at"])
        if step.after is not None:
            job.record(PATCH, step)
        job.save()
    return said


def _is_adopted_now(step: Step, item: PlanItem) -> bool:
    """True when its state before us has still to be noted. Sunshine's of our own name we once registered."""
    if item.current is None or item.is_ours or step.former is not None:
        return False
    return item.title != WEBHOOK_NAME if item.kind == ObjectKind.SUNSHINE_WEBHOOK else step.action == ADOPT


def _write(job: Job, step: Step, item: PlanItem, fields: dict[str, Any]) -> str:
    """Send what is to be sent, if anything; the step then knows the id."""
    if item.current is not None and not fields:
        step.external_id = item.external_id
        return _("It was as it should be.")
    sent = fields if item.current is not None else {k: v for k, v in item.wanted.items() if v is not None}
    before = None if item.current is None else {name: item.current.get(name) for name in fields}
    job.begin(step, before, sent)
    if item.kind == ObjectKind.SUNSHINE_WEBHOOK:
        step.external_id = writing.write_sunshine(job.organization.pk, item)
    elif item.current is None:
        step.external_id = writing.create_object(job.rules, item.kind, item.wanted)
    else:
        writing.patch_object(job.rules, item.kind, item.external_id, fields)
        step.external_id = item.external_id
    return _("Made.") if item.current is None else _("Changed.")


def _lacks_secret(item: PlanItem) -> bool:
    return item.current is None or any(one.field == SECRET_FIELD for one in item.differences)


def _keep(job: Job, step: Step, item: PlanItem, *, is_change: bool) -> None:
    """Store the id and what it now is, in one transaction with the audit entry."""
    now = timezone.now()
    written = {name: value for name, value in item.wanted.items() if name not in MADE_WITH}
    sunshine = sunshine_of(job.organization.pk) if item.kind == ObjectKind.SUNSHINE_WEBHOOK else None
    values: dict[str, Any] = {
        "external_id": step.external_id,
        "account": account_of(sunshine or job.connection),
        "title": str(written.get("title") or written.get("name") or item.title)[:255],
        "written": job.addresses.hide(written),
        "drift": [],
        "drift_found_at": None,
        "changed_by": "",
        "changed_at": None,
        "checked_at": now,
        "check_problem": "",
        "is_gone": False,
    }
    first = {"is_adopted": step.former is not None, "former": step.former, "made_at": now}
    is_new = item.current is None or not item.is_ours
    step.is_kept = True
    with transaction.atomic():
        if is_new and item.kind == ObjectKind.WEBHOOK and step.action == CREATE:
            forget_secret(job.organization, who=job.run.actor_label)  # a former webhook's: this one has its own
        ProvisionedObject.objects.update_or_create(
            organization=job.organization,
            kind=item.kind,
            defaults={**values, **(first if is_new else {})},
            create_defaults={**values, **first},
        )
        if is_change:
            job.record(CREATE if item.current is None else step.action, step)
        job.save()
