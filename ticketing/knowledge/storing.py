"""Taking articles into the copy: a page at a time, in one transaction, with its passages.

Public is what is published, read by everyone and not withdrawn; it is derived here and nowhere else, and the
database holds it (`article_public_is_open`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.clients.help_center import Broken, Variant
from ticketing.knowledge.cleaning import Clean, clean
from ticketing.knowledge.passages import cut_passages
from ticketing.models import Article, ArticlePassage, KnowledgeSource

# Part of the fingerprint: raised when articles are to be read anew because they are cleaned or cut differently.
READING = 1
MOST_TITLE = 500
KEEP_EVERY = 5.0
Key = tuple[int, str]
CONTENT = ("title", "body_html", "body_text", "content_hash", "size", "problem")
STANDING = (
    "url",
    "section",
    "category",
    "is_draft",
    "is_restricted",
    "is_public",
    "edited_at",
    "updated_at",
    "synced_at",
    "seen_run_id",
    "hidden_at",
    "withdrawn_at",
)


@dataclass
class Counts:
    """What storing changed. `hidden` were public and are no longer, though they still exist."""

    processed: int = 0
    added: int = 0
    changed: int = 0
    hidden: int = 0
    withdrawn: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Ready:
    """Articles cleaned before the transaction that stores them, which others wait for: by their fingerprints."""

    cleaned: dict[str, Clean]
    broken: list[dict[str, Any]]


def clean_changed(
    source: KnowledgeSource,
    edition: int,
    variants: Sequence[Variant],
    keep_claim: Callable[[], object] | None = None,
) -> Ready:
    """Clean what differs from the copy. What cannot be cleaned is named and its article stays as it is.

    Large ones take seconds: `keep_claim` is called in between.
    """
    ids = {variant.id for variant in variants}
    rows = Article.objects.filter(source=source, edition=edition, external_id__in=ids, withdrawn_at=None)
    known = set(rows.values_list("content_hash", flat=True))
    ready, kept_at = Ready({}, []), time.monotonic()
    for variant in variants:
        if keep_claim is not None and time.monotonic() > kept_at + KEEP_EVERY:
            keep_claim()
            kept_at = time.monotonic()
        mark = fingerprint(variant)
        if mark in known:
            continue
        try:
            ready.cleaned[mark] = clean(variant.body or "", variant.url)
        except (ValueError, AssertionError, RecursionError):
            ready.broken.append({"id": variant.id, "title": variant.title[:MOST_TITLE], "why": "unreadable"})
    return ready


def fingerprint(variant: Variant) -> str:
    """What is quoted of an article, as a hash."""
    whole = f"{READING}\0{variant.url}\0{variant.title}\0{variant.body or ''}"
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()


def store_articles(
    source: KnowledgeSource, edition: int, variants: Sequence[Variant], ready: Ready, *, run_id: int | None = None
) -> Counts:
    """Take these articles into an edition, inside the caller's transaction. One that is there as it is, is no change.

    `run_id` is the full run that saw them.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("store_articles stores a page in the caller's transaction")
    broken = {one["id"] for one in ready.broken}
    newest = {(variant.id, variant.locale): variant for variant in variants if variant.id not in broken}
    known = _read_known(source, edition, newest)
    counts, now = Counts(processed=len(variants), problems=list(ready.broken)), timezone.now()
    made: list[tuple[Article, Clean]] = []
    fresh: list[tuple[Article, Clean]] = []
    moved: list[Article] = []
    same: list[int] = []
    for key, variant in newest.items():
        article = known.get(key) or Article(
            organization_id=source.organization_id,
            source=source,
            edition=edition,
            external_id=variant.id,
            locale=variant.locale,
            first_seen_at=now,
        )
        was_public, was_there = article.is_public, key in known and article.withdrawn_at is None
        cleaned = _take_content(article, variant, ready)
        is_moved = _take_standing(article, variant, source, now)
        article.seen_run_id = run_id or article.seen_run_id
        counts.hidden += was_public and not article.is_public
        counts.added += not was_there
        counts.changed += was_there and (cleaned is not None or is_moved)
        if key not in known:
            made.append((article, cleaned or Clean("", (), "", is_cut=False)))
        elif cleaned is not None:
            fresh.append((article, cleaned))
        elif is_moved:
            moved.append(article)
        else:
            same.append(article.pk)
    Article.objects.bulk_create([article for article, _clean in made], batch_size=100)
    Article.objects.bulk_update([a for a, _clean in fresh], [*CONTENT, *STANDING], batch_size=50)
    Article.objects.bulk_update(moved, STANDING, batch_size=50)
    seen = {"seen_run_id": run_id} if run_id else {}
    Article.objects.filter(pk__in=same).update(synced_at=now, **seen)
    _store_passages(made, fresh)
    return counts


def withdraw(articles: Iterable[Article]) -> int:
    """Take articles out of every answer at once: they are gone from the Help Center. Returns how many."""
    gone = [article for article in articles if article.withdrawn_at is None]
    keys = [article.pk for article in gone]
    Article.objects.filter(pk__in=keys).update(is_public=False, withdrawn_at=timezone.now())
    ArticlePassage.objects.filter(article_id__in=keys).delete()
    return len(gone)


def list_problems(broken: Iterable[Broken]) -> list[dict[str, Any]]:
    """Rows that could not be read, as a run keeps them."""
    return [{"id": row.id, "title": "", "why": f"no_{row.why}"} for row in broken]


def _read_known(source: KnowledgeSource, edition: int, wanted: dict[Key, Variant]) -> dict[Key, Article]:
    """The rows of these articles, locked where the database can: two who store the same one do it in turn."""
    ids = {external_id for external_id, _locale in wanted}
    rows = Article.objects.select_for_update().filter(source=source, edition=edition, external_id__in=ids)
    rows = rows.defer("body_html", "body_text").order_by("pk")
    return {(row.external_id, row.locale): row for row in rows}


def _take_content(article: Article, variant: Variant, ready: Ready) -> Clean | None:
    """Take title and body when they differ from what is there, or its passages are gone; None when they do not."""
    mark = fingerprint(variant)
    if article.content_hash == mark and article.withdrawn_at is None:
        return None
    cleaned = ready.cleaned.get(mark) or clean(variant.body or "", variant.url)
    article.title = " ".join(variant.title.split())[:MOST_TITLE]
    article.content_hash, article.size = mark, len(variant.body or "")
    article.body_html, article.body_text = cleaned.html, cleaned.text
    article.problem = Article.Problem.NONE
    if cleaned.is_cut:
        article.problem = Article.Problem.CUT
    elif not cleaned.text.strip():
        article.problem = Article.Problem.EMPTY
    return cleaned


def _take_standing(article: Article, variant: Variant, source: KnowledgeSource, now: dt.datetime) -> bool:
    """Take where the article stands and who may read it. True when something of it changed."""
    section, category = source.shelves.get(str(variant.section_id), ("", ""))
    is_restricted = bool(variant.segment_ids)
    standing = {
        "url": variant.url,
        "section": str(section)[:300],
        "category": str(category)[:300],
        "is_draft": variant.is_draft,
        "is_restricted": is_restricted,
        "is_public": not variant.is_draft and not is_restricted,
        "edited_at": variant.edited_at,
        "updated_at": variant.updated_at,
        "withdrawn_at": None,
    }
    if article.is_public and not standing["is_public"]:
        article.hidden_at = now
    elif standing["is_public"]:
        article.hidden_at = None
    is_moved = any(getattr(article, name) != value for name, value in standing.items())
    for name, value in standing.items():
        setattr(article, name, value)
    article.synced_at = now
    return is_moved


def _store_passages(made: list[tuple[Article, Clean]], fresh: list[tuple[Article, Clean]]) -> None:
    if fresh:
        ArticlePassage.objects.filter(article__in=[article for article, _clean in fresh]).delete()
    rows = [
        ArticlePassage(
            article=article,
            position=number,
            scope=f"s{article.source_id}e{article.edition}",
            title=article.title,
            heading=cut.heading,
            text=cut.text,
        )
        for article, cleaned in [*made, *fresh]
        for number, cut in enumerate(cut_passages(cleaned.blocks))
    ]
    ArticlePassage.objects.bulk_create(rows, batch_size=400)
