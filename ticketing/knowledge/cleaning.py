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
SILENT = {"script", "style", "iframe", "object", "svg", "math", "template", "noscript", "title"}
# Tags that hold nothing, or end by themselves where the next one begins.
FLAT = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
FLAT |= {"dd", "dt", "li", "option", "p", "tbody", "td", "th", "thead", "tr"}
# Deeper than people write: cleaning would take minutes. Such a body is read for its words alone.
MOST_DEPTH = 300
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
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
    is_cut, body = len(body) > MOST_HTML, body[:MOST_HTML]
    html = "" if _is_too_deep(body) else _clean_html(body, base_url)
    reader = _Reader()
    reader.feed(html or body)
    reader.close()
    blocks = reader.finish()
    text = "\n".join(line for block in blocks for line in (block.heading, *block.lines) if line)
    if len(text) > MOST_TEXT:
        is_cut, text, blocks = True, text[:MOST_TEXT], _cut(blocks)
    return Clean(html, tuple(blocks), text, is_cut)


def _is_too_deep(body: str) -> bool:
    depth = 0
    for end, tag in _TAG.findall(body):
        if tag.lower() not in FLAT:
            depth = max(depth - 1, 0) if end else depth + 1
        if depth > MOST_DEPTH:
            return True
    return False


def _clean_html(body: str, base_url: str) -> str:
    return nh3.clean(
        body,
        tags=TAGS,
        clean_content_tags=SILENT,
        attributes={"a": {"href", "title"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan"}},
        url_schemes={"http", "https", "mailto", "tel"},
        url_relative=("rewrite_with_base", base_url) if base_url else "deny",
        link_rel="noopener noreferrer nofollow",
    )


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
    """Collects text by block-level tags, leaving out what is not for people."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks = [Block("")]
        self._words: list[str] = []
        self._is_item = False
        self._silence = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silence += tag in SILENT
        if tag in HEADINGS or tag in BREAKS:
            self._end_line()
        elif tag in CELLS and self._words:
            self._words.append(" | ")
        if tag == "li":
            self._is_item = True

    def handle_endtag(self, tag: str) -> None:
        self._silence = max(self._silence - (tag in SILENT), 0)
        if tag in HEADINGS:
            heading = self._take()
            if heading:
                self._blocks.append(Block(heading[:300]))
        elif tag in BREAKS:
            self._end_line()

    def handle_data(self, data: str) -> None:
        if not self._silence:
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
