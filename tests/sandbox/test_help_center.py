"""The Help Center, read as a knowledge sync reads it."""

import time
from typing import Any

import pytest
import requests

from tests.sandbox.server import Desk, Sandbox

HC = "help_center"


def get(desk: Desk, path: str) -> Any:
    answer = desk.api("GET", f"{HC}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def titles(desk: Desk, path: str = "articles") -> list[str]:
    return [one["title"] for one in get(desk, path)["articles"]]


def anonymous(desk: Desk, path: str) -> requests.Response:
    return requests.get(f"{desk.url}/api/v2/{HC}/{path}", timeout=10)


def test_articles_come_thirty_at_a_time_with_pages_counted(desk: Desk) -> None:
    desk.add_articles(*({"title": f"A{n}", "body": "<p>x</p>"} for n in range(35)))
    first = get(desk, "articles.json")
    assert (len(first["articles"]), first["count"], first["page"], first["page_count"]) == (30, 35, 1, 2)
    second = requests.get(first["next_page"], auth=desk.credentials, timeout=10).json()
    assert (len(second["articles"]), second["next_page"], second["page"]) == (5, None, 2)
    assert len(get(desk, "articles?per_page=500")["articles"]) == 35


def test_articles_come_by_cursor_when_asked_so(desk: Desk) -> None:
    made = desk.add_articles(*({"title": f"A{n}"} for n in range(5)))
    seen, page = [], get(desk, "articles?page[size]=2")
    while True:
        seen += [one["id"] for one in page["articles"]]
        if not page["meta"]["has_more"]:
            break
        page = requests.get(page["links"]["next"], auth=desk.credentials, timeout=10).json()
    assert seen == made


def test_ten_thousand_articles_are_made_in_one_order(desk: Desk) -> None:
    started = time.monotonic()
    desk.add_articles(*({"title": f"A{n}", "body": "<p>word</p>"} for n in range(10_000)))
    assert time.monotonic() - started < 15
    last = get(desk, "articles?per_page=100&page=100")
    assert (last["count"], len(last["articles"]), last["next_page"]) == (10_000, 100, None)


def test_changes_are_listed_from_a_second_on_with_that_second_included(desk: Desk) -> None:
    old, new = desk.add_articles(
        {"title": "Old", "updated_at": "2026-01-01T10:00:00Z"}, {"title": "New", "updated_at": "2026-01-02T10:00:00Z"}
    )
    answer = get(desk, "incremental/articles?start_time=0")
    assert [one["id"] for one in answer["articles"]] == [old, new]
    again = get(desk, f"incremental/articles?start_time={answer['end_time']}")
    assert ([one["id"] for one in again["articles"]], again["end_time"]) == ([new], answer["end_time"])


def test_long_changes_go_on_at_the_next_page(desk: Desk) -> None:
    desk.add_articles(*({"title": f"A{n}"} for n in range(7)))
    page, seen = get(desk, "incremental/articles?start_time=0&per_page=3"), set()
    while True:
        seen |= {one["title"] for one in page["articles"]}
        if page["next_page"] is None:
            break
        page = requests.get(page["next_page"], auth=desk.credentials, timeout=10).json()
    assert len(seen) == 7


def test_an_empty_list_of_changes_names_the_year_1970(desk: Desk) -> None:
    answer = get(desk, f"incremental/articles?start_time={int(time.time())}")
    assert (answer["articles"], answer["count"], answer["end_time"]) == ([], 0, 1)


@pytest.mark.parametrize("gone", ["archive", "delete"])
def test_what_is_archived_or_deleted_vanishes_without_a_word(desk: Desk, gone: str) -> None:
    kept, lost = desk.add_articles({"title": "Kept"}, {"title": "Lost"})
    desk.edit_article(lost, **{gone: True})
    assert titles(desk) == titles(desk, "incremental/articles?start_time=0") == ["Kept"]
    assert desk.api("GET", f"{HC}/articles/{lost}").status_code == 404
    assert desk.api("GET", f"{HC}/articles/{lost}/translations").status_code == 404
    assert get(desk, f"articles/{kept}")["article"]["title"] == "Kept"


def test_a_restored_article_is_back(desk: Desk) -> None:
    (one,) = desk.add_articles({"title": "Back"})
    desk.edit_article(one, archive=True)
    desk.edit_article(one, restore=True)
    assert titles(desk) == ["Back"]


def test_an_article_turned_to_draft_or_restricted_shows_up_as_changed(desk: Desk) -> None:
    first, second = desk.add_articles(
        {"title": "Draft", "updated_at": "2026-01-01T10:00:00Z"},
        {"title": "Restricted", "updated_at": "2026-01-01T10:00:00Z"},
    )
    start = int(time.time()) - 1
    desk.edit_article(first, draft=True)
    desk.edit_article(second, restricted=True)
    changed = {one["id"]: one for one in get(desk, f"incremental/articles?start_time={start}")["articles"]}
    assert changed[first]["draft"] is True
    assert changed[second]["user_segment_ids"] == [changed[second]["user_segment_id"]]
    segment = get(desk, f"user_segments/{changed[second]['user_segment_id']}")["user_segment"]
    assert (segment["user_type"], segment["built_in"]) == ("signed_in_users", True)


def test_editing_words_moves_edited_at_and_a_label_does_not(desk: Desk) -> None:
    (one,) = desk.add_articles({"title": "T", "updated_at": "2026-01-01T10:00:00Z"})
    desk.edit_article(one, labels=["x"], updated_at="2026-02-01T10:00:00Z")
    article = get(desk, f"articles/{one}")["article"]
    assert (article["updated_at"], article["edited_at"]) == ("2026-02-01T10:00:00Z", "2026-01-01T10:00:00Z")
    desk.edit_article(one, body="<p>new</p>", updated_at="2026-03-01T10:00:00Z")
    assert get(desk, f"articles/{one}")["article"]["edited_at"] == "2026-03-01T10:00:00Z"


def test_drafts_are_per_language(desk: Desk) -> None:
    desk.help_center(locales=["en-us", "de"])
    german = {"title": "Versand", "body": "<p>Hallo</p>", "draft": True}
    one, _other = desk.add_articles({"title": "Delivery", "translations": {"de": german}}, {"title": "English only"})
    assert titles(desk, "de/articles") == ["Versand"]
    assert get(desk, f"de/articles/{one}")["article"]["draft"] is True
    assert get(desk, f"articles/{one}")["article"]["draft"] is False
    found = get(desk, f"articles/{one}/translations")["translations"]
    assert [(row["locale"], row["draft"]) for row in found] == [("en-us", False), ("de", True)]
    assert get(desk, f"articles/{one}/translations/de")["translation"]["title"] == "Versand"
    assert get(desk, f"articles/{_other}/translations/missing")["locales"] == ["de"]
    assert anonymous(desk, "de/articles").json()["articles"] == []


def test_visitors_see_what_is_published_and_unrestricted_and_must_name_a_language(desk: Desk) -> None:
    desk.add_articles({"title": "Open"}, {"title": "Draft", "draft": True}, {"title": "Members", "restricted": True})
    assert [one["title"] for one in anonymous(desk, "en-us/articles").json()["articles"]] == ["Open"]
    assert anonymous(desk, "articles").status_code == 401
    assert anonymous(desk, "user_segments").status_code == 401


def test_an_agent_sees_restricted_articles_but_no_drafts(sandbox: Sandbox) -> None:
    token = [{"email": "grace@acme.example", "token": "t"}]
    desk = sandbox.account("acme", api_tokens=token)
    desk.add_articles({"title": "Draft", "draft": True}, {"title": "Members", "restricted": True})
    assert titles(desk) == ["Members"]


@pytest.mark.parametrize("status", [404, 403])
def test_a_help_center_that_is_off_refuses_everything(desk: Desk, status: int) -> None:
    desk.add_articles({"title": "T"})
    desk.help_center(is_on=False, off_status=status)
    paths = ("articles", "en-us/articles", "incremental/articles?start_time=0", "locales", "sections", "user_segments")
    assert {desk.api("GET", f"{HC}/{path}").status_code for path in paths} == {status}


def test_lists_can_lie_empty(desk: Desk) -> None:
    (one,) = desk.add_articles({"title": "T"})
    desk.help_center(looks_empty=True)
    assert (titles(desk), get(desk, "articles")["count"]) == ([], 0)
    assert get(desk, "incremental/articles?start_time=0")["end_time"] == 1
    assert get(desk, f"articles/{one}")["article"]["title"] == "T"


def test_bodies_are_given_as_they_are(desk: Desk) -> None:
    hostile, large = "<p onclick='x()'>a</p><script>alert(1)</script>", "<p>" + "word " * 200_000 + "</p>"
    ids = desk.add_articles(*({"title": "T", "body": body} for body in (None, hostile, large)))
    assert [get(desk, f"articles/{one}")["article"]["body"] for one in ids] == [None, hostile, large]


def test_sections_categories_and_locales_are_told(desk: Desk) -> None:
    sections = [{"name": "Returns", "translations": {"de": {"name": "Rückgabe", "description": ""}}}]
    desk.help_center(locales=["en-us", "de"], categories=[{"name": "After", "sections": sections}])
    (one,) = desk.add_articles({"title": "T", "section": "Returns", "labels": ["a"]})
    (section,) = get(desk, "sections")["sections"]
    (category,) = get(desk, "categories")["categories"]
    assert (section["name"], section["category_id"]) == ("Returns", category["id"])
    assert get(desk, f"de/sections/{section['id']}")["section"]["name"] == "Rückgabe"
    assert get(desk, "de/categories")["categories"] == []
    for path in (
        f"sections/{section['id']}/articles",
        f"categories/{category['id']}/articles",
        "articles?label_names=a",
    ):
        assert [row["id"] for row in get(desk, path)["articles"]] == [one]
    assert get(desk, "locales") == {"locales": ["en-us", "de"], "default_locale": "en-us"}


def test_the_help_center_has_a_budget_of_its_own(sandbox: Sandbox) -> None:
    desk = sandbox.account("acme", limits={"help_center_per_minute": 2})
    answers = [desk.api("GET", f"{HC}/articles") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[0].headers["X-Rate-Limit-Remaining"] == "1"
    assert "ratelimit-limit" not in answers[0].headers
    assert int(answers[2].headers["Retry-After"]) > 0
    assert desk.api("GET", "tickets").status_code == 200


def test_faults_strike_here_too(desk: Desk) -> None:
    desk.fault("html", path="/api/v2/help_center/incremental/*")
    assert desk.api("GET", f"{HC}/articles").headers["Content-Type"].startswith("application/json")
    assert desk.api("GET", f"{HC}/incremental/articles?start_time=0").headers["Content-Type"].startswith("text/html")


def test_an_article_of_another_account_is_not_found(sandbox: Sandbox, desk: Desk) -> None:
    other = sandbox.account("other")
    (theirs,) = other.add_articles({"title": "Theirs"})
    assert desk.api("GET", f"{HC}/articles/{theirs}").status_code == 404


def test_a_quiet_edit_leaves_no_trace_and_replacing_empties_first(desk: Desk) -> None:
    (one,) = desk.add_articles({"title": "T", "updated_at": "2026-01-01T10:00:00Z"})
    desk.edit_article(one, title="U", quiet=True)
    assert get(desk, f"articles/{one}")["article"]["updated_at"] == "2026-01-01T10:00:00Z"
    desk.help_center(replace=True, articles=[{"id": one, "title": "V"}])
    assert [(row["id"], row["translations"]["en-us"]["title"]) for row in desk.help_center()["articles"]] == [
        (one, "V")
    ]
