"""How much of a short statement ("Refunds above 100 euro") a text says, with synonyms and small typing errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from ticketing.ai.words import CONCEPTS, STOP_WORDS, read_concepts, read_stems, read_words, split_sentences, stem

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


@dataclass(frozen=True)
class Said:
    """What a text says: its stems, and the groups of the thesaurus that they belong to."""

    stems: frozenset[str]
    groups: frozenset[int]

    def __or__(self, other: Said) -> Said:
        return Said(self.stems | other.stems, self.groups | other.groups)

    def tells(self, word: str) -> float:
        """How much of a stem is said (0 to 1); a synonym counts less than the word itself."""
        if word in self.stems:
            return 1.0
        if len(word) >= 5 and any(_is_slip(word, other) for other in self.stems):
            return 0.9
        return _SYNONYM if word not in _WEAK and not self.groups.isdisjoint(CONCEPTS.get(word, ())) else 0.0


@dataclass(frozen=True)
class Sentence:
    """A sentence, word for word, and what it says."""

    text: str
    said: Said


def read_said(text: str) -> Said:
    """What a text says."""
    stems = read_stems(text)
    return Said(frozenset(stems), frozenset(read_concepts([word for word in stems if word not in _WEAK])))


def read_sentences(text: str) -> list[Sentence]:
    """The sentences of a text."""
    return [Sentence(sentence, read_said(sentence)) for sentence in split_sentences(text)]


def cover(subject: Sequence[str], said: Said) -> float:
    """The share (0 to 1) of the subject's stems that is said."""
    return sum(map(said.tells, subject)) / len(subject) if subject else 0.0


def cover_best(subject: Sequence[str], sentences: Sequence[Sentence]) -> tuple[float, str]:
    """The best coverage by one sentence, and that sentence."""
    scored = ((cover(subject, sentence.said), sentence.text) for sentence in sentences)
    return max(scored, default=(0.0, ""), key=lambda pair: pair[0])


def is_negated(sentence: str) -> bool:
    """True when the sentence says no to something."""
    return bool(_NEGATION.search(sentence))


def _is_slip(word: str, other: str) -> bool:
    return abs(len(word) - len(other)) < 3 and fuzz.ratio(word, other) >= _TYPING_ERROR
