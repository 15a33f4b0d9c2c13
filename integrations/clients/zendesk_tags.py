"""Adding tags to a ticket beside those it has. Sources: https://developer.zendesk.com/api-reference/ticketing/
ticket-management/tags/#add-tags and …/tickets/tickets/#protecting-against-ticket-update-collisions
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Ticket


def add_tags(client: ZendeskClient, ticket: Ticket, tags: Sequence[str]) -> None:
    """Safe to repeat. `tags` of a ticket's own PUT replaces them all and with them the values of drop-downs.

    Where Zendesk does not offer to add, all of them are written, unless the ticket changed since it was read.
    """
    try:
        client.call(
            "PUT",
            f"/api/v2/tickets/{ticket.id}/tags",
            template="/api/v2/tickets/{id}/tags",
            body=json.dumps({"tags": list(tags)}).encode(),
        )
    except (errors.NotFound, errors.Rejected) as error:
        if error.status not in (404, 405):
            raise
        changes = {"tags": [*ticket.tags, *(tag for tag in tags if tag not in ticket.tags)]}
        if ticket.updated_at is not None:
            stamp = f"{ticket.updated_at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
            client.update_ticket(ticket.id, {**changes, "safe_update": True, "updated_stamp": stamp})
        else:
            client.update_ticket(ticket.id, changes)
