"""The demo's AI fields: three of the stand-in's ticket fields, turned on and learned from its past tickets."""

from __future__ import annotations

import json
from pathlib import Path

from django.utils import timezone

from opencx_admin.orgs.models import Organization
from ticketing.fields import readings
from ticketing.models import AIFieldMapping, FieldReading, TicketField

DESCRIPTIONS = Path(__file__).with_name("fields.json")


def turn_on(organization: Organization, by: str) -> None:
    """Turn them on, unless the organization has AI fields of its own choice; learn before the first handoff."""
    if AIFieldMapping.objects.filter(organization=organization).exists() or readings.refresh_fields(organization):
        return
    told = json.loads(DESCRIPTIONS.read_text())
    for field in TicketField.objects.filter(organization=organization, title__in=told, is_custom=True):
        AIFieldMapping.objects.create(
            organization=organization,
            field=field,
            description="\n".join(told[field.title]),
            is_enabled=True,
            changed_by=by,
            changed_at=timezone.now(),
        )
    readings.advance(readings.watch(organization, FieldReading.Kind.PAST_TICKETS))
