"""Are the webhook and its triggers in Zendesk what they should be? What we made is compared field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from integrations.doctor.finding import OK, PROBLEM, SKIPPED, Finding
from integrations.models import ObjectKind
from integrations.provisioning import plan as plans
from integrations.provisioning.items import CREATE, Plan, PlanItem
from integrations.provisioning.reading import TRIGGERS
from integrations.provisioning.wanted import NOTIFY
from integrations.webhooks import parse
from opencx_admin.orgs.models import Organization

# Of a hand-made webhook only what it cannot do its work without.
NEEDED = ("endpoint", "http_method", "request_format", "status")
BODY = "actions.body"


def examine(organization: Organization) -> list[Finding]:
    """The webhook, its triggers, and the body that they send. Skipped when we may not see them."""
    plan = plans.build(organization, kinds=(ObjectKind.WEBHOOK, *TRIGGERS), tells_who=False)
    webhook = plan.find(ObjectKind.WEBHOOK)
    if plan.problem or webhook is None:
        return [Finding(*asked, SKIPPED, plan.problem or _("not asked")) for asked in _questions()]
    triggers = [item for item in plan.items if item.kind in TRIGGERS]
    return [_webhook(webhook), _triggers(plan, webhook, triggers), _body(triggers)]


def _questions() -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
    return (
        ("webhook.object", _("Is the webhook in Zendesk as it should be?")),
        ("webhook.triggers", _("Do triggers call it for replies and changes of status?")),
        ("webhook.body", _("Do the triggers send ticket_id and external_id?")),
    )


def _webhook(item: PlanItem) -> Finding:
    asked = _questions()[0]
    if item.action == CREATE:
        evidence = item.reason if item.is_ours else _("No webhook in Zendesk calls our URL.")
        return _problem(asked, evidence)
    fields = [one.field for one in item.differences if item.is_ours or one.field in NEEDED]
    if fields:
        return _problem(asked, _differs(item, fields))
    return Finding(*asked, OK, _("“%(title)s” calls the present URL.") % {"title": item.title})


def _triggers(plan: Plan, webhook: PlanItem, items: list[PlanItem]) -> Finding:
    asked = _questions()[1]
    if webhook.action == CREATE:
        return Finding(*asked, SKIPPED, _("There is no webhook that they could call."))
    for item in (one for one in items if one.is_ours):
        fields = [one.field for one in item.differences if one.field != BODY]
        if item.action == CREATE or fields:
            return _problem(asked, item.reason or _differs(item, fields))
    there = [one for one in items if one.current is not None and one.current.get("active") is not False]
    strangers = [one.title for one in plan.others if one.kind == "trigger"]
    if not there and not strangers:
        return _problem(asked, _("No active trigger calls the webhook."))
    titles = ", ".join(f"“{title}”" for title in (*(one.title for one in there), *strangers))
    return Finding(*asked, OK, _("Active: %(titles)s.") % {"titles": titles})


def _body(items: list[PlanItem]) -> Finding:
    asked = _questions()[2]
    there = [item for item in items if item.current is not None]
    if not there:
        return Finding(*asked, SKIPPED, _("There is no trigger that sends one."))
    for item in there:
        is_other = item.is_ours and any(one.field == BODY for one in item.differences)
        errors = [parse.parse(body.encode()).error for body in _bodies(item.current or {})]
        if is_other or any(errors):
            evidence = _("“%(title)s” sends another body.") if is_other else _("“%(title)s” sends a body without ids.")
            return _problem(asked, evidence % {"title": item.title})
    return Finding(*asked, OK, _("Both ids stand in the body."))


def _bodies(fields: Mapping[str, Any]) -> list[str]:
    rows = [one.get("value") for one in fields.get("actions") or [] if one.get("field") == NOTIFY]
    return [str(value[1]) for value in rows if isinstance(value, list) and len(value) > 1 and isinstance(value[1], str)]


def _differs(item: PlanItem, fields: list[str]) -> str:
    return _("“%(title)s” differs in: %(fields)s.") % {"title": item.title, "fields": ", ".join(fields)}


def _problem(asked: tuple[str, str], evidence: str) -> Finding:
    fix = _("Settings › Integrations › Zendesk › Objects shows the differences and repairs them.")
    return Finding(*asked, PROBLEM, evidence, "you_here", fix)
