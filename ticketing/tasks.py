"""Doorbells of ticketing: each names a row and asks for a look at it now. Losing one costs time, never work."""

from __future__ import annotations

import datetime as dt
from typing import Any

from celery import Task, shared_task
from django.db.models import Q
from django.utils import timezone

from integrations import platform_events
from integrations import tasks as integration_tasks
from integrations.models import EventResult, ProviderCall, WebhookEvent
from integrations.turns import take_turns, turnstile
from opencx_admin.due import due
from opencx_admin.orgs.models import Organization
from ticketing import handoff as handoffs
from ticketing import reconcile as reconciliation
from ticketing import updates
from ticketing.alerts.tasks import ring_alerts
from ticketing.assist.tasks import ring_cases
from ticketing.canary import runs as canary_runs
from ticketing.fields import tasks as field_tasks
from ticketing.hours.tasks import ring_schedules
from ticketing.knowledge.runs import prune as prune_runs
from ticketing.knowledge.tasks import ring_sources
from ticketing.models import (
    AssistCase,
    CanaryRun,
    CanarySchedule,
    Handoff,
    Problem,
    ReconcileRun,
    ReplayJob,
    SentAlert,
    Session,
)
from ticketing.problems.tasks import ring_sweeps
from ticketing.replay.tasks import ring_replays

AT_ONCE = 200
MOST_AGAIN = 50  # minutes, before the next hour begins
KEEP_CALLS = dt.timedelta(days=90)
KEEP_WEBHOOKS = dt.timedelta(days=30)


def ring(task: Task[..., Any], *args: Any) -> None:
    """Ring a doorbell; a broker that is down costs time only."""
    task.delay(*args)


@shared_task(name="ticketing.advance_handoff")
def advance_handoff(pk: str) -> None:
    """A handoff is due."""
    row = Handoff.objects.select_related("organization", "session__contact").filter(pk=pk).first()
    if row is None:
        return
    with turnstile.enter(row.organization_id) as is_in:
        if not is_in:
            return
        if handoffs.advance(row) is None:
            integration_tasks.ring_again(advance_handoff, row, pk)
            return
    ring_session(row.session_id)


@shared_task(name="ticketing.ring_session")
def ring_session(session_id: int) -> None:
    """Something of this session may be due: updates of its ticket, calls that waited for it, its events."""
    session = Session.objects.filter(pk=session_id).first()
    if session is None:
        return
    with turnstile.enter(session.organization_id) as is_in:
        if not is_in:
            return
        updates.advance_session(session_id)
        platform_events.deliver_session(session.organization_id, session.external_id)
    waiting = WebhookEvent.objects.filter(organization_id=session.organization_id)
    named = Q(session_ref=session.external_id) | Q(external_id=session.external_id)
    for call in due(waiting.filter(named))[:AT_ONCE]:
        integration_tasks.process_event.delay(call.pk)


@shared_task(name="ticketing.advance_canary")
def advance_canary(pk: int) -> None:
    """A round trip is due; what it waits for is rung for too."""
    run = CanaryRun.objects.select_related("organization").filter(pk=pk).first()
    if run is None:
        return
    with turnstile.enter(run.organization_id) as is_in:
        if not is_in:
            return
        canary_runs.advance(run)
    session = Session.objects.filter(organization_id=run.organization_id, external_id=run.session_ref).first()
    if session is not None:
        for handoff_pk in due(Handoff.objects.filter(session=session)).values_list("pk", flat=True):
            advance_handoff.delay(str(handoff_pk))
        ring_session.delay(session.pk)
    if run.is_over_unrung:  # was it changed in Zendesk? The hourly comparison would tell late
        integration_tasks.check_organization.delay(run.organization_id)
    integration_tasks.ring_again(advance_canary, run, pk)


@shared_task(name="ticketing.start_canary")
def start_canary(pk: int) -> None:
    """A scheduled round trip is due."""
    schedule = CanarySchedule.objects.select_related("organization").filter(pk=pk).first()
    run = canary_runs.start_scheduled(schedule) if schedule else None
    if run is not None:
        advance_canary.delay(run.pk)


@shared_task(name="ticketing.ring_due")
def ring_due() -> None:
    """The sweep: ring for every row whose time has come."""
    for pk in take_turns(due(Handoff.objects.all())).values_list("pk", flat=True)[:AT_ONCE]:
        advance_handoff.apply_async((str(pk),), expires=5)
    for session_id in updates.list_due_sessions(AT_ONCE):
        ring_session.apply_async((session_id,), expires=5)
    for run_pk in due(CanaryRun.objects.all()).values_list("pk", flat=True)[:AT_ONCE]:
        advance_canary.apply_async((run_pk,), expires=5)
    for schedule_pk in due(CanarySchedule.objects.all()).values_list("pk", flat=True)[:AT_ONCE]:
        start_canary.apply_async((schedule_pk,), expires=5)
    field_tasks.ring_due()
    ring_sources(AT_ONCE)
    ring_cases(AT_ONCE)
    ring_sweeps(AT_ONCE)
    ring_replays(AT_ONCE)
    ring_schedules(AT_ONCE)
    ring_alerts(AT_ONCE)
    integration_tasks.ring_due()


@shared_task(name="ticketing.reconcile")
def reconcile(again: int = 0) -> None:
    """Once an hour: what did no call tell us? What a rate limit left over is looked at in a minute."""
    organizations = list(Organization.objects.filter(zendesk__isnull=False))
    counts = reconciliation.Counts()
    for event_pk in reconciliation.reconcile(organizations, counts):
        integration_tasks.deliver_event.delay(event_pk)
    if counts.unfinished and again < MOST_AGAIN:
        reconcile.apply_async((again + 1,), countdown=60)


@shared_task(name="ticketing.prune")
def prune() -> None:
    """Delete what is kept long enough: calls of ours and Assist’s cases after 90 days, webhook calls after 30."""
    now = timezone.now()
    ProviderCall.objects.filter(at__lt=now - KEEP_CALLS).delete()
    prune_runs(now - KEEP_CALLS)
    AssistCase.objects.filter(created_at__lt=now - KEEP_CALLS, next_attempt_at=None).delete()
    SentAlert.objects.filter(created_at__lt=now - KEEP_CALLS, next_attempt_at=None).delete()
    CanaryRun.objects.filter(finished_at__lt=now - KEEP_CALLS, next_attempt_at=None).delete()
    ReconcileRun.objects.filter(ended_at__lt=now - KEEP_CALLS).delete()
    ReplayJob.objects.filter(ended_at__lt=now - KEEP_CALLS).delete()
    Problem.objects.filter(resolved_at__lt=now - KEEP_CALLS, state=Problem.State.RESOLVED).delete()
    done = WebhookEvent.objects.filter(received_at__lt=now - KEEP_WEBHOOKS, next_attempt_at=None)
    done.exclude(result__in=(EventResult.NO_MATCH, EventResult.FAILED)).delete()
