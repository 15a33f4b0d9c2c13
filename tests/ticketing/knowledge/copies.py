"""A copy of a Help Center without a Help Center: articles stored as the sync stores them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from integrations.clients.help_center import Variant
from opencx_admin.orgs.models import Organization
from ticketing.knowledge.storing import clean_changed, store_articles
from ticketing.models import Article, KnowledgeSource

ACCOUNT = "https://acme.zendesk.com"


def make_variant(number: int, title: str, body: str | None, locale: str = "en-us", **changes: object) -> Variant:
    """An article as the client reads it: published and for everyone unless said otherwise."""
    at = dt.datetime(2026, 11, 1, 9, 0, tzinfo=dt.UTC)
    return Variant(
        id=number,
        locale=locale,
        title=title,
        url=f"{ACCOUNT}/hc/{locale}/articles/{number}",
        body=body,
        is_draft=bool(changes.get("is_draft", False)),
        segment_ids=(7,) if changes.get("is_restricted") else (),
        section_id=None,
        source_locale="en-us",
        updated_at=at,
        edited_at=at,
    )


@dataclass
class Copy:
    """The organization's source, ready, with what `add` puts in."""

    organization: Organization
    source: KnowledgeSource = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.source = KnowledgeSource.objects.create(
            organization=self.organization,
            account=ACCOUNT,
            state=KnowledgeSource.State.READY,
            locales=["en-us", "de"],
            synced_until=1_790_000_000,
            synced_at=timezone.now(),
            swept_at=timezone.now(),
            next_attempt_at=timezone.now() + dt.timedelta(hours=1),
        )

    def add(
        self,
        title: str,
        body: str | None,
        *,
        number: int = 0,
        locale: str = "en-us",
        edition: int = 1,
        is_draft: bool = False,
        is_restricted: bool = False,
    ) -> Article:
        """Store one article and return its row."""
        self.count += 1
        number = number or 1000 + self.count
        variant = make_variant(number, title, body, locale, is_draft=is_draft, is_restricted=is_restricted)
        ready = clean_changed(self.source, edition, [variant])
        with transaction.atomic():
            store_articles(self.source, edition, [variant], ready)
        return Article.objects.get(source=self.source, edition=edition, external_id=number, locale=locale)
