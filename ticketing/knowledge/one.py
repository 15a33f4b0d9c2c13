"""One article, read now."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.http import Timeouts
from integrations.models import ZendeskConnection
from opencx_admin.orgs import audit
from ticketing.knowledge.storing import clean_changed, store_articles, withdraw
from ticketing.knowledge.sync import is_off, off_text, open_help_center
from ticketing.models import Article, KnowledgeSource

# Somebody waits for the page.
QUICK = Timeouts(connect=3.0, read=6.0)


class NotRead(Exception):
    """The article could not be read; the text says why, for a person. The copy stays as it is."""


def sync_article(source: KnowledgeSource, number: int, *, request: HttpRequest | None = None) -> bool:
    """Read one article in all its languages into the copy. False: it is gone from the Help Center, and from here.

    Raises `NotRead`.
    """
    connection = ZendeskConnection.objects.filter(organization_id=source.organization_id).first()
    if connection is None:
        raise NotRead(_("No Zendesk account is connected."))
    if connection.base_url != source.account:
        raise NotRead(_("The copy is of another account. Sync now begins a new one."))
    center = open_help_center(source, connection, lane=Lane.ASSIST, timeouts=QUICK)
    try:
        center.locales()
    except errors.ProviderError as error:
        raise NotRead(off_text() if is_off(error) else error.sentence) from error
    try:
        variants = center.translations(center.article(number))
    except errors.NotFound:
        variants = []
    except errors.ProviderError as error:
        raise NotRead(error.sentence) from error
    ready = clean_changed(source, source.edition, variants)
    with transaction.atomic():
        edition = KnowledgeSource.objects.select_for_update().get(pk=source.pk).edition
        rows = Article.objects.filter(source=source, external_id=number)
        # A rebuild may have listed it already, as it was before: its copy is the next one to count.
        coming = rows.filter(edition__gt=edition).values_list("edition", flat=True)
        for each in (edition, *coming.distinct()):
            store_articles(source, each, variants, ready)
        withdraw(rows.exclude(locale__in=[variant.locale for variant in variants]))
        after = {"article": number, "languages": len(variants)}
        audit.record(
            source.organization,
            "source.sync_article",
            request=request,
            object_label=str(number),
            object_url="/data-sources/",
            after=after,
        )
    return bool(variants)
