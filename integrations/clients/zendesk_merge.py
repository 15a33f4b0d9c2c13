"""Merging tickets, which Zendesk does as a job of its own and nobody can take back."""

from __future__ import annotations

import json
from collections.abc import Sequence

from integrations.clients.zendesk import ZendeskClient


def merge_tickets(client: ZendeskClient, target: int, sources: Sequence[int], note: str) -> None:
    """Close `sources` into `target`, with an internal `note` in each. Returns when Zendesk has queued it.

    Raises what the client raises. https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#merge-tickets-into-target-ticket
    """
    body = {
        "ids": list(sources),
        "source_comment": note,
        "target_comment": note,
        "source_comment_is_public": False,
        "target_comment_is_public": False,
    }
    client.call(
        "POST",
        f"/api/v2/tickets/{target}/merge",
        template="/api/v2/tickets/{id}/merge",
        body=json.dumps(body).encode(),
    )
