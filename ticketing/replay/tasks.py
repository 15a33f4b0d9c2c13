"""The doorbell of replays. Losing one costs time, never a row."""

from __future__ import annotations

from celery import shared_task

from integrations.turns import take_turns
from opencx_admin.due import due
from ticketing.models import ReplayJob
from ticketing.replay.jobs import advance


@shared_task(name="ticketing.replay")
def replay_some(pk: int) -> None:
    """A replay is due. What it queues is due itself, and the sweep rings for that."""
    job = ReplayJob.objects.select_related("organization").filter(pk=pk).first()
    if job is not None:
        advance(job)


def ring_replays(most: int) -> None:
    """Ring for what is due; part of the sweep."""
    for pk in take_turns(due(ReplayJob.objects.all())).values_list("pk", flat=True)[:most]:
        replay_some.apply_async((pk,), expires=5)
