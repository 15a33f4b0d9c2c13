"""Are the webhook and its triggers in Zendesk what they should be? What we made is compared field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.doctor.finding import HERE, Finding, ok, problem, skipped
from integrations.doctor.registry import Check, Context
from integrations.doctor.repair_objects import MEND_TRIGGERS, MEND_WEBHOOK, may_repair
from integrations.models import ObjectKind
from integrations.object_words import field_word, hide_tokens
from integrations.provisioning import plan as plans
from integrations.provisioning.items import CREATE, Plan, PlanItem
from integrations.provisioning.reading import TRIGGERS
from integrations.provisioning.wanted import NOTIFY
from integrations.webhooks import parse
from opencx_admin.orgs.times import moment_text

# Of a hand-made webhook only what it cannot do its work without.
NEEDED = ("endpoint", "http_method", "request_format", "status")
BODY = "actions.body"
FAMILY = "replies"
ASKED_WEBHOOKS, ASKED_TRIGGERS = "GET /api/v2/webhooks", "GET /api/v2/triggers"


def plan_of(context: Context) -> Plan:
    """The account compared with what it should be, read once per run."""
    kinds = (ObjectKind.WEBHOOK, *TRIGGERS)
    return context.recall("plan", lambda: plans.build(context.organization, kinds=kinds))


def list_triggers(plan: Plan) -> list[PlanItem]:
    """The triggers that should ring us."""
    return [item for item in plan.items if item.kind in TRIGGERS]


def _webhook(context: Context) -> Finding:
    plan = plan_of(context)
    item = plan.find(ObjectKind.WEBHOOK)
    if plan.problem or item is None:
        return skipped(hide_tokens(plan.problem) or _("not asked"))
    if item.action == CREATE:
        return _wrong(context, item, item.reason if item.is_ours else _("No webhook in Zendesk calls our URL."))
    fields = [one.field for one in item.differences if item.is_ours or one.field in NEEDED]
    if fields:
        return _wrong(context, item, _differs(item, fields))
    return ok(_("“%(title)s” calls the present URL.") % {"title": item.title}, asked=ASKED_WEBHOOKS)


def check_triggers(context: Context) -> Finding:
    """At least one active trigger calls the webhook, and ours are as they should be."""
    plan = plan_of(context)
    webhook, items = plan.find(ObjectKind.WEBHOOK), list_triggers(plan)
    if plan.problem or webhook is None:
        return skipped(hide_tokens(plan.problem) or _("not asked"))
    if webhook.action == CREATE:
        return skipped(_("There is no webhook that they could call."))
    for item in (one for one in items if one.is_ours):
        fields = [one.field for one in item.differences if one.field != BODY]
        if item.action == CREATE or fields:
            return _wrong(context, item, item.reason or _differs(item, fields))
    there = [one for one in items if one.current is not None and one.current.get("active") is not False]
    strangers = [one.title for one in plan.others if one.kind == "trigger"]
    if not there and not strangers:
        return _wrong(context, items[0] if items else None, _("No active trigger calls the webhook."))
    titles = ", ".join(f"“{title}”" for title in (*(one.title for one in there), *strangers))
    return ok(_("Active: %(titles)s.") % {"titles": titles}, asked=ASKED_TRIGGERS)


def _body(context: Context) -> Finding:
    plan = plan_of(context)
    if plan.problem:
        return skipped(hide_tokens(plan.problem))
    there = [item for item in list_triggers(plan) if item.current is not None]
    if not there:
        return skipped(_("There is no trigger that sends one."))
    for item in there:
        is_other = item.is_ours and any(one.field == BODY for one in item.differences)
        errors = [parse.parse(body.encode()).error for body in _bodies(item.current or {})]
        if is_other or any(errors):
            evidence = _("“%(title)s” sends another body.") if is_other else _("“%(title)s” sends a body without ids.")
            return _wrong(context, item, evidence % {"title": item.title})
    return ok(_("Both ids stand in the body."), asked=ASKED_TRIGGERS)


def _comment(context: Context) -> Finding:
    """Internal notes cannot leak through it, but a body with words in it says that somebody expects them to."""
    plan = plan_of(context)
    if plan.problem:
        return skipped(hide_tokens(plan.problem))
    for item in list_triggers(plan):
        if any("ticket.latest_comment" in body or "ticket.comments" in body for body in _bodies(item.current or {})):
            evidence = _("“%(title)s” sends the last comment’s text, internal notes too. None of it is delivered.")
            return _wrong(context, item, evidence % {"title": item.title})
    return ok(_("No body carries words of a comment. Only public comments, read from the ticket, go out."))


def _bodies(fields: Mapping[str, Any]) -> list[str]:
    """What its calls of a webhook send."""
    rows = [one.get("value") for one in fields.get("actions") or [] if one.get("field") == NOTIFY]
    return [str(value[1]) for value in rows if isinstance(value, list) and len(value) > 1 and isinstance(value[1], str)]


def _differs(item: PlanItem, fields: list[str]) -> str:
    return _("“%(title)s” differs in: %(fields)s.") % {"title": item.title, "fields": ", ".join(fields)}


def _wrong(context: Context, item: PlanItem | None, evidence: str) -> Finding:
    fix = _("Settings › Integrations › Zendesk › Objects shows the differences and repairs them.")
    kinds = TRIGGERS if item is None or item.kind in TRIGGERS else (ObjectKind.WEBHOOK,)
    label = may_repair(context.organization, plan_of(context), kinds)
    asked = ASKED_TRIGGERS if kinds is TRIGGERS else ASKED_WEBHOOKS
    facts: list[tuple[str, str]] = []
    if item is not None and item.external_id:
        facts.append((_("Object"), f"{item.title} ({item.external_id})"))
    if item is not None and item.changed_at:
        words = {"when": moment_text(item.changed_at), "who": item.changed_by or _("somebody")}
        facts.append((_("Changed"), _("%(when)s by %(who)s") % words))
    if item is not None:
        facts += [(field_word(one.field), _show(one.actual)) for one in item.differences[:6]]
    return problem(evidence, HERE, fix, asked=asked, repair=label, facts=tuple(facts))


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(hide_tokens(value)) if value not in (None, "") else "–"
    return text if len(text) <= 240 else f"{text[:239]}…"


def objects_place() -> str:
    """The tab where the objects are kept in order."""
    return reverse("zendesk-objects")


WAITS = gettext_lazy("Agents’ public replies do not reach the contact.")
CHECKS = (
    Check(
        "webhook.object",
        FAMILY,
        gettext_lazy("Is the webhook in Zendesk as it should be?"),
        WAITS,
        gettext_lazy("The webhook is missing, inactive, or calls another URL; then Zendesk’s activity shows 4xx."),
        gettext_lazy("Repair it: only the fields that differ are changed, and a test call proves it."),
        _webhook,
        rows=(4, 9),
        repair=MEND_WEBHOOK,
        place=objects_place,
    ),
    Check(
        "webhook.triggers",
        FAMILY,
        gettext_lazy("Do triggers call it for replies and changes of status?"),
        WAITS,
        gettext_lazy("Without an active trigger Zendesk never calls the webhook; replies are found hourly only."),
        gettext_lazy("Repair them: conditions and action are set as shown, and a test call proves it."),
        check_triggers,
        rows=(4,),
        repair=MEND_TRIGGERS,
        place=objects_place,
    ),
    Check(
        "webhook.body",
        FAMILY,
        gettext_lazy("Do the triggers send ticket_id and external_id?"),
        gettext_lazy("Zendesk’s activity shows 5xx for calls to our webhook."),
        gettext_lazy("A body without the two ids cannot be matched to a session."),
        gettext_lazy("Repair it: the body is set to the reference body. Calls that came can be replayed."),
        _body,
        rows=(10,),
        repair=MEND_TRIGGERS,
        place=objects_place,
    ),
    Check(
        "webhook.comment",
        FAMILY,
        gettext_lazy("Does no body carry words of agents?"),
        gettext_lazy("Internal notes reach the contact."),
        gettext_lazy("A trigger that sends {{ticket.latest_comment}} also sends notes. Here its words are never used."),
        gettext_lazy("Repair it, so that nobody relies on it: the body then holds the ids only."),
        _comment,
        rows=(5,),
        repair=MEND_TRIGGERS,
        place=objects_place,
    ),
)
