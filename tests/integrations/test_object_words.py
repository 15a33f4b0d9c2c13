"""How a difference is shown: line by line, and without the end of our URL for who may not see it."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.models import ObjectKind, ProvisionedObject
from integrations.object_words import (
    LOSSES,
    NAMES,
    PURPOSES,
    change_title,
    count_fields,
    diff_lines,
    drift_words,
    hide_tokens,
    step_lines,
    stored_mark,
)
from integrations.provisioning.compare import Difference

PUBLIC = {"field": "comment_is_public", "operator": "is", "value": "true"}
TAGGED = {"field": "current_tags", "operator": "includes", "value": "opencx_handedoff"}
BODY = '{"ticket_id": "{{ticket.id}}", "external_id": "{{ticket.external_id}}"}'


def lines(*differences: tuple[str, Any, Any]) -> list[str]:
    return [f"{line.sign or ' '}{line.text}" for line in diff_lines([Difference(*one) for one in differences])]


def test_a_value_stands_on_one_line_and_what_is_there_now_comes_first() -> None:
    assert lines(("status", "active", "inactive")) == ["-status: inactive", "+status: active"]


def test_what_is_missing_is_only_added() -> None:
    assert lines(("active", True, None)) == ["+active: true"]


def test_of_conditions_only_those_are_marked_that_differ() -> None:
    assert lines(("conditions.all", [PUBLIC, TAGGED], [TAGGED])) == [
        " conditions.all:",
        "   current_tags includes opencx_handedoff",
        "+  comment_is_public is true",
    ]


def test_a_condition_that_stands_twice_is_marked_once() -> None:
    assert (
        lines(("conditions.all", [PUBLIC, TAGGED], [PUBLIC, PUBLIC, TAGGED])).count("-  comment_is_public is true") == 1
    )


def test_a_body_is_compared_key_by_key() -> None:
    assert lines(("actions.body", BODY, '{"ticket_id": "{{ticket.id}}"}')) == [
        " actions.body:",
        '   "ticket_id": "{{ticket.id}}"',
        '+  "external_id": "{{ticket.external_id}}"',
    ]
    assert "-  {{ticket.latest_comment}}" in lines(("actions.body", BODY, "{{ticket.latest_comment}}"))


def test_a_step_shows_what_it_changed_made_or_removed() -> None:
    changed = step_lines({"status": "inactive", "name": "OpenCX"}, {"status": "active", "name": "OpenCX"})
    assert [(line.sign, line.text) for line in changed] == [("-", "status: inactive"), ("+", "status: active")]
    assert [line.sign for line in step_lines({}, {"title": "A", "active": True})] == ["+", "+"]
    assert [line.sign for line in step_lines({"title": "A"}, {})] == ["-"]


def test_the_end_of_our_url_is_hidden_wherever_it_stands() -> None:
    url = "https://desk.example/webhooks/zendesk/whk_AbCdEfGhIjKlMnOp"
    hidden = hide_tokens({"endpoint": url, "list": [url, 5], "text": f'"{url}", and more'})
    assert "AbCdEfGh" not in str(hidden)
    assert hidden["endpoint"] == "https://desk.example/webhooks/zendesk/whk_••••••••MnOp"
    assert hidden["list"][1] == 5
    assert str(hidden["text"]).endswith('", and more')


def test_fields_are_named_as_people_call_them() -> None:
    assert count_fields(["endpoint"]) == "1 field differs: URL"
    assert count_fields(["endpoint", "custom_headers"]) == "2 fields differ: URL, custom_headers"


@pytest.mark.parametrize("kind", ObjectKind)
def test_every_kind_has_its_words(kind: ObjectKind) -> None:
    assert all(words[kind] for words in (NAMES, PURPOSES, LOSSES))


@pytest.mark.parametrize(
    ("fields", "mark", "title"),
    [
        ({"drift": [{"field": "status"}]}, ("problem", "Changed"), "The webhook was changed in Zendesk: 1 field"),
        ({"is_gone": True}, ("problem", "Deleted"), "The webhook was deleted in Zendesk"),
        (
            {"kind": "view", "is_gone": True},
            ("warning", "Deleted"),
            "The view of handoff problems was deleted in Zendesk",
        ),
    ],
)
def test_a_change_is_said_in_a_sentence(fields: dict[str, Any], mark: tuple[str, str], title: str) -> None:
    row = ProvisionedObject(**{"kind": ObjectKind.WEBHOOK, **fields})
    found = stored_mark(row)
    assert (found.value, str(found.word)) == mark
    assert change_title(row) == title


def test_what_stands_well_is_in_place_and_what_was_not_compared_is_unknown() -> None:
    assert str(stored_mark(ProvisionedObject(kind="webhook")).word) == "In place"
    assert stored_mark(ProvisionedObject(kind="webhook", check_problem="It is silent.")).value == "unknown"
    assert drift_words(ProvisionedObject(drift=[{"field": "endpoint"}, {"field": "status"}])) == "URL, status"
