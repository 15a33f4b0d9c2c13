"""Which fields a refusal is about: by id, by title, else all of them, but never when it is about something else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.clients import errors
from opencx_admin.orgs.models import Organization
from tests.factories import AIFieldMappingFactory, AIFieldResultFactory, HandoffFactory
from ticketing.fields.refusals import find_refused, leave_out, mark_refused, note_dropped
from ticketing.models import AIFieldResult, Handoff

SENT = {36001: "vip", 36002: "A-1"}
TITLES = {36001: "Contact reason", 36002: "Order number"}
WORDS = "Contact reason: vip is not valid"


def refusal(details: dict[str, Any], message: str = "", code: str = "RecordInvalid") -> errors.Rejected:
    return errors.Rejected(message, status=422, details=details, code=code)


CASES: list[tuple[dict[str, Any], set[int]]] = [
    ({"base": [{"description": WORDS, "error": "InvalidValue", "ticket_field_id": 36001}]}, {36001}),
    ({"base": [{"description": WORDS, "error": "InvalidValue"}]}, {36001}),
    ({"custom_field_36002": [{"description": "is wrong"}]}, {36002}),
    ({"ticket_field_36002": ["is wrong"]}, {36002}),
    ({"base": [{"ticket_field_id": 36001}, {"ticket_field_id": 36002}]}, {36001, 36002}),
    ({"base": [{"description": "Something is not valid", "error": "InvalidValue"}]}, {36001, 36002}),
    ({"base": [{"description": "Custom field value vip is invalid"}]}, {36001}),
    ({"custom_fields": [{"description": "cannot be read"}]}, {36001, 36002}),
    ({}, {36001, 36002}),
    ({"requester": [{"description": "Requester: Name: is too short"}]}, set()),
    ({"assignee_id": [{"description": "is not an agent"}]}, set()),
    ({"requester": [{"description": "Requester: Carla is suspended."}]}, set()),
    ({"base": [{"ticket_field_id": 99}]}, {36001, 36002}),
]


@pytest.mark.parametrize(("details", "found"), CASES)
def test_a_refusal_names_the_fields_it_is_about(details: dict[str, Any], found: set[int]) -> None:
    assert set(find_refused(refusal(details), SENT, TITLES)) == found


def test_a_suspended_requester_is_no_fault_of_the_fields() -> None:
    assert find_refused(refusal({"base": [{"description": "User is suspended"}]}), SENT, TITLES) == {}


def handed_off(org: Organization) -> Handoff:
    mapping = AIFieldMappingFactory.create(organization=org, field__zendesk_id=36001)
    handoff = HandoffFactory.create(organization=org)
    AIFieldResultFactory.create(organization=org, handoff=handoff, field=mapping.field)
    body = {"ticket": {"custom_fields": [{"id": 36001, "value": "reason_refund"}]}}
    handoff.request_body = json.dumps(body)
    return handoff


def test_a_refused_value_is_taken_back_and_shown_at_its_field(org: Organization) -> None:
    handoff = handed_off(org)
    details = {"base": [{"description": WORDS, "ticket_field_id": 36001}]}
    assert leave_out(handoff, refusal(details))
    row = AIFieldResult.objects.get()
    assert (row.value, row.reason) == (None, "refused_by_zendesk")
    assert WORDS in row.detail
    assert row.field.mapping.refused_detail == row.detail


@pytest.mark.parametrize("body", ["", "null", "[]", '{"ticket": {}}'])
def test_a_body_without_fields_has_none_to_take_back(org: Organization, body: str) -> None:
    handoff = handed_off(org)
    handoff.request_body = body
    assert not leave_out(handoff, refusal({}))
    assert AIFieldResult.objects.get().is_filled


def test_a_value_that_zendesk_dropped_without_a_word_is_reported(org: Organization) -> None:
    handoff = handed_off(org)
    note_dropped(handoff, {36001: None})
    assert AIFieldResult.objects.get().reason == "refused_by_zendesk"


@pytest.mark.parametrize("told", [{}, {36001: "reason_refund"}, {99: None}])
def test_an_answer_that_tells_nothing_else_leaves_it(org: Organization, told: dict[int, Any]) -> None:
    handoff = handed_off(org)
    note_dropped(handoff, told)
    assert AIFieldResult.objects.get().is_filled


def test_a_contacts_words_do_not_stand_at_the_field_where_viewers_read_them(org: Organization) -> None:
    mapping = AIFieldMappingFactory.create(organization=org, field__zendesk_id=36002, field__type="text")
    row = AIFieldResultFactory.create(
        organization=org, handoff=HandoffFactory.create(organization=org), field=mapping.field, value="ann@mail.example"
    )
    mark_refused(row, "Mail: ann@mail.example is not valid")
    mapping.refresh_from_db()
    assert "is not valid" in mapping.refused_detail
    assert "ann@mail.example" not in mapping.refused_detail
    assert "ann@mail.example" in row.detail
