"""Triggers: conditions on what happened to a ticket, and the webhooks they ring."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from integrations.sandbox import faults
from integrations.sandbox.api.limits import spend
from integrations.sandbox.desk import placeholders
from integrations.sandbox.hooks import sender
from integrations.sandbox.models import Account, Invocation, Person, Ticket, Trigger, Webhook
from integrations.sandbox.store import new_id

VIA = {"web": "0", "email": "4", "api": "5", "rule": "8"}
HOOK_ACTIONS = ("notification_webhook",)
BODY_LIMIT = 256 * 1024
REFERENCE_BODY = (
    '{"ticket_id": "{{ticket.id}}", "external_id": "{{ticket.external_id}}", "status": "{{ticket.status}}"}'
)
ANY_REPLY_OR_STATUS = {
    "all": [
        {"field": "update_type", "operator": "is", "value": "Change"},
        {"field": "current_tags", "operator": "includes", "value": "opencx_handedoff"},
    ],
    "any": [
        {"field": "comment_is_public", "operator": "is", "value": "true"},
        {"field": "status", "operator": "changed", "value": None},
    ],
}


@dataclass(frozen=True)
class Happening:
    """One update of a ticket; ``before`` has the old values of what changed."""

    is_new: bool
    channel: str
    comment_is_public: bool | None = None
    before: dict[str, Any] = field(default_factory=dict)


def run(ticket: Ticket, updater: Person | None, happening: Happening) -> list[dict[str, Any]]:
    """Fires every active trigger whose conditions hold, in order; what the ticket's audit tells of it."""
    told = []
    for trigger in Trigger.objects.filter(account=ticket.account, is_active=True).order_by("position", "pk"):
        if holds(trigger.conditions, ticket, updater, happening):
            for action in trigger.actions:
                if action.get("field") in HOOK_ACTIONS:
                    ring(ticket, updater, action.get("value"))
                    told.append(tell(trigger, action.get("value")))
    return told


def tell(trigger: Trigger, value: Any) -> dict[str, Any]:
    """The audit's event of a webhook that a trigger rang."""
    source = {"from": {"id": trigger.pk, "title": trigger.title, "deleted": False}, "to": {}, "rel": "trigger"}
    named = str(value[0]) if isinstance(value, list) and value else ""
    via = {"channel": "rule", "source": source}
    return {"id": new_id(), "type": "External", "resource": named, "body": "", "via": via}


def holds(conditions: dict[str, Any], ticket: Ticket, updater: Person | None, happening: Happening) -> bool:
    """All of ``all``, and one of ``any`` when there are any."""
    needed, either = conditions.get("all") or [], conditions.get("any") or []
    met = [meets(one, ticket, updater, happening) for one in needed]
    return all(met) and (not either or any(meets(one, ticket, updater, happening) for one in either))


def meets(condition: dict[str, Any], ticket: Ticket, updater: Person | None, happening: Happening) -> bool:
    """Whether one condition is met; one of a kind unknown here is not."""
    name, operator = str(condition.get("field")), str(condition.get("operator"))
    value = condition.get("value")
    if name == "current_tags":
        wanted, present = set(str(value or "").split()), set(ticket.tags)
        return bool(wanted & present) if operator == "includes" else not wanted & present
    if operator in CHANGES:
        return CHANGES[operator](happening, name, ticket, value)
    reader = READERS.get(name)
    if reader is None:
        return False
    actual = reader(ticket, updater, happening)
    if operator in ORDERED:
        return is_ordered(name, operator, actual, str(value))
    if name == "comment_is_public" and str(value) in ("not_relevant", "requester_can_see_comment"):
        return actual == "true" or (value == "not_relevant" and actual != "")
    same = actual.lower() == ("" if value is None else str(value).lower())
    return same if operator == "is" else not same if operator == "is_not" else False


STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("", "low", "normal", "high", "urgent")
ORDERED = ("less_than", "less_than_equal", "greater_than", "greater_than_equal")


def is_ordered(name: str, operator: str, actual: str, value: str) -> bool:
    """``status less_than solved`` and the like; what has no order meets none."""
    order = {"status": STATUSES, "priority": PRIORITIES}.get(name, ())
    if actual not in order or value not in order:
        return False
    distance = order.index(actual) - order.index(value)
    if distance == 0:
        return operator.endswith("_equal")
    return (distance < 0) == operator.startswith("less")


def status_changed(happening: Happening, name: str, ticket: Ticket, value: Any) -> bool:
    """``changed``: also by being new."""
    return happening.is_new or name in happening.before


CHANGES: dict[str, Callable[[Happening, str, Ticket, Any], bool]] = {
    "changed": status_changed,
    "not_changed": lambda h, name, t, v: not h.is_new and name not in h.before,
    "value": lambda h, name, t, v: (h.is_new or name in h.before) and str(getattr(t, name, "")) == str(v),
    "value_previous": lambda h, name, t, v: name in h.before and str(h.before[name]) == str(v),
}
READERS: dict[str, Callable[[Ticket, Person | None, Happening], str]] = {
    "update_type": lambda t, p, h: "Create" if h.is_new else "Change",
    "comment_is_public": lambda t, p, h: "" if h.comment_is_public is None else str(h.comment_is_public).lower(),
    "role": lambda t, p, h: "" if p is None else "agent" if p.is_staff else "end_user",
    "current_via_id": lambda t, p, h: VIA.get(h.channel, "0"),
    "update_via_id": lambda t, p, h: VIA.get(h.channel, "0"),
    "via_id": lambda t, p, h: VIA.get(t.channel, "0"),
    "status": lambda t, p, h: t.status,
    "priority": lambda t, p, h: t.priority or "",
    "assignee_id": lambda t, p, h: str(t.assignee.pk) if t.assignee else "",
    "requester_id": lambda t, p, h: str(t.requester.pk),
    "type": lambda t, p, h: t.kind or "",
    "group_id": lambda t, p, h: str(t.group_id or ""),
}


def ring(ticket: Ticket, updater: Person | None, value: Any) -> None:
    """Queues one call of a webhook, with the body rendered now; faults may lose, double or delay it."""
    if not isinstance(value, list) or not value:
        return
    webhook = Webhook.objects.filter(account=ticket.account, pk=str(value[0]), status="active").first()
    if webhook is None:
        return
    template = value[1] if len(value) > 1 else ""
    if not isinstance(template, str):
        template = json.dumps({str(pair[0]): pair[1] for pair in template if isinstance(pair, list) and len(pair) > 1})
    payload = placeholders.expand_json(template, ticket, updater)
    if len(payload.encode()) >= BODY_LIMIT:
        return
    enqueue(webhook, payload, ticket.number)


def enqueue(webhook: Webhook, payload: str, number: int | None) -> None:
    """Writes the call down as due; it leaves once the transaction is in."""
    if faults.take(webhook.account, {"webhook_lost"}) is not None or is_over_limit(webhook.account):
        Invocation.objects.create(
            webhook=webhook, endpoint=webhook.endpoint, payload=payload, ticket_number=number, status="throttled"
        )
        return
    is_double = faults.take(webhook.account, {"webhook_duplicated"}) is not None
    late = faults.take(webhook.account, {"webhook_delayed"})
    stale = faults.take(webhook.account, {"webhook_stale_url"}) if webhook.previous_endpoint else None
    due = datetime.now(UTC) + timedelta(seconds=(late.seconds or 5) if late else 0)
    for _copy in range(2 if is_double else 1):
        Invocation.objects.create(
            webhook=webhook,
            endpoint=webhook.previous_endpoint if stale else webhook.endpoint,
            payload=payload,
            ticket_number=number,
            next_attempt_at=due,
        )
    transaction.on_commit(sender.wake)


def is_over_limit(account: Account) -> bool:
    """Whether the account made all the calls that its plan gives it in a minute (trials have 60)."""
    total = account.limit("webhook_calls")
    return total > 0 and spend((account.pk, "webhook calls"), total, 60)[0] < 0
