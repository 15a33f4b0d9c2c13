"""Runs: each act on the account, begun by a person, done by the worker, one at a time per organization."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients.errors import Forbidden, NotFound, ProviderError, Rejected, Unauthorized
from integrations.connect import note_refusal
from integrations.models import ObjectKind, ProvisionedObject, ProvisioningRun
from integrations.provisioning import plan as plans
from integrations.provisioning.acting import perform
from integrations.provisioning.addresses import Addresses
from integrations.provisioning.items import Plan
from integrations.provisioning.job import Job, Stop
from integrations.provisioning.prove import last_proof
from integrations.provisioning.reading import connection_of, say
from integrations.provisioning.steps import FAILED, SKIPPED, WAITING, WORKING, Action, Step, plan_steps, test_step
from opencx_admin.crypto import Undecryptable
from opencx_admin.due import LostClaim, backoff
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization, User

log = logging.getLogger("opencx.provisioning")
LEASE = dt.timedelta(seconds=60)
# So long a run waits for a Zendesk that does not answer; then it fails, and the next one goes on from there.
GIVE_UP_AFTER = dt.timedelta(minutes=15)
MOVING = (ProvisioningRun.Status.QUEUED, ProvisioningRun.Status.WORKING)
# So often Zendesk is told one new URL, hour by hour, before a person must act.
MOST_ROTATIONS = 24
FINAL = (Forbidden, NotFound, Rejected, Unauthorized)


class PlanChanged(Exception):
    """The account is not any more what the plan showed; look again."""


def find_moving(organization: Organization) -> ProvisioningRun | None:
    """The run that is under way."""
    return ProvisioningRun.objects.filter(organization=organization, status__in=MOVING).first()


def find_last(organization: Organization) -> ProvisioningRun | None:
    """The newest run."""
    return ProvisioningRun.objects.filter(organization=organization).first()


def start(
    organization: Organization,
    action: str,
    kinds: Collection[str] | None = None,
    *,
    request: HttpRequest | None,
    seen: str = "",
) -> tuple[ProvisioningRun, bool]:
    """Begin a run, or meet the one that is under way (then False). The caller rings `advance_run`.

    `request` is None when no person asked but a program did.

    `seen` is the fingerprint of the plan that the person looked at. Raises `PlanChanged` when the account has
    another one by now. What cannot be done, or need not, is a run that is over at once.
    """
    moving = find_moving(organization)
    if moving is not None:
        return moving, False
    plan = plans.build(organization, tells_who=False)
    if seen and plan.items and plan.fingerprint != seen:
        raise PlanChanged(_("Somebody changed the account in Zendesk after this plan was made. Look at it again."))
    rows = list(ProvisionedObject.objects.filter(organization=organization))
    steps = plan_steps(action, plan, rows, kinds, is_proven=last_proof(organization) is not None)
    try:
        with transaction.atomic():
            run = _create(organization, action, steps, plan, request)
            _audit_start(run, request)
    except IntegrityError:
        moving = find_moving(organization)
        if moving is None:  # it ended in this moment
            return start(organization, action, kinds, request=request, seen=seen)
        return moving, False
    return run, True


def _create(
    organization: Organization, action: str, steps: list[Step], plan: Plan, request: HttpRequest | None
) -> ProvisioningRun:
    problem = plan.problem if plan.problem or plan.may_manage else _("Our user may not manage webhooks and triggers.")
    is_over = bool(problem) or all(step.is_over for step in steps)
    now, person = timezone.now(), request.user if request and isinstance(request.user, User) else None
    status = ProvisioningRun.Status.QUEUED
    if is_over:
        status = ProvisioningRun.Status.FAILED if problem else ProvisioningRun.Status.DONE
    return ProvisioningRun.objects.create(
        organization=organization,
        action=action,
        kinds=list(dict.fromkeys(step.kind for step in steps)),
        status=status,
        steps=[step.to_json() for step in steps],
        problem=problem,
        actor=person,
        actor_label=str(person)[:254] if person else "system",
        finished_at=now if is_over else None,
        next_attempt_at=None if is_over else now,
    )


def start_rotation(organization: Organization, *, request: HttpRequest | None = None) -> ProvisioningRun | None:
    """Have the worker tell Zendesk the present URL; inside the caller's transaction, with the new address.

    None when the webhook is not ours, or while another run moves: that one begins this one at its end.
    """
    row = ProvisionedObject.objects.filter(organization=organization, kind=ObjectKind.WEBHOOK, is_gone=False).first()
    if row is None or connection_of(organization.pk) is None or find_moving(organization) is not None:
        return None
    steps = [Step(row.kind, "patch", row.title, external_id=row.external_id), test_step(Plan())]
    steps[1].title = row.title
    person = request.user if request and isinstance(request.user, User) else None
    try:
        with transaction.atomic():
            run = ProvisioningRun.objects.create(
                organization=organization,
                action=Action.ROTATE,
                kinds=[row.kind],
                steps=[step.to_json() for step in steps],
                actor=person,
                actor_label=str(person)[:254] if person else "system",
                next_attempt_at=timezone.now(),
            )
            _audit_start(run, request)
    except IntegrityError:
        return None
    return run


def _audit_start(run: ProvisioningRun, request: HttpRequest | None) -> None:
    audit.record(
        run.organization,
        f"provisioning.{run.action}",
        request=request,
        object_label=_("Objects in Zendesk"),
        after={
            "objects": [step["title"] for step in run.steps if step["status"] == WAITING],
            "result": run.problem or str(ProvisioningRun.Status(run.status).label),
        },
    )


def advance(run: ProvisioningRun) -> bool:
    """Do a run to its end; False when it was put off, since Zendesk does not answer now."""
    if not run.is_moving or not run.claim(LEASE, status=ProvisioningRun.Status.WORKING):
        return run.next_attempt_at is None
    steps = [Step.read(row) for row in run.steps]
    try:
        _perform(run, steps)
    except LostClaim:
        return True
    except Stop as stop:
        return _fail(run, steps, str(stop))
    except Undecryptable:
        return _fail(run, steps, _("A stored secret cannot be opened with the present keys."))
    except ProviderError as error:
        return _put_off(run, steps, error)
    except Exception:
        log.exception("provisioning run %s met an error", run.pk)
        return _fail(run, steps, _("It could not be done; the log tells more."))
    run.rest(
        status=ProvisioningRun.Status.DONE,
        steps=[step.to_json() for step in steps],
        finished_at=timezone.now(),
        last_error="",
    )
    _follow_rotation(run)
    return True


def _perform(run: ProvisioningRun, steps: list[Step]) -> None:
    connection = connection_of(run.organization_id)
    if connection is None:
        raise Stop(_("No Zendesk account is connected."))
    job = Job(run, connection, steps, LEASE)
    try:
        for step in steps:
            if not step.is_over:
                perform(job, step)
    except Unauthorized as error:
        note_refusal(connection, error)
        raise


def _put_off(run: ProvisioningRun, steps: list[Step], error: ProviderError) -> bool:
    """A refusal ends the run with Zendesk's words; silence and trouble put it off, for a while."""
    words = say(error)
    if isinstance(error, FINAL) or timezone.now() - run.created_at > GIVE_UP_AFTER:
        return _fail(run, steps, words)
    for step in steps:
        if step.status == WORKING:
            step.said = words
    run.postpone(error.retry_after or backoff(run.attempts), last_error=words, steps=[step.to_json() for step in steps])
    return False


def _fail(run: ProvisioningRun, steps: list[Step], problem: str) -> bool:
    """Stop at the step that was refused; what comes after it is left undone."""
    current = next((step for step in steps if not step.is_over), None)
    if current is not None:
        current.status, current.said = FAILED, problem
    for step in steps:
        if not step.is_over:
            step.status = SKIPPED
    with transaction.atomic():
        is_ours = run.rest(
            status=ProvisioningRun.Status.FAILED,
            problem=problem,
            steps=[step.to_json() for step in steps],
            finished_at=timezone.now(),
            last_error=problem,
        )
        if is_ours:
            audit.record(
                run.organization,
                f"provisioning.{run.action}",
                actor_label=run.actor_label,
                object_label=current.title if current else _("Objects in Zendesk"),
                after={"result": problem},
            )
    _follow_rotation(run)
    return True


def _follow_rotation(run: ProvisioningRun) -> None:
    """The URL was replaced while the run was under way: tell Zendesk the present one now."""
    if run.action != Action.ROTATE or run.status != ProvisioningRun.Status.FAILED:
        follow_rotation(run.organization)


def follow_rotation(organization: Organization, *, request: HttpRequest | None = None) -> ProvisioningRun | None:
    """Begin the run that tells Zendesk the present URL, if the one we told it last is another; else None.

    Asked at each rotation, at the end of each run, and once an hour: whichever died, one of them makes it good.
    """
    row = ProvisionedObject.objects.filter(organization=organization, kind=ObjectKind.WEBHOOK).first()
    if row is None:
        return None
    addresses = Addresses(organization)
    if row.written.get("endpoint") == addresses.hide(addresses.current.url):
        return None
    tries = ProvisioningRun.objects.filter(
        organization=organization, action=Action.ROTATE, created_at__gte=addresses.current.created_at
    )
    return start_rotation(organization, request=request) if tries.count() < MOST_ROTATIONS else None
