"""The account's fields in our rows, and what somebody changed about them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.clients import errors
from integrations.clients.zendesk_fields import Field
from opencx_admin.orgs.models import Organization
from tests.factories import AIFieldMappingFactory
from ticketing.fields.schema import close_changes, open_changes, say_change, take_fields
from ticketing.models import FieldChange, TicketField

REASON = Field(
    id=36001,
    type="tagger",
    title="Contact reason",
    is_active=True,
    is_required=False,
    is_custom=True,
    pattern="",
    tag="",
    options=(("reason_refund", "Refund"), ("reason_exchange", "Exchange")),
)
SUBJECT = replace(REASON, id=1, type="subject", title="Subject", is_custom=False, options=())


def read(org: Organization, *fields: Field) -> set[str]:
    return {str(change.kind) for change in take_fields(org, [SUBJECT, *fields])}


def is_usable() -> bool:
    return TicketField.objects.get(zendesk_id=36001).is_usable


def test_the_first_reading_changes_nothing(org: Organization) -> None:
    assert read(org, REASON) == set()
    field = TicketField.objects.get(zendesk_id=36001)
    assert (field.title, field.is_usable, field.names["reason_refund"]) == ("Contact reason", True, "Refund")
    assert not TicketField.objects.get(zendesk_id=1).is_supported


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"title": "Why"}, {"renamed"}),
        ({"type": "text"}, {"retyped"}),
        ({"is_required": True}, {"required"}),
        ({"is_active": False}, {"switched_off"}),
        ({"options": (("reason_refund", "Refund"),)}, {"options_removed"}),
        ({"options": (("reason_refund", "Money"), ("reason_exchange", "Exchange"))}, {"options_renamed"}),
        ({"options": (*REASON.options, ("reason_other", "Other"))}, {"options_added"}),
        ({}, set()),
    ],
)
def test_each_change_is_found_once(org: Organization, changes: dict[str, object], kinds: set[str]) -> None:
    read(org, REASON)
    changed = replace(REASON, **changes)  # type: ignore[arg-type]
    assert read(org, changed) == kinds
    assert read(org, changed) == set()
    for change in FieldChange.objects.select_related("field"):
        assert say_change(change)


def test_a_field_that_is_gone_blocks_its_mapping_and_frees_it_when_it_returns(org: Organization) -> None:
    read(org, REASON)
    field = TicketField.objects.get(zendesk_id=36001)
    AIFieldMappingFactory.create(organization=org, field=field)
    assert read(org) == {"removed"}
    assert not is_usable()
    assert [change.kind for change in open_changes(org)] == ["removed"]
    assert read(org, REASON) == set()
    assert is_usable()
    assert open_changes(org) == []


def test_an_answer_without_a_field_removes_nothing(org: Organization) -> None:
    read(org, REASON)
    with pytest.raises(errors.BadResponse):
        take_fields(org, [])
    assert not TicketField.objects.exclude(gone_at=None).exists()


def test_what_a_person_has_seen_is_closed(org: Organization) -> None:
    read(org, REASON)
    field = TicketField.objects.get(zendesk_id=36001)
    AIFieldMappingFactory.create(organization=org, field=field)
    read(org, replace(REASON, title="Why"))
    assert close_changes(org, [field.pk], "alice") == 1
    assert open_changes(org) == []


def test_changes_of_fields_that_the_ai_does_not_fill_trouble_nobody(org: Organization) -> None:
    read(org, REASON)
    read(org)
    assert open_changes(org) == []


def test_two_organizations_on_one_account_have_rows_of_their_own(org: Organization, other_org: Organization) -> None:
    read(org, REASON)
    read(other_org, REASON)
    assert TicketField.objects.filter(zendesk_id=36001).count() == 2
