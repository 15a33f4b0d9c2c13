"""A run under way: its steps, its claim, its look at the account, its notes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients.zendesk_rules import ZendeskRules
from integrations.connect import open_zendesk
from integrations.models import ObjectKind, ProvisioningRun, ZendeskConnection
from integrations.provisioning import plan as plans
from integrations.provisioning.addresses import Addresses
from integrations.provisioning.items import CANNOT, PlanItem
from integrations.provisioning.steps import WORKING, Step
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization


class Stop(Exception):
    """The run ends here, with this sentence."""


@dataclass
class Job:
    """A run that this worker holds. Everything it does may raise `LostClaim`."""

    run: ProvisioningRun
    connection: ZendeskConnection
    steps: list[Step]
    lease: dt.timedelta

    @property
    def organization(self) -> Organization:
        """Whose account it is."""
        return self.run.organization

    @property
    def addresses(self) -> Addresses:
        """Our addresses as they are now."""
        return Addresses(self.run.organization)

    @property
    def rules(self) -> ZendeskRules:
        """The client, holding the run while it speaks."""
        return ZendeskRules(
            open_zendesk(self.connection, lane=Lane.ASSIST, subject="provisioning", keep_claim=self.keep_claim)
        )

    def keep_claim(self) -> None:
        """Hold the run for another while."""
        self.run.hold(self.lease)

    def save(self) -> None:
        """Write the steps down as they are."""
        self.run.hold(self.lease, steps=[step.to_json() for step in self.steps])

    def begin(self, step: Step, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> None:
        """Write down what is about to be sent."""
        step.status, step.said = WORKING, ""
        if before is not None or after is not None:
            show = self.addresses.show
            step.before, step.after = show(before), show(after)
        self.save()

    def look(self, kind: ObjectKind) -> PlanItem:
        """What is there now. Raises `Stop` when it may not be seen, and what the clients raise."""
        plan = plans.read_plan(self.connection, kinds=[kind], keep_claim=self.keep_claim)
        item = plan.find(kind)
        if item is None:
            raise Stop(_("It is not wanted any more: look at the plan again."))
        if item.action == CANNOT:
            raise Stop(item.reason)
        return item

    def record(self, verb: str, step: Step) -> None:
        """The audit entry of a step, inside the transaction that stores what came of it."""
        audit.record(
            self.organization,
            f"zendesk_object.{verb}",
            actor_label=self.run.actor_label,
            object_label=step.title,
            before=step.before,
            after=step.after,
        )


def check_unchanged(step: Step, item: PlanItem, was_begun: bool, *, is_met: bool) -> None:
    """Raise `Stop` when somebody changed it since the plan was shown, and not to what it should be."""
    if is_met and (item.is_ours or was_begun or item.external_id == step.external_id):
        return
    if not step.fingerprint or item.fingerprint == step.fingerprint:
        return
    raise Stop(_("Somebody changed it in Zendesk meanwhile, so nothing was overwritten: look at the plan again."))
