"""``/help_center``: read only; articles are made on the stand-in's pages and by its control API."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from integrations.sandbox.api.answers import bad_request, not_found, ok
from integrations.sandbox.api.gate import Call
from integrations.sandbox.help_center.reading import Reader, paginate, read
from integrations.sandbox.help_center.show import (
    show_articles,
    show_category,
    show_section,
    show_segment,
    show_translation,
)
from integrations.sandbox.models import Category, Section, Translation, UserSegment

MOST_CHANGES = 1000
SORTS = {
    "position": "article__position",
    "title": "title",
    "created_at": "article__created_at",
    "updated_at": "article__updated_at",
    "edited_at": "edited_at",
}


def list_articles(call: Call, locale: str = "", **shelf: int) -> HttpResponse:
    """GET [/{locale}][/sections/{id} | /categories/{id}]/articles[?start_time=&label_names=&sort_by=&sort_order=]."""
    reader = read(call, locale)
    rows = reader.translations(locale)
    path = "articles"
    if "section_id" in shelf:
        rows = rows.filter(article__section_id=shelf["section_id"])
        path = f"sections/{shelf['section_id']}/articles"
    if "category_id" in shelf:
        rows = rows.filter(article__section__category_id=shelf["category_id"])
        path = f"categories/{shelf['category_id']}/articles"
    if call.arg("start_time").isdigit():
        rows = rows.filter(article__updated_at__gte=datetime.fromtimestamp(int(call.arg("start_time")), UTC))
    for label in filter(None, call.arg("label_names").split(",")):
        rows = rows.filter(article__labels__icontains=f'"{label}"')
    sign = "-" if call.arg("sort_order") == "desc" else ""
    order = [sign + SORTS.get(call.arg("sort_by"), "article__position"), f"{sign}article_id"]
    found, envelope = paginate(call, reader.listed(rows), place(locale, path), order, key="article_id")
    return ok({"articles": show_articles(call, found), **envelope})


def place(locale: str, path: str) -> str:
    """The path of a list, as its links name it."""
    return f"help_center/{locale}{'/' if locale else ''}{path}.json"


def find_article(reader: Reader, article_id: int, locale: str = "") -> Translation:
    """The article in that locale, else in its own. Raises 404, also when it is archived or not to be seen."""
    row = reader.translations(locale).filter(article_id=article_id).first()
    if row is None:
        raise not_found()
    return row


def read_article(call: Call, article_id: int, locale: str = "") -> HttpResponse:
    """GET [/{locale}]/articles/{id}."""
    row = find_article(read(call, locale), article_id, locale)
    return ok({"article": show_articles(call, [row])[0]})


def list_changed_articles(call: Call) -> HttpResponse:
    """GET /incremental/articles?start_time=: by change, the start included; archived ones never show.

    An answer without articles has ``end_time`` 1, as the real service has it: whoever keeps that begins anew.
    """
    reader = read(call)
    start, size = call.arg("start_time"), call.number("per_page", MOST_CHANGES, MOST_CHANGES)
    if not start.isdigit():
        raise bad_request("InvalidValue", "start_time is required")
    rows = reader.listed(reader.translations())
    rows = rows.filter(article__updated_at__gte=datetime.fromtimestamp(int(start), UTC))
    found = list(rows.order_by("article__updated_at", "article_id")[: size + 1])
    has_more, found = len(found) > size, found[:size]
    end_time = int(found[-1].article.updated_at.timestamp()) if found else 1
    link = f"{call.url('help_center/incremental/articles.json')}?per_page={size}&start_time={end_time}"
    return ok(
        {
            "count": len(found),
            "next_page": link if has_more else None,
            "end_time": end_time,
            "articles": show_articles(call, found),
        }
    )


def all_translations(reader: Reader, article_id: int) -> QuerySet[Translation]:
    """An article's translations that the caller may see. Raises 404 when there is none."""
    rows = Translation.objects.select_related("article").filter(
        article__account_id=reader.center.account.pk, article_id=article_id, article__archived_at=None
    )
    rows = rows if reader.reads_drafts else rows.filter(is_draft=False)
    if not rows.exists():
        raise not_found()
    return rows


def list_translations(call: Call, article_id: int) -> HttpResponse:
    """GET /articles/{id}/translations[?locales=&draft=&outdated=]."""
    rows = all_translations(read(call), article_id)
    if call.arg("locales"):
        rows = rows.filter(locale__in=call.arg("locales").split(","))
    for name, column in (("draft", "is_draft"), ("outdated", "is_outdated")):
        if call.arg(name) in ("true", "false"):
            rows = rows.filter(**{column: call.arg(name) == "true"})
    path = f"help_center/articles/{article_id}/translations.json"
    found, envelope = paginate(call, rows, path, ["pk"])
    return ok({"translations": [show_translation(call, row) for row in found], **envelope})


def read_translation(call: Call, article_id: int, locale: str) -> HttpResponse:
    """GET /articles/{id}/translations/{locale}."""
    row = all_translations(read(call), article_id).filter(locale=locale).first()
    if row is None:
        raise not_found()
    return ok({"translation": show_translation(call, row)})


def list_missing_translations(call: Call, article_id: int) -> HttpResponse:
    """GET /articles/{id}/translations/missing."""
    reader = read(call)
    there = set(all_translations(reader, article_id).values_list("locale", flat=True))
    return ok({"locales": [one for one in reader.center.locales if one not in there]})


def list_attachments(call: Call, article_id: int) -> HttpResponse:
    """GET /articles/{id}/attachments: articles here have none."""
    find_article(read(call), article_id)
    return ok({"article_attachments": [], "count": 0, "next_page": None, "previous_page": None})


def list_locales(call: Call) -> HttpResponse:
    """GET /locales."""
    center = read(call).center
    return ok({"locales": center.locales, "default_locale": center.default_locale})


def in_locale(rows: QuerySet[Any], locale: str) -> QuerySet[Any]:
    """Categories or sections that have words in that locale."""
    return rows.filter(words__has_key=locale) if locale else rows


def list_sections(call: Call, locale: str = "", category_id: int | None = None) -> HttpResponse:
    """GET [/{locale}][/categories/{id}]/sections."""
    reader = read(call, locale)
    rows = in_locale(Section.objects.select_related("category").filter(account=call.account), locale)
    path = "sections"
    if category_id is not None:
        rows, path = rows.filter(category_id=category_id), f"categories/{category_id}/sections"
    found, envelope = paginate(call, reader.listed(rows), place(locale, path), ["position", "pk"])
    return ok({"sections": [show_section(call, row, locale) for row in found], **envelope})


def read_section(call: Call, section_id: int, locale: str = "") -> HttpResponse:
    """GET [/{locale}]/sections/{id}."""
    read(call, locale)
    row = in_locale(
        Section.objects.select_related("category").filter(account=call.account, pk=section_id), locale
    ).first()
    if row is None:
        raise not_found()
    return ok({"section": show_section(call, row, locale)})


def list_categories(call: Call, locale: str = "") -> HttpResponse:
    """GET [/{locale}]/categories."""
    reader = read(call, locale)
    rows = in_locale(Category.objects.filter(account=call.account), locale)
    found, envelope = paginate(call, reader.listed(rows), place(locale, "categories"), ["position", "pk"])
    return ok({"categories": [show_category(call, row, locale) for row in found], **envelope})


def read_category(call: Call, category_id: int, locale: str = "") -> HttpResponse:
    """GET [/{locale}]/categories/{id}."""
    read(call, locale)
    row = in_locale(Category.objects.filter(account=call.account, pk=category_id), locale).first()
    if row is None:
        raise not_found()
    return ok({"category": show_category(call, row, locale)})


def list_segments(call: Call) -> HttpResponse:
    """GET /user_segments[?built_in=]."""
    reader = read(call)
    call.need(reader.is_staff)
    rows = UserSegment.objects.filter(account=call.account)
    if call.arg("built_in") in ("true", "false"):
        rows = rows.filter(is_built_in=call.arg("built_in") == "true")
    found, envelope = paginate(call, rows, "help_center/user_segments.json", ["pk"])
    return ok({"user_segments": [show_segment(row) for row in found], **envelope})


def read_segment(call: Call, segment_id: int) -> HttpResponse:
    """GET /user_segments/{id}."""
    call.need(read(call).is_staff)
    row = UserSegment.objects.filter(account=call.account, pk=segment_id).first()
    if row is None:
        raise not_found()
    return ok({"user_segment": show_segment(row)})
