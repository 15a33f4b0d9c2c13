"""Taking things out of a Zendesk account: a ticket (to its deleted tickets, for 30 days) and an end user.

Both are safe to repeat: what is gone already raises `NotFound` with `is_record`.
Sources: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#delete-ticket and
https://developer.zendesk.com/api-reference/ticketing/users/users/#delete-user
"""

from __future__ import annotations

from integrations.clients.zendesk import ZendeskClient


def delete_ticket(client: ZendeskClient, ticket_id: int) -> None:
    """Needs an admin, or an agent whose role may delete tickets; else `Forbidden`."""
    client.call("DELETE", f"/api/v2/tickets/{ticket_id}", template="/api/v2/tickets/{id}")


def delete_user(client: ZendeskClient, user_id: int) -> None:
    """Needs an admin. `Rejected` while the user requests tickets that are not closed."""
    client.call("DELETE", f"/api/v2/users/{user_id}", template="/api/v2/users/{id}")
