"""Doorbells of AI fields: each names a row. Losing one costs time, never work."""

from __future__ import annotations

from celery import shared_task

from integrations.turns import take_turns, turnstile
from opencx_admin.due import due
from ticketing.fields import backfill, readings
from ticketing.models import FieldBackfill, FieldReading

AT_ONCE = 50


@shared_task(name="ticketing.read_fields")
def read_fields(pk: int) -> None:
    """Fields or past tickets are due to be read."""
    row = FieldReading.objects.select_related("organization").filter(pk=pk).first()
    if row is None:
        return
    with turnstile.enter(row.organization_id) as is_in:
        if is_in:
            readings.advance(row)


@shared_task(name="ticketing.fill_blanks")
def fill_blanks(pk: int) -> None:
    """Blanks of existing tickets are due to be filled."""
    row = FieldBackfill.objects.select_related("organization").filter(pk=pk).first()
    if row is None:
        return
    with turnstile.enter(row.organization_id) as is_in:
        if not is_in or not backfill.advance(row):
            return
    fill_blanks.delay(pk)


def ring_due() -> None:
    """Ring for what is due; part of the sweep."""
    for pk in take_turns(due(FieldReading.objects.all())).values_list("pk", flat=True)[:AT_ONCE]:
        read_fields.apply_async((pk,), expires=5)
    for pk in take_turns(due(FieldBackfill.objects.all())).values_list("pk", flat=True)[:AT_ONCE]:
        fill_blanks.apply_async((pk,), expires=5)
