"""The same plan for a person's hands: where to click, what to enter, and the exact body for who prefers the API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from integrations.models import ObjectKind
from integrations.provisioning import wanted
from integrations.provisioning.items import PlanItem
from integrations.provisioning.reading import TRIGGERS

Words = str | Promise
# Stands where the webhook's id goes while there is no webhook yet.
WEBHOOK_ID = "WEBHOOK_ID"


@dataclass(frozen=True)
class ByHand:
    """`path`: the click path in Admin Center. `fields`: label and value. `body`: what the trigger sends, to copy.

    `json_body` is the whole of what a POST to `api_path` takes. `url` opens Admin Center at the right page.
    """

    path: str
    fields: tuple[tuple[str, str], ...]
    json_body: str
    url: str
    api_path: str
    body: str = ""


def steps(item: PlanItem) -> ByHand:
    """How a person makes, or mends, this object. Holds the whole URL: for admins only."""
    if item.kind == ObjectKind.WEBHOOK:
        return _webhook(item)
    if item.kind in TRIGGERS:
        return _trigger(item)
    return _view(item) if item.kind == ObjectKind.VIEW else _sunshine(item)


def _webhook(item: PlanItem) -> ByHand:
    fields = item.wanted
    return ByHand(
        path=_("Admin Center › Apps and integrations › Webhooks › Create webhook › Trigger or automation"),
        fields=(
            (_("Name"), str(fields["name"])),
            (_("Endpoint URL"), str(fields["endpoint"])),
            (_("Request method"), str(fields["http_method"])),
            (_("Request format"), "JSON"),
            (_("Authentication"), _("None: the URL is the key")),
        ),
        json_body=_json("webhook", fields),
        url=item.admin_url,
        api_path="/api/v2/webhooks",
    )


def _trigger(item: PlanItem) -> ByHand:
    fields = _with_webhook_id(item.wanted)
    conditions = fields["conditions"]
    rows = [(_("Trigger name"), str(fields["title"]))]
    rows += [(_("Meet all"), say_condition(one)) for one in conditions["all"]]
    rows += [(_("Meet any"), say_condition(one)) for one in conditions["any"]]
    rows += [(_("Action"), _("Notify by › Active webhook › %(name)s") % {"name": wanted.WEBHOOK_NAME})]
    return ByHand(
        path=_("Admin Center › Objects and rules › Business rules › Triggers › Create trigger"),
        fields=tuple(rows),
        json_body=_json("trigger", fields),
        url=item.admin_url,
        api_path="/api/v2/triggers",
        body=wanted.REFERENCE_BODY,
    )


def _with_webhook_id(fields: Mapping[str, Any]) -> dict[str, Any]:
    actions = [dict(one) for one in fields["actions"]]
    for one in actions:
        if one.get("field") == wanted.NOTIFY and not one["value"][0]:
            one["value"] = [WEBHOOK_ID, *one["value"][1:]]
    return {**fields, "actions": actions}


def _view(item: PlanItem) -> ByHand:
    fields = item.wanted
    conditions = fields["conditions"]
    return ByHand(
        path=_("Admin Center › Workspaces › Agent tools › Views › Create view"),
        fields=(
            (_("View name"), str(fields["title"])),
            *((_("Meet all"), say_condition(one)) for one in conditions["all"]),
            (_("Order by"), _("Requested, oldest first")),
        ),
        json_body=_json("view", {**{k: v for k, v in fields.items() if k != "conditions"}, **conditions}),
        url=item.admin_url,
        api_path="/api/v2/views",
    )


def _sunshine(item: PlanItem) -> ByHand:
    fields = item.wanted
    body = {"type": "custom", "status": "active", "displayName": wanted.WEBHOOK_NAME, "webhooks": [fields]}
    return ByHand(
        path=_("Admin Center › Apps and integrations › Integrations › Conversations integrations › Create integration"),
        fields=(
            (_("Name"), wanted.WEBHOOK_NAME),
            (_("Webhook endpoint URL"), str(fields["target"])),
            (_("Webhook subscriptions"), ", ".join(fields["triggers"])),
        ),
        json_body=json.dumps(body, indent=2),
        url=item.admin_url,
        api_path="/v2/apps/{appId}/integrations",
    )


def say_condition(one: Mapping[str, Any]) -> str:
    """A condition in the words of Admin Center."""
    field, operator, value = str(one.get("field")), str(one.get("operator")), one.get("value")
    known = {
        ("update_type", "is", "Change"): _("Ticket › Is › Updated"),
        ("comment_is_public", "is", "true"): _("Comment › Is › Public"),
        ("role", "is", "agent"): _("Current user › Is › (agent)"),
        ("current_via_id", "is_not", "5"): _("Update via › Is not › Web service (API)"),
        ("status", "changed", None): _("Status › Changed"),
        ("status", "less_than", "solved"): _("Status › Less than › Solved"),
    }
    words = known.get((field, operator, value if value is None else str(value)))
    if words:
        return words
    if field == "current_tags":
        said = (
            _("Tags › Contains at least one of › %(tags)s")
            if operator == "includes"
            else _("Tags › Contains none of › %(tags)s")
        )
        return said % {"tags": value}
    return " › ".join(str(part) for part in (field, operator, value) if part is not None)


def _json(name: str, fields: Mapping[str, Any]) -> str:
    said = {key: value for key, value in fields.items() if value is not None}
    return json.dumps({name: said}, indent=2, ensure_ascii=False)
