"""The catalog: every row of the troubleshooting scenarios has a check, and every check its words."""

from __future__ import annotations

import pytest

from integrations.doctor import registry
from integrations.doctor.registry import FAMILIES, SUBJECTS, Check, Subject

CHECKS = registry.list_checks()
IDS = [check.id for check in CHECKS]
SCENARIOS = range(1, 20)
# Where only a person in Zendesk, or the contact, can mend it.
BY_HAND = {2, 16}


@pytest.mark.parametrize("row", SCENARIOS)
def test_every_scenario_is_asked_about(row: int) -> None:
    assert [check.id for check in CHECKS if row in check.rows]


@pytest.mark.parametrize("row", [row for row in SCENARIOS if row not in BY_HAND])
def test_every_scenario_has_a_button_or_a_place(row: int) -> None:
    mine = [check for check in CHECKS if row in check.rows]
    assert any(check.repair is not None or check.place is not None for check in mine)


@pytest.mark.parametrize("check", CHECKS, ids=IDS)
def test_every_check_says_what_it_asks_and_means(check: Check) -> None:
    words = [str(text) for text in (check.question, check.symptom, check.meaning, check.mending)]
    assert all(words)
    assert words[0].endswith("?")
    assert all(text.endswith((".", "”.", "?")) for text in words[1:])
    assert not [text for text in words for bad in ("!", "please", "invalid", "successful") if bad in text.lower()]


@pytest.mark.parametrize("check", CHECKS, ids=IDS)
def test_every_check_stands_in_a_family(check: Check) -> None:
    assert check.family in [family.id for family in FAMILIES]
    assert check.scopes
    assert set(check.scopes) <= {"", *SUBJECTS}
    assert set(check.rows) <= set(SCENARIOS)


def test_the_five_steps_stand_in_their_order() -> None:
    steps = [check.id for check in registry.list_checks(Subject("session", "s")) if check.chain == "path"]
    assert steps == ["path.marked", "path.rung", "path.triggered", "path.public", "path.reachable"]


@pytest.mark.parametrize("kind", SUBJECTS)
def test_every_kind_of_subject_has_checks_and_a_name(kind: str) -> None:
    assert registry.list_checks(Subject(kind, "1"))
