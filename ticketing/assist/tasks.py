"""The doorbell of Assist: a case is due."""

from __future__ import annotations

from celery import shared_task

from integrations.tasks import ring_again
from integrations.turns import take_turns, turnstile
from opencx_admin.due import due
from ticketing.assist import drafting
from ticketing.models import AssistCase


@shared_task(name="ticketing.advance_assist")
def advance_assist(pk: int) -> None:
    """A ticket opened in Zendesk is due to be considered."""
    case = AssistCase.objects.select_related("organization").filter(pk=pk).first()
    if case is None:
        return
    with turnstile.enter(case.organization_id) as is_in:
        if not is_in:
            return
        drafting.advance(case)
    if AssistCase.objects.filter(pk=pk).exists():
        ring_again(advance_assist, case, pk)


def ring_cases(most: int) -> None:
    """Ring for every case whose time has come."""
    for pk in take_turns(due(AssistCase.objects.all())).values_list("pk", flat=True)[:most]:
        advance_assist.apply_async((pk,), expires=5)
