"""The steps of a run: what is to be done to which object, what was sent, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from django.utils.translation import gettext as _

from integrations.models import ObjectKind, ProvisionedObject, ProvisioningRun
from integrations.provisioning.items import CANNOT, CREATE, NONE, Plan, PlanItem
from integrations.provisioning.reading import TRIGGERS

Status = Literal["waiting", "working", "done", "failed", "skipped"]
WAITING: Status = "waiting"
WORKING: Status = "working"
DONE: Status = "done"
FAILED: Status = "failed"
SKIPPED: Status = "skipped"
# Beside the plan's own actions.
REMOVE, RESTORE, TEST = "remove", "restore", "test"
Action = ProvisioningRun.Action
# Zendesk refuses to delete a webhook that a trigger still names.
REMOVAL = (
    ObjectKind.ASSIST_TRIGGER,
    ObjectKind.STATUS_TRIGGER,
    ObjectKind.REPLY_TRIGGER,
    ObjectKind.WEBHOOK,
    ObjectKind.VIEW,
    ObjectKind.SUNSHINE_WEBHOOK,
)


@dataclass
class Step:
    """One step, kept as JSON on the run. Tokens of our URLs are dots in it.

    `before` and `after` are the fields that are sent, as they were and as they are to be. `former` is the whole
    object as it was when we adopt it. `fingerprint` is what the plan showed; empty asks for no comparison.
    """

    kind: str
    action: str
    title: str
    status: Status = WAITING
    said: str = ""
    ms: int = 0
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    former: dict[str, Any] | None = None
    external_id: str = ""
    fingerprint: str = ""
    # True once what came back is stored, though the step may not be over.
    is_kept: bool = False

    @classmethod
    def read(cls, row: dict[str, Any]) -> Step:
        """The step as the database keeps it."""
        names = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in row.items() if name in names})

    def to_json(self) -> dict[str, Any]:
        """As the database keeps it."""
        return asdict(self)

    @property
    def is_over(self) -> bool:
        return self.status in (DONE, FAILED, SKIPPED)


def plan_steps(
    action: str, plan: Plan, rows: Iterable[ProvisionedObject], kinds: Collection[str] | None, *, is_proven: bool
) -> list[Step]:
    """What the run is to do, from the plan that was shown. `is_proven`: a test call went through before."""
    if action in (Action.UNDO, Action.UNINSTALL):
        return _removal(plan, {row.kind: row for row in rows}, kinds)
    chosen = _with_webhook(plan, kinds)
    if action == Action.REPAIR and not kinds:  # what is not ours yet is set up after a question, not repaired
        chosen &= {row.kind for row in rows}
    steps = [_making(item) for item in plan.items if item.kind in chosen]
    if action == Action.REPAIR:
        steps = [step for step in steps if step.action != NONE]
    rings = (ObjectKind.WEBHOOK, *TRIGGERS)
    waits = [step for step in steps if not step.is_over]
    if any(step.kind in rings for step in waits) or (action == Action.APPLY and not is_proven):
        steps.append(test_step(plan))
    return steps


def test_step(plan: Plan) -> Step:
    """The proof at the end: a test call through the real path."""
    item = plan.find(ObjectKind.WEBHOOK)
    return Step(ObjectKind.WEBHOOK, TEST, item.title if item else "")


def _making(item: PlanItem) -> Step:
    step = Step(item.kind, item.action, item.title, external_id=item.external_id, fingerprint=item.fingerprint)
    if item.action == CANNOT:
        step.status, step.said = SKIPPED, item.reason
    elif item.action == NONE and item.is_ours:
        step.status = DONE
    return step


def _with_webhook(plan: Plan, kinds: Collection[str] | None) -> set[str]:
    """The chosen kinds; while there is no webhook a trigger brings it along, and the webhook our triggers."""
    chosen = set(kinds) if kinds else {item.kind.value for item in plan.items}
    webhook = plan.find(ObjectKind.WEBHOOK)
    if webhook is not None and webhook.action == CREATE:
        if chosen & {kind.value for kind in TRIGGERS}:
            chosen.add(ObjectKind.WEBHOOK.value)
        if ObjectKind.WEBHOOK.value in chosen:
            chosen |= {item.kind.value for item in plan.items if item.kind in TRIGGERS and item.is_ours}
    return chosen


def _removal(plan: Plan, rows: dict[str, ProvisionedObject], kinds: Collection[str] | None) -> list[Step]:
    """In the order that Zendesk needs; without the webhook the triggers would ring nobody, so they go with it."""
    chosen = set(kinds) if kinds else set(rows)
    if ObjectKind.WEBHOOK in chosen:
        chosen |= {kind.value for kind in TRIGGERS}
    steps = []
    for kind in REMOVAL:
        row, item = rows.get(kind), plan.find(kind)
        if row is None or kind not in chosen:
            continue
        there = item is not None and item.external_id == row.external_id
        action = RESTORE if row.is_adopted else REMOVE
        mark = item.fingerprint if item is not None and there else ""
        step = Step(kind, action, row.title, external_id=row.external_id, fingerprint=mark)
        if item is None and kind == ObjectKind.SUNSHINE_WEBHOOK and plan.items:
            step.status, step.said = SKIPPED, _("Messaging is not connected: take it away in Zendesk by hand.")
        steps.append(step)
    return steps
