"""The engine that the settings ask for, for one organization."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.ai import open_ai
from integrations.clients.ai import SECONDS
from opencx_admin.orgs.models import Organization
from ticketing.ai.composite import Composite
from ticketing.ai.engine import Engine
from ticketing.ai.learned import Learned
from ticketing.ai.service import Service


def open_engine(
    organization: Organization,
    *,
    learned: Mapping[int, Learned] | None = None,
    subject: str = "",
    seconds: float = SECONDS,
) -> Engine:
    """What was learned (by field id), the service when one is configured, and the built-in engine.

    `subject` names in the call log what it is for, such as `handoff:<id>`; `seconds` is the time for the service.
    """
    client = open_ai(organization, subject=subject, seconds=seconds)
    return Composite(learned, Service(client) if client else None)
