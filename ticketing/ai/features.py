"""A text as numbers that are kept instead of it: hashes of its stems, letter groups and concepts, with counts.

The words cannot be read back in their order, though short pieces can be guessed: keep them like the tickets they
come from, and delete them with them.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opencx_admin.lazy import Lazy
from ticketing.ai.words import letter_groups, pairs, read_concepts, read_words, shorten, stem

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazy("numpy")

VERSION = b"\x01"
# The two upper bits of an id say which kind of feature it is; each kind weighs the same.
STEMS, LETTERS, CONCEPTS = 0, 1, 2
KINDS = (STEMS, LETTERS, CONCEPTS)
_SHIFT = 30
_MASK = (1 << _SHIFT) - 1


@dataclass(frozen=True)
class Features:
    """Sorted ids (uint32), each with how often it occurs (1 to 255)."""

    ids: Any
    counts: Any


def featurize(text: str) -> bytes:
    """The features of a text, about 5 bytes each and 300 for a short message. The same in every version of Python."""
    return pack(read_features(text))


def read_features(text: str) -> Features:
    """The features of a text; a long one is read at both its ends."""
    counted = Counter(_hash(text))
    ids = np.fromiter(counted, dtype="<u4", count=len(counted))
    counts = np.minimum(np.fromiter(counted.values(), dtype="<i8", count=len(counted)), 255).astype("u1")
    order = np.argsort(ids)
    return Features(ids[order], counts[order])


def pack(features: Features) -> bytes:
    """As bytes: the version, then all ids, then all counts."""
    packed: bytes = VERSION + features.ids.tobytes() + features.counts.tobytes()
    return packed


def unpack(packed: bytes) -> Features:
    """What `pack` made. Raises `ValueError` for anything else, such as features of an older version."""
    size, rest = divmod(len(packed) - 1, 5)
    if packed[:1] != VERSION or rest:
        raise ValueError("no features of this version")
    ids = np.frombuffer(packed, dtype="<u4", count=size, offset=1)
    return Features(ids, np.frombuffer(packed, dtype="u1", count=size, offset=1 + 4 * size))


def kind_of(ids: Any) -> Any:
    """Of each id, whether it is a stem, a letter group or a concept."""
    return ids >> _SHIFT


def _hash(text: str) -> Iterator[int]:
    words = read_words(shorten(text))
    stems = [stem(word) for word in words]
    for term in (*stems, *pairs(stems)):
        yield _id(STEMS, term)
    for group in letter_groups(words):
        yield _id(LETTERS, group)
    for number in read_concepts(stems):
        yield _id(CONCEPTS, str(number))


def _id(kind: int, term: str) -> int:
    return kind << _SHIFT | zlib.crc32(term.encode()) & _MASK
