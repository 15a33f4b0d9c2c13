"""How much of a short statement ("Refunds above 100 euro") a text says, with synonyms and small typing errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz

from ticketing.ai.words import CONCEPTS, STOP_WORDS, read_concepts, read_stems, read_words, stem

# Words that introduce what a field or topic is about, and words too common to stand for their synonyms.
GENERIC = frozenset(
    stem(word)
    for word in read_words(
        "date day time when contact customer user client person field value number amount mention mentioned say "
        "says state states ask asks asked want wants tick check checked true yes set fill choose pick about anything "
        "topic topics related regarding concerning question questions message text conversation write wrote give gave "
        "any every many much only always never also format like such example e g i.e etc put here enter name"
    )
)
_WEAK = frozenset(
    stem(word) for word in read_words("want need get got come came add time new keep long old where which when code")
)
_SYNONYM, _TYPING_ERROR = 0.7, 88
_NEGATION = re.compile(r"\b(?:not|no|never|without|don.?t|doesn.?t|didn.?t|isn.?t|wasn.?t|won.?t)\b", re.IGNORECASE)


@lru_cache(maxsize=4_000)
def read_subject(statement: str) -> tuple[str, ...]:
    """The stems of a statement that say what it is about; empty when it is only generic words."""
    words = dict.fromkeys(stem(word) for word in read_words(statement) if word not in STOP_WORDS)
    return tuple(word for word in words if word not in GENERIC and not word.isdigit())


def cover(subject: Iterable[str], stems: list[str]) -> float:
    """The share (0 to 1) of the subject's stems that the stems say; a synonym counts less than the word itself."""
    wanted = list(subject)
    if not wanted or not stems:
        return 0.0
    said, groups = set(stems), read_concepts([word for word in stems if word not in _WEAK])
    return sum(_find(word, said, groups) for word in wanted) / len(wanted)


def cover_text(subject: Iterable[str], sentences: list[str]) -> tuple[float, str]:
    """The best coverage by one sentence, and that sentence."""
    wanted = tuple(subject)
    scored = [(cover(wanted, read_stems(sentence)), sentence) for sentence in sentences]
    return max(scored, default=(0.0, ""), key=lambda pair: pair[0])


def is_negated(sentence: str) -> bool:
    """True when the sentence says no to something."""
    return bool(_NEGATION.search(sentence))


def _find(word: str, said: set[str], groups: set[int]) -> float:
    if word in said:
        return 1.0
    if len(word) >= 5 and any(
        abs(len(word) - len(other)) < 3 and fuzz.ratio(word, other) >= _TYPING_ERROR for other in said
    ):
        return 0.9
    return _SYNONYM if word not in _WEAK and groups & set(CONCEPTS.get(word, ())) else 0.0
