"""Do agents agree? What the AI put in is compared with what stands there when the ticket is solved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from ticketing.fields.values import is_blank, is_same
from ticketing.models import AIFieldResult, SessionTicketLink


def compare(link: SessionTicketLink, values: Mapping[int, Any]) -> int:
    """Note for each AI field of the link's handoff what agents left in it. Returns how many were compared.

    `values` are the ticket's, by Zendesk's field id; a ticket solved again is compared again. A value that stayed is
    agreement; where both left it blank there is nothing to agree on.
    """
    if link.handoff_id is None or not values:
        return 0
    now, number = timezone.now(), 0
    for row in AIFieldResult.objects.filter(handoff_id=link.handoff_id).select_related("field"):
        if row.field.zendesk_id not in values:
            continue
        theirs = values[row.field.zendesk_id]
        row.agent_value = None if is_blank(theirs) else theirs
        row.agrees = is_same(row.field, row.value, theirs) if row.is_filled else None
        row.compared_at = now
        row.save(update_fields=["agent_value", "agrees", "compared_at"])
        number += 1
    return number
