"""Answers without a service: the sentences of an article that answer the question, quoted, and nothing else."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ticketing.ai.coverage import GENERIC, cover
from ticketing.ai.engine import BlankReason, Draft, Passage, Source
from ticketing.ai.words import read_content, read_stems, split_sentences

# The share of the question's words, weighed by how rare they are, that title and quoted sentences have to say.
ENOUGH = 0.5
SECOND = 0.85
MOST_SENTENCES = 4
MOST_LETTERS = 700


@dataclass(frozen=True)
class _Quote:
    passage: Passage
    text: str
    support: float


def quote_answer(question: str, passages: Sequence[Passage]) -> Draft:
    """A draft that quotes one or two articles; not sure when they say too little of what the question asks."""
    weights = _weigh(question, passages)
    quotes = sorted((_quote(passage, weights) for passage in passages), key=lambda found: -found.support)
    best = quotes[0] if quotes else None
    if best is None or not best.text or best.support < ENOUGH:
        detail = _("No article says enough about it.") if passages else _("No article was found.")
        confidence = round(best.support, 3) if best else 0.0
        return Draft("", (), confidence, reason=BlankReason.NOT_SURE, source=Source.MATCHED, detail=detail)
    chosen = [best]
    others = (found for found in quotes[1:] if found.passage.article_id != best.passage.article_id)
    second = next(others, None)
    if second and second.text and second.support >= max(ENOUGH, SECOND * best.support):
        chosen.append(second)
    sources = tuple(found.passage for found in chosen)
    return Draft(_frame(chosen), sources, round(min(best.support, 1.0), 3), source=Source.MATCHED)


def _weigh(question: str, passages: Sequence[Passage]) -> dict[str, float]:
    """The question's words that carry meaning, each with how rare it is in the passages; the weights add up to 1."""
    stems = [stem for stem in dict.fromkeys(read_content(question)) if stem not in GENERIC]
    spread = Counter(stem for passage in passages for stem in set(read_stems(f"{passage.title} {passage.text}")))
    rare = {stem: math.log((2 + len(passages)) / (1 + spread[stem])) + 0.5 for stem in stems}
    total = sum(rare.values()) or 1.0
    return {stem: weight / total for stem, weight in rare.items()}


def _quote(passage: Passage, weights: dict[str, float]) -> _Quote:
    """The run of sentences that, with the title, says most of the question; the shortest such run."""
    sentences = split_sentences(passage.text)
    title = read_stems(passage.title)
    runs = itertools.chain.from_iterable(
        (sentences[start : start + size] for start in range(len(sentences) - size + 1))
        for size in range(1, min(MOST_SENTENCES, len(sentences)) + 1)
    )
    best, support, alone = "", 0.0, -1.0
    for run in runs:
        text = " ".join(run)
        if len(text) > MOST_LETTERS:
            continue
        stems = read_stems(text)
        said, own = _support(weights, title + stems), _support(weights, stems)
        if (said, own) > (support + 1e-6, alone) or (abs(said - support) < 1e-6 and own > alone + 1e-6):
            best, support, alone = text, said, own
    if best and _support(weights, title) >= support - 1e-6:
        best = _begin(sentences)  # the title says it all: the article is about just this
    return _Quote(passage, best, support)


def _begin(sentences: list[str]) -> str:
    """The first sentences of an article, as many as may be quoted."""
    text = ""
    for sentence in sentences[:MOST_SENTENCES]:
        if text and len(text) + len(sentence) > MOST_LETTERS:
            break
        text = f"{text} {sentence}".strip()
    return text[:MOST_LETTERS]


def _support(weights: dict[str, float], stems: list[str]) -> float:
    return sum(weight * cover([stem], stems) for stem, weight in weights.items())


def _frame(quotes: Sequence[_Quote]) -> str:
    """Plain text for the contact. Addresses of articles that contacts can't open are left out."""
    parts = [_("Thanks for your message. Here is what our Help Center says:")]
    for found in quotes:
        parts.append(_("“%(quote)s”") % {"quote": found.text})
        where = found.passage.title
        parts.append(f"{where}: {found.passage.url}" if found.passage.is_public and found.passage.url else where)
    parts.append(_("If that is not what you need, reply here and we look into it."))
    return "\n\n".join(parts)
