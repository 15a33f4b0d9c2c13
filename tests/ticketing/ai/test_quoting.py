"""Answers quoted from articles, and nothing that no article says."""

from __future__ import annotations

import pytest

from ticketing.ai.builtin import BuiltIn
from ticketing.ai.engine import BlankReason, Passage

RESET = Passage(
    "1",
    "Reset your password",
    "https://help.example.com/1",
    "Open the login page. Choose “Forgot password” and enter your e-mail address. We send you a link that works for "
    "one hour. Passwords need twelve letters.",
    is_public=True,
)
RETURNS = Passage(
    "2",
    "Returns and refunds",
    "https://help.example.com/2",
    "You can return shoes within 30 days. The refund is paid within five working days after the parcel arrives. "
    "Underwear cannot be returned.",
    is_public=True,
)
SECRET = Passage("3", "Goodwill refunds", "https://help.example.com/3", "Agents may refund 20 euro.", is_public=False)


def test_the_sentences_that_answer_are_quoted_with_their_source() -> None:
    draft = BuiltIn().answer("How long does the refund take after my parcel arrives?", [RESET, RETURNS])
    assert "The refund is paid within five working days after the parcel arrives." in draft.text
    assert "https://help.example.com/2" in draft.text
    assert "Underwear" not in draft.text
    assert [source.article_id for source in draft.sources] == ["2"]
    assert draft.confidence >= 0.5


def test_one_sentence_of_a_long_message_is_enough() -> None:
    message = "Hello, I am Ana. Your shop is lovely! When is the refund paid? Order 71586. Which is it?"
    assert BuiltIn().answer(message, [RESET, RETURNS]).sources == (RETURNS,)


def test_headings_and_steps_keep_their_lines() -> None:
    steps = Passage("6", "Print a label", "", "Print a label\nOpen Returns\nChoose Print. It is free.", is_public=True)
    assert "Print a label\nOpen Returns\nChoose Print. It is free." in BuiltIn().answer("print a label", [steps]).text


def test_an_article_about_just_that_is_quoted_from_its_beginning() -> None:
    draft = BuiltIn().answer("how do I reset my password", [RETURNS, RESET])
    assert "Open the login page." in draft.text
    assert draft.sources == (RESET,)


def test_every_quoted_sentence_stands_in_an_article() -> None:
    draft = BuiltIn().answer("refund of shoes", [RESET, RETURNS])
    quoted = draft.text.split("“", 1)[1].split("”", 1)[0]
    assert all(sentence in RETURNS.text for sentence in quoted.split(". "))


@pytest.mark.parametrize("question", ["Do you ship to Norway?", "", "hello", "What is your chief executive's salary?"])
def test_what_no_article_says_is_not_answered(question: str) -> None:
    draft = BuiltIn().answer(question, [RESET, RETURNS])
    assert (draft.text, draft.sources, draft.reason) == ("", (), BlankReason.NOT_SURE)
    assert draft.detail


def test_without_articles_there_is_no_answer() -> None:
    assert BuiltIn().answer("how do I reset my password", []).reason == BlankReason.NOT_SURE


def test_the_address_of_an_internal_article_is_not_told_to_the_contact() -> None:
    draft = BuiltIn().answer("goodwill refunds", [SECRET])
    assert draft.sources == (SECRET,)
    assert SECRET.url not in draft.text


def test_what_contacts_may_read_is_quoted_before_what_they_may_not() -> None:
    draft = BuiltIn().answer("goodwill refunds after the parcel arrives", [SECRET, RETURNS])
    assert draft.sources[0] == RETURNS


def test_an_article_without_text_is_not_quoted() -> None:
    empty = Passage("4", "Shipping to Norway", "https://help.example.com/4", "", is_public=True)
    assert BuiltIn().answer("Do you ship to Norway?", [empty]).text == ""


def test_an_article_of_one_endless_sentence_is_cut() -> None:
    endless = Passage("5", "Norway", "", "ship to norway " * 5_000, is_public=True)
    assert len(BuiltIn().answer("Do you ship to Norway?", [endless]).text) < 1_500
