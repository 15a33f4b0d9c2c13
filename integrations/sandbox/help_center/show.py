"""The Help Center's rows as its API writes them."""

from collections.abc import Iterable

from django.utils.text import slugify

from integrations.sandbox.api.answers import Json
from integrations.sandbox.api.gate import Call
from integrations.sandbox.models import Category, Section, Translation, UserSegment
from integrations.sandbox.store import stamp


def show_articles(call: Call, rows: Iterable[Translation]) -> list[Json]:
    """Articles, each in the translation given."""
    found = list(rows)
    ids = [row.article.pk for row in found]
    outdated: dict[int, list[str]] = {}
    for pk, locale in Translation.objects.filter(article_id__in=ids, is_outdated=True).values_list(
        "article_id", "locale"
    ):
        outdated.setdefault(pk, []).append(locale)
    return [show_article(call, row, sorted(outdated.get(row.article.pk, []))) for row in found]


def show_article(call: Call, row: Translation, outdated_locales: list[str]) -> Json:
    """One article in one locale; ``draft`` is that translation's."""
    article = row.article
    segment = article.segment_id
    return {
        "id": article.pk,
        "url": call.url(f"help_center/{row.locale}/articles/{article.pk}.json"),
        "html_url": f"{call.base}{article_path(row)}",
        "author_id": article.author_id,
        "comments_disabled": False,
        "draft": row.is_draft,
        "promoted": article.is_promoted,
        "position": article.position,
        "vote_sum": 0,
        "vote_count": 0,
        "section_id": article.section_id,
        "created_at": stamp(article.created_at),
        "updated_at": stamp(article.updated_at),
        "edited_at": stamp(row.edited_at),
        "name": row.title,
        "title": row.title,
        "source_locale": article.source_locale,
        "locale": row.locale,
        "outdated": False,
        "outdated_locales": outdated_locales,
        "user_segment_id": segment,
        "user_segment_ids": [segment] if segment else [],
        "permission_group_id": article.account_id + 100_000,
        "content_tag_ids": [],
        "label_names": article.labels,
        "body": row.body,
    }


def article_slug(row: Translation) -> str:
    """The last part of its address: the id and words of the title."""
    words = slugify(row.title, allow_unicode=True)[:80]
    return f"{row.article.pk}{'-' if words else ''}{words}"


def article_path(row: Translation) -> str:
    """Where people read it, below the account's address."""
    return f"/hc/{row.locale}/articles/{article_slug(row)}"


def show_translation(call: Call, row: Translation) -> Json:
    """One translation of an article."""
    path = f"help_center/articles/{row.article.pk}/translations/{row.locale}.json"
    return {
        "id": row.pk,
        "url": call.url(path),
        "html_url": f"{call.base}{article_path(row)}",
        "source_id": row.article.pk,
        "source_type": "Article",
        "locale": row.locale,
        "title": row.title,
        "body": row.body,
        "draft": row.is_draft,
        "outdated": row.is_outdated,
        "hidden": False,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        "created_by_id": row.article.author_id,
        "updated_by_id": row.article.author_id,
    }


def show_shelf(call: Call, row: Category | Section, kind: str, locale: str) -> Json:
    """What a category (``categories``) and a section (``sections``) have in common."""
    shown = locale or row.source_locale
    words = row.words[shown]
    return {
        "id": row.pk,
        "url": call.url(f"help_center/{shown}/{kind}/{row.pk}.json"),
        "html_url": f"{call.base}/hc/{shown}/{kind}/{row.pk}",
        "name": words["name"],
        "description": words.get("description", ""),
        "position": row.position,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        "locale": shown,
        "source_locale": row.source_locale,
        "outdated": False,
    }


def show_section(call: Call, row: Section, locale: str) -> Json:
    """A section."""
    shelf = show_shelf(call, row, "sections", locale)
    more = {"category_id": row.category.pk, "parent_section_id": None, "sorting": "manual"}
    return {**shelf, **more, "theme_template": "section_page"}


def show_category(call: Call, row: Category, locale: str) -> Json:
    """A category."""
    return show_shelf(call, row, "categories", locale)


def show_segment(row: UserSegment) -> Json:
    """A user segment."""
    return {
        "id": row.pk,
        "name": row.name,
        "user_type": row.user_type,
        "group_ids": [],
        "organization_ids": [],
        "tags": row.tags,
        "or_tags": [],
        "added_user_ids": [],
        "built_in": row.is_built_in,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.created_at),
    }
