"""Runs: each is begun by a person or the schedule, carried out by the worker, and kept."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.doctor import registry
from integrations.doctor.finding import PROBLEM, UNKNOWN, US, Finding, read_finding
from integrations.doctor.registry import Context, Subject
from integrations.models import DoctorRun, ZendeskConnection
from opencx_admin.due import LostClaim
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization, User

log = logging.getLogger("opencx.doctor")
LEASE = dt.timedelta(seconds=90)
DAY = dt.timedelta(days=1)
# A check that kills its worker again and again must not keep the others from being asked.
MOST_TRIES = 4
# So long a run that follows a repair waits for it.
PATIENCE = dt.timedelta(minutes=2)
LOOK_AGAIN = 1.0
KEPT, KEPT_PARTS = 30, 60
Status = DoctorRun.Status
MOVING = (Status.QUEUED, Status.WORKING)


def start(
    organization: Organization,
    subject: Subject | None = None,
    part: str = "",
    *,
    request: HttpRequest | None = None,
    is_after_repair: bool = False,
) -> tuple[DoctorRun, bool]:
    """Begin a run, or meet the one of the same scope that is under way (then False). The caller rings.

    Without a request it is the schedule's.
    """
    subject = subject or Subject()
    person = request.user if request and isinstance(request.user, User) else None
    run = DoctorRun(
        organization=organization,
        subject_kind=subject.kind,
        subject_ref=subject.ref,
        part=part,
        checks=_choose(subject, part, is_after_repair=is_after_repair),
        is_after_repair=is_after_repair,
        is_scheduled=request is None,
        actor=person,
        actor_label=str(person)[:254] if person else "",
        next_attempt_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            run.save()
            if request is not None and not is_after_repair:
                label = f"{subject.kind} {subject.ref}".strip() or part or _("Everything")
                audit.record(
                    organization, "doctor.run", request=request, object_label=label, object_url=reverse("doctor")
                )
    except IntegrityError:
        found = find_moving(organization, subject, part)
        if found is None:  # it ended in this moment
            return start(organization, subject, part, request=request, is_after_repair=is_after_repair)
        return found, False
    return run, True


def _choose(subject: Subject, part: str, *, is_after_repair: bool) -> list[str]:
    """The ids to ask. After a repair: every check that the same repair mends."""
    chosen = registry.list_checks(subject, part)
    if is_after_repair and chosen:
        chosen = [check for check in registry.list_checks(subject) if check.repair is chosen[0].repair]
    return [check.id for check in chosen]


def find_moving(
    organization: Organization, subject: Subject | None = None, part: str | None = None
) -> DoctorRun | None:
    """The run under way for this subject, of this part when one is named."""
    rows = list_runs(organization, subject or Subject()).filter(status__in=MOVING)
    return (rows if part is None else rows.filter(part=part)).first()


def list_runs(organization: Organization, subject: Subject) -> QuerySet[DoctorRun]:
    """The runs of one subject, newest first."""
    return DoctorRun.objects.filter(organization=organization, subject_kind=subject.kind, subject_ref=subject.ref)


def advance(run: DoctorRun) -> bool:
    """Carry a run out, one check after the other; False when it was put off."""
    if not run.is_moving or not run.claim(LEASE, status=Status.WORKING):
        return run.next_attempt_at is None
    context = Context(run.organization, Subject(run.subject_kind, run.subject_ref))
    if _waits_for_repair(run, context):
        run.postpone(LOOK_AGAIN, attempts=0)
        return False
    context.findings = {row["id"]: read_finding(row) for row in run.findings}
    try:
        for check_id in run.checks:
            if check_id not in context.findings:
                _ask(run, check_id, context)
    except LostClaim:
        return True
    run.rest(status=Status.DONE, finished_at=timezone.now())
    prune(run.organization)
    return True


def _ask(run: DoctorRun, check_id: str, context: Context) -> None:
    """Ask one check and keep its finding at once."""
    check = registry.find(check_id)
    if check is None:  # of a former version of this program
        run.hold(LEASE, checks=[one for one in run.checks if one != check_id])
        return
    if run.attempts > MOST_TRIES:
        said = _("It could not be carried out: the worker was stopped %(n)s times.") % {"n": run.attempts - 1}
        finding = Finding(check.id, str(check.question), UNKNOWN, said, US)
        context.findings[check.id] = finding
    else:
        finding = registry.ask(check, context)
    run.hold(
        LEASE,
        findings=[*run.findings, finding.to_json()],
        verdicts={**run.verdicts, check.id: finding.verdict},
    )


def _waits_for_repair(run: DoctorRun, context: Context) -> bool:
    check = registry.find(run.part) if run.is_after_repair else None
    if check is None or check.repair is None or timezone.now() - run.created_at > PATIENCE:
        return False
    return check.repair.is_under_way(context)


def prune(organization: Organization) -> None:
    """Keep the last runs: 30 of everything, 60 of parts and single subjects."""
    rows = DoctorRun.objects.filter(organization=organization, status=Status.DONE)
    whole = Q(subject_kind="", part="")
    for some, number in ((rows.filter(whole), KEPT), (rows.exclude(whole), KEPT_PARTS)):
        old = list(some.order_by("-pk").values_list("pk", flat=True)[number : number + 500])
        DoctorRun.objects.filter(pk__in=old).delete()


def start_scheduled() -> list[DoctorRun]:
    """Begin the runs whose time has come: everything once a day, the credentials after their first 401."""
    now = timezone.now()
    started = []
    last = Max("organization__doctor_runs__created_at", filter=Q(organization__doctor_runs__subject_kind="") & _whole())
    asked = Max("organization__doctor_runs__created_at", filter=Q(organization__doctor_runs__subject_kind=""))
    rows = ZendeskConnection.objects.select_related("organization").annotate(last=last, asked=asked)
    for connection in rows.filter(Q(last=None) | Q(last__lt=now - DAY)):
        started.append(start(connection.organization))
    for connection in rows.filter(refused_at__isnull=False, last__isnull=False, last__gte=now - DAY):
        if connection.asked < connection.refused_at:
            started.append(start(connection.organization, part="credentials"))
    return [run for run, is_new in started if is_new]


def _whole() -> Q:
    return Q(organization__doctor_runs__part="")


def sum_up(verdicts: Iterable[str]) -> str:
    """One verdict for many: the worst that says something."""
    found = set(verdicts)
    return next((one for one in (PROBLEM, "warning", "ok") if one in found), UNKNOWN)
