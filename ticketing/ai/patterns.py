"""Values that have a form: dates, numbers, addresses, phone and order numbers, an account's own expressions.

Each value is quoted from the text. Of several that differ, the one whose sentence speaks of the field is taken; when
that does not tell them apart, or a single one has nothing to do with the field, the field stays blank.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ticketing.ai.coverage import cover, read_said, read_subject
from ticketing.ai.dates import NUMBERS, UNCLEAR, find_dates
from ticketing.ai.engine import BlankReason, FieldSpec, FieldType, Guess, Source
from ticketing.ai.expressions import Unreadable, read_expression
from ticketing.ai.kinds import EMAIL, PHONE, URL, find_by_kind, find_ids
from ticketing.ai.words import quote, split_sentences

# An expression is the account's own and runs over hostile text: all tries together may take this long.
MATCH_SECONDS = 0.3
LONGEST_SPAN = 80
# A text with more candidates than this is no message; the rest is left out.
MOST_FOUND = 60
SURE = 0.7
ONE_WORD = 0.6
_NUMBER = re.compile(
    r"(?<![\w.,/-])-?\d{1,3}(?:[., ]\d{3})+(?:[.,]\d+)?(?![\w/-])|(?<![\w.,/-])-?\d+(?:[.,]\d+)?(?![\w/-])"
)
_COUNT_WORD = re.compile(rf"\b(?:{'|'.join(word for word in NUMBERS if word not in ('a', 'an', 'one'))})\b", re.I)
_TOKEN = re.compile(r"\S+")
_EDGES = " \t.,;:!?#()[]{}<>\"'“”‘’*`"


@dataclass(frozen=True)
class Find:
    """A value and where it was read; `certainty` of its form alone, before the field's subject is looked for."""

    value: str
    start: int
    end: int
    certainty: float = 0.9


def find_date(text: str, field: FieldSpec, today: dt.date) -> Guess:
    """The date that the field asks for, as YYYY-MM-DD."""
    found = [Find(date.date.isoformat(), date.start, date.end, date.certainty) for date in find_dates(text, today)]
    unclear = [find for find in found if find.certainty <= UNCLEAR]
    guess = _choose(text, field, found)
    if guess.value is None and guess.confidence and unclear:
        said = text[unclear[0].start : unclear[0].end]
        return _blank(_("“%(words)s” may be more than one date.") % {"words": said}, guess.confidence)
    return guess


def find_number(text: str, field: FieldSpec, today: dt.date) -> Guess:
    """The number that the field asks for; whole ones only for an integer field."""
    taken = [(date.start, date.end) for date in find_dates(text, today)]
    taken += [match.span() for pattern in (PHONE, URL, EMAIL) for match in pattern.finditer(text)]
    taken += find_ids(text)
    read = itertools.islice(_read_numbers(text), 2 * MOST_FOUND)
    found = [Find(value, *span) for value, span in read if not _overlaps(span, taken)]
    if field.type == FieldType.INTEGER:
        found = [find for find in found if "." not in find.value]
    return _choose(text, field, found, needs_subject=True)


def find_text(text: str, field: FieldSpec) -> Guess:
    """The value of a text field, when its title or description says what form it has (e-mail, order number …)."""
    kind, spans = find_by_kind(text, f"{field.title}\n{field.description}")
    if not kind:
        return _blank(_("The built-in engine fills text fields that name a form, such as an order number."))
    return _choose(
        text, field, [Find(text[start:end], start, end, 0.92) for start, end in spans[:MOST_FOUND]], has_form=True
    )


def find_expression(text: str, field: FieldSpec) -> Guess:
    """The words that match the field's own expression, when just one value does."""
    try:
        expression = read_expression(field.pattern)
    except Unreadable as error:
        return _blank(_("The field's expression cannot be read: %(why)s.") % {"why": error})
    end, too_long = time.monotonic() + MATCH_SECONDS, _("The field's expression takes too long on this text.")
    found: list[Find] = []
    try:
        for start, stop in _spans(text):
            if any(find.start <= start and stop <= find.end for find in found):
                continue
            left = end - time.monotonic()
            if left <= 0:
                return _blank(too_long)
            if expression.fullmatch(text[start:stop], timeout=left):
                found.append(Find(text[start:stop], start, stop, 0.92))
    except TimeoutError:
        return _blank(too_long)
    if len({find.value for find in found}) > 3:
        return _blank(_("The field's expression matches too much of the text."))
    return _choose(text, field, found, has_form=True)


def _choose(
    text: str, field: FieldSpec, found: list[Find], *, needs_subject: bool = False, has_form: bool = False
) -> Guess:
    """The find that the field is about. `has_form`: a single value of that form needs no words around it."""
    if not found:
        return _blank(_("The text has none."))
    sentences, found = _place_sentences(text), found[:MOST_FOUND]
    scored = [(_support(text, sentences, find, field), find) for find in found]
    top = max(support.score for support, _find in scored)
    best = [find for support, find in scored if support.score == top]
    values = list(dict.fromkeys(find.value for find in best))
    names = ", ".join(quote(find, 40) for find in values[:3])
    if len(values) > 1:
        return _blank(_("Several: %(values)s.") % {"values": names}, 0.4)
    says_so = any(support.is_enough for support, find in scored if find in best)
    if not says_so and not has_form and (needs_subject or _has_subject(field)):
        detail = _("Found %(value)s, but nothing near it speaks of “%(title)s”.")
        return _blank(detail % {"value": names, "title": field.title}, 0.5)
    chosen = max(best, key=lambda find: find.certainty)
    confidence = chosen.certainty if says_so or len(found) == 1 else 0.6
    if confidence < SURE:
        return _blank(_("Nearest: %(option)s.") % {"option": names}, confidence)
    evidence = text[chosen.start : chosen.end]
    return Guess(chosen.value, round(confidence, 3), evidence, source=Source.PATTERN)


@dataclass(frozen=True)
class _Support:
    """What speaks for a find: how much, and whether that is enough without the value having a form of its own."""

    score: float
    is_enough: bool


def _has_subject(field: FieldSpec) -> bool:
    return bool(read_subject(field.title) or read_subject(field.description))


def _support(text: str, sentences: list[tuple[int, int]], find: Find, field: FieldSpec) -> _Support:
    """How much the words around a find speak of the field; its title counts twice, a near word a little more.

    Enough is a word of the title, two of the description, or one right beside the find.
    """
    start, end = next((span for span in sentences if span[0] <= find.start < span[1]), (0, len(text)))
    first, last = max(start, find.start - 60), min(end, find.end + 30)
    near, title, about = text[first:last], read_subject(field.title), read_subject(field.description)
    said = read_said(near)
    by_title, by_about = cover(title, said), cover(about, said)
    score = 2 * by_title + cover(title + about, said)
    gaps = [
        max(find.start - (first + word.end()), first + word.start() - find.end, 0)
        for word in _TOKEN.finditer(near)
        if cover(title + about, read_said(word[0]))
    ]
    gap = min(gaps, default=1_000)
    is_enough = by_title * len(title) >= ONE_WORD or by_about * len(about) >= 2 or (gap <= 1 and by_about > 0)
    return _Support(round(score - gap / 1000, 3) if score else 0.0, is_enough)


def _place_sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence begins and ends."""
    places, start = [], 0
    for sentence in split_sentences(text):
        start = text.find(sentence, start)
        places.append((start, start + len(sentence)))
        start += len(sentence)
    return places


def _read_numbers(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for match in _NUMBER.finditer(text):
        yield _plain_number(match[0]), match.span()
    for match in _COUNT_WORD.finditer(text):
        yield str(NUMBERS[match[0].lower()]), match.span()


def _plain_number(said: str) -> str:
    """1,234.50 and 1.234,50 and 1 234 as 1234.50, 1234.50 and 1234."""
    said = said.replace(" ", "")
    last = max(said.rfind("."), said.rfind(","))
    if last < 0:
        return said
    sign, other = said[last], "," if said[last] == "." else "."
    is_group = said.count(sign) > 1 or (len(said) - last == 4 and other not in said and said[:last].strip("-") != "0")
    whole, part = (said, "") if is_group else (said[:last], said[last + 1 :])
    digits = whole.replace(".", "").replace(",", "")
    return f"{digits}.{part}" if part else digits


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Runs of four words to one, without the punctuation around them; longer runs first."""
    tokens = [match.span() for match in _TOKEN.finditer(text)][:2_000]
    for size in (4, 3, 2, 1):
        for first in range(len(tokens) - size + 1):
            start, end = tokens[first][0], tokens[first + size - 1][1]
            while start < end and text[start] in _EDGES:
                start += 1
            while end > start and text[end - 1] in _EDGES:
                end -= 1
            if start < end and end - start <= LONGEST_SPAN:
                yield start, end


def _overlaps(span: tuple[int, int], taken: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)


def _blank(detail: str, confidence: float = 0.0) -> Guess:
    return Guess(None, confidence, reason=BlankReason.NOT_SURE, source=Source.PATTERN, detail=detail)
