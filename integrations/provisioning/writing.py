"""The writes to the account, one object at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.clients.errors import NotFound
from integrations.clients.zendesk_rules import ZendeskRules
from integrations.messaging import open_sunshine, register_webhook
from integrations.models import ObjectKind
from integrations.provisioning.compare import Difference
from integrations.provisioning.items import SECRET_FIELD, PlanItem
from integrations.provisioning.reading import TRIGGERS, sunshine_of

Fields = dict[str, Any]


def differing(kind: ObjectKind, wanted: Mapping[str, Any], differences: tuple[Difference, ...]) -> Fields:
    """The fields to send: exactly those that differ; a trigger's conditions and actions always go whole."""
    names = {one.field.partition(".")[0] for one in differences} - {SECRET_FIELD}
    if names and kind in TRIGGERS:
        names |= {"conditions", "actions"}
    return {name: value for name, value in wanted.items() if name in names}


def create_object(rules: ZendeskRules, kind: ObjectKind, fields: Mapping[str, Any]) -> str:
    """Make it; returns Zendesk's id."""
    if kind == ObjectKind.WEBHOOK:
        return rules.create_webhook({name: value for name, value in fields.items() if value is not None}).id
    if kind == ObjectKind.VIEW:
        return rules.create_view(fields).id
    return rules.create_trigger(fields).id


def patch_object(rules: ZendeskRules, kind: ObjectKind, external_id: str, fields: Mapping[str, Any]) -> None:
    """Change these fields."""
    if kind == ObjectKind.WEBHOOK:
        rules.patch_webhook(external_id, fields)
    elif kind == ObjectKind.VIEW:
        rules.update_view(external_id, fields)
    else:
        rules.update_trigger(external_id, fields)


def delete_object(rules: ZendeskRules, kind: ObjectKind, external_id: str) -> None:
    """Remove it; one that is not there any more is as good."""
    act = {ObjectKind.WEBHOOK: rules.delete_webhook, ObjectKind.VIEW: rules.delete_view}
    try:
        act.get(kind, rules.delete_trigger)(external_id)
    except NotFound as error:
        if error.code == "NoHelpDesk":
            raise


def write_sunshine(organization_id: int, item: PlanItem) -> str:
    """Have Sunshine's webhook as wanted, and keep its secret; returns its id. One by our id is pointed here first."""
    connection = sunshine_of(organization_id)
    if connection is None:
        return ""
    client = open_sunshine(connection, subject="provisioning")
    hook = next((one for one in client.webhooks() if one.id == item.external_id), None)
    if hook is not None and item.differences:
        client.update_webhook(hook, target=item.wanted["target"], triggers=item.wanted["triggers"])
    return register_webhook(connection, client).id


def restore_sunshine(organization_id: int, external_id: str, former: Mapping[str, Any]) -> None:
    """Give an adopted webhook its former target and events."""
    connection = sunshine_of(organization_id)
    if connection is None:
        return
    client = open_sunshine(connection, subject="provisioning")
    hook = next((one for one in client.webhooks() if one.id == external_id), None)
    if hook is not None:
        client.update_webhook(hook, target=str(former["target"]), triggers=list(former["triggers"]))


def remove_sunshine(organization_id: int, external_id: str) -> None:
    """Delete our integration with its webhook, and forget its ids."""
    connection = sunshine_of(organization_id)
    if connection is None:
        return
    client = open_sunshine(connection, subject="provisioning")
    hook = next((one for one in client.webhooks() if one.id == external_id), None)
    if hook is not None:
        client.delete_integration(hook.integration_id)
