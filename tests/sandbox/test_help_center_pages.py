"""The pages of the Help Center, and the admin's pages of articles and ticket fields."""

import re

import pytest

from tests.sandbox.server import Desk, Sandbox
from tests.sandbox.test_pages import Browser

FIELDS = "/acme/admin/objects-rules/tickets/ticket-fields"
REASON = {
    "id": 77,
    "type": "tagger",
    "title": "Reason",
    "options": [{"name": "Return", "value": "return"}, {"name": "Login", "value": "login"}],
}


@pytest.fixture
def visitor(sandbox: Sandbox) -> Browser:
    """Somebody at the stand-in's pages."""
    return Browser(sandbox.url)


def test_articles_are_read_where_the_api_says(visitor: Browser, desk: Desk) -> None:
    desk.add_articles({"title": "Delivery times", "body": "<p>Two <b>days</b></p>", "section": "Delivery"})
    (article,) = desk.api("GET", "help_center/articles").json()["articles"]
    page = visitor.open(article["html_url"].removeprefix(visitor.url))
    assert "<p>Two <b>days</b></p>" in page
    assert "Delivery times" in visitor.open("/acme/hc/")


def test_scripts_of_an_article_are_not_shown(visitor: Browser, desk: Desk) -> None:
    (one,) = desk.add_articles({"title": "T", "body": "<p onclick='x()'>hi</p><script>alert(1)</script>"})
    page = visitor.open(f"/acme/hc/en-us/articles/{one}")
    assert "<p>hi</p>" in page
    assert "alert(1)" not in page
    assert "onclick" not in page


def test_archived_and_unknown_articles_are_not_there(visitor: Browser, desk: Desk) -> None:
    (one,) = desk.add_articles({"title": "T"})
    desk.edit_article(one, archive=True)
    for slug in (str(one), "17", "x"):
        assert visitor.session.get(f"{visitor.url}/acme/hc/en-us/articles/{slug}", timeout=10).status_code == 404


def test_an_admin_edits_restricts_and_archives_an_article(visitor: Browser, desk: Desk) -> None:
    (one,) = desk.add_articles({"title": "Old", "body": "<p>old</p>"})
    path = f"/acme/knowledge/articles/{one}/en-us"
    visitor.post(path, action="save", title="New", body="<p>new</p>", draft="on", segment="Agents and managers")
    article = desk.api("GET", f"help_center/articles/{one}").json()["article"]
    assert (article["title"], article["body"], article["draft"]) == ("New", "<p>new</p>", True)
    assert article["user_segment_id"]
    visitor.post(path, action="save", title="New", body="<p>new</p>", segment="")
    assert desk.api("GET", f"help_center/articles/{one}").json()["article"]["user_segment_id"] is None
    visitor.post(path, action="archive")
    assert desk.api("GET", f"help_center/articles/{one}").status_code == 404
    visitor.post(path, action="restore")
    assert visitor.post(path, action="delete").url.endswith("/acme/knowledge/articles")
    assert desk.help_center()["articles"] == []


def test_an_article_gets_a_second_language(visitor: Browser, desk: Desk) -> None:
    desk.help_center(locales=["en-us", "de"])
    (one,) = desk.add_articles({"title": "Delivery"})
    assert "none yet" in visitor.open(f"/acme/knowledge/articles/{one}/en-us")
    visitor.post(f"/acme/knowledge/articles/{one}/de", action="save", title="Lieferung", body="<p>Bald</p>")
    assert desk.api("GET", f"help_center/de/articles/{one}").json()["article"]["title"] == "Lieferung"


def test_an_article_needs_a_title_and_keeps_what_was_typed(visitor: Browser, desk: Desk) -> None:
    answer = visitor.post("/acme/knowledge/articles/new", title=" ", body="<p>kept</p>")
    assert (answer.status_code, "The title is missing" in answer.text, "kept" in answer.text) == (422, True, True)
    visitor.post("/acme/knowledge/articles/new", title="Made", body="<p>x</p>")
    assert desk.api("GET", "help_center/articles").json()["articles"][0]["title"] == "Made"


def test_an_admin_switches_the_help_center_off(visitor: Browser, desk: Desk) -> None:
    visitor.post("/acme/knowledge/articles", off_status="403")
    assert desk.api("GET", "help_center/articles").status_code == 403
    assert "switched off" in visitor.open("/acme/hc/")
    visitor.post("/acme/knowledge/articles", is_on="on", off_status="404")
    assert desk.api("GET", "help_center/articles").status_code == 200


def test_an_admin_renames_removes_and_adds_options(visitor: Browser, sandbox: Sandbox) -> None:
    desk = sandbox.account("acme", ticket_fields=[REASON])
    ids = re.findall(r'name="option_id" value="(\d*)"', visitor.open(f"{FIELDS}/77"))
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', visitor.open(f"{FIELDS}/77"))
    assert token is not None
    said = [("csrfmiddlewaretoken", token[1]), ("action", "save"), ("title", "Why"), ("required", "on")]
    for option_id, name, value in zip(ids, ["Going back", "", "New one", ""], ["return", "login", "", ""], strict=True):
        said += [("option_id", option_id), ("name", name), ("value", value)]
    visitor.session.post(f"{visitor.url}{FIELDS}/77", data=said, timeout=10)
    field = desk.api("GET", "ticket_fields/77").json()["ticket_field"]
    assert (field["title"], field["required"], field["active"]) == ("Why", True, False)
    options = [(one["name"], one["value"]) for one in field["custom_field_options"]]
    assert options == [("Going back", "return"), ("New one", "new_one")]
    assert str(field["custom_field_options"][0]["id"]) == ids[0]


def test_an_admin_makes_and_deletes_a_field(visitor: Browser, desk: Desk) -> None:
    path = visitor.post(FIELDS, title="Colour", kind="text").url.removeprefix(visitor.url)
    assert "Colour" in visitor.open(FIELDS)
    visitor.post(path, action="delete")
    assert visitor.session.get(visitor.url + path, timeout=10).status_code == 404
    assert visitor.post(FIELDS, title="Colour", kind="nonsense").status_code == 422
