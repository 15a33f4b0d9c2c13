"""What each object in Zendesk should be. Pure: an address and an id in, Zendesk's own fields out.

Bodies carry ids only; what changed is read from Zendesk. What we write ourselves comes by API (via 5) and rings
nobody, except on the canary's tickets: its replies are written by API and must ring.
Sources: https://developer.zendesk.com/documentation/ticketing/reference-guides/conditions-reference/ and
/actions-reference/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Fields = dict[str, Any]

WEBHOOK_NAME = "OpenCX"
VIEW_TITLE = "Handoff problems"
HANDED_OFF_TAG, CANARY_TAG, PROBLEM_TAG = "opencx_handedoff", "opencx_canary", "opencx_handoff_problem"
REFERENCE_BODY = (
    '{"ticket_id": "{{ticket.id}}", "external_id": "{{ticket.external_id}}", "status": "{{ticket.status}}"}'
)
TRIGGERS_ONLY = "conditional_ticket_events"
NOTIFY = "notification_webhook"
REPLY, STATUS, ASSIST = "reply_trigger", "status_trigger", "assist_trigger"
TRIGGER_TITLES = {
    REPLY: "OpenCX: an agent replied publicly",
    STATUS: "OpenCX: the status changed",
    ASSIST: "OpenCX: a ticket was opened in Zendesk",
}
DESCRIPTION = "Kept in order by OpenCX (Settings, Integrations, Zendesk, Objects)."
# Sent when an object is made and left alone afterwards: columns and words are the team's own.
MADE_WITH = ("description", "output")

Condition = dict[str, Any]


def condition(field: str, operator: str, value: str | None = None) -> Condition:
    """One condition as Zendesk writes it."""
    return {"field": field, "operator": operator, "value": value}


CHANGED = condition("update_type", "is", "Change")
PUBLIC = condition("comment_is_public", "is", "true")
OURS = condition("current_tags", "includes", HANDED_OFF_TAG)
NOT_OURS = condition("current_tags", "not_includes", HANDED_OFF_TAG)
NOT_BY_API = condition("current_via_id", "is_not", "5")
CANARY = condition("current_tags", "includes", CANARY_TAG)
UNSOLVED = condition("status", "less_than", "solved")
STATUS_CHANGED = condition("status", "changed")

CONDITIONS: dict[str, dict[str, list[Condition]]] = {
    REPLY: {"all": [CHANGED, PUBLIC, condition("role", "is", "agent"), OURS], "any": [NOT_BY_API, CANARY]},
    STATUS: {"all": [CHANGED, STATUS_CHANGED, OURS], "any": [NOT_BY_API, CANARY]},
    ASSIST: {"all": [PUBLIC, NOT_OURS, NOT_BY_API, UNSOLVED], "any": []},
}
# By which of its conditions a hand-made trigger is known for one of this kind.
TELLING = {REPLY: PUBLIC, STATUS: STATUS_CHANGED, ASSIST: NOT_OURS}


def want_webhook(url: str, *, name: str = WEBHOOK_NAME, is_adopted: bool = False) -> Fields:
    """The webhook that triggers call. An adopted one keeps the authentication it had: we ask for none."""
    fields: Fields = {
        "name": name,
        "endpoint": url,
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
        "subscriptions": [TRIGGERS_ONLY],
    }
    return fields if is_adopted else {**fields, "authentication": None, "description": DESCRIPTION}


def want_trigger(
    kind: str, webhook_id: str, *, title: str = "", is_active: bool = True, kept: Sequence[Mapping[str, Any]] = ()
) -> Fields:
    """One trigger. `kept`: what an adopted one does beside ringing us, which it goes on doing."""
    conditions = {part: [dict(one) for one in rows] for part, rows in CONDITIONS[kind].items()}
    return {
        "title": title or TRIGGER_TITLES[kind],
        "active": is_active,
        "conditions": conditions,
        "actions": [*(dict(one) for one in kept), {"field": NOTIFY, "value": [webhook_id, REFERENCE_BODY]}],
        "description": DESCRIPTION,
    }


def want_view() -> Fields:
    """What a support lead looks at: handoffs that need a person and are not solved, the oldest first.

    The tag `opencx_handoff_problem` is put on a ticket whose reply could not reach the contact. The status stands among
    the conditions since Zendesk asks every view for one of status, type, group, assignee or requester.
    """
    return {
        "title": VIEW_TITLE,
        "active": True,
        "conditions": {"all": [UNSOLVED, condition("current_tags", "includes", PROBLEM_TAG)], "any": []},
        "description": DESCRIPTION,
        "output": {
            "columns": ["nice_id", "description", "requester", "assignee", "created", "updated"],
            "sort_by": "created",
            "sort_order": "asc",
        },
    }


def want_sunshine(url: str, triggers: Sequence[str]) -> Fields:
    """The webhook of our custom integration in the Sunshine app; more events than these do no harm."""
    return {"target": url, "triggers": list(triggers)}


def keep_actions(actions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What a trigger does beside calling webhooks."""
    return [one for one in actions if one.get("field") != NOTIFY]


def webhooks_named(actions: Any) -> list[str]:
    """The ids of the webhooks that a trigger's actions call."""
    rows = actions if isinstance(actions, list) else []
    values = [one.get("value") for one in rows if isinstance(one, Mapping) and one.get("field") == NOTIFY]
    return [str(value[0]) for value in values if isinstance(value, list) and value]
