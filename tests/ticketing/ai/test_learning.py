"""Fields learned from past tickets: sure only where agents agree, silent elsewhere, kept without texts."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ticketing.ai.conftest import REASONS, TODAY
from ticketing.ai.composite import Composite
from ticketing.ai.engine import BlankReason, FieldSpec, FieldType, Option, Source
from ticketing.ai.features import featurize, read_features, unpack
from ticketing.ai.learned import Learned
from ticketing.ai.learning import MIN_EXAMPLES, Example, can_learn, train

VIP = FieldSpec(12, FieldType.CHECKBOX, "Angry")
TAGS = FieldSpec(13, FieldType.MULTISELECT, "Topics", "", (*REASONS.options, Option("reason_fax", "Fax")))


def learn(examples: list[Example], field: FieldSpec = REASONS) -> Learned:
    learned = train(examples, field)
    assert learned
    return learned


def test_it_answers_as_agents_did(examples: list[Example]) -> None:
    learned = learn(examples)
    guess = learned.guess("Good day. Where is the parcel with my kettle?", REASONS)
    assert guess.value == "reason_delivery"
    assert guess.source == Source.LEARNED
    assert guess.evidence == "Where is the parcel with my kettle?"
    assert guess.confidence >= learned.report.threshold
    assert "144" in guess.detail


def test_the_report_says_how_often_it_is_sure_and_right(examples: list[Example]) -> None:
    report = learn(examples).report
    assert (report.examples, report.labels) == (144, 3)
    assert report.coverage > 0.9
    assert report.agreement >= 0.95
    assert report.accuracy > 0.9


def test_what_agents_choose_at_random_is_never_sure() -> None:
    """Whatever was written, they chose one of two by the day: nothing can be learned from that."""
    options = ("reason_refund", "reason_delivery")
    examples = [Example(featurize(f"hello number {at}"), (options[at * 7 % 13 % 2],)) for at in range(120)]
    learned = learn(examples)
    assert learned.report.coverage < 0.2
    guess = learned.guess("hello number 121", REASONS)
    assert (guess.value, guess.reason) == (None, BlankReason.NOT_SURE)


@pytest.mark.parametrize("text", ["", "guten Morgen", "the weather is fine in Lisbon", "asdf qwer"])
def test_it_is_not_sure_of_a_text_unlike_its_examples(examples: list[Example], text: str) -> None:
    assert learn(examples).guess(text, REASONS).value is None


def test_a_lower_wish_answers_more(examples: list[Example]) -> None:
    noisy = [*examples, *(replace(example, labels=("reason_login",)) for example in examples[::4])]
    strict, lax = train(noisy, REASONS, precision=0.95), train(noisy, REASONS, precision=0.6)
    assert strict
    assert lax
    assert lax.report.coverage > strict.report.coverage


@pytest.mark.parametrize("count", [0, 1, MIN_EXAMPLES - 1])
def test_too_few_examples_teach_nothing(examples: list[Example], count: int) -> None:
    assert train(examples[:count], REASONS) is None


def test_one_and_the_same_answer_teaches_nothing(examples: list[Example]) -> None:
    assert train([replace(example, labels=("reason_login",)) for example in examples], REASONS) is None


def test_options_that_are_gone_are_forgotten(examples: list[Example]) -> None:
    gone = replace(REASONS, options=REASONS.options[1:])
    assert "reason_refund" not in learn(examples, gone).labels
    guess = learn(examples).guess("I want my lamp money back, refund it", gone)
    assert (guess.value, guess.reason) == (None, BlankReason.NOT_IN_LIST)


def test_odd_examples_are_skipped(examples: list[Example]) -> None:
    odd = [Example(b"", ("reason_login",)), Example(b"\x02abc", ("reason_login",)), Example(featurize("x"), ())]
    assert learn([*odd, *examples]).report.examples == 144


def test_empty_texts_are_learned_and_asked_without_harm(examples: list[Example]) -> None:
    learned = learn([*examples, *(Example(featurize(""), ("reason_login",)) for _count in range(5))])
    assert learned.guess("", REASONS).value in (None, "reason_login")
    assert learned.guess("\x00\ud800 ❤", REASONS).reason in ("", BlankReason.NOT_SURE)


def test_a_checkbox_learns_yes_and_no(examples: list[Example]) -> None:
    angry = [Example(featurize(f"this is awful, item {at}, I am furious"), ("true",)) for at in range(40)]
    calm = [Example(featurize(f"thank you, lovely item {at}, a question"), ("false",)) for at in range(40)]
    learned = learn([*angry, *calm], VIP)
    assert learned.guess("awful item, I am furious", VIP).value is True
    assert learned.guess("lovely item, a question, thank you", VIP).value is False


def test_a_multi_select_learns_each_option_by_itself(examples: list[Example]) -> None:
    both = [
        Example(featurize(f"refund the lost parcel {at}"), ("reason_refund", "reason_delivery")) for at in range(30)
    ]
    one = [Example(featurize(f"refund order {at}"), ("reason_refund",)) for at in range(30)]
    none = [Example(featurize(f"good morning team {at}"), ()) for at in range(30)]
    learned = learn([*both, *one, *none], TAGS)
    assert learned.guess("refund the lost parcel now", TAGS).value == ["reason_refund", "reason_delivery"]
    assert learned.guess("refund order of May", TAGS).value == ["reason_refund"]
    assert learned.guess("good morning team", TAGS).value is None


def test_it_travels_as_bytes(examples: list[Example]) -> None:
    learned = learn(examples)
    copy = Learned.from_bytes(learned.to_bytes())
    text = "Where is the parcel with my kettle?"
    assert copy.report == learned.report
    assert copy.guess(text, REASONS).value == learned.guess(text, REASONS).value
    assert copy.find_favourite(text)[1] == pytest.approx(learned.find_favourite(text)[1], abs=0.01)


@pytest.mark.parametrize("stored", [b"", b"nothing", b"PK\x03\x04broken", b"\x80\x04\x95pickle"])
def test_other_bytes_are_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Learned.from_bytes(stored)


def test_learning_twice_gives_the_same(examples: list[Example]) -> None:
    assert learn(examples).report == learn(examples).report


def test_only_fields_with_a_choice_are_learned() -> None:
    assert can_learn(REASONS)
    assert not can_learn(FieldSpec(1, FieldType.DATE, "Date"))


def test_a_learned_field_goes_first_and_is_backed_by_names_when_unsure(examples: list[Example]) -> None:
    engine = Composite({REASONS.id: learn(examples)})
    sure = engine.fill("where is the parcel with my kettle", [REASONS], today=TODAY)[REASONS.id]
    assert (sure.value, sure.source) == ("reason_delivery", Source.LEARNED)
    unsure = engine.fill("VIP treatment, now", [REASONS], today=TODAY)[REASONS.id]
    assert (unsure.value, unsure.reason) == (None, BlankReason.NOT_SURE)


def test_many_examples_of_many_options_are_learned_in_seconds() -> None:
    options = tuple(Option(f"tag_{number}", f"Thing {number}") for number in range(300))
    field = FieldSpec(14, FieldType.DROPDOWN, "Thing", "", options)
    examples = [Example(featurize(f"thing {at % 300} number {at}"), (f"tag_{at % 300}",)) for at in range(1_500)]
    began = time.monotonic()
    learn(examples, field)
    assert time.monotonic() - began < 30


@given(st.text(max_size=300))
def test_features_of_any_text_are_read_back(text: str) -> None:
    read = unpack(featurize(text))
    fresh = read_features(text)
    assert read.ids.tolist() == fresh.ids.tolist()
    assert read.counts.tolist() == fresh.counts.tolist()


def test_features_hold_no_text() -> None:
    packed = featurize("my card 4111 1111 1111 1111 and anna.secret@example.com")
    assert b"4111" not in packed
    assert b"secret" not in packed
