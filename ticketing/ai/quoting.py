"""Answers without a service: the sentences of an article that answer the question, quoted, and nothing else."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ticketing.ai.coverage import GENERIC, Said, cover, read_said, read_sentences
from ticketing.ai.engine import BlankReason, Draft, Passage, Source
from ticketing.ai.kinds import drop_ids
from ticketing.ai.words import STOP_WORDS, read_stems, read_words, split_sentences, stem

# What an article says of the question's best sentence (0 to 1), plus this share of how much of its title is asked for,
# has to reach this; without a word of the title only what says nearly all of three words or more does.
TITLE_SHARE, ENOUGH = 0.6, 0.8
LEAST_SAID, LEAST_TITLE, NEARLY_ALL = 0.3, 0.2, 0.85
SECOND = 0.85
MOST_SENTENCES = 4
MOST_LETTERS = 700
MOST_READ = 60
STOPS = (".", "!", "?", "…", ":", "。")
# Words of a message that ask for nothing.
CHATTER = frozenset(
    stem(word)
    for word in read_words(
        "hello hi dear thanks thank please tell know need like could would really very still already last next again "
        "monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday week month year ago "
        "days hours get got go one two three"
    )
)

Weights = dict[str, float]


@dataclass(frozen=True)
class _Quote:
    passage: Passage
    text: str
    fit: float


def quote_answer(question: str, passages: Sequence[Passage]) -> Draft:
    """A draft that quotes one or two articles; not sure when they say too little of what the question asks.

    What contacts may read goes first. The limits were set by reading the drafts for every ninth ticket of a shop: it
    answers two of five.
    """
    asked = drop_ids(question)
    spread = Counter(word for passage in passages for word in set(read_stems(f"{passage.title} {passage.text}")))
    sentences = [_weigh(sentence, spread, len(passages)) for sentence in split_sentences(asked)]
    said = read_said(asked)
    fits = [(_fit(said, sentences, passage), passage) for passage in passages]
    fits.sort(key=lambda pair: (pair[0] < ENOUGH, not pair[1].is_public, -pair[0]))
    best = fits[0][0] if fits else 0.0
    if best < ENOUGH:
        detail = _("No article says enough about it.") if passages else _("No article was found.")
        return Draft("", (), _confidence(best), reason=BlankReason.NOT_SURE, source=Source.MATCHED, detail=detail)
    weights = _weigh(asked, spread, len(passages))
    chosen: list[_Quote] = []
    for fit, passage in fits:
        is_new = passage.article_id not in {found.passage.article_id for found in chosen}
        if is_new and fit >= max(ENOUGH, SECOND * best) and len(chosen) < 2:
            chosen.append(_Quote(passage, _find_quote(passage, weights), fit))
    chosen = [found for found in chosen if found.text]
    if not chosen:
        return Draft("", reason=BlankReason.NOT_SURE, source=Source.MATCHED, detail=_("The article has no text."))
    return Draft(_frame(chosen), tuple(found.passage for found in chosen), _confidence(best), source=Source.MATCHED)


def _confidence(fit: float) -> float:
    return round(min(0.95, fit / (1 + TITLE_SHARE)), 3)


def _read_asked(text: str) -> list[str]:
    """The stems that ask for something, each once."""
    stems = (stem(word) for word in read_words(text) if word not in STOP_WORDS and word.isalpha())
    return list(dict.fromkeys(word for word in stems if word not in GENERIC and word not in CHATTER))


def _weigh(question: str, spread: Counter[str], count: int) -> Weights:
    """What is asked for, each stem with how rare it is in the passages; the weights add up to 1."""
    rare = {word: math.log((2 + count) / (1 + spread[word])) + 0.5 for word in _read_asked(question)}
    total = sum(rare.values()) or 1.0
    return {word: weight / total for word, weight in rare.items()}


def _fit(asked: Said, sentences: Sequence[Weights], passage: Passage) -> float:
    """How well an article fits: by what it says of one sentence, and by its title."""
    article = read_said(f"{passage.title} {passage.text}")
    said = [(_support(weights, article), len(weights)) for weights in sentences if len(weights) >= 2]
    said = said or [(_support(weights, article), len(weights)) for weights in sentences if weights]
    share, words = max(said, default=(0.0, 0))
    title = cover(_read_asked(passage.title), asked)
    if title < LEAST_TITLE:
        return share if share >= NEARLY_ALL and words >= 3 else 0.0
    return share + TITLE_SHARE * title if share >= LEAST_SAID else 0.0


def _find_quote(passage: Passage, weights: Weights) -> str:
    """The run of sentences that, with the title, says most of the question; the shortest such run."""
    sentences = read_sentences(passage.text)[:MOST_READ]
    title = read_said(passage.title)
    runs = itertools.chain.from_iterable(
        (sentences[start : start + size] for start in range(len(sentences) - size + 1))
        for size in range(1, min(MOST_SENTENCES, len(sentences)) + 1)
    )
    best, support, alone = "", 0.0, -1.0
    for run in runs:
        text = _join([sentence.text for sentence in run])
        if len(text) > MOST_LETTERS:
            continue
        here = functools.reduce(operator.or_, (sentence.said for sentence in run))
        said, own = _support(weights, title | here), _support(weights, here)
        if said > support + 1e-6 or (abs(said - support) < 1e-6 and own > alone + 1e-6):
            best, support, alone = text, said, own
    if not best or _support(weights, title) >= support - 1e-6:
        return _begin([sentence.text for sentence in sentences])  # the title says it all: it is about just this
    return best


def _begin(sentences: list[str]) -> str:
    """The first sentences of an article, as many as may be quoted."""
    text = ""
    for sentence in sentences[:MOST_SENTENCES]:
        if text and len(text) + len(sentence) > MOST_LETTERS:
            break
        text = _join([text, sentence]) if text else sentence
    return text[:MOST_LETTERS]


def _join(sentences: Sequence[str]) -> str:
    """Sentences in one line; what ends without a stop, such as a heading or a step, keeps a line of its own."""
    text = ""
    for sentence in sentences:
        text += f"{' ' if text.endswith(STOPS) else chr(10)}{sentence}" if text else sentence
    return text


def _support(weights: Weights, said: Said) -> float:
    return sum(weight * said.tells(word) for word, weight in weights.items())


def _frame(quotes: Sequence[_Quote]) -> str:
    """Plain text for the contact. Addresses of articles that contacts can't open are left out."""
    parts = [_("Thanks for your message. Here is what our Help Center says:")]
    for found in quotes:
        parts.append(_("“%(quote)s”") % {"quote": found.text})
        where = found.passage.title
        parts.append(f"{where}: {found.passage.url}" if found.passage.is_public and found.passage.url else where)
    parts.append(_("If that is not what you need, reply here and we look into it."))
    return "\n\n".join(parts)
