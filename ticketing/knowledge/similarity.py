"""How much a passage looks like the question, letter by letter: what word stems miss (compounds, slips)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opencx_admin.lazy import Lazy

if TYPE_CHECKING:
    from sklearn.feature_extraction import text as features
else:
    features = Lazy("sklearn.feature_extraction.text")

# More of a passage says no more of what it is about, and takes time.
MOST_CHARACTERS = 600
SIZE = 3


def compare(question: str, texts: Sequence[str]) -> list[float]:
    """The cosine of each text to the question, 0 to 1, by character trigrams weighted among these texts."""
    if not texts or len(question) < SIZE:
        return [0.0] * len(texts)
    weigh = features.TfidfVectorizer(analyzer=_read_trigrams, sublinear_tf=True)
    table = weigh.fit_transform([*(text[:MOST_CHARACTERS] for text in texts), question[:MOST_CHARACTERS]])
    likeness = table[:-1] @ table[-1].T
    return [float(value) for value in likeness.toarray()[:, 0]]


def _read_trigrams(text: str) -> list[str]:
    whole = f" {' '.join(text.lower().split())} "
    return [whole[at : at + SIZE] for at in range(len(whole) - SIZE + 1)]
