"""The Help Center's answers, as recorded, read: languages, drafts, segments, pages, and rows that make no sense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from integrations.clients import errors
from integrations.clients.auth import TokenAuth
from integrations.clients.help_center import HelpCenter, Variant
from integrations.clients.zendesk import ZendeskClient

URL = "https://acme.zendesk.com"
BASE = f"{URL}/api/v2/help_center"
ARTICLE: dict[str, Any] = {
    "id": 35467,
    "url": f"{BASE}/en-us/articles/35467.json",
    "html_url": f"{URL}/hc/en-us/articles/35467-Returns",
    "author_id": 3465,
    "comments_disabled": False,
    "draft": False,
    "promoted": False,
    "position": 42,
    "vote_sum": 0,
    "vote_count": 0,
    "section_id": 98838,
    "created_at": "2026-07-20T22:55:29Z",
    "updated_at": "2026-08-05T22:38:02Z",
    "edited_at": "2026-07-20T22:58:02Z",
    "name": "Returns",
    "title": "Returns",
    "source_locale": "en-us",
    "locale": "en-us",
    "outdated": False,
    "outdated_locales": [],
    "user_segment_id": None,
    "permission_group_id": 123,
    "content_tag_ids": [],
    "label_names": [],
    "body": "<p>Within 30 days.</p>",
}


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as found:
        yield found


@pytest.fixture
def center() -> HelpCenter:
    client = ZendeskClient(URL, TokenAuth("a@acme.example", "token"), requests.Session(), lambda _call: None)
    return HelpCenter(client)


def read(wire: responses.RequestsMock, center: HelpCenter, **changes: Any) -> Variant:
    wire.get(f"{BASE}/articles/35467", json={"article": ARTICLE | changes})
    return center.article(35467)


def test_an_article_is_read_whole(wire: responses.RequestsMock, center: HelpCenter) -> None:
    found = read(wire, center)
    assert (found.id, found.locale, found.title, found.section_id) == (35467, "en-us", "Returns", 98838)
    assert found.body == "<p>Within 30 days.</p>"
    assert found.updated_at is not None
    assert found.updated_at.isoformat() == "2026-08-05T22:38:02+00:00"


@pytest.mark.parametrize(
    ("changes", "segments"),
    [
        ({"user_segment_id": None}, ()),
        ({"user_segment_id": None, "user_segment_ids": []}, ()),
        ({"user_segment_id": 12}, (12,)),
        ({"user_segment_id": None, "user_segment_ids": [12, 13]}, (12, 13)),
        ({"user_segment_id": 12, "user_segment_ids": [12]}, (12,)),
        ({"user_segment_id": "no number"}, (0,)),
    ],
)
def test_everyone_may_read_only_what_names_no_segment(
    wire: responses.RequestsMock, center: HelpCenter, changes: dict[str, Any], segments: tuple[int, ...]
) -> None:
    assert read(wire, center, **changes).segment_ids == segments


@pytest.mark.parametrize(("draft", "is_draft"), [(False, False), (True, True), (None, True), ("false", True)])
def test_what_does_not_say_that_it_is_published_is_a_draft(
    wire: responses.RequestsMock, center: HelpCenter, draft: object, is_draft: bool
) -> None:
    assert read(wire, center, draft=draft).is_draft is is_draft


@pytest.mark.parametrize("body", [None, 7, ["<p>"]])
def test_an_article_may_have_no_body(wire: responses.RequestsMock, center: HelpCenter, body: object) -> None:
    assert read(wire, center, body=body).body is None


@pytest.mark.parametrize("url", ["javascript:alert(1)", None, "//elsewhere.example/x"])
def test_only_a_web_address_becomes_a_link(wire: responses.RequestsMock, center: HelpCenter, url: str | None) -> None:
    assert read(wire, center, html_url=url).url == ""


def test_pages_by_cursor_follow_each_other(wire: responses.RequestsMock, center: HelpCenter) -> None:
    first = {"articles": [ARTICLE], "meta": {"has_more": True, "after_cursor": "xyz"}, "links": {"next": "…"}}
    wire.get(f"{BASE}/en-us/articles", json=first)
    page = center.articles("en-us")
    assert page.following == {"page[size]": "100", "page[after]": "xyz"}
    last = {"articles": [ARTICLE], "meta": {"has_more": False, "after_cursor": "abc"}, "links": {"next": "…"}}
    wire.get(f"{BASE}/en-us/articles", json=last)
    assert center.articles("en-us", page.following).following is None


def test_pages_by_offset_follow_each_other_too(wire: responses.RequestsMock, center: HelpCenter) -> None:
    following = f"{BASE}/en-us/articles.json?page=2&per_page=100"
    wire.get(f"{BASE}/en-us/articles", json={"articles": [ARTICLE], "count": 150, "next_page": following})
    page = center.articles("en-us")
    assert (page.count, page.following) == (150, {"page": "2", "per_page": "100"})


def test_changes_come_with_their_time_and_do_not_turn_in_circles(
    wire: responses.RequestsMock, center: HelpCenter
) -> None:
    again = f"{BASE}/incremental/articles.json?per_page=100&start_time=1785969482"
    body = {"articles": [ARTICLE], "count": 1, "end_time": 1785969482, "next_page": again}
    wire.get(f"{BASE}/incremental/articles", json=body)
    page = center.changed_articles(1785000000)
    assert (page.end_time, page.is_full) == (1785969482, False)
    assert page.following is not None
    wire.get(f"{BASE}/incremental/articles", json=body)
    assert center.changed_articles(1785000000, page.following).following is None


def test_a_row_that_makes_no_sense_does_not_spoil_its_page(wire: responses.RequestsMock, center: HelpCenter) -> None:
    rows = [ARTICLE, ARTICLE | {"id": None}, ARTICLE | {"id": "seven"}, "no row at all"]
    wire.get(f"{BASE}/en-us/articles", json={"articles": rows, "meta": {"has_more": False}})
    page = center.articles("en-us")
    assert [variant.id for variant in page.variants] == [35467]
    assert [row.why for row in page.broken] == ["id", "id"]


def test_each_language_has_its_own_words_and_draft(wire: responses.RequestsMock, center: HelpCenter) -> None:
    article = read(wire, center, user_segment_id=12)
    german = {"id": 5, "locale": "de", "title": "Rückgabe", "body": None, "draft": True, "html_url": f"{URL}/hc/de/1"}
    wire.get(f"{BASE}/articles/35467/translations", json={"translations": [german, {"id": 6}]})
    (found,) = center.translations(article)
    assert (found.locale, found.title, found.body, found.is_draft) == ("de", "Rückgabe", None, True)
    assert found.segment_ids == (12,)


def test_a_gone_translation_is_no_failure(wire: responses.RequestsMock, center: HelpCenter) -> None:
    wire.get(f"{BASE}/articles/35467/translations/de", json={"error": "RecordNotFound"}, status=404)
    assert not center.has_translation(35467, "de")
    wire.get(f"{BASE}/articles/35467/translations/de", json={"error": {"title": "No help desk at acme"}}, status=404)
    with pytest.raises(errors.NotFound):
        center.has_translation(35467, "de")


def test_the_default_language_comes_first(wire: responses.RequestsMock, center: HelpCenter) -> None:
    wire.get(f"{BASE}/locales", json={"locales": ["de", "en-US", "fr", 7], "default_locale": "en-us"})
    assert center.locales().all == ("en-us", "de", "fr")


@pytest.mark.parametrize("body", [{}, {"locales": None}, []])
def test_an_answer_without_languages_is_none(wire: responses.RequestsMock, center: HelpCenter, body: object) -> None:
    wire.get(f"{BASE}/locales", json=body)
    with pytest.raises(errors.BadResponse):
        center.locales()


def test_sections_are_told_with_their_category(wire: responses.RequestsMock, center: HelpCenter) -> None:
    wire.get(f"{BASE}/categories", json={"categories": [{"id": 1, "name": "Orders"}], "next_page": None})
    rows = [{"id": 98838, "name": "Returns", "category_id": 1}, {"id": None, "name": "?"}]
    wire.get(f"{BASE}/sections", json={"sections": rows, "next_page": None})
    assert center.shelves() == {98838: ("Returns", "Orders")}
