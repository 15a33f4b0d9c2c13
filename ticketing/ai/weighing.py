"""TF-IDF over hashed features: which ids count, how much, and a text's vector of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opencx_admin.lazy import Lazy
from ticketing.ai.features import KINDS, Features, kind_of

if TYPE_CHECKING:
    import numpy as np
    from scipy import sparse
else:
    np, sparse = Lazy("numpy"), Lazy("scipy.sparse")

# Features times labels: 32 MB of weights at most, whatever the field.
MOST_CELLS = 8_000_000


@dataclass(frozen=True)
class Vocabulary:
    """The ids that count (sorted) and the weight of each: the rarer, the more."""

    ids: Any
    idf: Any

    def weigh(self, features: Features) -> tuple[Any, Any]:
        """Positions in the vocabulary and values; the vector of each kind of feature has length 1 at most.

        What the vocabulary does not know counts as rare: of a text that is mostly unknown little is left.
        """
        at = np.searchsorted(self.ids, features.ids)
        at[at == len(self.ids)] = 0
        known = self.ids[at] == features.ids if len(self.ids) else np.zeros(len(at), dtype=bool)
        rarest = self.idf.max() if len(self.idf) else 1.0
        values = 1.0 + np.log(features.counts.astype("float32"))
        values *= np.where(known, self.idf[at] if len(self.idf) else rarest, rarest)
        kinds = kind_of(features.ids)
        for kind in KINDS:
            here = kinds == kind
            length = np.sqrt(np.square(values[here]).sum())
            if length:
                values[here] /= length
        return at[known], values[known]

    def weigh_all(self, documents: Sequence[Features]) -> Any:
        """The vectors of many texts, as a sparse matrix of one row each."""
        vectors = [self.weigh(features) for features in documents]
        ends = np.cumsum([0, *(len(at) for at, _values in vectors)])
        at = np.concatenate([at for at, _values in vectors])
        values = np.concatenate([values for _at, values in vectors]).astype("float64")
        return sparse.csr_matrix((values, at, ends), shape=(len(documents), len(self.ids)))


def build_vocabulary(documents: Sequence[Features], labels: int) -> Vocabulary:
    """The ids that occur in two texts or more; the most telling ones when they are too many for so many labels."""
    ids, spread = np.unique(np.concatenate([features.ids for features in documents]), return_counts=True)
    idf = np.log((1 + len(documents)) / (1 + spread)) + 1
    often = np.flatnonzero(spread >= 2)
    most = max(1_000, MOST_CELLS // max(labels, 1))
    if len(often) > most:
        telling = (spread * idf)[often]
        often = np.sort(often[np.argpartition(-telling, most)[:most]])
    return Vocabulary(ids[often], idf[often].astype("float32"))
