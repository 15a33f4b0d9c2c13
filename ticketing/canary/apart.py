"""The one place that says which rows are the canary's, so that no list and no figure counts them."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from integrations.models import PlatformEvent, WebhookEvent
from opencx_admin.orgs.models import Organization
from ticketing.models import Handoff, Session

M = TypeVar("M", bound=Model)
E = TypeVar("E", PlatformEvent, WebhookEvent)


def find_canaries(org: Organization) -> QuerySet[Session]:
    """The sessions of the running round trip: one at most, and none soon after."""
    return Session.objects.filter(organization=org, is_canary=True)


def leave_out(rows: QuerySet[M], org: Organization, by: str = "session") -> QuerySet[M]:
    """The rows without the canary's; `by` names their session (`pk` for sessions themselves)."""
    return rows.exclude(**{f"{by}__in": find_canaries(org).values("pk")})


def find_refs(org: Organization) -> QuerySet[Session, str]:
    """The same by the platform's id, for calls and events."""
    return find_canaries(org).values_list("external_id", flat=True)


def leave_out_calls(rows: QuerySet[E], org: Organization) -> QuerySet[E]:
    """Webhook calls or events without the canary's, which they name by the platform's id."""
    return rows.exclude(session_ref__in=find_refs(org))


def handoffs_of(org: Organization) -> QuerySet[Handoff]:
    """The organization's handoffs, without the canary's."""
    return leave_out(org.handoffs.all(), org)
