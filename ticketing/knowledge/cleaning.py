"""An article's HTML made harmless, and read as blocks of text under their headings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

# What is longer is cut: a page that long is no answer, and the index stays small.
MOST_HTML = 1_000_000
MOST_TEXT = 200_000
TAGS = {
    "a", "b", "blockquote", "br", "caption", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "img", "li", "ol", "p", "pre", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead",
    "tr", "u", "ul",
}  # fmt: skip
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BREAKS = {"p", "div", "li", "ul", "ol", "table", "tr", "blockquote", "pre", "dl", "dt", "dd", "br", "hr", "caption"}
CELLS = {"td", "th"}
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\ufeff]")


@dataclass
class Block:
    """What stands under one heading (empty for what comes before the first), a paragraph a line."""

    heading: str
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Clean:
    """The harmless HTML, the same as blocks and as plain text, and whether something was cut off."""

    html: str
    blocks: tuple[Block, ...]
    text: str
    is_cut: bool


def clean(body: str, base_url: str) -> Clean:
    """Make an article's HTML harmless and read it. `base_url` is the article's own, for its relative links."""
    is_cut = len(body) > MOST_HTML
    html = nh3.clean(
        body[:MOST_HTML],
        tags=TAGS,
        clean_content_tags={"script", "style", "iframe", "object", "svg", "math", "template", "noscript", "title"},
        attributes={"a": {"href", "title"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan"}},
        url_schemes={"http", "https", "mailto", "tel"},
        url_relative=("rewrite_with_base", base_url) if base_url else "deny",
        link_rel="noopener noreferrer nofollow",
    )
    reader = _Reader()
    reader.feed(html)
    reader.close()
    blocks = reader.finish()
    text = "\n".join(
        part for block in blocks for part in ([block.heading, *block.lines] if block.heading else block.lines)
    )
    if len(text) > MOST_TEXT:
        is_cut, text, blocks = True, text[:MOST_TEXT], _cut(blocks)
    return Clean(html, tuple(blocks), text, is_cut)


def _cut(blocks: list[Block]) -> list[Block]:
    kept: list[Block] = []
    left = MOST_TEXT
    for block in blocks:
        if left <= 0:
            break
        now = Block(block.heading[:left])
        left -= len(block.heading)
        for line in block.lines:
            if left <= 0:
                break
            now.lines.append(line[:left])
            left -= len(line)
        kept.append(now)
    return kept


class _Reader(HTMLParser):
    """Collects text by block-level tags; what nh3 gives is well-formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks = [Block("")]
        self._words: list[str] = []
        self._is_item = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in HEADINGS or tag in BREAKS:
            self._end_line()
        elif tag in CELLS and self._words:
            self._words.append(" | ")
        if tag == "li":
            self._is_item = True

    def handle_endtag(self, tag: str) -> None:
        if tag in HEADINGS:
            heading = self._take()
            if heading:
                self._blocks.append(Block(heading[:300]))
        elif tag in BREAKS:
            self._end_line()

    def handle_data(self, data: str) -> None:
        self._words.append(data.replace("\n", " "))

    def finish(self) -> list[Block]:
        """The blocks that say something."""
        self._end_line()
        return [block for block in self._blocks if block.heading or block.lines]

    def _end_line(self) -> None:
        line = self._take()
        if line:
            self._blocks[-1].lines.append(f"- {line}" if self._is_item else line)
            self._is_item = False

    def _take(self) -> str:
        line = _BLANKS.sub(" ", _NOT_TEXT.sub("", "".join(self._words))).strip(" |")
        self._words.clear()
        return line
