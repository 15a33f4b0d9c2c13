"""What a person does with a source: add it, choose how often, sync, rebuild, decide what is missing, remove it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from integrations.models import SunshineConnection, ZendeskConnection
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization
from ticketing.knowledge import runs
from ticketing.knowledge.steps import delete_articles
from ticketing.models import Article, KnowledgeSource, SyncRun

Ask, Cadence, State = KnowledgeSource.Ask, KnowledgeSource.Cadence, KnowledgeSource.State
URL = "/data-sources/"
DELETE_AT_ONCE = 500


def find_source(organization: Organization) -> KnowledgeSource | None:
    """The organization's Help Center, when it was added."""
    return KnowledgeSource.objects.filter(organization=organization, kind=KnowledgeSource.Kind.HELP_CENTER).first()


@transaction.atomic
def add_source(
    organization: Organization, cadence: str = Cadence.HOURLY, *, request: HttpRequest | None = None
) -> KnowledgeSource:
    """Add the Help Center of the connected account; its first sync is due now. Adding it twice gives the first."""
    connection = ZendeskConnection.objects.filter(organization=organization).first()
    source, is_new = KnowledgeSource.objects.get_or_create(
        organization=organization,
        kind=KnowledgeSource.Kind.HELP_CENTER,
        defaults={
            "cadence": cadence,
            "account": connection.base_url if connection else "",
            "next_attempt_at": timezone.now(),
        },
    )
    if is_new:
        after = {"account": source.account, "cadence": source.cadence}
        _record(source, "source.add", request, after=after)
    return source


@transaction.atomic
def set_cadence(source: KnowledgeSource, cadence: str, *, request: HttpRequest | None = None) -> None:
    """Look for changes hourly, daily or by hand. A resting source is due by the new one, counted from its last run."""
    before = source.cadence
    if before == cadence:
        return
    rows = KnowledgeSource.objects.filter(pk=source.pk)
    rows.update(cadence=cadence)
    source.cadence = cadence
    period = runs.PERIODS.get(Cadence(cadence))
    due_at = max((source.synced_at or timezone.now()) + period, timezone.now()) if period else None
    rows.filter(state__in=(State.READY, State.FAILED)).update(next_attempt_at=due_at)
    _record(source, "source.cadence", request, before={"cadence": before}, after={"cadence": cadence})


@transaction.atomic
def ask(source: KnowledgeSource, what: KnowledgeSource.Ask, *, request: HttpRequest | None = None) -> None:
    """Ask for a run now; when one is under way it follows."""
    if what in (Ask.ACCEPT_SWEEP, Ask.ACCEPT_REBUILD):
        _close_question(source)
    runs.wake(source.pk, what)
    _record(source, f"source.{what}", request)


@transaction.atomic
def keep_missing(source: KnowledgeSource, *, request: HttpRequest | None = None) -> None:
    """A person says that what a full look did not find stays; the next one asks again if it is still missing."""
    if _close_question(source):
        _record(source, "source.keep_missing", request)


def open_question(source: KnowledgeSource) -> SyncRun | None:
    """The full run whose missing articles a person must decide about: the last full one, when it asks."""
    last = source.runs.exclude(kind=SyncRun.Kind.INCREMENTAL).order_by("-pk").first()
    return last if last is not None and last.state == SyncRun.State.ASKING else None


def remove_source(source: KnowledgeSource, *, request: HttpRequest | None = None) -> None:
    """Delete the source with its copy; the worker that is at it stops at its next step."""
    with transaction.atomic():
        count = Article.objects.filter(source=source, edition=source.edition, withdrawn_at=None).count()
        _record(source, "source.remove", request, before={"account": source.account, "articles": count})
        # From here on nothing of it is found, whatever happens to the rest of the deletion.
        rows = KnowledgeSource.objects.filter(pk=source.pk)
        rows.update(edition=0, is_on=False, next_attempt_at=None)
    rest = Article.objects.filter(source=source)
    while keys := list(rest.values_list("pk", flat=True)[:DELETE_AT_ONCE]):
        delete_articles(keys)
    source.delete()


def queue_waiting(connection: ZendeskConnection | SunshineConnection) -> None:
    """After the credentials of Ticketing were verified: a source that they stopped is due now."""
    if isinstance(connection, ZendeskConnection):
        stopped = KnowledgeSource.objects.filter(organization_id=connection.organization_id, state=State.FAILED)
        for pk in stopped.values_list("pk", flat=True):
            runs.wake(pk)


def _close_question(source: KnowledgeSource) -> bool:
    question = open_question(source)
    if question is None:
        return False
    return bool(SyncRun.objects.filter(pk=question.pk, state=SyncRun.State.ASKING).update(state=SyncRun.State.STOPPED))


def _record(
    source: KnowledgeSource,
    action: str,
    request: HttpRequest | None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    label = str(source.get_kind_display())
    audit.record(
        source.organization, action, request=request, object_label=label, object_url=URL, before=before, after=after
    )
