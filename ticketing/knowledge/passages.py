"""Cutting an article into passages: one heading each, about 150 words, never in the midst of a sentence if possible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ticketing.knowledge.cleaning import Block

WORDS = 150
MOST_CHARACTERS = 2_000
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


@dataclass(frozen=True)
class Cut:
    """One passage: the heading it stands under and its text."""

    heading: str
    text: str


def cut_passages(blocks: Sequence[Block]) -> list[Cut]:
    """The passages of an article, in order. Short blocks under different headings stay apart."""
    return [Cut(block.heading, text) for block in blocks for text in _pack(block)] if blocks else []


def _pack(block: Block) -> Iterator[str]:
    """The block's lines in portions; a block of a heading alone is a passage, for its heading is searched."""
    held: list[str] = []
    words = size = 0
    for piece in _pieces(block.lines):
        count = piece.count(" ") + 1
        if held and (words + count > WORDS or size + len(piece) > MOST_CHARACTERS):
            yield "\n".join(held)
            held, words, size = [], 0, 0
        held.append(piece)
        words, size = words + count, size + len(piece) + 1
    if held or not block.lines:
        yield "\n".join(held)


def _pieces(lines: Sequence[str]) -> Iterator[str]:
    """Lines, and of longer ones their sentences; what has no sentences is cut at blanks, then anywhere."""
    for line in lines:
        if line.count(" ") < WORDS and len(line) <= MOST_CHARACTERS:
            yield line
            continue
        for sentence in _SENTENCE_END.split(line):
            words = sentence.split(" ")
            for at in range(0, len(words), WORDS):
                part = " ".join(words[at : at + WORDS])
                yield from (part[begin : begin + MOST_CHARACTERS] for begin in range(0, len(part), MOST_CHARACTERS))
