"""Wanted against found."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.provisioning.compare import compare, nearness, same_body
from integrations.provisioning.wanted import (
    ASSIST,
    NOT_BY_API,
    REFERENCE_BODY,
    REPLY,
    STATUS,
    want_trigger,
    want_view,
    want_webhook,
)

URL = "https://desk.example.com/webhooks/zendesk/whk_abc"


def fields_of(wanted: dict[str, Any], found: dict[str, Any]) -> list[str]:
    return [one.field for one in compare(wanted, found)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"description": "Words of the team"}, []),
        ({"custom_headers": {"X-Team": "1"}}, []),
        ({"authentication": None}, []),
        ({"endpoint": f" {URL}/ "}, []),
        ({"endpoint": f"{URL}x"}, ["endpoint"]),
        ({"http_method": "PUT"}, ["http_method"]),
        ({"request_format": "form_encoded"}, ["request_format"]),
        ({"status": "inactive"}, ["status"]),
        ({"name": "Another"}, ["name"]),
        ({"subscriptions": ["zen:event-type:ticket.comment_added"]}, ["subscriptions"]),
        ({"authentication": {"type": "bearer_token", "add_position": "header"}}, ["authentication"]),
    ],
)
def test_a_webhook_differs_in(change: dict[str, Any], expected: list[str]) -> None:
    wanted = want_webhook(URL)
    found = {name: value for name, value in wanted.items() if name not in ("authentication", "description")}
    assert fields_of(wanted, {**found, **change}) == expected


def test_an_adopted_webhook_keeps_its_authentication() -> None:
    wanted = want_webhook(URL, name="Nina’s", is_adopted=True)
    assert compare(wanted, {**wanted, "authentication": {"type": "basic_auth", "data": {"username": "nina"}}}) == ()


def test_of_a_hidden_authentication_only_the_type_is_told() -> None:
    (found,) = compare({"authentication": None}, {"authentication": {"type": "basic_auth", "data": {"username": "n"}}})
    assert (found.expected, found.actual) == ("", "basic_auth")


def conditions(change: Any) -> dict[str, Any]:
    wanted = want_trigger(REPLY, "01H")
    return {**wanted, "conditions": change(wanted["conditions"])}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: {"all": c["all"][::-1], "any": c["any"][::-1]}, []),
        (lambda c: {"all": [{**one, "is_user_value": None} for one in c["all"]], "any": c["any"]}, []),
        (lambda c: {"all": c["all"], "any": [{**NOT_BY_API, "value": 5}, c["any"][1]]}, []),
        (lambda c: {"all": c["all"][1:], "any": c["any"]}, ["conditions.all"]),
        (lambda c: {"all": [*c["all"], NOT_BY_API], "any": c["any"]}, ["conditions.all"]),
        (lambda c: {"all": c["all"], "any": []}, ["conditions.any"]),
        (lambda c: {"all": c["any"], "any": c["all"]}, ["conditions.all", "conditions.any"]),
        (lambda c: {}, ["conditions.all", "conditions.any"]),
        (lambda c: None, ["conditions.all", "conditions.any"]),
        (lambda c: {"all": "nonsense", "any": [1]}, ["conditions.all", "conditions.any"]),
    ],
)
def test_a_triggers_conditions_differ_whatever_their_order(change: Any, expected: list[str]) -> None:
    assert fields_of(want_trigger(REPLY, "01H"), conditions(change)) == expected


def test_null_and_the_empty_text_are_one_value() -> None:
    found = want_trigger(STATUS, "01H")
    found["conditions"]["all"][1]["value"] = ""
    assert compare(want_trigger(STATUS, "01H"), found) == ()


CALL = {"field": "notification_webhook", "value": ["01H", REFERENCE_BODY]}


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([CALL], []),
        ([{**CALL, "value": ["01H", REFERENCE_BODY.replace(" ", "\n  ")]}], []),
        ([{**CALL, "value": ["01J", REFERENCE_BODY]}], ["actions.webhook"]),
        ([{**CALL, "value": ["01H", "{{ticket.latest_comment}}"]}], ["actions.body"]),
        ([{**CALL, "value": ["01H"]}], ["actions.body"]),
        ([{**CALL, "value": []}], ["actions.webhook", "actions.body"]),
        ([CALL, {"field": "status", "value": "open"}], ["actions.others"]),
        ([{**CALL, "value": ["01J", "{}"]}, CALL], ["actions.others"]),
        ([{"field": "status", "value": "open"}], ["actions"]),
        ([], ["actions"]),
        (None, ["actions"]),
    ],
)
def test_a_triggers_actions_differ_in(actions: Any, expected: list[str]) -> None:
    wanted = want_trigger(REPLY, "01H")
    assert fields_of(wanted, {**wanted, "actions": actions}) == expected


def test_what_an_adopted_trigger_does_beside_ringing_us_is_wanted() -> None:
    mail = {"field": "notification_user", "value": ["requester_id", "Hello", "Hi"]}
    wanted = want_trigger(REPLY, "01H", kept=[mail])
    assert fields_of(wanted, {**wanted, "actions": [CALL, mail]}) == []
    assert fields_of(wanted, {**wanted, "actions": [CALL]}) == ["actions.others"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}', True),
        ('{"a": 1}', '{"a": 2}', False),
        ("plain", " plain ", True),
        ("plain", "{}", False),
        ('{"a": "line\nbreak"}', '{"a": "line\nbreak"}', True),
        (None, "", True),
        ("[" * 100_000, "[" * 100_000, True),
    ],
)
def test_bodies_are_the_same_json_or_the_same_text(one: Any, other: Any, expected: bool) -> None:
    assert same_body(one, other) is expected


def test_a_views_columns_are_the_teams_own() -> None:
    wanted = want_view()
    found = {"title": wanted["title"], "active": True, "conditions": wanted["conditions"], "execution": {"columns": []}}
    assert compare(wanted, found) == ()
    assert fields_of(wanted, {**found, "active": False}) == ["active"]


def test_a_trigger_is_nearest_to_its_own_kind() -> None:
    for kind in (REPLY, STATUS, ASSIST):
        near = {other: nearness(want_trigger(other, ""), want_trigger(kind, "")) for other in (REPLY, STATUS, ASSIST)}
        assert max(near, key=lambda other: near[other]) == kind
        assert near[kind] == 1


def test_more_events_than_wanted_do_sunshine_no_harm() -> None:
    wanted = {"target": URL, "triggers": ["conversation:message"]}
    assert compare(wanted, {"target": URL, "triggers": ["conversation:read", "conversation:message"]}) == ()
    assert fields_of(wanted, {"target": URL, "triggers": ["conversation:read"]}) == ["triggers"]
