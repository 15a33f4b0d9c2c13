"""The doorbell of knowledge: a source is due."""

from __future__ import annotations

from celery import shared_task

from integrations.tasks import ring_again
from integrations.turns import take_turns, turnstile
from opencx_admin.due import due
from ticketing.knowledge import sync
from ticketing.models import KnowledgeSource


@shared_task(name="ticketing.sync_knowledge")
def sync_knowledge(pk: int) -> None:
    """A source is due; after a part of its run it is due again at once."""
    source = KnowledgeSource.objects.filter(pk=pk).first()
    if source is None:
        return
    with turnstile.enter(source.organization_id) as is_in:
        if not is_in:
            return
        sync.advance(source)
    if KnowledgeSource.objects.filter(pk=pk).exists():
        ring_again(sync_knowledge, source, pk)


def ring_sources(most: int) -> None:
    """Ring for every source whose time has come."""
    for pk in take_turns(due(KnowledgeSource.objects.all())).values_list("pk", flat=True)[:most]:
        sync_knowledge.apply_async((pk,), expires=5)
