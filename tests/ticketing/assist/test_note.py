"""The internal note: what stands in it, and what a hostile draft cannot do in it."""

from __future__ import annotations

from typing import Any

from pytest_django import Settings

from ticketing.assist.note import LONGEST_DRAFT, write_note
from ticketing.models import AssistCase

ARTICLE = {"id": "1:en-us", "title": "Returns", "url": "https://acme.example/hc/1", "is_public": True}


def html_of(**said: Any) -> str:
    case = AssistCase(ticket_id=7, **{"draft": "Thirty days.", "sources": [ARTICLE]} | said)
    return str(write_note(case)["comment"]["html_body"])


def test_it_is_internal_in_so_many_words_and_carries_our_marker() -> None:
    case = AssistCase(ticket_id=7, draft="Thirty days.", sources=[ARTICLE])
    body = write_note(case)
    assert body["comment"]["public"] is False
    assert body["metadata"] == {"opencx_update": str(case.uid)}


def test_it_shows_the_draft_its_article_and_the_way_to_the_ledger(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://desk.example"
    case = AssistCase(ticket_id=7, draft="Thirty days.\n\nSend it\nwith the label.", sources=[ARTICLE])
    html = write_note(case)["comment"]["html_body"]
    assert "<p>Thirty days.</p><p>Send it<br>with the label.</p>" in html
    assert '<a href="https://acme.example/hc/1">Returns</a>' in html
    assert "Written by AI from the article above" in html
    assert f'href="https://desk.example/assist/{case.uid}/"' in html


def test_an_internal_article_is_named_so() -> None:
    html = html_of(sources=[{**ARTICLE, "is_public": False}])
    assert "internal, not for contacts" in html


def test_without_an_article_it_says_so() -> None:
    assert "without an article behind it" in html_of(sources=[])


def test_markup_and_placeholders_in_a_draft_are_dead() -> None:
    hostile = "<script>alert(1)</script> {{ticket.requester.email}} {% for x in y %} <img src=x onerror=1>"
    html = html_of(draft=hostile, sources=[{**ARTICLE, "title": "{{ticket.id}}<b>"}])
    assert "<script" not in html
    assert "<img" not in html
    assert "{{" not in html
    assert "{%" not in html
    assert "&lt;script&gt;" in html


def test_an_articles_address_that_is_no_page_is_no_link() -> None:
    html = html_of(sources=[{**ARTICLE, "url": "javascript:alert(1)"}])
    assert "javascript" not in html
    assert "Returns" in html


def test_a_draft_without_end_stays_under_what_zendesk_keeps() -> None:
    assert len(html_of(draft="<" * (LONGEST_DRAFT * 3)).encode()) < 64_000
