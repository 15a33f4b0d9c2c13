"""The doorbell of problems. Losing one costs time, never a problem."""

from __future__ import annotations

from celery import shared_task

from integrations.turns import take_turns
from opencx_admin.due import due
from ticketing.models import ProblemSweep
from ticketing.problems.keeping import begin_sweeps, sweep


@shared_task(name="ticketing.sweep_problems")
def sweep_problems(pk: int) -> None:
    """An organization's causes are due to be looked for."""
    row = ProblemSweep.objects.select_related("organization").filter(pk=pk).first()
    if row is not None:
        sweep(row)


def ring_sweeps(most: int) -> None:
    """Ring for what is due; part of the sweep."""
    begin_sweeps()
    for pk in take_turns(due(ProblemSweep.objects.all())).values_list("pk", flat=True)[:most]:
        sweep_problems.apply_async((pk,), expires=25)
