"""Values as Zendesk takes them: each type's format, and what is left blank instead of being refused."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ticketing.fields.values import Refused, is_same, show_value, to_zendesk
from ticketing.models import TicketField

OPTIONS = [{"value": "reason_refund", "name": "Refund"}, {"value": "reason_exchange", "name": "Exchange"}]


def field(kind: str, **changes: Any) -> TicketField:
    return TicketField(zendesk_id=1, type=kind, title="Field", options=OPTIONS, **changes)


TAKEN: list[tuple[str, Any, Any]] = [
    ("tagger", "reason_refund", "reason_refund"),
    ("multiselect", ["reason_exchange", "reason_refund"], ["reason_refund", "reason_exchange"]),
    ("multiselect", ["reason_refund", "unheard_of", "reason_refund"], ["reason_refund"]),
    ("checkbox", "true", True),
    ("checkbox", False, False),
    ("date", "2026-11-23", "2026-11-23"),
    ("integer", "12", 12),
    ("integer", -3, -3),
    ("decimal", "49.90", "49.90"),
    ("text", "  two\n lines ", "two lines"),
    ("textarea", "two\nlines", "two\nlines"),
]


@pytest.mark.parametrize(("kind", "said", "sent"), TAKEN)
def test_a_value_is_sent_in_the_fields_own_format(kind: str, said: Any, sent: Any) -> None:
    assert to_zendesk(field(kind), said) == sent


LEFT: list[tuple[str, Any, str]] = [
    ("tagger", "Refund", "not_in_list"),
    ("tagger", "vip_gold", "not_in_list"),
    ("tagger", ["reason_refund"], "not_in_list"),
    ("tagger", {"value": "reason_refund"}, "not_in_list"),
    ("multiselect", ["unheard_of"], "not_in_list"),
    ("multiselect", "unheard_of", "not_in_list"),
    ("checkbox", "perhaps", "not_sure"),
    ("date", "tomorrow", "not_sure"),
    ("date", "2026-02-30", "not_sure"),
    ("integer", "1.5", "not_sure"),
    ("integer", True, "not_sure"),
    ("integer", "9" * 40, "not_sure"),
    ("integer", "٣", "not_sure"),
    ("decimal", "nan", "not_sure"),
    ("decimal", "1e9", "not_sure"),
    ("text", "   ", "not_sure"),
    ("lookup", "1", "not_supported"),
]


@pytest.mark.parametrize(("kind", "said", "reason"), LEFT)
def test_what_zendesk_would_refuse_stays_here(kind: str, said: Any, reason: str) -> None:
    found = to_zendesk(field(kind), said)
    assert isinstance(found, Refused)
    assert found.reason == reason
    assert found.detail


@pytest.mark.parametrize(
    ("pattern", "said", "fits"),
    [
        (r"A-\d{5}", "A-10234", True),
        (r"A-\d{5}", "A-10234 please", False),
        (r"\A[A-Z]{2}\d+\z", "AO58213", True),
        ("/^AO-[0-9]+$/", "AO-58213", True),
        (r"A-\d{5}", "", False),
        (r".*", "{{ticket.id}}", False),
        (r"(unclosed", "x", False),
    ],
)
def test_an_expression_decides_over_the_whole_value(pattern: str, said: str, fits: bool) -> None:
    assert isinstance(to_zendesk(field("regexp", pattern=pattern), said), str) is fits


def test_placeholders_in_a_contacts_words_are_harmless() -> None:
    sent = to_zendesk(field("text"), "my {{ticket.requester.email}}")
    assert "{{" not in str(sent)


def test_long_words_are_cut_to_what_a_line_holds() -> None:
    assert len(str(to_zendesk(field("text"), "word " * 400))) <= 255
    assert len(str(to_zendesk(field("textarea"), "word " * 4000))) <= 4000


@pytest.mark.parametrize(
    ("kind", "ours", "theirs", "same"),
    [
        ("tagger", "reason_refund", "reason_refund", True),
        ("tagger", "reason_refund", None, False),
        ("multiselect", ["reason_refund", "reason_exchange"], ["reason_exchange", "reason_refund"], True),
        ("checkbox", True, "true", True),
        ("checkbox", False, None, True),
        ("integer", 12, "12", True),
        ("decimal", "49.90", 49.9, True),
        ("date", "2026-11-23", "2026-11-23T00:00:00Z", True),
        ("text", "two words", "two  words", True),
    ],
)
def test_the_same_value_is_recognised_however_zendesk_writes_it(kind: str, ours: Any, theirs: Any, same: bool) -> None:
    assert is_same(field(kind), ours, theirs) is same


def test_people_read_names_not_tags() -> None:
    assert show_value(field("tagger"), "reason_refund") == "Refund"
    assert show_value(field("multiselect"), ["reason_refund", "gone"]) == "Refund, gone"
    assert show_value(field("checkbox"), True) == "Yes"
    assert show_value(field("text"), None) == "–"


def test_an_expression_that_explodes_is_stopped_and_says_so() -> None:
    began = time.process_time()
    value = to_zendesk(field("regexp", pattern=r"(a|aa)+"), f"{'a' * 60}!")
    assert isinstance(value, Refused)
    assert "too long" in value.detail
    assert time.process_time() - began < 1
