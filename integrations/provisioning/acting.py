"""Doing one step: look, compare with what was shown, say what will be sent, send it, store what came back.

A step that is found "working" was interrupted: its write may have happened. Every step looks before it writes,
so that case needs no road of its own; it only forgives that the object is not as the plan showed it.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients.zendesk_rules import ZendeskRules
from integrations.connect import open_zendesk
from integrations.models import ObjectKind, ProvisionedObject, ProvisioningRun, SunshineConnection, ZendeskConnection
from integrations.provisioning import plan as plans
from integrations.provisioning import writing
from integrations.provisioning.addresses import Addresses
from integrations.provisioning.compare import compare
from integrations.provisioning.fields import GIVEN_BACK
from integrations.provisioning.items import ADOPT, CANNOT, CREATE, PATCH, SECRET_FIELD, PlanItem
from integrations.provisioning.leaving import account_of
from integrations.provisioning.prove import send_test_call
from integrations.provisioning.reading import TRIGGERS, sunshine_of
from integrations.provisioning.secret import fetch_secret, forget_secret
from integrations.provisioning.steps import DONE, REMOVE, RESTORE, TEST, WORKING, Action, Step
from integrations.provisioning.wanted import MADE_WITH, WEBHOOK_NAME, webhooks_named
from opencx_admin.orgs import audit


class Stop(Exception):
    """The run ends here, with this sentence."""


@dataclass
class Job:
    """A run under way."""

    run: ProvisioningRun
    connection: ZendeskConnection
    steps: list[Step]
    lease: dt.timedelta

    def perform(self, step: Step) -> None:
        """Do one step. Raises `Stop`, `LostClaim`, and what the clients raise."""
        began = time.monotonic()
        if step.action == TEST:
            self._begin(step)
            said = self._test()
        elif step.action in (REMOVE, RESTORE):
            said = self._undo(step)
        else:
            said = self._make(step)
        step.status, step.said, step.ms = DONE, said, int((time.monotonic() - began) * 1000)
        self._save()

    def _account(self, kind: ObjectKind) -> str:
        sunshine = sunshine_of(self.run.organization_id) if kind == ObjectKind.SUNSHINE_WEBHOOK else None
        return account_of(sunshine or self.connection)

    # -- the run ----------------------------------------------------------------------------------

    def _save(self) -> None:
        self.run.hold(self.lease, steps=[step.to_json() for step in self.steps])

    def _begin(self, step: Step, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> None:
        """Write down what is about to be sent."""
        step.status, step.said = WORKING, ""
        if before is not None or after is not None:
            show = Addresses(self.run.organization).show
            step.before, step.after = show(before), show(after)
        self._save()

    def _keep_claim(self) -> None:
        self.run.hold(self.lease)

    @property
    def rules(self) -> ZendeskRules:
        """The client, holding the run while it speaks."""
        return ZendeskRules(
            open_zendesk(self.connection, lane=Lane.ASSIST, subject="provisioning", keep_claim=self._keep_claim)
        )

    def _look(self, kind: ObjectKind) -> PlanItem:
        """What is there now. Raises `Stop` when it may not be seen."""
        plan = plans.read_plan(self.connection, kinds=[kind], keep_claim=self._keep_claim)
        item = plan.find(kind)
        if item is None:
            raise Stop(_("It is not wanted any more: look at the plan again."))
        if item.action == CANNOT:
            raise Stop(item.reason)
        return item

    # -- making -----------------------------------------------------------------------------------

    def _make(self, step: Step) -> str:
        kind, was_begun = ObjectKind(step.kind), step.status == WORKING
        item = self._look(kind)
        if kind in TRIGGERS and "" in webhooks_named(item.wanted["actions"]):
            raise Stop(_("The webhook that it should call is not there: set it up first."))
        if self.run.action == Action.ROTATE:
            return self._tell_url(step, item)
        fields = writing.differing(kind, item.wanted, item.differences)
        _check_unchanged(step, item, was_begun, is_met=item.current is not None and not fields)
        if step.action == ADOPT and step.former is None and item.current is not None and not item.is_ours:
            step.former = Addresses(self.run.organization).hide(item.current)
        if kind == ObjectKind.SUNSHINE_WEBHOOK:
            return self._make_sunshine(step, item)
        said = _("It was as it should be.")
        if item.current is None:
            self._begin(step, None, _sent(item.wanted))
            step.external_id = writing.create_object(self.rules, kind, item.wanted)
            said = _("Made.")
        elif fields:
            self._begin(step, {name: item.current.get(name) for name in fields}, fields)
            writing.patch_object(self.rules, kind, item.external_id, fields)
            said = _("Changed.")
        elif was_begun:
            said = _("Done before the interruption.")
        step.external_id = step.external_id if item.current is None else item.external_id
        self._keep(step, item, is_change=item.current is None or bool(fields) or was_begun or not item.is_ours)
        if kind == ObjectKind.WEBHOOK and self._lacks_secret(item):
            said = fetch_secret(self.run.organization, self.rules, step.external_id, who=self.run.actor_label) or said
        return said

    @staticmethod
    def _lacks_secret(item: PlanItem) -> bool:
        return item.current is None or any(one.field == SECRET_FIELD for one in item.differences)

    def _tell_url(self, step: Step, item: PlanItem) -> str:
        """After a rotation: the endpoint alone, whatever else differs."""
        if item.current is None or item.external_id != step.external_id:
            raise Stop(_("The webhook was deleted in Zendesk: set it up again."))
        fields, said = {"endpoint": item.wanted["endpoint"]}, _("Zendesk calls the present URL.")
        is_other = any(one.field == "endpoint" for one in item.differences)
        if is_other:
            self._begin(step, {"endpoint": item.current.get("endpoint")}, fields)
            writing.patch_object(self.rules, ObjectKind.WEBHOOK, item.external_id, fields)
            said = _("Zendesk was told the new URL.")
        row = ProvisionedObject.objects.get(organization=self.run.organization, kind=item.kind)
        with transaction.atomic():
            row.written = {**row.written, **Addresses(self.run.organization).hide(fields)}
            row.save(update_fields=["written"])
            if is_other:
                self._audit(PATCH, step)
            self._save()
        return said

    def _make_sunshine(self, step: Step, item: PlanItem) -> str:
        if item.current is None or item.differences:
            self._begin(step, item.current, item.wanted)
            step.external_id = writing.write_sunshine(self.run.organization_id, item)
            said = _("Made.") if item.current is None else _("Changed.")
        else:
            step.external_id, said = item.external_id, _("It was as it should be.")
        if item.current is not None and not item.is_ours and item.title != WEBHOOK_NAME and step.former is None:
            step.former = Addresses(self.run.organization).hide(item.current)
        self._keep(step, item, is_change=item.current is None or bool(item.differences))
        return said

    def _keep(self, step: Step, item: PlanItem, *, is_change: bool) -> None:
        """Store the id and what it now is, in one transaction with the audit entry."""
        now, hide = timezone.now(), Addresses(self.run.organization).hide
        written = {name: value for name, value in item.wanted.items() if name not in MADE_WITH}
        values: dict[str, Any] = {
            "external_id": step.external_id,
            "account": self._account(ObjectKind(step.kind)),
            "title": (item.title if item.current is not None else step.title)[:255],
            "written": hide(written),
            "drift": [],
            "drift_found_at": None,
            "changed_by": "",
            "changed_at": None,
            "checked_at": now,
            "check_problem": "",
            "is_gone": False,
        }
        is_new = item.current is None or not item.is_ours
        first = {"is_adopted": step.former is not None, "former": step.former, "made_at": now}
        if "title" in written or "name" in written:
            values["title"] = str(written.get("title") or written.get("name"))[:255]
        with transaction.atomic():
            ProvisionedObject.objects.update_or_create(
                organization=self.run.organization,
                kind=item.kind,
                defaults={**values, **(first if is_new else {})},
                create_defaults={**values, **first},
            )
            if is_change:
                self._audit(CREATE if item.current is None else step.action, step)
            self._save()

    def _audit(self, verb: str, step: Step) -> None:
        audit.record(
            self.run.organization,
            f"zendesk_object.{verb}",
            actor_label=self.run.actor_label,
            object_label=step.title,
            before=step.before,
            after=step.after,
        )

    # -- taking away ------------------------------------------------------------------------------

    def _undo(self, step: Step) -> str:
        """Give an adopted object its former fields, remove one that we made."""
        kind, was_begun = ObjectKind(step.kind), step.status == WORKING
        row = ProvisionedObject.objects.filter(organization=self.run.organization, kind=kind).first()
        if row is None:
            return _("Done before the interruption.")
        item = self._look(kind)
        if item.current is None or item.external_id != row.external_id:
            self._begin(step)
            self._forget(step, row)
            return _("It was not there any more.")
        if step.action == RESTORE:
            return self._restore(step, row, item, was_begun)
        _check_unchanged(step, item, was_begun, is_met=False)
        self._begin(step, item.current, None)
        if kind == ObjectKind.SUNSHINE_WEBHOOK:
            writing.remove_sunshine(self.run.organization_id, row.external_id)
        else:
            writing.delete_object(self.rules, kind, row.external_id)
        self._forget(step, row)
        return _("Removed.")

    def _restore(self, step: Step, row: ProvisionedObject, item: PlanItem, was_begun: bool) -> str:
        kind = ObjectKind(step.kind)
        former = Addresses(self.run.organization).unhide(row.former or {})
        wanted = {name: former[name] for name in GIVEN_BACK[kind] if name in former}
        current = item.current or {}
        fields = {name: value for name, value in wanted.items() if _differs(name, value, current)}
        _check_unchanged(step, item, was_begun, is_met=not fields)
        if fields:
            if kind in TRIGGERS:
                fields |= {name: wanted[name] for name in ("conditions", "actions") if name in wanted}
            self._begin(step, {name: current.get(name) for name in fields}, fields)
            if kind == ObjectKind.SUNSHINE_WEBHOOK:
                writing.restore_sunshine(self.run.organization_id, row.external_id, wanted)
            else:
                writing.patch_object(self.rules, kind, row.external_id, fields)
        self._forget(step, row)
        return _("Given back as it was.")

    def _forget(self, step: Step, row: ProvisionedObject) -> None:
        """It is not ours any more; a webhook that is gone takes its secret with it."""
        with transaction.atomic():
            row.delete()
            if step.action == REMOVE and step.kind == ObjectKind.SUNSHINE_WEBHOOK:
                SunshineConnection.objects.filter(organization=self.run.organization).update(
                    integration_id="", webhook_id="", webhook_problem=_("Its webhook was removed from here.")
                )
            if step.action == REMOVE and step.kind == ObjectKind.WEBHOOK:
                forget_secret(self.run.organization, who=self.run.actor_label)
            self._audit(step.action, step)
            self._save()

    # -- proof ------------------------------------------------------------------------------------

    def _test(self) -> str:
        call = send_test_call(self.run.organization, who=self.run.actor_label, keep_claim=self._keep_claim)
        if call.problem:
            raise Stop(call.problem)
        return _("A test call of Zendesk arrived after %(ms)s ms.") % {"ms": call.ms}


def _check_unchanged(step: Step, item: PlanItem, was_begun: bool, *, is_met: bool) -> None:
    """Raise `Stop` when somebody changed it since the plan was shown, and not to what it should be."""
    if is_met and (item.is_ours or was_begun or item.external_id == step.external_id):
        return
    if not step.fingerprint or item.fingerprint == step.fingerprint:
        return
    raise Stop(_("Somebody changed it in Zendesk meanwhile, so nothing was overwritten: look at the plan again."))


def _differs(name: str, value: Any, current: dict[str, Any]) -> bool:
    if name == "actions":  # the former ones may ring nobody of ours
        return bool(value != current.get(name))
    return bool(compare({name: value}, current))


def _sent(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
