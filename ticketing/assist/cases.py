"""The rows of Assist: a bell makes one, reading the ticket tells its comment, a comment is considered once in 48 hours.

`comment_id` is null until the ticket was read, and then one row a ticket takes every bell. A bell that comes while
the ticket is being read moves `rung_at`, so that the reading is not taken for newer than it is.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from integrations.models import SunshineConnection, ZendeskConnection
from opencx_admin.due import LostClaim
from opencx_admin.orgs.models import Organization
from ticketing.assist.deciding import PASSING, WINDOW, Rules, Seen
from ticketing.models import AssistCase, AssistReason, AssistSettings

Status = AssistCase.Status
MOVING = (Status.QUEUED, Status.WORKING, Status.RETRYING)
RESTING = (Status.QUIET, Status.FAILED)
# What a person mends in the credentials; the next Verify queues it again.
WAIT_FOR_VERIFY = (
    AssistReason.NOT_CONNECTED,
    AssistReason.CREDENTIALS_REJECTED,
    AssistReason.PERMISSION_MISSING,
)


def find_settings(organization: Organization) -> AssistSettings:
    """The organization's settings; those of a new one, not stored, when it never saved any."""
    found = AssistSettings.objects.filter(organization=organization).first()
    return found or AssistSettings(organization=organization)


def is_on(organization: Organization) -> bool:
    """True while Assist is on."""
    return AssistSettings.objects.filter(organization=organization, is_enabled=True).exists()


def read_rules(organization: Organization) -> Rules:
    """What the organization wants now."""
    wanted = find_settings(organization)
    return Rules(wanted.is_enabled, wanted.only_sourced, tuple(wanted.statuses), tuple(wanted.topics))


def note_bell(organization: Organization, ticket_id: int) -> AssistCase:
    """Zendesk rang for a ticket opened there: have it read, now. Many bells before the reading are one row."""
    for _try in range(3):
        now = timezone.now()
        unread = AssistCase.objects.filter(organization=organization, ticket_id=ticket_id, comment_id=None)
        unread.filter(status__in=RESTING).update(
            status=Status.QUEUED, reason="", detail="", next_attempt_at=now, queued_at=now, attempts=0
        )
        if unread.update(rung_at=now):
            row = unread.first()
            if row is not None:
                return row
        try:
            with transaction.atomic():
                return AssistCase.objects.create(organization=organization, ticket_id=ticket_id, next_attempt_at=now)
        except IntegrityError:
            continue
    return AssistCase.objects.filter(organization=organization, ticket_id=ticket_id).latest("pk")


def settle(case: AssistCase, seen: Seen) -> bool:
    """Tell the row its comment. False when it has none of its own to consider: the comment's own row counts the bell.

    Raises `LostClaim`.
    """
    if case.comment_id is not None:
        return True
    now = timezone.now()
    mine = AssistCase.objects.filter(pk=case.pk, next_attempt_at=case.next_attempt_at, rung_at=case.rung_at)
    with transaction.atomic():
        rows = AssistCase.objects.select_for_update()
        of_it = rows.filter(organization_id=case.organization_id, ticket_id=case.ticket_id, comment_id=seen.newest_id)
        known = of_it.order_by("-round").first()
        if known is not None and not is_over(known, now):
            is_done = bool(mine.delete()[0])
            if is_done:
                _count_bell(known, case, now)
        else:
            number = known.round + 1 if known else 1
            changes = {"comment_id": seen.newest_id, "round": number, "subject": seen.subject[:300]}
            is_done = bool(mine.update(**changes))
            if is_done:
                case.comment_id, case.round, case.subject = seen.newest_id, number, seen.subject[:300]
                return True
    if not is_done and not case.postpone(0, status=Status.QUEUED):  # it rang again meanwhile: read again
        raise LostClaim(f"Assist case {case.pk}")
    return False


def is_over(known: AssistCase, now: dt.datetime) -> bool:
    """True when the comment may be considered once more: its 48 hours are over."""
    return known.done_at is not None and known.done_at <= now - WINDOW


def _count_bell(known: AssistCase, case: AssistCase, now: dt.datetime) -> None:
    """Zendesk rang for a comment that was considered: count it, and consider anew only what can have changed."""
    rows = AssistCase.objects.filter(pk=known.pk)
    rows.update(repeats=F("repeats") + 1, rung_at=case.rung_at)
    again = rows.filter(status=Status.FAILED) | rows.filter(status=Status.QUIET, reason__in=PASSING)
    again.update(**_queued(now))


def _queued(now: dt.datetime) -> dict[str, object]:
    changes = {"status": Status.QUEUED, "reason": "", "detail": "", "last_error": ""}
    return {**changes, "next_attempt_at": now, "queued_at": now, "attempts": 0, "done_at": None}


def retry(case: AssistCase) -> bool:
    """Queue a failed or retrying case again, now. False when it is neither."""
    rows = AssistCase.objects.filter(pk=case.pk, status__in=(Status.FAILED, Status.RETRYING))
    return bool(rows.update(**_queued(timezone.now())))


def queue_waiting(connection: ZendeskConnection | SunshineConnection) -> None:
    """The credentials were verified: queue what they stopped within the last 48 hours."""
    now = timezone.now()
    rows = AssistCase.objects.filter(organization_id=connection.organization_id, status=Status.FAILED)
    rows.filter(reason__in=WAIT_FOR_VERIFY, created_at__gte=now - WINDOW).update(**_queued(now))
