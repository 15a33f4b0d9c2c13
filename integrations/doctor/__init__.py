"""The doctor: every live check of one organization, each a question with its evidence."""

from __future__ import annotations

from integrations.doctor.finding import Finding
from integrations.doctor.registry import Context, Subject, ask, list_checks
from opencx_admin.orgs.models import Organization


def examine(organization: Organization, part: str = "") -> list[Finding]:
    """Ask every question now, or those of one family or id, in the order of the flow. Changes nothing."""
    context = Context(organization)
    return [ask(check, context) for check in list_checks(Subject(), part)]
