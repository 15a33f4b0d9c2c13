"""Doorbells of the integrations: each names a row and asks for a look at it now."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any

from celery import Task, shared_task
from django.utils import timezone

from integrations import platform_events
from integrations.doctor import runs as doctor_runs
from integrations.models import DoctorRun, PlatformEvent, ProvisioningRun, WebhookEvent
from integrations.provisioning import drift, runs
from integrations.turns import take_turns, turnstile
from integrations.webhooks import inbox
from opencx_admin.due import Due, due
from opencx_admin.orgs.models import Organization

AT_ONCE = 200
# A row that is due again this soon is rung for on time; for the rest the sweep is exact enough.
SOON = 90.0
# A run of the doctor asks many things: more than two at once in this process would keep handoffs waiting.
doctors = BoundedSemaphore(2)


def ring_again(task: Task[..., Any], row: Due, *args: Any) -> None:
    """Ring when a row that was put off is due again, if that is soon."""
    rows = type(row)._default_manager.filter(pk=row.pk)  # a test's rows may be gone by now
    at = rows.values_list("next_attempt_at", flat=True).first()
    if at is not None:
        wait = (at - timezone.now()).total_seconds()
        if wait <= SOON:
            task.apply_async(args, countdown=max(wait, 0.05))


@shared_task(name="integrations.process_event")
def process_event(pk: int) -> None:
    """A webhook call was stored."""
    event = WebhookEvent.objects.select_related("organization").filter(pk=pk).first()
    if event is None:
        return
    with turnstile.enter(event.organization_id) as is_in:
        if not is_in:
            return
        inbox.process(event)
        ring_again(process_event, event, pk)
        if event.session_ref:
            platform_events.deliver_session(event.organization_id, event.session_ref)


@shared_task(name="integrations.process_events")
def process_events(pks: list[int]) -> None:
    """Webhook calls were stored, one after the other."""
    for pk in pks:
        process_event(pk)


@shared_task(name="integrations.deliver_event")
def deliver_event(pk: int) -> None:
    """An event to the platform is due; its session's next ones follow at once."""
    event = PlatformEvent.objects.select_related("organization").filter(pk=pk).first()
    if event is None:
        return
    with turnstile.enter(event.organization_id) as is_in:
        if not is_in:
            return
        if not platform_events.deliver_event(event):
            ring_again(deliver_event, event, pk)
        elif event.session_ref:
            platform_events.deliver_session(event.organization_id, event.session_ref)


@shared_task(name="integrations.advance_run")
def advance_run(pk: int) -> None:
    """A run on somebody's account is due."""
    run = ProvisioningRun.objects.select_related("organization").filter(pk=pk).first()
    if run is None:
        return
    with turnstile.enter(run.organization_id) as is_in:
        if is_in and not runs.advance(run):
            ring_again(advance_run, run, pk)


@shared_task(name="integrations.check_drift")
def check_drift() -> None:
    """Once an hour: is everything in the provisioned accounts as we left it?"""
    pks = Organization.objects.filter(provisioned_objects__isnull=False).distinct().values_list("pk", flat=True)
    for pk in pks:
        check_organization.delay(pk)


@shared_task(name="integrations.check_organization")
def check_organization(pk: int) -> None:
    """Compare one organization's objects in Zendesk with what they should be."""
    organization = Organization.objects.filter(pk=pk).first()
    if organization is not None:
        drift.check(organization)


@shared_task(name="integrations.advance_doctor")
def advance_doctor(pk: int) -> None:
    """A run of the doctor is due."""
    run = DoctorRun.objects.select_related("organization").filter(pk=pk).first()
    if run is None or not doctors.acquire(blocking=False):
        return
    try:
        if not doctor_runs.advance(run):
            ring_again(advance_doctor, run, pk)
    finally:
        doctors.release()


@shared_task(name="integrations.schedule_doctor")
def schedule_doctor() -> None:
    """Once a minute: whose daily run is due, and whose credentials were refused?"""
    for run in doctor_runs.start_scheduled():
        advance_doctor.delay(run.pk)


def ring_due() -> None:
    """Ring for every due row of this app."""
    for event_pk in take_turns(due(WebhookEvent.objects.all())).values_list("pk", flat=True)[:AT_ONCE]:
        process_event.apply_async((event_pk,), expires=5)
    for event_pk in take_turns(due(PlatformEvent.objects.all())).values_list("pk", flat=True)[:AT_ONCE]:
        deliver_event.apply_async((event_pk,), expires=5)
    for run_pk in take_turns(due(ProvisioningRun.objects.all())).values_list("pk", flat=True)[:AT_ONCE]:
        advance_run.apply_async((run_pk,), expires=5)
    for doctor_pk in take_turns(due(DoctorRun.objects.all())).values_list("pk", flat=True)[:AT_ONCE]:
        advance_doctor.apply_async((doctor_pk,), expires=5)
