"""What Zendesk makes of a comment's text."""

import re
from html import escape
from html.parser import HTMLParser

import nh3

LONGEST = 65_535
BLOCKS = {
    "p",
    "div",
    "br",
    "li",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "hr",
    "ul",
    "ol",
    "table",
}


def cut(text: str) -> str:
    """The first 64 KB; the rest goes without a word, as it does in Zendesk."""
    return text.encode()[:LONGEST].decode(errors="ignore")


def read_html(html: str) -> tuple[str, str]:
    """(plain text, clean HTML) of an ``html_body``."""
    clean = nh3.clean(cut(html))
    return to_plain(clean), wrap(clean)


def read_plain(text: str) -> tuple[str, str]:
    """(plain text, HTML) of a ``body``: runs of blank lines and spaces are squeezed."""
    squeezed = re.sub(r"\n{3,}", "\n\n", cut(text).replace("\r\n", "\n"))
    squeezed = re.sub(r"[ \t]{2,}", " ", squeezed).strip()
    paragraphs = [escape(part, quote=False).replace("\n", "<br>") for part in squeezed.split("\n\n")]
    return squeezed, wrap("".join(f"<p>{part}</p>" for part in paragraphs))


def wrap(html: str) -> str:
    """Zendesk's own wrapper around a comment."""
    return f'<div class="zd-comment" dir="auto">{html}</div>'


class _Reader(HTMLParser):
    """Collects text, with a line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def to_plain(html: str) -> str:
    """The words of some HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = "".join(reader.parts)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
