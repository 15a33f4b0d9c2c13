"""The job: it queues each row once, a few at a time, and can be stopped between any two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone

from integrations.models import PlatformEvent, WebhookEvent
from opencx_admin.due import LostClaim
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import User
from ticketing.models import Handoff, ReplayItem, ReplayJob, TicketUpdate
from ticketing.problems.keeping import hurry
from ticketing.replay.judging import Judge, do_again, find_rows
from ticketing.replay.planning import Plan

Status, State, Kind = ReplayJob.Status, ReplayItem.State, ReplayItem.Kind
AT_ONCE, PAUSE = 20, 1.0
LEASE = dt.timedelta(seconds=60)
RUNNING = (Status.QUEUED, Status.WORKING)


def start(request: HttpRequest, plan: Plan) -> ReplayJob:
    """Store the job with exactly the rows of the plan, and who asked for it."""
    person = request.user if isinstance(request.user, User) else None
    doing, choice = plan.doing, plan.choice
    with transaction.atomic():
        job = ReplayJob.objects.create(
            organization=_organization(request),
            problem=choice.problem,
            label=choice.label[:254],
            included=sorted(plan.included),
            left_out=plan.left_out,
            total=len(doing),
            actor=person,
            actor_label=str(person or "")[:254],
            next_attempt_at=timezone.now(),
        )
        items = [ReplayItem(job=job, kind=step.kind, object_id=str(step.row.pk)) for step in doing]
        ReplayItem.objects.bulk_create(items, batch_size=200)
        _record(request, job, "replay.start", {"rows": job.total, "left_out": job.left_out, "overruled": job.included})
    return job


def _organization(request: HttpRequest) -> Any:
    return request.org  # type: ignore[attr-defined]


def cancel(request: HttpRequest, job: ReplayJob) -> bool:
    """Stop after the row that is under way. False when it has ended."""
    with transaction.atomic():
        rows = ReplayJob.objects.filter(pk=job.pk, status__in=RUNNING)
        if not rows.update(status=Status.CANCELLED, next_attempt_at=None, ended_at=timezone.now()):
            return False
        done = job.items.exclude(state=State.WAITING).count()
        _record(request, job, "replay.cancel", {"done": done, "rows": job.total})
    return True


def _record(request: HttpRequest, job: ReplayJob, action: str, after: dict[str, Any]) -> None:
    audit.record(
        job.organization,
        action,
        request=request,
        object_label=job.label,
        object_url=job.get_absolute_url(),
        after=after,
    )


def advance(job: ReplayJob) -> bool:
    """A few rows of a due job, if this worker wins it. True when it is over."""
    if not job.claim(LEASE, status=Status.WORKING):
        return False
    items = list(job.items.filter(state=State.WAITING)[:AT_ONCE])
    judge = Judge(job.organization)
    try:
        for item in items:
            _replay(job, item, judge)
    except LostClaim:  # it was cancelled, or another worker took it over
        return False
    if job.items.filter(state=State.WAITING).exists():
        job.postpone(PAUSE, attempts=0)
        return False
    job.rest(status=Status.DONE, ended_at=timezone.now())
    hurry(job.organization)
    return True


def _replay(job: ReplayJob, item: ReplayItem, judge: Judge) -> None:
    """Queue the row and note it, both or neither. What changed since the plan is respected."""
    with transaction.atomic():
        job.hold(LEASE)
        row = find_rows(job.organization, item.kind).filter(pk=item.object_id).first()
        why = judge.why_not(item.kind, row) if row is not None else ""
        if row is None:
            state = State.NOT_NEEDED
        elif why and why not in job.included:
            state = State.LEFT_OUT
        else:
            state = State.REPLAYED if do_again(item.kind, row) else State.NOT_NEEDED
        ReplayItem.objects.filter(pk=item.pk).update(state=state, why=why)


def count_states(job: ReplayJob) -> dict[str, int]:
    """How many of the job's rows are in which state."""
    return dict(job.items.order_by().values_list("state").annotate(n=Count("pk")))


def count_outcomes(job: ReplayJob) -> dict[str, int]:
    """What became of the replayed rows since, by status."""
    found: dict[str, int] = {}
    models: dict[str, tuple[Any, str]] = {
        Kind.HANDOFF: (Handoff, "status"),
        Kind.MESSAGE: (TicketUpdate, "status"),
        Kind.EVENT: (PlatformEvent, "status"),
        Kind.CALL: (WebhookEvent, "result"),
    }
    for kind, (model, column) in models.items():
        keys = list(job.items.filter(kind=kind, state=State.REPLAYED).values_list("object_id", flat=True))
        for part in _chunks(keys):
            rows = model.objects.filter(organization=job.organization, pk__in=part).order_by()
            for status, number in rows.values_list(column).annotate(n=Count("pk")):
                name = "delivered" if status == TicketUpdate.Status.DONE else status
                found[name] = found.get(name, 0) + number
    return found


def _chunks(keys: Collection[str]) -> list[list[str]]:
    """Lists that a database takes in one query."""
    rows = list(keys)
    return [rows[at : at + 500] for at in range(0, len(rows), 500)]
