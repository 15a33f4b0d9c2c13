"""The doorbell of office hours: Zendesk's schedules are due to be read."""

from __future__ import annotations

from celery import shared_task

from opencx_admin.due import due
from ticketing.hours import schedules
from ticketing.models import HandoffSettings


@shared_task(name="ticketing.read_schedules")
def read_schedules(pk: int) -> None:
    """The schedules of an organization that follows one are due."""
    row = HandoffSettings.objects.select_related("organization").filter(pk=pk).first()
    if row is not None:
        schedules.advance(row)


def ring_schedules(most: int) -> None:
    """Ring for every organization whose time has come."""
    for pk in due(HandoffSettings.objects.all()).values_list("pk", flat=True)[:most]:
        read_schedules.apply_async((pk,), expires=5)
