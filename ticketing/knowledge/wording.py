"""The words of a question: which are worth looking for, how they begin, which others mean much the same."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from ticketing.ai.thesaurus import GROUPS

MOST_WORDS = 24
MOST_OTHERS = 12
_WORD = re.compile(r"[^\W_]+")
# Words that stand in every article; they find nothing and take time.
STOPWORDS = frozenset(
    _WORD.findall(
        "a about am an and any are as at be been but by can could d did do does for from get got had has have hello hi "
        "how i if in into is it its ll me my no not of on or our please re s should so some t thank thanks that the "
        "their them then there they this to ve was we were what when where which who why will with would you your "
        "aber als auch auf aus bei bin bitte das dass dem den der des die du ein eine einem einen einer er es für habe "
        "haben hallo ich ihr im ist kann können man mein meine meinen mich mir mit nach nicht oder sie sind und uns "
        "von war wenn wer wie wir wird wo zu zum zur"
    )
)


def read_words(text: str) -> list[str]:
    """The words of a question that are worth looking for, each once."""
    words = dict.fromkeys(_WORD.findall(text.lower()))
    return [word[:40] for word in words if word not in STOPWORDS][:MOST_WORDS]


def begin(word: str) -> str:
    """How a word begins, whatever its ending: about two thirds of a long one, four letters at least."""
    return word[: max(4, round(len(word) * 0.7))]


def read_synonyms(word: str) -> tuple[str, ...]:
    """Single words that stand in one group of the thesaurus with this one, without it."""
    groups = _read_groups()
    return groups.get(word) or groups.get(word.removesuffix("s")) or groups.get(word.removesuffix("ed")) or ()


@cache
def _read_groups() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in GROUPS.replace("\\\n", " ").strip().splitlines():
        single = [part.strip() for part in line.split(",") if part.strip().isalpha()]
        for word in single:
            found[word] += [other for other in single if other != word and other not in STOPWORDS]
    return {word: tuple(dict.fromkeys(others))[:MOST_OTHERS] for word, others in found.items()}
