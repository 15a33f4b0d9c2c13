"""Which descriptions are vague, and that each remark says what would make it better."""

from __future__ import annotations

import pytest

from ticketing.ai.engine import FieldSpec, Option
from ticketing.fields.lint import is_vague, lint

REASONS = (Option("reason_refund", "Refund"), Option("reason_exchange", "Exchange"), Option("reason_other", "Other"))
CLEAR = (
    "Refund: when the contact wants money back.\nExchange: when the contact wants another size.\n"
    "Other: anything else. Leave blank when unclear."
)


def codes(kind: str, description: str, options: tuple[Option, ...] = ()) -> list[str]:
    spec = FieldSpec(id=1, type=kind, title="Contact reason", description=description, options=options)
    remarks = lint(spec)
    assert all(remark.better and remark.text for remark in remarks)
    return [remark.code for remark in remarks]


@pytest.mark.parametrize(
    ("description", "found"),
    [
        ("", ["empty"]),
        ("Refunds", ["too_short"]),
        ("The contact reason of this field: contact reason.", ["repeats_title"]),
        ("Classify what the person is writing to us today.", ["no_options", "no_criterion", "no_doubt_rule"]),
        (
            "Refund: when money is to go back. Exchange: when another size is wanted.",
            ["options_missing", "no_doubt_rule"],
        ),
        (CLEAR, []),
    ],
)
def test_a_drop_down_is_told_what_it_lacks(description: str, found: list[str]) -> None:
    assert codes("tagger", description, REASONS) == found


@pytest.mark.parametrize(
    ("kind", "description", "found"),
    [
        ("text", "The number of the order that the contact writes about.", ["no_example"]),
        ("text", "The number of the order, such as A-10234.", []),
        ("date", "When the parcel arrived as the contact says.", ["no_example"]),
        ("checkbox", "Tick when the contact asks for a person today.", []),
        ("checkbox", "Urgent matters of great importance.", ["no_criterion"]),
        ("regexp", "The tracking code when the contact writes one.", ["no_example"]),
    ],
)
def test_other_fields_are_told_what_they_lack(kind: str, description: str, found: list[str]) -> None:
    assert codes(kind, description) == found


def test_nobody_is_asked_to_name_two_thousand_options() -> None:
    options = tuple(Option(f"model_{n}", f"Model {n}") for n in range(2000))
    text = "The model when the contact names it. Leave blank when unclear."
    assert codes("tagger", text, options) == []


def test_a_tip_alone_does_not_make_it_vague() -> None:
    spec = FieldSpec(1, "tagger", "Reason", "Refund: when money goes back. Exchange: when sizes change.", REASONS[:2])
    remarks = lint(spec)
    assert [remark.code for remark in remarks] == ["no_doubt_rule"]
    assert not is_vague(remarks)
