"""Keeping problems as the rows say: opened by the first, counted, resolved with the last, opened again."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from opencx_admin.orgs.models import Organization
from ticketing.models import Problem, ProblemSweep
from ticketing.problems.findings import Finding, hour_key, merge
from ticketing.problems.stages import STAGES, Find

log = logging.getLogger("opencx.problems")
State = Problem.State
LEASE = dt.timedelta(seconds=60)
HOURS_KEPT = 48
# What is back so soon after its last row went was tried once more and failed again: the same outbreak goes on.
FAILED_AGAIN = dt.timedelta(minutes=15)
MOST_NEW = 500


def sweep(row: ProblemSweep) -> bool:
    """Look for an organization's causes if this worker wins the due row. True when it looked."""
    if not row.claim(LEASE):
        return False
    blind = refresh(row.organization)
    row.postpone(ProblemSweep.EVERY.total_seconds(), swept_at=timezone.now(), blind=blind, attempts=0)
    return True


def hurry(organization: Organization) -> None:
    """Look again now: somebody acted."""
    ProblemSweep.objects.filter(organization=organization).update(next_attempt_at=timezone.now())


def begin_sweeps() -> int:
    """Give each organization that has none its due row. Returns how many there were."""
    rows = Organization.objects.filter(problem_sweep__isnull=True)[:MOST_NEW]
    now = timezone.now()
    sweeps = [ProblemSweep(organization=row, next_attempt_at=now) for row in rows]
    ProblemSweep.objects.bulk_create(sweeps, ignore_conflicts=True)
    return len(sweeps)


def refresh(organization: Organization, stages: Mapping[str, Find] = STAGES) -> list[str]:
    """Make the problems what the rows say now. Returns the stages that could not be looked at; theirs stay."""
    found, blind = _look(organization, stages)
    kept = {row.fingerprint: row for row in Problem.objects.filter(organization=organization)}
    for fingerprint, finding in found.items():
        row = kept.get(fingerprint)
        if row is None:
            _open(organization, finding)
        else:
            _update(row, finding)
    for row in kept.values():
        if row.fingerprint not in found and row.stage not in blind and (row.count or row.state != State.RESOLVED):
            _resolve(row)
    return blind


def _look(organization: Organization, stages: Mapping[str, Find]) -> tuple[Mapping[str, Finding], list[str]]:
    found: dict[str, Finding] = {}
    blind = []
    for name, find in stages.items():
        try:
            with transaction.atomic():  # a statement that fails here must not spoil the others
                found |= merge(find(organization))
        except Exception:
            log.exception("the stage %s of organization %s could not be looked at", name, organization.pk)
            blind.append(name)
    return found, blind


def _counted(finding: Finding) -> dict[str, Any]:
    return {
        "owner": finding.owner,
        "is_healing": finding.is_healing,
        "count": finding.count,
        "detail": finding.detail,
        "last_seen": finding.last,
    }


def _open(organization: Organization, finding: Finding) -> None:
    try:
        with transaction.atomic():
            Problem.objects.create(
                organization=organization,
                fingerprint=finding.fingerprint,
                stage=finding.stage,
                code=finding.code,
                object=finding.object,
                first_seen=finding.first,
                began_at=finding.first,
                hours=_recent(finding.hours),
                **_counted(finding),
            )
    except IntegrityError:  # another look opened it in this moment; the next one counts
        return


def _update(row: Problem, finding: Finding) -> None:
    """Count again. A resolved one opens again, and so does one whose snooze is over."""
    changes = _counted(finding) | {"hours": _joined(row.hours, finding.hours)}
    if row.state == State.RESOLVED:
        changes |= {"state": State.OPEN, "resolved_at": None, "snoozed_until": None}
        if row.resolved_at is None or row.resolved_at < timezone.now() - FAILED_AGAIN:
            changes |= {
                "began_at": max(finding.first, row.resolved_at or finding.first),
                "comebacks": row.comebacks + 1,
            }
    elif row.state == State.SNOOZED and row.snoozed_until and row.snoozed_until <= timezone.now():
        changes |= {"state": State.OPEN, "snoozed_until": None}
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if changed:  # what a person decided meanwhile stays
        Problem.objects.filter(pk=row.pk, state=row.state).update(**changed)


def _resolve(row: Problem) -> None:
    """Its rows are gone. An ignored one stays ignored: it was meant for what comes back, too."""
    changes: dict[str, Any] = {"count": 0, "hours": _recent(row.hours)}
    if row.state != State.IGNORED:
        changes |= {"state": State.RESOLVED, "resolved_at": timezone.now(), "snoozed_until": None}
    elif not row.count:
        return
    Problem.objects.filter(pk=row.pk, state=row.state).update(**changes)


def _recent(hours: Mapping[str, int]) -> dict[str, int]:
    after = hour_key(timezone.now() - dt.timedelta(hours=HOURS_KEPT))
    return {key: number for key, number in sorted(hours.items()) if key > after}


def _joined(kept: Mapping[str, int], found: Mapping[str, int]) -> dict[str, int]:
    """The highest number of each hour: what was mended still happened."""
    return _recent({key: max(kept.get(key, 0), found.get(key, 0)) for key in {*kept, *found}})


def count_open(organization: Organization) -> int:
    """How many problems need a person: for the navigation."""
    return Problem.objects.filter(organization=organization, state=State.OPEN, is_healing=False).count()
