"""Trying a description on past sessions: old and new value, the reason, the fill rate; nothing is written."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import ProviderCall
from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import AIFieldMappingFactory, AIFieldResultFactory, HandoffFactory, MessageFactory, SessionFactory
from tests.ticketing.views.pages import words
from ticketing.fields.dry_run import try_out
from ticketing.models import AIFieldMapping, AIFieldResult, TicketField

PAGE = "/settings/ticketing/ai-fields/"
DESCRIPTION = "The order number, such as A-10234, when the contact writes one."


@pytest.fixture
def mapping(org: Organization) -> AIFieldMapping:
    return AIFieldMappingFactory.create(
        organization=org,
        field__type="regexp",
        field__pattern=r"A-\d{5}",
        field__title="Order number",
        field__options=[],
    )


def past_session(org: Organization, text: str, **session: object) -> None:
    row = SessionFactory.create(organization=org, subject="", **session)
    MessageFactory.create(session=row, text=text)


def test_each_session_shows_what_stood_there_and_what_would(mapping: AIFieldMapping) -> None:
    org = mapping.organization
    past_session(org, "Where is A-10234?")
    session = SessionFactory.create(organization=org, subject="")
    MessageFactory.create(session=session, text="Order A-10999 is late")
    handoff = HandoffFactory.create(session=session)
    AIFieldResultFactory.create(
        organization=org,
        handoff=handoff,
        field=mapping.field,
        value="A-10000",
        agent_value="A-10999",
        compared_at=timezone.now(),
    )
    past_session(org, "Hello there, I need help")
    found = try_out(mapping.field, DESCRIPTION)
    assert [(trial.old, trial.guess.value) for trial in found.trials] == [
        ("A-10000", "A-10999"),
        (None, None),
        (None, "A-10234"),
    ]
    assert (found.filled, found.fill_rate, found.changed, found.agreement) == (2, 67, 1, (1, 1))
    assert found.blanks == [("Not sure", 1)]


def test_it_writes_nothing(mapping: AIFieldMapping, as_alice: Client) -> None:
    past_session(mapping.organization, "Where is A-10234?")
    body = {"field_id": mapping.field.zendesk_id, "description": DESCRIPTION, "enabled": "on", "action": "dry_run"}
    answer = as_alice.post(PAGE, body)
    assert answer.status_code == 200
    page = words(answer.content)
    assert "Would be filled: 1 of 1" in page
    assert "A-10234" in page
    before = mapping.description
    mapping.refresh_from_db()
    assert mapping.description == before
    assert not AIFieldResult.objects.exists()
    assert not AuditEntry.objects.exists()
    assert not ProviderCall.objects.exists()


def test_at_most_fifty_sessions_are_asked(mapping: AIFieldMapping) -> None:
    for _number in range(55):
        past_session(mapping.organization, "Where is A-10234?")
    assert try_out(mapping.field, DESCRIPTION).total == 50


def test_a_field_that_was_never_saved_can_be_tried(org: Organization, as_alice: Client) -> None:
    field = TicketField.objects.create(organization=org, zendesk_id=5, type="date", title="Arrived on")
    past_session(org, "It arrived on 12 November 2026.")
    answer = as_alice.post(PAGE, {"field_id": "5", "description": "The day it arrived.", "action": "dry_run"})
    assert answer.status_code == 200
    assert "2026-11-12" in answer.content.decode()
    assert not AIFieldMapping.objects.filter(field=field).exists()


def test_without_sessions_it_says_so(mapping: AIFieldMapping, as_alice: Client) -> None:
    body = {"field_id": mapping.field.zendesk_id, "description": "", "action": "dry_run"}
    assert "There are no past sessions" in words(as_alice.post(PAGE, body).content)


def test_other_organizations_sessions_are_not_tried(mapping: AIFieldMapping, other_org: Organization) -> None:
    past_session(other_org, "Where is A-10234?")
    assert try_out(mapping.field, DESCRIPTION).trials == []


def test_a_contacts_markup_is_shown_as_text(mapping: AIFieldMapping, as_alice: Client) -> None:
    past_session(mapping.organization, "<script>alert(1)</script> about A-10234", external_id="<b>bold</b>")
    body = {"field_id": mapping.field.zendesk_id, "description": DESCRIPTION, "action": "dry_run"}
    page = as_alice.post(PAGE, body).content.decode()
    assert "<script>alert" not in page
    assert "<b>bold" not in page
