"""The Help Center's answers have the shape of its own specification (``ZENDESK_SPECS``, see ``test_shapes``)."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.openapi import answer_schema, misfits
from tests.sandbox.server import Desk, Sandbox

FOLDER = Path(os.environ.get("ZENDESK_SPECS", ""))
pytestmark = pytest.mark.skipif(
    not (FOLDER / "helpcenter.json").is_file(),
    reason="NOT CHECKED: set ZENDESK_SPECS to the folder of Zendesk's helpcenter.json",
)
# The specification forgets that this may be null; the real service has it.
NULLS = ("body",)


@pytest.fixture(scope="module")
def spec() -> Any:
    """The specification."""
    return json.loads((FOLDER / "helpcenter.json").read_text())


@pytest.fixture
def desk(sandbox: Sandbox) -> Desk:
    """An account with something of everything; the first article's id is 5."""
    desk = sandbox.account("shapes")
    german = {"de": {"title": "T", "body": "b", "draft": True}}
    desk.help_center(locales=["en-us", "de"], categories=[{"name": "C", "sections": [{"name": "S"}]}])
    article = {"id": 5, "title": "T", "body": None, "section": "S", "translations": german, "restricted": True}
    desk.add_articles(article, {"title": "U", "body": "<p>x</p>", "draft": True, "labels": ["a"]})
    return desk


READS = [
    ("articles", "articles"),
    ("incremental/articles", "incremental/articles?start_time=0"),
    ("{locale}/articles", "en-us/articles"),
    ("{locale}/articles/{article_id}", "de/articles/5"),
    ("articles/{article_id}", "articles/5"),
    ("articles/{article_id}/attachments", "articles/5/attachments"),
    ("articles/{article_id}/translations", "articles/5/translations"),
    ("articles/{article_id}/translations/{locale}", "articles/5/translations/de"),
    ("articles/{article_id}/translations/missing", "articles/5/translations/missing"),
    ("sections", "sections"),
    ("{locale}/sections", "en-us/sections"),
    ("categories", "categories"),
    ("{locale}/categories", "en-us/categories"),
    ("user_segments", "user_segments"),
    ("user_segments/applicable", "user_segments/applicable"),
    ("locales", "locales"),
]


@pytest.mark.parametrize(("path", "asked"), READS)
def test_what_is_read_has_the_right_shape(spec: Any, desk: Desk, path: str, asked: str) -> None:
    answer = desk.api("GET", f"help_center/{asked}")
    assert answer.status_code == 200, answer.text
    found = misfits(spec, answer_schema(spec, "GET", f"help_center/{path}", 200), answer.json())
    assert [one for one in found if not (one.endswith(": null") and one[:-6].rsplit(".", 1)[-1] in NULLS)] == []


def test_every_property_of_an_article_is_there(spec: Any, desk: Desk) -> None:
    article = desk.api("GET", "help_center/articles/5").json()["article"]
    assert set(spec["components"]["schemas"]["ArticleObject"]["properties"]) - article.keys() == set()
