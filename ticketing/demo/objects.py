"""The demo's objects in Zendesk: the hand-made webhook and trigger adopted, the rest made, all of it watched."""

from __future__ import annotations

from integrations.models import ObjectKind, ProvisionedObject, ProvisioningRun
from integrations.provisioning import runs
from integrations.provisioning.steps import Action
from opencx_admin.orgs.models import Organization
from ticketing.demo.stage import Stage


def set_up(organization: Organization, stage: Stage) -> None:
    """Do what "Set up" on the Objects page does, once; and mend the endpoint when the demo moved to another port."""
    is_there = ProvisionedObject.objects.filter(organization=organization).exists()
    if not is_there:
        _run(organization, Action.APPLY, None)
    elif stage.notes.said.get("product_url") != stage.product_url:
        _run(organization, Action.REPAIR, [ObjectKind.WEBHOOK])
    stage.notes.said["product_url"] = stage.product_url
    stage.notes.write()


def _run(organization: Organization, action: Action, kinds: list[str] | None) -> None:
    run, is_ours = runs.start(organization, action, kinds, request=None)
    if is_ours and run.status == ProvisioningRun.Status.QUEUED:
        runs.advance(run)
