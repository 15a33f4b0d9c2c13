"""A text as words, stems, concepts and letter groups: what the built-in engine compares."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

import snowballstemmer

from ticketing.ai.thesaurus import GROUPS

# A conversation longer than this is read at both its ends: where it begins and where it arrived.
MOST_READ = 6_000
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'’‘`´")
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+|[\r\n]+")
STOP_WORDS = frozenset(
    _WORD.findall(
        "a an the i my me you your we our it its is are was were be been am do does did have has had to of in on for "
        "with and or at by from this that there can could would will shall should please if so as but just how what "
        "why when where which who not no t s m d ll ve re im ive"
    )
)


def shorten(text: str, most: int = MOST_READ) -> str:
    """The text, or its beginning and its end when it is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most // 2]}\n{text[-most // 2 :]}"


def read_words(text: str) -> list[str]:
    """The words in lower case, without accents and apostrophes ("didn't" is "didnt")."""
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).casefold())
    return _WORD.findall("".join(letter for letter in folded if not unicodedata.combining(letter)))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The English stem of a word in lower case; a new stemmer each time, since one is not safe with threads."""
    stemmed: str = snowballstemmer.stemmer("english").stemWord(word[:60])
    return stemmed


def read_stems(text: str) -> list[str]:
    """The stems of all words."""
    return [stem(word) for word in read_words(text)]


def read_content(text: str) -> list[str]:
    """The stems of the words that carry meaning; of all when there are none such."""
    words = read_words(text)
    return [stem(word) for word in words if word not in STOP_WORDS] or [stem(word) for word in words]


def pairs(stems: list[str]) -> Iterator[str]:
    """Each two neighbours."""
    return (f"{first} {second}" for first, second in itertools.pairwise(stems))


def letter_groups(words: Iterable[str], shortest: int = 2, longest: int = 5) -> Iterator[str]:
    """The runs of 2 to 5 letters within each word, its ends marked by a space."""
    for word in words:
        marked = f" {word[:60]} "
        for size in range(shortest, longest + 1):
            if size >= len(marked):
                yield marked
                break
            for start in range(len(marked) - size + 1):
                yield marked[start : start + size]


def split_sentences(text: str) -> list[str]:
    """The sentences and lines of a text, word for word, without those that say nothing; at most 200 of them."""
    parts = (part.strip() for part in _SENTENCE_END.split(text))
    return [part for part in parts if _WORD.search(part)][:200]


def quote(sentence: str, most: int = 200) -> str:
    """A sentence as evidence: its beginning up to a whole word, still word for word."""
    if len(sentence) <= most:
        return sentence
    return sentence[:most].rsplit(None, 1)[0] if " " in sentence[:most] else sentence[:most]


def _read_groups() -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for number, line in enumerate(GROUPS.strip().splitlines()):
        for term in line.split(","):
            found.setdefault(" ".join(read_stems(term)), []).append(number)
    return {term: tuple(numbers) for term, numbers in found.items()}


CONCEPTS = _read_groups()
_LONGEST_TERM = max(term.count(" ") + 1 for term in CONCEPTS)


def read_concepts(stems: list[str]) -> set[int]:
    """The groups of the thesaurus of which the stems, in their order, hold a word or phrase."""
    found: set[int] = set()
    for size in range(1, _LONGEST_TERM + 1):
        for start in range(len(stems) - size + 1):
            found.update(CONCEPTS.get(" ".join(stems[start : start + size]), ()))
    return found
