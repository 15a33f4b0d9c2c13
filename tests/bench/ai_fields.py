"""AI fields on real questions: 77 options by their names alone, then learned from examples."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tests.bench.figures import Figure
from ticketing.ai.engine import FieldSpec, FieldType, Option
from ticketing.ai.features import featurize
from ticketing.ai.learning import Example, train
from ticketing.ai.matching import index_options, match_options

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "ai-eval"
FILE = "banking77_sample.csv"
FOLDS = 5
TEXTS_TIMED = 200


class Missing(Exception):
    """There are no questions to measure on; the message says where they were looked for."""


@dataclass(frozen=True)
class Question:
    """A text and the option that people chose for it."""

    text: str
    option: str


@cache
def read_questions() -> Sequence[Question]:
    """All questions. Raises `Missing`."""
    file = Path(os.environ.get("AI_EVAL") or DEFAULT) / FILE
    if not file.is_file():
        raise Missing(f"The questions are missing: {file} is not there. AI_EVAL names the folder that holds {FILE}.")
    with file.open(newline="") as rows:
        return [Question(row["text"], row["category"]) for row in csv.DictReader(rows)]


def make_field() -> FieldSpec:
    """The questions' categories as one drop-down."""
    values = sorted({question.option for question in read_questions()})
    options = tuple(Option(value, value.replace("_", " ")) for value in values)
    return FieldSpec(1, FieldType.DROPDOWN, "Contact reason", "what the contact wants", options)


def measure_matched() -> Iterator[Figure]:
    """By option names alone, as before there are examples."""
    questions, field = read_questions(), make_field()
    index = index_options(field.options, field.description)
    rankings = [index.rank(question.text) for question in questions]
    right = [ranking.best.value == question.option for ranking, question in zip(rankings, questions, strict=True)]
    yield from _tell(right, [ranking.margin for ranking in rankings], accuracy=46, half=67)
    began = time.perf_counter()
    guesses = [match_options(question.text, field) for question in questions]
    spent = time.perf_counter() - began
    answered = [
        guess.value == question.option for guess, question in zip(guesses, questions, strict=True) if guess.value
    ]
    yield Figure("ms per text", 1000 * spent / len(questions), "ms", "<=50")
    yield Figure("given where clear", 100 * len(answered) / len(questions), "%")
    yield Figure("right of these", 100 * float(np.mean(answered)), "%")


def measure_learned() -> Iterator[Figure]:
    """Learned from four fifths, asked for the rest; every category in every fifth as far as there are enough."""
    questions, field = read_questions(), make_field()
    examples = [Example(featurize(question.text), (question.option,)) for question in questions]
    order = sorted(np.random.default_rng(0).permutation(len(questions)), key=lambda at: questions[at].option)
    right, confidence = np.zeros(len(questions), bool), np.zeros(len(questions))
    sure, training, asking = np.zeros(len(questions), bool), 0.0, 0.0
    for fold in range(FOLDS):
        part = order[fold::FOLDS]
        held = set(part)
        began = time.perf_counter()
        learned = train([example for at, example in enumerate(examples) if at not in held], field)
        training = max(training, time.perf_counter() - began)
        if learned is None:
            raise Missing("Too few questions to learn from.")
        began = time.perf_counter()
        for at in part:
            sure[at] = learned.guess(questions[at].text, field).value is not None
        asking += time.perf_counter() - began
        for at in part:
            labels, confidence[at] = learned.find_favourite(questions[at].text)
            right[at] = labels == (questions[at].option,)
    yield from _tell(list(right), list(confidence), accuracy=77, half=94)
    yield Figure("ms per text", 1000 * asking / len(questions), "ms", "<=50")
    yield Figure("seconds to train", training, "s", "<=5")
    yield Figure("given where sure", 100 * float(sure.mean()), "%")
    yield Figure("right of these", 100 * float(right[sure].mean()), "%")


def measure_long_list() -> Iterator[Figure]:
    """As many options as Zendesk allows on a field, asked by the same texts."""
    texts = [question.text for question in read_questions()][:TEXTS_TIMED]
    names = [f"{first.text} {number}" for number, first in enumerate(read_questions())][:1_500]
    names += [f"Product line {number} of the catalogue" for number in range(500)]
    options = tuple(Option(f"tag_{number}", name[:100]) for number, name in enumerate(names))
    field = FieldSpec(2, FieldType.DROPDOWN, "Product", "", options)
    match_options(texts[0], field)
    began = time.perf_counter()
    for text in texts:
        match_options(text, field)
    yield Figure("ms per text", 1000 * (time.perf_counter() - began) / len(texts), "ms", "<=50")


def _tell(right: Sequence[bool], confidence: Sequence[float], *, accuracy: int, half: int) -> Iterator[Figure]:
    surest = np.argsort(-np.array(confidence), kind="stable")[: len(right) // 2]
    yield Figure("accuracy", 100 * float(np.mean(right)), "%", f">={accuracy}")
    yield Figure("surest half", 100 * float(np.array(right)[surest].mean()), "%", f">={half}")
