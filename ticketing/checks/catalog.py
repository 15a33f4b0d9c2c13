"""The checks of this app, in the order in which they are asked."""

from __future__ import annotations

from integrations.doctor import registry
from ticketing.checks import ai_fields, assist, case, contacts, handoffs, knowledge, path, replies


def register_checks() -> None:
    """Add them, and the names of what a run can be about, to the registry. For `AppConfig.ready`."""
    for room in (handoffs, path, replies, contacts, ai_fields, knowledge, assist):
        registry.register(room.CHECKS)
    for kind, describe in case.DESCRIBERS.items():
        registry.register_subject(kind, describe)
