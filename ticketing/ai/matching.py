"""Options without examples: which one a text is about, by the options' names and what the description says of each.

Two views are added up: letter groups of the stems (TF-IDF over the options, cosine) and the concepts of a small
general thesaurus. Chosen by measuring on public bank questions with 77 options: letter groups alone reach 46 %,
both 51 %; the weight of the concepts was tried at five values, and the curve is flat around the one taken. No row of
that set was learned from.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from opencx_admin.lazy import Lazy
from ticketing.ai.coverage import cover_best, read_sentences
from ticketing.ai.engine import BlankReason, FieldSpec, FieldType, Guess, Option, Source
from ticketing.ai.kinds import drop_ids
from ticketing.ai.words import letter_groups, quote, read_concepts, read_content, read_stems, shorten, split_sentences

if TYPE_CHECKING:
    import numpy as np
    from scipy import sparse
else:
    np, sparse = Lazy("numpy"), Lazy("scipy.sparse")

CONCEPT_WEIGHT = 0.8
# How far the best option has to be ahead of the second: right more than four times of five then, when measured.
ENOUGH = 0.4
# Of a multi-select the options are taken whose name is said to this share, from among the nearest.
NAMED, MOST_NAMED = 0.85, 20
# A line with single blanks. The limits keep a page of one sign from being tried in every division.
_LINE = re.compile(r"^\W{0,20}(?P<name>.{1,255}?)\s?(?:[:=–—]|->|→|\s-\s)\s?(?P<when>\S.*)$")

Terms = Mapping[str, float]


@dataclass(frozen=True)
class Ranking:
    """Every option's score, in the field's order."""

    options: tuple[Option, ...]
    scores: Any

    @property
    def order(self) -> list[int]:
        """The options' positions, best first."""
        return [int(position) for position in np.argsort(-self.scores, kind="stable")]

    @property
    def best(self) -> Option:
        return self.options[self.order[0]]

    @property
    def margin(self) -> float:
        """How far the best is ahead of the second."""
        order = self.order
        second = float(self.scores[order[1]]) if len(order) > 1 else 0.0
        return float(self.scores[order[0]]) - second


class OptionIndex:
    """A field's options, ready to be compared with texts; made once per list of options."""

    def __init__(self, options: tuple[Option, ...], description: str) -> None:
        self.options = options
        self.said = [_about(option, lines) for lines in [_read_lines(description)] for option in options]
        self.letters = _TermIndex([_read_letters(text) for text in self.said])
        self.concepts = _TermIndex([_read_groups(text) for text in self.said])
        self.names = [tuple(dict.fromkeys(read_content(option.name))) for option in options]

    def rank(self, text: str) -> Ranking:
        """Score every option for a text."""
        text = drop_ids(text)
        scores = self.letters.compare(_read_letters(text)) + CONCEPT_WEIGHT * self.concepts.compare(_read_groups(text))
        return Ranking(self.options, scores)

    def find_evidence(self, text: str, option: Option) -> str:
        """The sentence that speaks most for the option, word for word; empty when none does."""
        position = self.options.index(option)
        scored = [(self._score_one(part, position), part) for part in split_sentences(text)]
        best, sentence = max(scored, default=(0.0, ""), key=lambda pair: pair[0])
        return quote(sentence) if best > 0 else ""

    def _score_one(self, text: str, position: int) -> float:
        text = drop_ids(text)
        letters = self.letters.compare_one(_read_letters(text), position)
        return letters + CONCEPT_WEIGHT * self.concepts.compare_one(_read_groups(text), position)


class _TermIndex:
    """TF-IDF vectors of short documents, of length 1, column by term."""

    def __init__(self, documents: Sequence[Terms]) -> None:
        spread = Counter(term for document in documents for term in document)
        self.positions = {term: position for position, term in enumerate(spread)}
        count = len(documents)
        self.idf = np.array(
            [math.log((1 + count) / (1 + spread[term])) + 1 for term in self.positions], dtype="float32"
        )
        self.vectors = [self._weigh(document) for document in documents]
        rows, columns, values = [], [], []
        for row, vector in enumerate(self.vectors):
            rows += [row] * len(vector)
            columns += list(vector)
            values += list(vector.values())
        shape = (count, len(self.positions))
        self.matrix = sparse.csc_matrix((values, (rows, columns)), shape=shape, dtype="float32")

    def compare(self, document: Terms) -> Any:
        """The cosine of each document of the index with this one; terms that no option has do not count."""
        vector = self._weigh(document)
        if not vector:
            return np.zeros(self.matrix.shape[0], dtype="float32")
        return self.matrix[:, list(vector)] @ np.array(list(vector.values()), dtype="float32")

    def compare_one(self, document: Terms, row: int) -> float:
        """The cosine of one document of the index with this one."""
        vector, known = self._weigh(document), self.vectors[row]
        return sum(value * known.get(position, 0.0) for position, value in vector.items())

    def _weigh(self, document: Terms) -> dict[int, float]:
        known = ((self.positions[term], count) for term, count in document.items() if term in self.positions)
        vector = {position: (1 + math.log(count)) * float(self.idf[position]) for position, count in known}
        length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        return {position: value / length for position, value in vector.items()}


@lru_cache(maxsize=64)
def index_options(options: tuple[Option, ...], description: str) -> OptionIndex:
    """The index of a list of options, kept for the next text."""
    return OptionIndex(options, description)


def match_options(text: str, field: FieldSpec) -> Guess:
    """The option, or for a multi-select the options, that the text is about, by their names; blank when not clear."""
    if not field.options:
        return Guess(None, reason=BlankReason.NOT_IN_LIST, source=Source.MATCHED, detail=_("The field has no options."))
    index = index_options(field.options, field.description)
    read = shorten(text)
    ranking = index.rank(read)
    if field.type == FieldType.MULTISELECT:
        return _match_several(read, index, ranking)
    best, confidence = ranking.best, _confidence(ranking.margin)
    if ranking.margin < ENOUGH:
        detail = _("Nearest: %(option)s.") % {"option": best.name} if ranking.scores.max() > 0 else ""
        return Guess(None, confidence, reason=BlankReason.NOT_SURE, source=Source.MATCHED, detail=detail)
    return Guess(best.value, confidence, index.find_evidence(read, best), source=Source.MATCHED)


def _match_several(text: str, index: OptionIndex, ranking: Ranking) -> Guess:
    """Every option whose name a sentence says: several may fit, or none, so being nearest is not enough."""
    sentences = read_sentences(text)
    found: list[tuple[Option, float, str]] = []
    for position in ranking.order[:MOST_NAMED]:
        share, sentence = cover_best(index.names[position], sentences)
        if share >= NAMED:
            found.append((index.options[position], share, sentence))
    if not found:
        return Guess(None, reason=BlankReason.NOT_SURE, source=Source.MATCHED, detail=_("No option is named."))
    named = {option for option, _share, _said in found}
    chosen = [option.value for option in index.options if option in named]
    confidence = round(0.9 * min(share for _option, share, _said in found), 3)
    return Guess(chosen, confidence, quote(found[0][2]), source=Source.MATCHED)


def _confidence(margin: float) -> float:
    """The share of texts with such a margin that were matched rightly, roughly, when measured."""
    return round(max(0.0, min(0.95, 0.2 + 1.05 * margin)), 3)


def _read_lines(description: str) -> dict[str, str]:
    """What the description says of single options, by the option's name or value in lower case."""
    found = (_LINE.match(" ".join(line.split())) for line in description.splitlines())
    return {_plain(line["name"]): line["when"] for line in found if line}


def _about(option: Option, lines: Mapping[str, str]) -> str:
    said = lines.get(_plain(option.name)) or lines.get(_plain(option.value)) or ""
    return f"{option.name}\n{said}"


def _plain(name: str) -> str:
    return name.strip(" \"'“”`*").casefold()


def _read_letters(text: str) -> Counter[str]:
    return Counter(letter_groups(read_content(text)))


def _read_groups(text: str) -> Terms:
    return _once(str(number) for number in read_concepts(read_stems(text)))


def _once(terms: Iterable[str]) -> Terms:
    return dict.fromkeys(terms, 1.0)
