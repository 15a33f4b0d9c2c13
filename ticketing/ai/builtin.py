"""The built-in engine: offline, at once, and silent rather than wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from ticketing.ai.coverage import cover_best, is_negated, read_sentences, read_subject
from ticketing.ai.engine import BlankReason, Draft, FieldSpec, FieldType, Guess, Passage, Source
from ticketing.ai.matching import match_options
from ticketing.ai.patterns import find_date, find_expression, find_number, find_text
from ticketing.ai.quoting import quote_answer
from ticketing.ai.words import quote, shorten

TICKED = 0.75
ON_TOPIC = 0.6


class BuiltIn:
    """Option names, patterns and quotes; knows no examples and calls nobody."""

    def fill(self, text: str, fields: Sequence[FieldSpec], *, today: dt.date) -> dict[int, Guess]:
        """A guess for each field, by its id. See `engine.Engine`."""
        return {field.id: self._fill(shorten(text, 20_000), field, today) for field in fields}

    def answer(self, question: str, passages: Sequence[Passage]) -> Draft:
        """Quotes from the passages. See `engine.Engine`."""
        return quote_answer(shorten(question), passages)

    def match_topic(self, text: str, topics: Sequence[str]) -> tuple[str, float] | None:
        """The topic whose words, or their synonyms, one sentence says for the most part."""
        sentences = read_sentences(shorten(text))
        scored = [(cover_best(read_subject(topic), sentences)[0], topic) for topic in topics]
        share, topic = max(scored, default=(0.0, ""), key=lambda pair: pair[0])
        return (topic, round(share, 3)) if share >= ON_TOPIC else None

    def _fill(self, text: str, field: FieldSpec, today: dt.date) -> Guess:
        by_type: dict[str, Callable[[], Guess]] = {
            FieldType.DROPDOWN: lambda: match_options(text, field),
            FieldType.MULTISELECT: lambda: match_options(text, field),
            FieldType.CHECKBOX: lambda: _tick(text, field),
            FieldType.DATE: lambda: find_date(text, field, today),
            FieldType.INTEGER: lambda: find_number(text, field, today),
            FieldType.DECIMAL: lambda: find_number(text, field, today),
            FieldType.REGEXP: lambda: find_expression(text, field),
            FieldType.TEXT: lambda: find_text(text, field),
            FieldType.TEXTAREA: lambda: find_text(text, field),
        }
        find = by_type.get(field.type)
        return find() if find else Guess(None, reason=BlankReason.NOT_SUPPORTED)


def _tick(text: str, field: FieldSpec) -> Guess:
    """Yes when a sentence says what the title or the description says; never no, for silence is no answer."""
    sentences = read_sentences(text)
    said = [cover_best(read_subject(words), sentences) for words in (field.title, field.description)]
    share, sentence = max(said, key=lambda pair: pair[0])
    if share >= TICKED and (not is_negated(sentence) or is_negated(f"{field.title} {field.description}")):
        return Guess(value=True, confidence=round(0.9 * share, 3), evidence=quote(sentence), source=Source.MATCHED)
    detail = _("Without examples the built-in engine only ticks what the contact says in so many words.")
    return Guess(None, round(0.5 * share, 3), reason=BlankReason.NO_EXAMPLES, source=Source.MATCHED, detail=detail)
