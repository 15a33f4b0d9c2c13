"""How the objects in Zendesk stand: one row each, and the sentence above them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import ObjectKind, ProvisionedObject, TestCall
from integrations.object_words import (
    CARRY_REPLIES,
    LOSSES,
    PURPOSES,
    count_fields,
    diff_lines,
    hide_tokens,
    stored_mark,
    tone_of_change,
)
from integrations.provisioning import by_hand
from integrations.provisioning.items import ADOPT, CANNOT, CREATE, NONE, PATCH, Plan, PlanItem
from opencx_admin.orgs.components import Action, DiffLine, Mark, Verdict
from opencx_admin.orgs.models import Organization, Role
from opencx_admin.orgs.times import clock_text, moment_text


@dataclass(frozen=True)
class ObjectRow:
    """One object: what is there, what should be, what to do, and how to do it by hand."""

    item: PlanItem
    stored: ProvisionedObject | None
    mark: Mark
    now: str
    purpose: Any
    loss: Any
    act: str
    button: Action | None
    lines: Sequence[DiffLine]
    steps: by_hand.ByHand | None

    @property
    def is_ours(self) -> bool:
        """True once we made or adopted it."""
        return self.stored is not None

    @property
    def needs_work(self) -> bool:
        return self.item.action in (CREATE, ADOPT, PATCH)

    @property
    def has_drifted(self) -> bool:
        """True when it was in place and somebody changed or deleted it."""
        return self.is_ours and self.needs_work

    @property
    def is_done(self) -> bool:
        """True when Zendesk has it as it should be, whoever made it."""
        return self.item.action in (NONE, ADOPT) and not self.item.differences


def read_rows(organization: Organization, plan: Plan, role: Role) -> list[ObjectRow]:
    """The rows of the plan; URLs end in dots for who is no admin."""
    stored = {row.kind: row for row in ProvisionedObject.objects.filter(organization=organization)}
    may_change = role.allows(Role.ADMIN)
    if not plan.items:
        return [_remember(stored[kind]) for kind in ObjectKind if kind in stored]
    seen = urlencode({"seen": plan.fingerprint})
    return [_read_row(item, stored.get(item.kind), may_change, seen) for item in plan.items]


def _remember(stored: ProvisionedObject) -> ObjectRow:
    """The row while Zendesk cannot be asked: how it stood when it was last compared."""
    kind = ObjectKind(stored.kind)
    when = moment_text(stored.checked_at) if stored.checked_at else ""
    return ObjectRow(
        item=PlanItem(kind, kind.label, stored.title, CANNOT, {}, external_id=stored.external_id, is_ours=True),
        stored=stored,
        mark=stored_mark(stored),
        now=_("As compared %(when)s.") % {"when": when} if when else _("Not compared yet."),
        purpose=PURPOSES.get(kind, ""),
        loss=LOSSES.get(kind, ""),
        act="",
        button=None,
        lines=[],
        steps=None,
    )


def _read_row(item: PlanItem, stored: ProvisionedObject | None, may_change: bool, seen: str) -> ObjectRow:
    steps = by_hand.steps(item)
    if not may_change:
        fields = tuple((label, hide_tokens(value)) for label, value in steps.fields)
        steps = replace(steps, fields=fields, json_body=hide_tokens(steps.json_body))
    return ObjectRow(
        item=item,
        stored=stored,
        mark=_mark(item, stored),
        now=_now(item, stored),
        purpose=PURPOSES.get(item.kind, ""),
        loss=LOSSES.get(item.kind, ""),
        act=action_text(item),
        button=_button(item, stored, may_change, seen),
        lines=diff_lines(item.differences),
        steps=steps,
    )


def _mark(item: PlanItem, stored: ProvisionedObject | None) -> Mark:
    tone = tone_of_change(item.kind)
    if item.action == NONE:
        return Mark("ok", _("In place"))
    if item.action == CANNOT:
        return Mark("unknown")
    if item.action == CREATE:
        return Mark(tone, _("Deleted")) if stored else Mark("not_set_up", _("Not there"))
    return Mark(tone, _("Changed")) if stored else Mark("not_set_up", _("Made by hand"))


def _now(item: PlanItem, stored: ProvisionedObject | None) -> str:
    if item.action == CANNOT:
        return item.evidence or item.reason
    if item.differences and item.current is not None:
        return count_fields([one.field for one in item.differences])
    if item.action == CREATE:
        return _("Somebody deleted it in Zendesk.") if stored else ""
    if item.action == NONE:
        return _("Made by hand, adopted by us.") if stored and stored.is_adopted else ""
    return _("As it should be.")


def _button(item: PlanItem, stored: ProvisionedObject | None, may_change: bool, seen: str) -> Action | None:
    """One click mends one object, if it is still as this page shows it."""
    if stored is None or item.action not in (CREATE, PATCH):
        return None
    needs = "" if may_change else Role.ADMIN.label
    label = _("Make it again") if item.action == CREATE else _("Repair")
    url = f"{reverse('zendesk-objects')}?kind={item.kind}&{seen}"
    return Action(label, url, post=True, value="repair", needs=needs)


def action_text(item: PlanItem) -> str:
    """What we would do with it, in a few words."""
    number = len(item.differences)
    if item.action == CREATE:
        return _("Create it")
    if item.action == ADOPT and not number:
        return _("Adopt it as it is")
    if item.action == ADOPT:
        return ngettext("Adopt it, patch %(n)s field", "Adopt it, patch %(n)s fields", number) % {"n": number}
    if item.action == PATCH:
        return ngettext("Patch %(n)s field", "Patch %(n)s fields", number) % {"n": number}
    return _("Nothing to do") if item.action == NONE else _("By hand, in Zendesk")


def judge(plan: Plan, rows: Sequence[ObjectRow], proof: TestCall | None) -> Verdict:
    """How things stand, in a sentence."""
    drifted = [row for row in rows if row.has_drifted]
    if plan.problem and not plan.may_manage:
        title = _("Zendesk does not let this identity manage webhooks and triggers")
        return Verdict("warning", title, plan.problem)
    if plan.problem:
        return Verdict("unknown", _("Zendesk could not be asked what is there now"), plan.problem)
    if not any(row.is_ours for row in rows):
        is_there = any(row.item.current for row in rows)
        title = _("Set up by hand so far, watched by nobody") if is_there else _("Nothing is set up yet")
        return Verdict("not_set_up", title, _count_work(rows))
    if drifted:
        number = len(drifted)
        title = ngettext("%(n)s object was changed in Zendesk", "%(n)s objects were changed in Zendesk", number)
        waits = any(row.item.kind in CARRY_REPLIES for row in drifted)
        text = _("A repair patches exactly the fields shown below.")
        if waits:
            text = _("Agents’ replies may wait for the hourly reading until then.") + " " + text
        return Verdict("problem" if waits else "warning", title % {"n": number}, text)
    return _judge_rest(rows, proof)


def _judge_rest(rows: Sequence[ObjectRow], proof: TestCall | None) -> Verdict:
    hidden = [row for row in rows if row.item.action == CANNOT]
    if hidden:
        number = len(hidden)
        title = ngettext("%(n)s object could not be compared", "%(n)s objects could not be compared", number)
        return Verdict("warning", title % {"n": number}, hidden[0].item.reason)
    left = sum(row.needs_work for row in rows)
    if left:
        title = ngettext("%(n)s object is still to be set up", "%(n)s objects are still to be set up", left)
        return Verdict("warning", title % {"n": left}, _count_work(rows))
    if proof is None or proof.sent_at < _newest(rows):
        text = _("No test call came since then. It goes from Zendesk through its webhook to us and changes nothing.")
        return Verdict("unproven", _("Everything is in place, not proven yet"), text)
    words = {"when": _at(proof.arrived_at or proof.sent_at)}
    title = _("Everything is in place, proven %(when)s by a test call") % words
    is_signed = proof.event is not None and proof.event.is_signed
    return Verdict("ok", title, _("Zendesk sent it through its webhook. It came signed.") if is_signed else "")


def _newest(rows: Sequence[ObjectRow]) -> dt.datetime:
    times = [row.stored.made_at for row in rows if row.stored and row.item.kind == ObjectKind.WEBHOOK]
    return max(times, default=dt.datetime.min.replace(tzinfo=dt.UTC))


def _at(at: dt.datetime) -> str:
    """A clock time today, else how long ago or the day."""
    text = clock_text(at, seconds=False)
    return text if len(text) <= len("00:00") else moment_text(at)


def _count_work(rows: Sequence[ObjectRow]) -> str:
    """ "4 objects would be created and 1 adopted." """
    made = sum(row.item.action == CREATE for row in rows)
    adopted = sum(row.item.action == ADOPT for row in rows)
    patched = sum(row.item.action == PATCH for row in rows)
    parts = [
        ngettext("%(n)s object is created", "%(n)s objects are created", made) % {"n": made} if made else "",
        ngettext("%(n)s made by hand is adopted", "%(n)s made by hand are adopted", adopted) % {"n": adopted}
        if adopted
        else "",
        ngettext("%(n)s is patched", "%(n)s are patched", patched) % {"n": patched} if patched else "",
    ]
    words = _(", ").join(part for part in parts if part)
    return _("%(what)s. Nothing changes in Zendesk until you confirm.") % {"what": words} if words else ""
