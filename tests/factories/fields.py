"""Ticket fields, which of them the AI fills, and what it put in."""

from __future__ import annotations

import factory
from django.utils import timezone

from tests.factories.base import RowFactory
from tests.factories.people import OrganizationFactory
from tests.factories.sessions import HandoffFactory
from ticketing.ai.engine import FieldType, Source
from ticketing.models import (
    AIFieldMapping,
    AIFieldResult,
    FieldBackfill,
    FieldChange,
    FieldReading,
    PastTicket,
    TicketField,
)

REASONS = [
    {"value": "reason_refund", "name": "Refund"},
    {"value": "reason_exchange", "name": "Exchange"},
    {"value": "reason_delivery", "name": "Delivery"},
]
DESCRIPTION = (
    "Refund: when the contact wants money back.\nExchange: when the contact wants another size or colour.\n"
    "Delivery: when the contact asks where a parcel is.\nLeave blank when unclear."
)


class TicketFieldFactory(RowFactory[TicketField]):
    """A drop-down with three options."""

    class Meta:
        model = TicketField

    organization = factory.SubFactory(OrganizationFactory)
    zendesk_id = factory.Sequence(lambda n: 360000000000 + n)
    type = FieldType.DROPDOWN
    title = "Contact reason"
    options = factory.LazyFunction(lambda: [dict(option) for option in REASONS])
    seen_at = factory.LazyFunction(timezone.now)


class AIFieldMappingFactory(RowFactory[AIFieldMapping]):
    class Meta:
        model = AIFieldMapping

    organization = factory.SubFactory(OrganizationFactory)
    field = factory.SubFactory(TicketFieldFactory, organization=factory.SelfAttribute("..organization"))
    description = DESCRIPTION
    is_enabled = True


class AIFieldResultFactory(RowFactory[AIFieldResult]):
    class Meta:
        model = AIFieldResult

    organization = factory.SubFactory(OrganizationFactory)
    handoff = factory.SubFactory(HandoffFactory, organization=factory.SelfAttribute("..organization"))
    field = factory.SubFactory(TicketFieldFactory, organization=factory.SelfAttribute("..organization"))
    value = "reason_refund"
    confidence = 0.92
    evidence = "I want my money back"
    source = Source.MATCHED


class FieldChangeFactory(RowFactory[FieldChange]):
    class Meta:
        model = FieldChange

    organization = factory.SubFactory(OrganizationFactory)
    field = factory.SubFactory(TicketFieldFactory, organization=factory.SelfAttribute("..organization"))
    kind = FieldChange.Kind.RENAMED
    before = "Reason"
    after = "Contact reason"


class FieldReadingFactory(RowFactory[FieldReading]):
    """Due now."""

    class Meta:
        model = FieldReading

    organization = factory.SubFactory(OrganizationFactory)
    kind = FieldReading.Kind.FIELDS
    next_attempt_at = factory.LazyFunction(timezone.now)


class FieldBackfillFactory(RowFactory[FieldBackfill]):
    """Due now."""

    class Meta:
        model = FieldBackfill

    organization = factory.SubFactory(OrganizationFactory)
    next_attempt_at = factory.LazyFunction(timezone.now)


class PastTicketFactory(RowFactory[PastTicket]):
    class Meta:
        model = PastTicket

    organization = factory.SubFactory(OrganizationFactory)
    ticket_id = factory.Sequence(lambda n: 9000 + n)
    features = b""
    changed_at = factory.LazyFunction(timezone.now)
