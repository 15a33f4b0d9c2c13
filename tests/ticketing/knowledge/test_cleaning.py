"""HTML from outside, made harmless and cut into passages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.knowledge.cleaning import MOST_TEXT, Block, clean
from ticketing.knowledge.passages import MOST_CHARACTERS, WORDS, cut_passages

BASE = "https://acme.zendesk.com/hc/en-us/articles/1"


@pytest.mark.parametrize(
    "body",
    [
        "<script>steal()</script>",
        "<style>p{color:red}</style>",
        '<iframe src="https://evil.example"></iframe>',
        '<svg onload="steal()"><script>steal()</script></svg>',
        "<object data='x'>steal()</object>",
        "<noscript>steal()</noscript>",
    ],
)
def test_what_acts_is_taken_away_with_its_content(body: str) -> None:
    cleaned = clean(f"<p>Before</p>{body}<p>after</p>", BASE)
    assert cleaned.html == "<p>Before</p><p>after</p>"
    assert cleaned.text == "Before\nafter"


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("<p onclick='x()' style='color:red' class='y'>a</p>", "<p>a</p>"),
        ('<a href="javascript:x()">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        (
            '<a href="/hc/en-us/articles/2">a</a>',
            '<a href="https://acme.zendesk.com/hc/en-us/articles/2" rel="noopener noreferrer nofollow">a</a>',
        ),
        ('<img src="data:image/svg+xml,x" onerror="x()">', "<img>"),
        ("<form><input name=a><button>b</button></form>", "b"),
        ("<p>open", "<p>open</p>"),
    ],
)
def test_only_harmless_markup_stays(body: str, html: str) -> None:
    assert clean(body, BASE).html == html


def test_headings_lists_and_tables_are_read_as_people_see_them() -> None:
    body = (
        "<p>First&nbsp;words.</p><h2>Cost</h2><ul><li>Label: 4 &euro;</li><li><p>Box</p></li></ul>"
        "<table><tr><th>Size</th><th>Feet</th></tr><tr><td>40</td><td>25 cm</td></tr></table><h3></h3>one<br>two"
    )
    assert clean(body, BASE).blocks == (
        Block("", ["First words."]),
        Block("Cost", ["- Label: 4 €", "- Box", "Size | Feet", "40 | 25 cm", "one", "two"]),
    )


@pytest.mark.parametrize("body", ["", "<p></p>", "<p>&nbsp;</p>", "<img src='https://x.example/a.png'>", "<!-- x -->"])
def test_a_body_without_words_has_no_passages(body: str) -> None:
    cleaned = clean(body, BASE)
    assert cleaned.text == ""
    assert cut_passages(cleaned.blocks) == []


def test_what_is_too_long_is_cut_and_says_so() -> None:
    cleaned = clean("<p>" + "word " * 300_000 + "</p>", BASE)
    assert cleaned.is_cut
    assert len(cleaned.text) <= MOST_TEXT
    assert sum(len(cut.text) for cut in cut_passages(cleaned.blocks)) <= MOST_TEXT


def test_passages_end_with_sentences_and_keep_their_heading() -> None:
    sentence = "Boots come out half a number small in the first week of wearing them. "
    blocks = clean(f"<h2>Boots</h2><p>{sentence * 30}</p>", BASE).blocks
    cuts = cut_passages(blocks)
    assert len(cuts) > 2
    assert {cut.heading for cut in cuts} == {"Boots"}
    assert all(cut.text.endswith("them.") and len(cut.text.split()) <= WORDS for cut in cuts)


def test_a_heading_alone_can_be_found() -> None:
    assert [cut.heading for cut in cut_passages([Block("Opening hours")])] == ["Opening hours"]


@given(body=st.text(alphabet="<>/pbh12 ai&;\"'=\n\x00é", max_size=200))
def test_any_body_can_be_read(body: str) -> None:
    cleaned = clean(body, BASE)
    assert "\x00" not in cleaned.text
    assert all(len(cut.text) <= MOST_CHARACTERS + WORDS for cut in cut_passages(cleaned.blocks))


@pytest.mark.parametrize("piece", ["<div>", "<ul><li>", "<b>", "<table><tr><td>", "<blockquote>", "<", "&amp;", "<p>"])
def test_no_body_takes_long(piece: str) -> None:
    body = piece * (900_000 // len(piece)) + "<script>steal()</script>thunder"
    began = time.monotonic()
    cleaned = clean(body, BASE)
    assert time.monotonic() - began < 10
    assert "steal" not in cleaned.html


def test_a_body_too_deep_to_clean_is_read_for_its_words() -> None:
    cleaned = clean("<div>" * 1_000 + "<script>steal()</script><p>thunder</p><style>x</style>", BASE)
    assert (cleaned.html, cleaned.text) == ("", "thunder")
