"""Whether a ticket gets a draft: every rule in its order, and what the engine is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ticketing.ai.engine import BlankReason, Draft, Passage
from ticketing.assist.deciding import (
    TAGS,
    Remark,
    Rules,
    Seen,
    has_our_tag,
    judge_draft,
    judge_ticket,
    read_question,
)
from ticketing.models import AssistReason

RULES = Rules(is_on=True, only_sourced=True, statuses=("open", "pending"), topics=("legal threats",))
ASKED = Remark(1, "How long do returns take?")
TICKET = Seen(7, "open", "Returns", remarks=(ASKED,))
ANSWERED = Remark(2, "Two weeks.", is_by_agent=True)
NOTE = Remark(3, "Ask the warehouse.", is_public=False, is_by_agent=True)
THANKS = Remark(4, "And exchanges?")
SOURCE = Passage("11:en-us", "Returns", "https://acme.example/hc/11", "Two weeks.", is_public=True)

TABLE: list[tuple[str, Rules, Seen, int, str]] = [
    ("a contact's question is drafted for", RULES, TICKET, 1, ""),
    ("new counts as open", RULES, replace(TICKET, status="new"), 1, ""),
    ("pending is chosen", RULES, replace(TICKET, status="pending"), 1, ""),
    ("on-hold is not chosen", RULES, replace(TICKET, status="hold"), 1, "status"),
    ("solved never is", RULES, replace(TICKET, status="solved"), 1, "status"),
    ("closed never is", RULES, replace(TICKET, status="closed"), 1, "status"),
    (
        "without open, new is not chosen",
        replace(RULES, statuses=("pending",)),
        replace(TICKET, status="new"),
        1,
        "status",
    ),
    ("on-hold when it is chosen", replace(RULES, statuses=("hold",)), replace(TICKET, status="hold"), 1, ""),
    ("Assist is off", replace(RULES, is_on=False), TICKET, 1, "assist_off"),
    ("a ticket of ours", RULES, replace(TICKET, is_ours=True), 1, "own_ticket"),
    ("of ours and closed: ours is the reason", RULES, replace(TICKET, is_ours=True, status="closed"), 1, "own_ticket"),
    ("internal notes only", RULES, replace(TICKET, remarks=(NOTE,)), 0, "no_public_comment"),
    ("an agent answered last", RULES, replace(TICKET, remarks=(ASKED, ANSWERED)), 2, "agent_answered_last"),
    (
        "a note after the answer changes nothing",
        RULES,
        replace(TICKET, remarks=(ASKED, ANSWERED, NOTE)),
        2,
        "agent_answered_last",
    ),
    ("the contact wrote again", RULES, replace(TICKET, remarks=(ASKED, ANSWERED, THANKS)), 4, ""),
    ("a newer comment came", RULES, replace(TICKET, remarks=(ASKED, THANKS)), 1, "newer_comment"),
    ("an agent opened it for somebody", RULES, replace(TICKET, remarks=(ANSWERED,)), 2, ""),
    (
        "an agent's words of which the beginning is not known",
        RULES,
        replace(TICKET, remarks=(ANSWERED,), is_whole=False),
        2,
        "agent_answered_last",
    ),
    (
        "an agent wrote publicly on a ticket of notes",
        RULES,
        replace(TICKET, remarks=(NOTE, ANSWERED)),
        2,
        "agent_answered_last",
    ),
]


@pytest.mark.parametrize(
    ("rules", "seen", "comment", "reason"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_rules_in_their_order(rules: Rules, seen: Seen, comment: int, reason: str) -> None:
    found = judge_ticket(rules, seen, comment)
    assert (found[0] if found else "") == reason
    assert found is None or found[1].endswith(".")


@pytest.mark.parametrize(
    ("draft", "only_sourced", "reason"),
    [
        (Draft("Two weeks.", (SOURCE,), 0.9), True, ""),
        (Draft("Two weeks.", (), 0.9), True, "not_helpful"),
        (Draft("Two weeks.", (), 0.9), False, ""),
        (Draft("", (), 0.2, reason=BlankReason.NOT_SURE), False, "not_helpful"),
        (Draft("  ", (SOURCE,), 0.2), True, "not_helpful"),
        (Draft("", reason=BlankReason.ENGINE_FAILED), True, "engine_failed"),
    ],
)
def test_what_of_the_engine_is_shown_to_agents(draft: Draft, only_sourced: bool, reason: str) -> None:
    found = judge_draft(replace(RULES, only_sourced=only_sourced), draft)
    assert (found[0] if found else "") == reason


@pytest.mark.parametrize(
    ("tags", "is_ours"),
    [
        (["vip"], False),
        (["opencx_handedoff"], True),
        (["opencx_channel_email"], True),
        (["opencx_canary"], True),
        ([TAGS[AssistReason.NOT_HELPFUL]], False),
        ([TAGS[AssistReason.NO_ASSIST_TOPIC], "vip"], False),
    ],
)
def test_a_ticket_of_ours_is_known_by_its_tags_and_our_own_silence_is_none(tags: list[str], is_ours: bool) -> None:
    assert has_our_tag(tags) is is_ours


def test_the_engine_is_asked_what_came_since_the_agents_answer() -> None:
    seen = replace(TICKET, remarks=(ASKED, ANSWERED, NOTE, THANKS, Remark(5, "I mean boots.")))
    assert read_question(seen) == "Returns\nAnd exchanges?\nI mean boots."


def test_an_internal_note_is_never_part_of_the_question() -> None:
    assert "warehouse" not in read_question(replace(TICKET, remarks=(ASKED, NOTE)))


def test_lines_quoted_from_earlier_mails_and_a_repeated_subject_are_left_out() -> None:
    mail = Remark(1, "Returns take how long?\n> On Monday you wrote\n> two weeks")
    assert read_question(replace(TICKET, remarks=(mail,))) == "Returns take how long?"
