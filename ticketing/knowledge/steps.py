"""The steps of a run: each reads from the Help Center, then stores what it read and where the next one begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from integrations.clients.help_center import HelpCenter, Variant, VariantsPage
from ticketing.knowledge import runs
from ticketing.knowledge.storing import Counts, clean_changed, list_problems, store_articles, withdraw
from ticketing.models import Article, ArticlePassage, KnowledgeSource, SyncRun

# A full look that would take away more than this share, and more than a few, asks a person first.
MOST_MISSING = 0.2
FEW = 3
STORE_AT_ONCE = 25
CONFIRM_AT_ONCE = 20
CLEAR_AT_ONCE = 300


def begin(source: KnowledgeSource, run: SyncRun, center: HelpCenter) -> bool:
    """Read the Help Center's languages and shelves; for a full run also how many articles there are."""
    locales = center.locales().all
    changes: dict[str, Any] = {"is_on": True, "locales": list(locales)}
    total = None
    if run.is_full:
        changes["shelves"] = {str(number): list(names) for number, names in center.shelves().items()}
        counts = [center.count_articles(locale) for locale in locales]
        total = sum(count or 0 for count in counts) if None not in counts else None
        if run.kind == SyncRun.Kind.REBUILD:
            _clear_editions(source)
    phase = "list" if run.is_full else "changes"
    source.hold(**changes)
    runs.save_step(source, run, cursor={"phase": phase, "at": 0, "page": None}, total=total)
    return True


def list_page(source: KnowledgeSource, run: SyncRun, center: HelpCenter) -> bool:
    """Store one page of the articles of one language."""
    at, asked = int(run.cursor["at"]), run.cursor["page"]
    if at >= len(source.locales):
        return compare(source, run)
    page = center.articles(source.locales[at], asked)
    following = dict(page.following) if page.following and (page.variants or page.broken) else None
    cursor = {"phase": "list", "at": at if following else at + 1, "page": following}
    _store(source, run, page, cursor)
    return True


def _store(source: KnowledgeSource, run: SyncRun, page: VariantsPage, cursor: dict[str, Any]) -> None:
    """Store a page, a part at a time so that nobody waits long; the place of the next one goes with the last part.

    After a stop in between the page is read again, and what was stored is no change.
    """
    _hide_closed(source, run, page.variants)
    ready = clean_changed(source, run.edition, page.variants, source.hold)
    parts = [page.variants[at : at + STORE_AT_ONCE] for at in range(0, len(page.variants), STORE_AT_ONCE)] or [()]
    seen = run.pk if run.is_full else None
    for number, part in enumerate(parts, start=1):
        is_last = number == len(parts)
        with transaction.atomic():
            counts = store_articles(source, run.edition, part, ready, run_id=seen)
            counts.processed = len(page.variants) if is_last else 0
            counts.problems = [*ready.broken, *list_problems(page.broken)] if is_last else []
            runs.save_step(source, run, counts, **({"cursor": cursor} if is_last else {}))


def compare(source: KnowledgeSource, run: SyncRun) -> bool:
    """After a full listing: what is missing? More than a fifth, or everything, is never believed without a person."""
    if run.kind == SyncRun.Kind.REBUILD:
        before = _live(source, source.edition).count()
        missing = before - _live(source, run.edition).count()
    else:
        before = _live(source, run.edition).count()
        missing = _missing(source, run).count()
    is_much = missing > FEW and missing > before * MOST_MISSING
    is_nothing = run.processed == 0 and before > 0
    if (is_much or is_nothing) and not run.is_accepted:
        if run.kind == SyncRun.Kind.REBUILD:
            _clear_editions(source)
        runs.ask_person(source, run, missing if not is_nothing else before, before)
        return False
    phase = "swap" if run.kind == SyncRun.Kind.REBUILD else "confirm"
    runs.save_step(source, run, cursor={"phase": phase, "after": 0})
    return True


def confirm(source: KnowledgeSource, run: SyncRun, center: HelpCenter) -> bool:
    """Ask for each missing article by its id: only what is not there is withdrawn."""
    rows = _missing(source, run).filter(pk__gt=run.cursor["after"]).order_by("pk")
    batch = list(rows.only("pk", "external_id", "locale", "withdrawn_at")[:CONFIRM_AT_ONCE])
    if not batch:
        runs.finish(source, run)
        return False
    gone = [article for article in batch if not center.has_translation(article.external_id, article.locale)]
    if gone:
        center.locales()  # 404 for everything: the Help Center was switched off meanwhile, and nothing is gone
    with transaction.atomic():
        counts = Counts(withdrawn=withdraw(gone))
        runs.save_step(source, run, counts, cursor={"phase": "confirm", "after": batch[-1].pk})
    return True


def swap(source: KnowledgeSource, run: SyncRun, center: HelpCenter) -> bool:
    """The new copy takes the place of the old one, in one moment."""
    with transaction.atomic():
        old = Article.objects.filter(
            source=source, edition=source.edition, external_id=OuterRef("external_id"), locale=OuterRef("locale")
        )
        new = Article.objects.filter(source=source, edition=run.edition)
        new.update(last_cited_at=Subquery(old.values("last_cited_at")[:1]))
        runs.save_step(source, run, cursor={"phase": "clear"})
        source.hold(edition=run.edition, account=center.client.base_url)
    return True


def clear(source: KnowledgeSource, run: SyncRun) -> bool:
    """The old copy is deleted, a part at a time."""
    _clear_editions(source)
    runs.finish(source, run)
    return False


def _clear_editions(source: KnowledgeSource) -> None:
    others = Article.objects.filter(source=source).exclude(edition=source.edition)
    while keys := list(others.values_list("pk", flat=True)[:CLEAR_AT_ONCE]):
        source.hold()
        delete_articles(keys)


def delete_articles(keys: Sequence[int]) -> None:
    """Delete articles with their passages."""
    with transaction.atomic():
        ArticlePassage.objects.filter(article_id__in=keys).delete()
        Article.objects.filter(pk__in=keys).delete()


def _live(source: KnowledgeSource, edition: int) -> QuerySet[Article]:
    return Article.objects.filter(source=source, edition=edition, withdrawn_at=None)


def _missing(source: KnowledgeSource, run: SyncRun) -> QuerySet[Article]:
    return _live(source, run.edition).exclude(seen_run_id=run.pk)


# -- what changed ---------------------------------------------------------------------------------


BATCH = 10
SETTLED = dt.timedelta(seconds=5)


def list_changes(source: KnowledgeSource, run: SyncRun, center: HelpCenter) -> bool:
    """Store one page of changes. What is restricted now is hidden before anything else is read."""
    since = source.synced_until or 1
    page = center.changed_articles(since, run.cursor["page"])
    if not page.variants and not page.broken:
        runs.finish(source, run)  # an empty answer's end_time is 1: it must not be kept
        return False
    _hide_closed(source, run, page.variants)
    if len(source.locales) > 1:
        _store_translations(source, run, center, page)
    else:
        _store(source, run, page, dict(run.cursor))
    return _go_on(source, run, page, since)


def _go_on(source: KnowledgeSource, run: SyncRun, page: VariantsPage, since: int) -> bool:
    """Save where the next page begins; end the run after the last one."""
    until = max(since, page.end_time or 0)
    if page.following:
        with transaction.atomic():
            runs.save_step(source, run, cursor={"phase": "changes", "at": 0, "page": dict(page.following)})
            source.hold(synced_until=until)
        return True
    # More changed within one second than a page holds: the export cannot go past it, a full look can.
    beyond = {"swept_at": None} if page.is_full else {}
    runs.finish(source, run, synced_until=until, **beyond)
    return False


def _hide_closed(source: KnowledgeSource, run: SyncRun, variants: Sequence[Variant]) -> None:
    """Take drafts and restricted articles from contacts before anything else is read: also in the copy that counts
    while a rebuild fills the next one.
    """
    restricted = [variant.id for variant in variants if variant.segment_ids]
    drafts = Q(pk=None)
    for variant in variants:
        if variant.is_draft:
            drafts |= Q(external_id=variant.id, locale=variant.locale)
    now = timezone.now()
    with transaction.atomic():
        public = Article.objects.filter(source=source, edition=source.edition, is_public=True)
        hidden = public.filter(external_id__in=restricted).update(is_public=False, is_restricted=True, hidden_at=now)
        hidden += public.filter(drafts).update(is_public=False, is_draft=True, hidden_at=now)
        if hidden:
            runs.save_step(source, run, Counts(hidden=hidden))


def _store_translations(source: KnowledgeSource, run: SyncRun, center: HelpCenter, page: VariantsPage) -> None:
    """Store the changed articles in all their languages, a few at a time: after a stop the stored ones are skipped."""
    changed = [variant for variant in page.variants if not _is_known(source, run, variant)]
    known = len(page.variants) - len(changed)
    runs.save_step(source, run, Counts(processed=known, problems=list_problems(page.broken)))
    for at in range(0, len(changed), BATCH):
        batch = changed[at : at + BATCH]
        found = {variant.id: center.translations(variant) for variant in batch}
        all_of_them = [one for several in found.values() for one in several]
        ready = clean_changed(source, run.edition, all_of_them, source.hold)
        with transaction.atomic():
            counts = store_articles(source, run.edition, all_of_them, ready)
            counts.processed = len(batch)
            for article_id, several in found.items():
                rows = _live(source, run.edition).filter(external_id=article_id)
                counts.withdrawn += withdraw(rows.exclude(locale__in=[one.locale for one in several]))
            runs.save_step(source, run, counts)


def _is_known(source: KnowledgeSource, run: SyncRun, variant: Variant) -> bool:
    """Whether every language of the article was stored after this change.

    Zendesk tells times in seconds: what was read in the very seconds of a change is read again.
    """
    rows = list(_live(source, run.edition).filter(external_id=variant.id).only("updated_at", "synced_at"))
    at = variant.updated_at
    return at is not None and bool(rows) and all(r.updated_at == at and r.synced_at > at + SETTLED for r in rows)
