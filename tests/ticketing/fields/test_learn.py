"""Fields are learned from what agents chose: when enough is there, anew when enough is new, never their words."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from integrations.clients.zendesk_fields import ExportPage
from integrations.clients.zendesk_fields import PastTicket as Told
from opencx_admin.orgs.models import Organization
from tests.factories import (
    AIFieldMappingFactory,
    AIFieldResultFactory,
    FieldReadingFactory,
    HandoffFactory,
    MessageFactory,
    PastTicketFactory,
    SessionFactory,
)
from ticketing.ai.features import featurize
from ticketing.fields import asking, examples, learn
from ticketing.models import AIFieldMapping, LearnedField, PastTicket

REFUNDS = [
    "I want my money back for the {n}",
    "Please refund order {n}",
    "Give me a refund, number {n}",
    "money back {n}",
]
SIZES = [
    "The boots {n} are too small",
    "Can I swap {n} for another size",
    "Size {n} does not fit me",
    "bigger size {n}",
]


@pytest.fixture
def mapping(org: Organization) -> AIFieldMapping:
    return AIFieldMappingFactory.create(organization=org)


def keep_examples(mapping: AIFieldMapping, number: int) -> None:
    for n in range(number):
        texts, label = (REFUNDS, "reason_refund") if n % 2 else (SIZES, "reason_exchange")
        PastTicketFactory.create(
            organization=mapping.organization,
            features=featurize(texts[n // 2 % 4].format(n=n)),
            labels={str(mapping.field.zendesk_id): [label]},
            changed_at=timezone.now() - dt.timedelta(minutes=n),
        )


def nothing(_lease: dt.timedelta) -> None:
    """There is no claim to keep."""


def told(ticket_id: int, **changes: object) -> Told:
    values = {
        "id": ticket_id,
        "external_id": "",
        "status": "solved",
        "text": "I want my money back for the boots",
        "tags": (),
        "values": {},
        "updated_at": timezone.now(),
    }
    return Told(**{**values, **changes})  # type: ignore[arg-type]


class Export:
    """An account whose export gives these tickets in one page."""

    def __init__(self, *tickets: Told) -> None:
        self.tickets = tickets

    def past_tickets(self, cursor: str, since: dt.datetime) -> ExportPage:
        return ExportPage(self.tickets, "next", is_last=True)


def read(org: Organization, *tickets: Told) -> None:
    reading = FieldReadingFactory.create(organization=org, kind="past_tickets")
    assert reading.claim()
    examples.read_page(reading, Export(*tickets))  # type: ignore[arg-type]
    reading.rest()


def test_enough_past_tickets_make_a_field_sure(mapping: AIFieldMapping) -> None:
    keep_examples(mapping, 80)
    assert learn.learn_all(mapping.organization, nothing) == 1
    row = LearnedField.objects.get()
    assert (row.trained_on, row.version, row.problem) == (80, 1, "")
    assert row.agreement >= 0.9
    today = timezone.now().date()
    guesses, _ms = asking.ask(
        mapping.organization, "I want my money back for order 7", [mapping], today=today, subject="test"
    )
    guess = guesses[mapping.field.zendesk_id]
    assert (guess.value, guess.source) == ("reason_refund", "learned")


def test_it_is_learned_anew_only_when_enough_is_new(mapping: AIFieldMapping) -> None:
    keep_examples(mapping, 60)
    assert learn.learn_field(mapping.field, mapping.description)
    assert not learn.learn_field(mapping.field, mapping.description)
    keep_examples(mapping, 14)
    assert learn.learn_field(mapping.field, mapping.description)
    assert LearnedField.objects.get().version == 2


def test_other_options_are_learned_anew(mapping: AIFieldMapping) -> None:
    keep_examples(mapping, 60)
    assert learn.learn_field(mapping.field, mapping.description)
    mapping.field.options = [*mapping.field.options, {"value": "reason_new", "name": "New"}]
    assert learn.learn_field(mapping.field, mapping.description)


def test_few_examples_teach_nothing(mapping: AIFieldMapping) -> None:
    keep_examples(mapping, 10)
    assert learn.learn_all(mapping.organization, nothing) == 0
    assert LearnedField.objects.get().examples == 10


def test_examples_that_all_say_the_same_are_named_as_the_reason(mapping: AIFieldMapping) -> None:
    for n in range(40):
        labels = {str(mapping.field.zendesk_id): ["reason_refund"]}
        PastTicketFactory.create(
            organization=mapping.organization, features=featurize(REFUNDS[n % 4].format(n=n)), labels=labels
        )
    learn.learn_all(mapping.organization, nothing)
    assert LearnedField.objects.get().problem


def test_a_model_that_cannot_be_read_is_learned_anew(mapping: AIFieldMapping) -> None:
    keep_examples(mapping, 60)
    learn.learn_field(mapping.field, mapping.description)
    LearnedField.objects.update(model=b"broken", version=7)
    assert learn.find_learned([mapping.field]) == {}
    assert learn.learn_field(mapping.field, mapping.description)
    assert list(learn.find_learned([mapping.field])) == [mapping.field.zendesk_id]


def test_only_solved_tickets_in_which_agents_chose_become_examples(mapping: AIFieldMapping) -> None:
    field_id = mapping.field.zendesk_id
    read(
        mapping.organization,
        told(1, values={field_id: "reason_refund"}),
        told(2, values={field_id: None}),
        told(3, values={field_id: "reason_refund"}, status="open"),
        told(4, values={field_id: "reason_refund"}, text="hi"),
        told(5, values={999: "unknown field"}),
    )
    row = PastTicket.objects.get()
    assert (row.ticket_id, row.labels) == (1, {str(field_id): ["reason_refund"]})
    assert b"money" not in bytes(row.features)


def test_a_ticket_that_was_reopened_or_deleted_is_forgotten(mapping: AIFieldMapping) -> None:
    field_id = mapping.field.zendesk_id
    read(mapping.organization, told(1, values={field_id: "reason_refund"}))
    reading = mapping.organization.field_readings.get()
    reading.postpone(0)
    assert reading.claim()
    examples.read_page(reading, Export(told(1, status="deleted")))  # type: ignore[arg-type]
    assert not PastTicket.objects.exists()


def test_what_the_ai_wrote_and_nobody_changed_teaches_nothing(mapping: AIFieldMapping) -> None:
    org, field_id = mapping.organization, mapping.field.zendesk_id
    for name, value in (("kept", "reason_refund"), ("changed", "reason_exchange")):
        session = SessionFactory.create(organization=org, external_id=name)
        MessageFactory.create(session=session, text="I want my money back for these boots")
        handoff = HandoffFactory.create(session=session)
        AIFieldResultFactory.create(organization=org, handoff=handoff, field=mapping.field, value=value)
    read(
        org,
        told(1, external_id="kept", values={field_id: "reason_refund"}),
        told(2, external_id="changed", values={field_id: "reason_refund"}),
    )
    assert [row.ticket_id for row in PastTicket.objects.all()] == [2]


def test_another_organizations_tickets_are_not_ours(mapping: AIFieldMapping, other_org: Organization) -> None:
    keep_examples(mapping, 60)
    theirs = AIFieldMappingFactory.create(organization=other_org, field__zendesk_id=mapping.field.zendesk_id)
    assert learn.learn_all(other_org, nothing) == 0
    assert LearnedField.objects.get(field=theirs.field).examples == 0


def test_a_claim_outlasts_the_learning_and_one_organization_learns_at_a_time(mapping: AIFieldMapping) -> None:
    """Training takes longer than a claim: a second worker would begin the same, and a third."""
    keep_examples(mapping, 80)
    leases: list[dt.timedelta] = []
    busy: list[bool] = []

    def keep(lease: dt.timedelta) -> None:
        leases.append(lease)
        try:
            learn.learn_all(mapping.organization, nothing)
        except learn.Busy:
            busy.append(True)

    assert learn.learn_all(mapping.organization, keep) == 1
    assert min(leases) >= dt.timedelta(minutes=10)
    assert busy == [True]
