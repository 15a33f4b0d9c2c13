"""Which of Zendesk's fields of an object concern us: what is shown, kept as its former state, and given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.clients.sunshine import SunshineWebhook
from integrations.models import ObjectKind
from opencx_admin.crypto import DOTS

_TRIGGER = ("title", "description", "active", "conditions", "actions")
FIELDS: dict[ObjectKind, tuple[str, ...]] = {
    ObjectKind.WEBHOOK: (
        "name", "description", "endpoint", "http_method", "request_format", "status", "subscriptions", "authentication",
        "custom_headers",
    ),
    ObjectKind.REPLY_TRIGGER: _TRIGGER,
    ObjectKind.STATUS_TRIGGER: _TRIGGER,
    ObjectKind.ASSIST_TRIGGER: _TRIGGER,
    ObjectKind.VIEW: ("title", "description", "active", "conditions", "restriction"),
    ObjectKind.SUNSHINE_WEBHOOK: ("target", "triggers"),
}  # fmt: skip
# What undo gives back. Never the authentication: Zendesk does not tell its secret, so we never touch it.
GIVEN_BACK: dict[ObjectKind, tuple[str, ...]] = {
    ObjectKind.WEBHOOK: ("name", "endpoint", "http_method", "request_format", "status"),
    ObjectKind.REPLY_TRIGGER: ("title", "active", "conditions", "actions"),
    ObjectKind.STATUS_TRIGGER: ("title", "active", "conditions", "actions"),
    ObjectKind.ASSIST_TRIGGER: ("title", "active", "conditions", "actions"),
    ObjectKind.VIEW: ("title", "active", "conditions"),
    ObjectKind.SUNSHINE_WEBHOOK: ("target", "triggers"),
}


def trim(kind: ObjectKind, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that concern us, as Zendesk gave them; of what signs in elsewhere only the names."""
    return {name: _veil(name, fields[name]) for name in FIELDS[kind] if name in fields}


def _veil(name: str, value: Any) -> Any:
    if name == "authentication" and isinstance(value, Mapping):
        return {key: part if key in ("type", "add_position") else DOTS for key, part in value.items()}
    if name == "custom_headers" and isinstance(value, Mapping):
        return dict.fromkeys(value, DOTS)
    return value


def sunshine_fields(hook: SunshineWebhook) -> dict[str, Any]:
    """A Sunshine webhook as fields, without its secret."""
    return {"target": hook.target, "triggers": list(hook.triggers)}
