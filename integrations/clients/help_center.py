"""The Help Center's articles as named methods: every language, drafts and restricted ones too.

Every method may raise any failure of `integrations.clients.errors`. One row that cannot be read does not spoil its
page: it is named in `broken`.
Sources: https://developer.zendesk.com/api-reference/help_center/help-center-api/articles/ and /translations/;
what the lists leave out (deleted articles) and repeat (the last one of an incremental export) is in the notes there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from integrations.clients import errors
from integrations.clients.envelopes import read_body, read_list, read_object
from integrations.clients.http import Answer
from integrations.clients.zendesk import ZendeskClient, next_page
from integrations.clients.zendesk_types import read_int, read_time

PAGE_SIZE = 100
# A page of this many is asked for when a whole one is too large to read.
SMALL_PAGE = 10
MOST_SHELF_PAGES = 20
BASE = "/api/v2/help_center"
OLDEST_START = 1


@dataclass(frozen=True)
class Variant:
    """An article in one language. `body` is HTML as its author left it, or None.

    `segment_ids` are the user segments that may read it; none = everyone. `updated_at` is the article's (any change
    to any of its translations or to who may read it), `edited_at` the content's.
    """

    id: int
    locale: str
    title: str
    url: str
    body: str | None
    is_draft: bool
    segment_ids: tuple[int, ...]
    section_id: int | None
    source_locale: str
    updated_at: dt.datetime | None
    edited_at: dt.datetime | None


@dataclass(frozen=True)
class Broken:
    """A row that could not be read: its id when it had one, and what was missing."""

    id: int | None
    why: str


@dataclass(frozen=True)
class VariantsPage:
    """One page. `following` asks for the next one; None = this is the last. `is_full`: it holds as many as asked for.

    `end_time` (seconds of the epoch) only of an incremental page.
    """

    variants: tuple[Variant, ...]
    broken: tuple[Broken, ...] = ()
    following: Mapping[str, str] | None = None
    count: int | None = None
    end_time: int | None = None
    is_full: bool = False


@dataclass(frozen=True)
class Locales:
    """The languages of a Help Center, the default one first."""

    default: str
    all: tuple[str, ...]


class HelpCenter:
    """One account's Help Center, read by the client's identity."""

    def __init__(self, client: ZendeskClient) -> None:
        self.client = client

    def locales(self) -> Locales:
        """Its languages. 403 or 404 here means that Help Center is not switched on."""
        answer = self.client.call("GET", f"{BASE}/locales")
        body = read_body(answer)
        found = body.get("locales")
        if not isinstance(found, list):
            raise errors.BadResponse("", status=answer.status, answer=answer.text[:500])
        words = [str(locale).lower() for locale in found if isinstance(locale, str) and locale]
        default = str(body.get("default_locale") or (words[0] if words else "en-us")).lower()
        return Locales(default, tuple(dict.fromkeys([default, *words])))

    def articles(self, locale: str, page: Mapping[str, str] | None = None) -> VariantsPage:
        """One page of the articles that exist in a language, drafts and restricted ones among them."""
        path, template = f"{BASE}/{quote(locale, safe='')}/articles", f"{BASE}/{{locale}}/articles"
        return self._page(path, template, dict(page or {"page[size]": str(PAGE_SIZE)}), locale)

    def count_articles(self, locale: str) -> int | None:
        """How many articles exist in a language; None when the answer does not tell."""
        path, template = f"{BASE}/{quote(locale, safe='')}/articles", f"{BASE}/{{locale}}/articles"
        answer = self.client.call("GET", path, template=template, params={"per_page": "1"})
        return read_int(read_body(answer).get("count"))

    def changed_articles(self, since: int, page: Mapping[str, str] | None = None) -> VariantsPage:
        """Articles changed at or after `since` (seconds of the epoch), each in its source language.

        Deleted and archived ones are never among them. The last one known comes again each time; the `end_time` of
        an empty answer means nothing.
        """
        params = dict(page or {"start_time": str(max(since, OLDEST_START)), "per_page": str(PAGE_SIZE)})
        return self._page(f"{BASE}/incremental/articles", "", params, "")

    def article(self, article_id: int) -> Variant:
        """One article in its source language. `NotFound` when it is deleted or archived."""
        answer = self.client.call("GET", f"{BASE}/articles/{article_id}", template=f"{BASE}/articles/{{id}}")
        found = _read_variant(read_object(answer, "article"), "")
        if isinstance(found, Broken):
            raise errors.BadResponse("", status=answer.status, answer=answer.text[:500])
        return found

    def translations(self, article: Variant) -> list[Variant]:
        """The article in every language it exists in."""
        path, template = f"{BASE}/articles/{article.id}/translations", f"{BASE}/articles/{{id}}/translations"
        params = {"page[size]": str(PAGE_SIZE)}
        found: list[Variant] = []
        for _page in range(MOST_SHELF_PAGES):
            answer = self.client.call("GET", path, template=template, params=params)
            found += [_translate(article, row) for row in read_list(answer, "translations") if row.get("locale")]
            following = next_page(read_body(answer))
            if not following:
                break
            params = _follow(params, following)
        return found

    def has_translation(self, article_id: int, locale: str) -> bool:
        """Whether the article still exists in this language. Other failures than 404 are raised."""
        path = f"{BASE}/articles/{article_id}/translations/{quote(locale, safe='')}"
        try:
            self.client.call("GET", path, template=f"{BASE}/articles/{{id}}/translations/{{locale}}")
        except errors.NotFound as error:
            if error.code == "NoHelpDesk":
                raise
            return False
        return True

    def shelves(self) -> dict[int, tuple[str, str]]:
        """The section and category names by section id."""
        categories = {read_int(row.get("id")): str(row.get("name") or "") for row in self._all("categories")}
        return {
            number: (str(row.get("name") or ""), categories.get(read_int(row.get("category_id")), ""))
            for row in self._all("sections")
            if (number := read_int(row.get("id"))) is not None
        }

    def segments(self) -> dict[int, str]:
        """The names of the user segments."""
        rows = self._all("user_segments")
        return {n: str(row.get("name") or "") for row in rows if (n := read_int(row.get("id"))) is not None}

    def _all(self, name: str) -> list[dict[str, Any]]:
        params, found = {"per_page": str(PAGE_SIZE)}, []
        for _page in range(MOST_SHELF_PAGES):
            answer = self.client.call("GET", f"{BASE}/{name}", params=params)
            found += read_list(answer, name)
            following = next_page(read_body(answer))
            if not following:
                break
            params = _follow(params, following)
        return found

    def _page(self, path: str, template: str, params: dict[str, str], locale: str) -> VariantsPage:
        try:
            answer = self.client.call("GET", path, template=template, params=params)
        except errors.BadResponse as error:
            size = "page[size]" if "page[size]" in params else "per_page"
            # By offset a smaller page would be another one; by cursor and by time it begins at the same article.
            if error.code != "too_large" or "page" in params or params.get(size) == str(SMALL_PAGE):
                raise
            params = params | {size: str(SMALL_PAGE)}
            answer = self.client.call("GET", path, template=template, params=params)
        return _read_page(answer, params, locale)


def _read_page(answer: Answer, params: Mapping[str, str], locale: str) -> VariantsPage:
    rows = [_read_variant(row, locale) for row in read_list(answer, "articles")]
    body = read_body(answer)
    asked = next_page(body)
    following = _follow(params, asked) if asked else None
    return VariantsPage(
        tuple(row for row in rows if isinstance(row, Variant)),
        tuple(row for row in rows if isinstance(row, Broken)),
        following if following != dict(params) else None,
        read_int(body.get("count")),
        read_int(body.get("end_time")),
        len(rows) >= int(params.get("page[size]") or params.get("per_page") or PAGE_SIZE),
    )


def _follow(params: Mapping[str, str], following: Mapping[str, str]) -> dict[str, str]:
    """The parameters of the next page: never two ways to page in one call."""
    kept = {name: value for name, value in params.items() if "page" not in following or not name.startswith("page[")}
    return {**kept, **following}


def _read_variant(row: Mapping[str, Any], locale: str) -> Variant | Broken:
    article_id = read_int(row.get("id"))
    language = row.get("locale") or locale
    if article_id is None or not isinstance(language, str) or not language:
        return Broken(article_id, "id" if article_id is None else "locale")
    body = row.get("body")
    return Variant(
        id=article_id,
        locale=language.lower()[:20],
        title=str(row.get("title") or row.get("name") or ""),
        url=_read_url(row.get("html_url")),
        body=body if isinstance(body, str) else None,
        # What does not say that it is published is a draft; who may read it is everyone only when nothing is named.
        is_draft=row.get("draft") is not False,
        segment_ids=_read_segments(row),
        section_id=read_int(row.get("section_id")),
        source_locale=str(row.get("source_locale") or language).lower()[:20],
        updated_at=read_time(row.get("updated_at")),
        edited_at=read_time(row.get("edited_at")) or read_time(row.get("updated_at")),
    )


def _translate(article: Variant, row: Mapping[str, Any]) -> Variant:
    body = row.get("body")
    return replace(
        article,
        locale=str(row["locale"]).lower()[:20],
        title=str(row.get("title") or ""),
        url=_read_url(row.get("html_url")) or article.url,
        body=body if isinstance(body, str) else None,
        is_draft=row.get("draft") is not False,
        edited_at=read_time(row.get("updated_at")) or article.edited_at,
    )


def _read_segments(row: Mapping[str, Any]) -> tuple[int, ...]:
    """The segments of an article; one that is no number still restricts it."""
    several: Any = row.get("user_segment_ids")
    named = [row.get("user_segment_id"), *(several if isinstance(several, Sequence) else [])]
    return tuple(dict.fromkeys(read_int(one) or 0 for one in named if one is not None))


def _read_url(value: Any) -> str:
    text = str(value or "")
    return text[:1000] if text.startswith(("https://", "http://")) else ""
