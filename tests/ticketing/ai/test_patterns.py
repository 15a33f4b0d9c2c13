"""Dates, numbers, addresses and expressions, each quoted from the text or left blank with a reason."""

from __future__ import annotations

import time

import pytest

from tests.ticketing.ai.conftest import TODAY, field
from ticketing.ai.builtin import BuiltIn
from ticketing.ai.dates import find_dates
from ticketing.ai.engine import BlankReason, FieldSpec, FieldType, Guess, Passage, Source

ORDER = (
    "Hi, I placed order #ORD-88121 on 3 November 2026 and paid €1,249.50.\n"
    "It should be delivered next Friday. Call me at +44 20 7946 0958 or mail ann@example.com.\n"
    "I need 3 chairs for twelve people. Serial AB-1234. See https://shop.example/x?y=1."
)


def fill(text: str, spec: FieldSpec) -> Guess:
    return BuiltIn().fill(text, [spec], today=TODAY)[spec.id]


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("on 2026-12-01", "2026-12-01"),
        ("on 2026/12/1", "2026-12-01"),
        ("am 13.5.2026", "2026-05-13"),
        ("on 13/5/2026", "2026-05-13"),
        ("on 5/13/2026", "2026-05-13"),
        ("on 3rd of May 2026", "2026-05-03"),
        ("on May 3rd, 2026", "2026-05-03"),
        ("on 1 December", "2026-12-01"),
        ("today", "2026-11-23"),
        ("tomorrow", "2026-11-24"),
        ("the day before yesterday", "2026-11-21"),
        ("in two weeks", "2026-12-07"),
        ("3 days ago", "2026-11-20"),
        ("a month ago", "2026-10-23"),
        ("last Friday", "2026-11-20"),
        ("this Friday", "2026-11-27"),
        ("next Friday", "2026-12-04"),
        ("in 99 years", "2125-11-23"),
    ],
)
def test_a_date_is_read_however_it_is_said(said: str, date: str) -> None:
    guess = fill(f"I want it {said}, thanks", field(FieldType.DATE, "Date"))
    assert guess.value == date
    assert guess.source == Source.PATTERN
    assert guess.evidence in f"I want it {said}, thanks"


@pytest.mark.parametrize("said", ["2026-02-30", "99/99/2026", "31 June 2026", "1.2", "in 999 years" * 50, "May be 5"])
def test_what_is_no_date_is_none(said: str) -> None:
    assert [found.date.isoformat() for found in find_dates(said, TODAY) if found.date.year < 2100] == []


@pytest.mark.parametrize("said", ["on 3/4/2026", "on Friday", "on 20 May"])
def test_a_date_that_may_be_two_stays_blank(said: str) -> None:
    guess = fill(f"I want it {said}", field(FieldType.DATE, "Date"))
    assert (guess.value, guess.reason) == (None, BlankReason.NOT_SURE)
    assert "may be more than one date" in guess.detail


def test_of_several_dates_the_one_is_taken_whose_words_speak_of_the_field() -> None:
    assert fill(ORDER, field(FieldType.DATE, "Order date")).value == "2026-11-03"
    assert fill(ORDER, field(FieldType.DATE, "Delivery date")).value == "2026-12-04"
    assert fill(ORDER, field(FieldType.DATE, "Date")).reason == BlankReason.NOT_SURE


def test_a_date_that_has_nothing_to_do_with_the_field_stays_blank() -> None:
    guess = fill("I was born on 3 May 1980. Where is my parcel?", field(FieldType.DATE, "Warranty expiry"))
    assert guess.value is None
    assert "Warranty expiry" in guess.detail


@pytest.mark.parametrize(
    ("kind", "title", "description", "value"),
    [
        (FieldType.INTEGER, "Number of people", "", "12"),
        (FieldType.INTEGER, "Quantity", "how many chairs", "3"),
        (FieldType.DECIMAL, "Amount paid", "", "1249.50"),
        (FieldType.TEXT, "Order number", "", "ORD-88121"),
        (FieldType.TEXT, "E-mail", "", "ann@example.com"),
        (FieldType.TEXT, "Call-back number", "the contact's phone", "+44 20 7946 0958"),
        (FieldType.TEXT, "Web page", "the link they mean", "https://shop.example/x?y=1"),
        (FieldType.TEXT, "Amount", "", "€1,249.50"),
        (FieldType.TEXT, "Device", "its plate, like XY-9876", "AB-1234"),
    ],
)
def test_a_value_is_found_by_its_form_and_quoted(kind: str, title: str, description: str, value: str) -> None:
    guess = fill(ORDER, field(kind, title, description))
    assert guess.value == value
    assert guess.evidence
    assert guess.evidence in ORDER


@pytest.mark.parametrize(
    ("title", "description", "text", "value"),
    [
        ("Order number", "", "Wo bleibt Bestellung 77996?", "77996"),
        ("Bestellnummer", "", "my order no. 77996 is late", "77996"),
        ("Order number", "Five digits.", "The slip says 78927.", "78927"),
        ("Order number", "five digits", "order 78927, postcode 10115", "78927"),
        ("Plan", "the plan they had after a 30-day trial", "my 30-day trial ended", None),
    ],
)
def test_a_number_is_known_by_its_word_in_several_languages_or_its_length(
    title: str, description: str, text: str, value: str | None
) -> None:
    assert fill(text, field(FieldType.TEXT, title, description)).value == value


def test_an_order_number_is_no_number_of_items() -> None:
    assert fill("Can I add an item to order 73545?", field(FieldType.INTEGER, "Number of items")).value is None


def test_a_number_without_a_word_of_the_field_stays_blank() -> None:
    assert fill("I have 4 cats", field(FieldType.INTEGER, "Seats booked")).value is None


def test_a_text_field_that_names_no_form_stays_blank() -> None:
    assert fill(ORDER, field(FieldType.TEXT, "Mood")).reason == BlankReason.NOT_SURE


def test_two_order_numbers_are_not_chosen_between() -> None:
    guess = fill("order A-1001 and order A-1002", field(FieldType.TEXT, "Order number"))
    assert guess.value is None
    assert "A-1001" in guess.detail


@pytest.mark.parametrize("pattern", [r"ORD-\d{5}", r"\AORD-\d+\z", r"^ORD-[[:digit:]]+$"])
def test_an_expression_finds_its_value(pattern: str) -> None:
    assert fill(ORDER, field(FieldType.REGEXP, "Order", pattern=pattern)).value == "ORD-88121"


@pytest.mark.parametrize("pattern", ["(", ".*", "[0-9", r"nothing-like-it"])
def test_an_expression_that_is_no_help_leaves_a_blank(pattern: str) -> None:
    guess = fill(ORDER, field(FieldType.REGEXP, "Order", pattern=pattern))
    assert (guess.value, guess.reason) == (None, BlankReason.NOT_SURE)
    assert guess.detail


def test_an_expression_that_explodes_is_stopped() -> None:
    began = time.monotonic()
    guess = fill("a" * 78 + "! " + "b" * 78 + "!", field(FieldType.REGEXP, "x", pattern=r"(\w+\s?)+(\w+\s?)+\d$"))
    assert guess.value is None
    assert time.monotonic() - began < 2


def test_a_text_of_a_megabyte_is_read_in_time() -> None:
    kinds = (FieldType.DATE, FieldType.INTEGER, FieldType.TEXT, FieldType.REGEXP)
    fields = [FieldSpec(at, kind, "Order number", "", (), r"ORD-\d+") for at, kind in enumerate(kinds)]
    began = time.monotonic()
    BuiltIn().fill("order 1 on 3/4/2026 costs 1.234,5 \n" * 30_000, fields, today=TODAY)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "hostile", ["1" * 20_000, "a@" * 9_000, "+1 " * 6_000, "1,1" * 6_000, "€" * 9_000, "-" * 9_000]
)
def test_hostile_runs_of_signs_take_no_time(hostile: str) -> None:
    titles = ("Order number", "E-mail", "Phone", "Link", "Amount", "like AB-12")
    fields = [FieldSpec(at, FieldType.TEXT, title) for at, title in enumerate(titles)]
    fields += [FieldSpec(90, FieldType.DATE, "Date"), FieldSpec(91, FieldType.DECIMAL, "Price")]
    began = time.monotonic()
    BuiltIn().fill(f"order {hostile}", fields, today=TODAY)
    assert time.monotonic() - began < 3


BLANKS = {
    "spaces": " ",
    "line ends": "\n",
    "signs": "!",
    "order words": "order ",
    "digits and dots": "1.",
    "letters": "a",
}


@pytest.mark.parametrize("sign", BLANKS.values(), ids=BLANKS)
def test_a_page_of_one_sign_holds_nobody_up(sign: str) -> None:
    """Mails end in thousands of blanks; an expression that tries each division of them stops the whole process."""
    page = sign * (12_000 // len(sign))
    about = f"Order number\n{page}"
    fields = [FieldSpec(at, kind, "Order number", about) for at, kind in enumerate(FieldType.values)]
    passages = [Passage("1:en", "Order number", "", f"order{page}x", is_public=True)]
    began = time.process_time()
    for text in (f"order{page}x", f"order {page} 1"):
        BuiltIn().fill(text, fields, today=TODAY)
        BuiltIn().answer(text, passages)
        BuiltIn().match_topic(text, [f"order{page}x"[:200]])
    assert time.process_time() - began < 4


def test_an_expression_that_cannot_be_read_spoils_no_other_field() -> None:
    nested = field(FieldType.REGEXP, "Order", pattern=f"{'(' * 5_000}a{')' * 5_000}")
    guesses = BuiltIn().fill(ORDER, [nested, FieldSpec(99, FieldType.TEXT, "Order number")], today=TODAY)
    assert guesses[nested.id].value is None
    assert guesses[99].value
