"""Taking one object away: an adopted one gets its former fields back, one that we made is removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from integrations.models import EndpointKind, ObjectKind, ProvisionedObject, SunshineConnection, WebhookEndpoint
from integrations.provisioning import writing
from integrations.provisioning.compare import compare
from integrations.provisioning.fields import GIVEN_BACK
from integrations.provisioning.items import PlanItem
from integrations.provisioning.job import Job, check_unchanged
from integrations.provisioning.reading import TRIGGERS
from integrations.provisioning.secret import forget_secret
from integrations.provisioning.steps import REMOVE, RESTORE, WORKING, Step

# The fields that hold our address, and which of the two it is.
URLS = {"endpoint": EndpointKind.ZENDESK, "target": EndpointKind.SUNSHINE}


def undo(job: Job, step: Step) -> str:
    """Do a step of an undo; returns what to say of it."""
    kind, was_begun = ObjectKind(step.kind), step.status == WORKING
    row = ProvisionedObject.objects.filter(organization=job.organization, kind=kind).first()
    if row is None:
        return _("Done before the interruption.")
    item = job.look(kind)
    if item.current is None or item.external_id != row.external_id:
        job.begin(step)
        _forget(job, step, row, is_gone=True)
        return _("It was not there any more.")
    if step.action == RESTORE:
        return _restore(job, step, row, item, was_begun)
    check_unchanged(step, item, was_begun, is_met=False)
    job.begin(step, item.current, None)
    if kind == ObjectKind.SUNSHINE_WEBHOOK:
        writing.remove_sunshine(job.organization.pk, row.external_id)
    else:
        writing.delete_object(job.rules, kind, row.external_id)
    _forget(job, step, row)
    return _("Removed.")


def _restore(job: Job, step: Step, row: ProvisionedObject, item: PlanItem, was_begun: bool) -> str:
    kind = ObjectKind(step.kind)
    former = job.addresses.unhide(row.former or {})
    wanted = {name: former[name] for name in GIVEN_BACK[kind] if name in former}
    said, renewed = _("Given back as it was."), _renew_urls(job, wanted)
    if renewed:
        wanted, said = {**wanted, **renewed}, _("Given back as it was, but with the present URL.")
    current = item.current or {}
    fields = {name: value for name, value in wanted.items() if _differs(name, value, current)}
    check_unchanged(step, item, was_begun, is_met=not fields)
    if fields:
        if kind in TRIGGERS:
            fields |= {name: wanted[name] for name in ("conditions", "actions") if name in wanted}
        job.begin(step, {name: current.get(name) for name in fields}, fields)
        if kind == ObjectKind.SUNSHINE_WEBHOOK:
            writing.restore_sunshine(job.organization.pk, row.external_id, wanted)
        else:
            writing.patch_object(job.rules, kind, row.external_id, fields)
    _forget(job, step, row)
    return said


def _renew_urls(job: Job, fields: Mapping[str, Any]) -> dict[str, str]:
    """A URL of ours that was replaced since: what is given back must not call one that is refused."""
    found = {}
    for name, kind in URLS.items():
        address = job.addresses.find(fields.get(name), kind)
        if address is not None and not address.is_current:
            found[name] = WebhookEndpoint.current(job.organization, kind).url
    return found


def _differs(name: str, value: Any, current: dict[str, Any]) -> bool:
    if name in ("actions", "triggers"):  # the former ones may ring nobody of ours, or tell less
        return bool(value != current.get(name))
    return bool(compare({name: value}, current))


def _forget(job: Job, step: Step, row: ProvisionedObject, *, is_gone: bool = False) -> None:
    """It is not ours any more; a webhook that is gone takes its secret with it."""
    with transaction.atomic():
        row.delete()
        if step.action == REMOVE and step.kind == ObjectKind.SUNSHINE_WEBHOOK:
            SunshineConnection.objects.filter(organization=job.organization).update(
                integration_id="", webhook_id="", webhook_problem=_("Its webhook was removed from here.")
            )
        if (is_gone or step.action == REMOVE) and step.kind == ObjectKind.WEBHOOK:
            forget_secret(job.organization, who=job.run.actor_label)
        job.record(step.action, step)
        job.save()
