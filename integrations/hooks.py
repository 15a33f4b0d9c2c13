"""Where other rooms hang in what they do after something happened here; this app never imports them.

`ticketing` appends its functions when Django starts. They run after the transaction, in the order given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import QuerySet

from integrations.models import PlatformEvent, SunshineConnection, WebhookEvent, ZendeskConnection
from opencx_admin.orgs.models import Organization

E = TypeVar("E", WebhookEvent, PlatformEvent)

# After the saved credentials, Ticketing's or Messaging's, were verified with success: what waited for them goes on.
after_verify: list[Callable[[ZendeskConnection | SunshineConnection], None]] = []

# An event to the platform was given up: inside the transaction that says so.
event_lost: list[Callable[[PlatformEvent], None]] = []

# The sessions that lists and figures leave out, by the platform's id: our own tests that are under way.
left_out: list[Callable[[Organization], QuerySet[Any, Any]]] = []

# Whether suggestions for tickets opened in Zendesk are on: then a trigger tells of such tickets. Empty: they are off.
is_assist_on: list[Callable[[Organization], bool]] = []


def tell_verified(connection: ZendeskConnection | SunshineConnection) -> None:
    """Run `after_verify`."""
    for act in after_verify:
        act(connection)


def leave_out(rows: QuerySet[E], organization: Organization) -> QuerySet[E]:
    """Calls or events without those of the sessions in `left_out`."""
    for find in left_out:
        rows = rows.exclude(session_ref__in=find(organization))
    return rows


def wants_assist(organization: Organization) -> bool:
    """True when one of `is_assist_on` says so."""
    return any(ask(organization) for ask in is_assist_on)
