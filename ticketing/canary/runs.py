"""Starting a round trip, taking it further when it is due, stopping it, and the schedule."""

from __future__ import annotations

import datetime as dt
import logging
import secrets

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients import errors
from integrations.connect import note_refusal
from integrations.models import ZendeskConnection
from opencx_admin.crypto import Undecryptable
from opencx_admin.due import LostClaim
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization, User
from ticketing.canary import cleaning, hops, moving
from ticketing.canary.moving import HOP_OF, Stage, Status
from ticketing.canary.stages import STAGES
from ticketing.failures import Stuck
from ticketing.models import CanaryRun, CanarySchedule
from ticketing.models.handoffs import Owner, owner_of_cause

PREFIX = "opencx-canary-"
MOVING = (Status.QUEUED, Status.WORKING)
FINAL = (errors.Unauthorized, errors.Forbidden, errors.NotFound, errors.Rejected)
TRY_AGAIN = 2.0
NEXT_OF = {Stage.RING: Stage.READ, Stage.READ: Stage.NOTE, Stage.DELIVER: Stage.NOTE}
log = logging.getLogger("opencx.canary")


def start(organization: Organization, *, request: HttpRequest | None = None) -> tuple[CanaryRun, bool]:
    """Begin a round trip, asked for by a person or by the schedule. False with the one that is under way."""
    now = timezone.now()
    person = request.user if request and isinstance(request.user, User) else None
    run = CanaryRun(
        organization=organization,
        session_ref=f"{PREFIX}{secrets.token_hex(8)}",
        hops=hops.begin(hops.all_waiting(), hops.TICKET, now),
        next_attempt_at=now,
        stage_at=now,
        is_scheduled=request is None,
        started_by=person,
        started_label=str(person)[:254] if person else "",
    )
    try:
        with transaction.atomic():
            run.save()
            if request is not None:
                audit.record(
                    organization,
                    "canary.start",
                    request=request,
                    object_label=run.session_ref,
                    object_url=reverse("canary"),
                )
    except IntegrityError:
        found = find_moving(organization)
        if found is None:  # it ended in this moment
            return start(organization, request=request)
        return found, False
    return run, True


def find_moving(organization: Organization) -> CanaryRun | None:
    """The round trip under way."""
    return CanaryRun.objects.filter(organization=organization, status__in=MOVING).first()


def find_last(organization: Organization) -> CanaryRun | None:
    """The last round trip that is over."""
    rows = CanaryRun.objects.filter(organization=organization, status__in=(Status.PASSED, Status.FAILED))
    return rows.order_by("-pk").first()


def find_last_passed(organization: Organization) -> CanaryRun | None:
    """The last round trip that went well."""
    return CanaryRun.objects.filter(organization=organization, status=Status.PASSED).order_by("-pk").first()


def cancel(run: CanaryRun, *, request: HttpRequest) -> bool:
    """Stop it and clean up. False when it is over or being cleaned up already. Who works on it loses its claim."""
    rows = CanaryRun.objects.filter(pk=run.pk, status__in=MOVING).exclude(stage=Stage.CLEAN)
    now = timezone.now()
    found = hops.skip(run.hops, moving.BEFORE_CLEANING, _("stopped"))
    with transaction.atomic():
        if not rows.update(
            stage=Stage.CLEAN,
            stage_at=now,
            outcome=Status.CANCELLED,
            next_attempt_at=now,
            hops=hops.begin(found, hops.CLEANED, now),
        ):
            return False
        audit.record(run.organization, "canary.cancel", request=request, object_label=run.session_ref)
    return True


def advance(run: CanaryRun) -> None:
    """Take a due run as far as it goes now, if this worker wins it."""
    if not run.claim(status=Status.WORKING if run.status == Status.QUEUED else run.status):
        return
    try:
        while run.stage != Stage.OVER:
            wait = STAGES[run.stage](run)
            if wait is not None:
                run.postpone(wait)
                return
    except LostClaim:
        return
    except Exception as error:
        _meet(run, error)


def _meet(run: CanaryRun, error: Exception) -> None:
    """Something went wrong in a stage: try again while it may heal, else its hop has failed and the run goes on."""
    said, owner, is_final, retry_after = _read(run, error)
    try:
        if run.stage == Stage.CLEAN:
            cleaning.put_off(run, said, retry_after)
        elif is_final or moving.is_late(run):
            moving.fail(run, HOP_OF[run.stage], said, owner, then=NEXT_OF.get(Stage(run.stage), Stage.CLEAN))
            run.postpone(0)
        else:
            run.postpone(min(retry_after or TRY_AGAIN, 30), last_error=said)
    except LostClaim:
        return


def _read(run: CanaryRun, error: Exception) -> tuple[str, str, bool, float | None]:
    """A failure's sentence, whose move it is, whether trying again is of no use, and when to try again."""
    if isinstance(error, Stuck):
        return error.detail, owner_of_cause(error.code, has_failed=True), True, None
    if isinstance(error, errors.ProviderError):
        connection = ZendeskConnection.objects.filter(organization_id=run.organization_id).first()
        if isinstance(error, errors.Unauthorized) and connection is not None:
            note_refusal(connection, error)
        return error.sentence, moving.owner_of_error(error), isinstance(error, FINAL), error.retry_after
    if isinstance(error, Undecryptable):
        return str(error), Owner.YOU_HERE, True, None
    log.error("round trip %s met an error", run.pk, exc_info=error)
    return _("It could not be carried out; the log tells more."), Owner.US, True, None


# -- the schedule ------------------------------------------------------------------------------------


def set_schedule(organization: Organization, every: str, *, request: HttpRequest) -> CanarySchedule:
    """Test the round trip by itself from now on, or no more. The first run comes after one period."""
    with transaction.atomic():
        schedule, _made = CanarySchedule.objects.select_for_update().get_or_create(organization=organization)
        before, schedule.every = schedule.every, CanarySchedule.Every(every).value
        now = timezone.now()
        schedule.next_attempt_at = now + schedule.period if schedule.period else None
        schedule.changed_at, schedule.changed_by = now, str(request.user)[:254]
        schedule.save()
        if before != schedule.every:
            audit.record(
                organization,
                "canary.schedule",
                request=request,
                object_label=_("Round trip"),
                object_url=reverse("canary"),
                before={"every": before},
                after={"every": schedule.every},
            )
    return schedule


def start_scheduled(schedule: CanarySchedule) -> CanaryRun | None:
    """Begin the run whose time has come, if this worker wins it; nothing while Zendesk is not connected."""
    if not schedule.claim():
        return None
    period = schedule.period
    run = None
    if period is not None and ZendeskConnection.objects.filter(organization_id=schedule.organization_id).exists():
        run, _is_new = start(schedule.organization)
    schedule.postpone((period or dt.timedelta(days=1)).total_seconds()) if period else schedule.rest()
    return run
