"""The doctor: every live check of one organization, each a question with its evidence."""

from __future__ import annotations

from collections.abc import Callable

from integrations.doctor import events, messaging, parts, ticketing, webhook
from integrations.doctor.finding import Finding
from opencx_admin.orgs.models import Organization

FAMILIES: tuple[Callable[[Organization], list[Finding]], ...] = (
    ticketing.examine,
    webhook.examine,
    messaging.examine,
    events.examine,
    parts.examine,
)


def examine(organization: Organization) -> list[Finding]:
    """Ask every question now, in the order of the flow. Calls Zendesk; changes nothing."""
    return [finding for family in FAMILIES for finding in family(organization)]
