"""The checks of this app, in the order in which they are asked."""

from __future__ import annotations

from integrations.doctor import activity, credentials, events, limits, messaging, objects, parts, registry, webhook


def register_checks() -> None:
    """Add them to the registry. For `AppConfig.ready`."""
    for room in (credentials, messaging, webhook, activity, objects, events, limits, parts):
        registry.register(room.CHECKS)
