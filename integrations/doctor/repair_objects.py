"""Mending the webhook and its triggers: the plan's differences as a diff, then a run of provisioning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.doctor.registry import Context, Done, Preview, Repair
from integrations.models import ObjectKind, ProvisionedObject
from integrations.object_words import diff_lines, hide_tokens
from integrations.provisioning import plan as plans
from integrations.provisioning import runs
from integrations.provisioning.items import ADOPT, CREATE, Plan, PlanItem
from integrations.provisioning.reading import TRIGGERS
from integrations.provisioning.steps import Action
from opencx_admin.orgs.components import DiffLine
from opencx_admin.orgs.models import Organization

Kinds = Sequence[ObjectKind]


def _changes(plan: Plan, kinds: Kinds) -> list[PlanItem]:
    return [item for item in plan.changes if item.kind in kinds]


def _lines(item: PlanItem) -> list[DiffLine]:
    """What is written for one object, under its title."""
    lines = [DiffLine("", str(item.title)), *diff_lines(item.differences)]
    if item.action == CREATE and not item.differences:
        lines += [DiffLine("+", f"{name}: {value}") for name, value in item.wanted.items() if isinstance(value, str)]
    return [DiffLine(line.sign, hide_tokens(line.text)) for line in lines]


def _preview(kinds: Kinds, context: Context) -> Preview:
    plan = plans.build(context.organization)
    items = _changes(plan, kinds)
    number, adopted = len(items), [str(item.title) for item in items if item.action == ADOPT]
    parts: list[tuple[int | str, str]] = [
        ("", _("Exactly these lines change. Then they are read again, and a test call proves them.")),
        ("", _("Everything else in the account stays as it is.")),
    ]
    if adopted:
        parts.append(("", _("Adopted, and kept in order from then on: %(titles)s.") % {"titles": ", ".join(adopted)}))
    title = ngettext("Change %(n)s object in Zendesk?", "Change %(n)s objects in Zendesk?", number)
    return Preview(
        title=title % {"n": number},
        object_label=", ".join(str(item.title) for item in items),
        lines=tuple(line for item in items for line in _lines(item)),
        parts=tuple(parts),
        note=hide_tokens(plan.problem) or _("The former state is kept: it can be given back under Objects."),
        seen=plan.fingerprint,
        is_empty=not number or bool(plan.problem),
    )


def _apply(kinds: Kinds, context: Context, request: HttpRequest, seen: str) -> Done:
    organization = context.organization
    items = _changes(plans.build(organization, tells_who=False), kinds)
    action = Action.APPLY if any(item.action == CREATE and not item.is_ours for item in items) else Action.REPAIR
    chosen = [item.kind for item in items] or list(kinds)
    try:
        run, is_new = runs.start(organization, action, chosen, request=request, seen=seen)
    except runs.PlanChanged as changed:
        return Done(ok=False, text=str(changed))
    if run.problem:
        return Done(ok=False, text=_("Nothing changed: %(why)s") % {"why": hide_tokens(run.problem)})
    if not is_new:
        return Done(ok=False, text=_("Another change is under way in this account. Nothing was added to it."))
    return Done(ok=True, text=_("It is being changed in Zendesk. The check is asked again right after."))


def _is_under_way(context: Context) -> bool:
    return runs.find_moving(context.organization) is not None


def _undo(context: Context) -> str:
    rows = ProvisionedObject.objects.filter(organization=context.organization)
    return reverse("zendesk-objects") if rows.exists() else ""


def _repair(kinds: Kinds) -> Repair:
    return Repair(
        gettext_lazy("Repair in Zendesk"),
        partial(_preview, kinds),
        partial(_apply, kinds),
        is_under_way=_is_under_way,
        undo=_undo,
    )


def may_repair(organization: Organization, plan: Plan, kinds: Kinds) -> str:
    """The label of the button; empty when nothing can be done through the API."""
    return _("Repair in Zendesk") if not plan.problem and plan.may_manage and _changes(plan, kinds) else ""


MEND_WEBHOOK = _repair((ObjectKind.WEBHOOK,))
MEND_TRIGGERS = _repair(TRIGGERS)
