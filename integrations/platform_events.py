"""The signed events to the platform: queued as due rows, sent in the order of their session, retried for a day."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import hooks
from integrations.clients.errors import ProviderError
from integrations.clients.platform import GONE, send_event
from integrations.connect import record_calls
from integrations.models import EventType, PlatformConnection, PlatformEvent
from opencx_admin.due import due
from opencx_admin.net import guarded_session
from opencx_admin.orgs.models import Organization

log = logging.getLogger("opencx.events")
Status = PlatformEvent.Status
DELAYS = (5.0, 15.0, 60.0, 300.0, 900.0)
HOURLY = 3600.0
GIVE_UP_AFTER = dt.timedelta(hours=24)
LEASE = dt.timedelta(seconds=40)
# An event that the platform refuses this often for what is in it lets the later ones of its session pass.
STUBBORN = 4
REFUSALS = (400, 413, 422)
WAIT_FOR_TURN = 2.0
# Replies keep their order among themselves; closing and reopening come after the replies before them.
_STATES = (EventType.AGENT_RESPONSE, EventType.CLOSED, EventType.REOPENED)
WAITS_FOR: dict[str, tuple[str, ...]] = {
    EventType.AGENT_RESPONSE: (EventType.AGENT_RESPONSE,),
    EventType.CLOSED: _STATES,
    EventType.REOPENED: _STATES,
}
OPEN = (Status.QUEUED, Status.WORKING, Status.RETRYING)


def queue_event(
    organization: Organization, event: str, data: dict[str, Any], *, session_ref: str = "", once_key: str
) -> PlatformEvent | None:
    """Store an event to be sent, inside the caller's transaction. None when `once_key` was told already.

    Without an events URL the row is stored all the same and waits, resting, until one is saved.
    """
    body = json.dumps(
        {"event": event, "organization_id": str(organization.pk), "data": data},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    try:
        with transaction.atomic():
            has_url = _has_url(organization)
            return PlatformEvent.objects.create(
                organization=organization,
                event=event,
                session_ref=session_ref,
                once_key=once_key,
                body=body,
                next_attempt_at=timezone.now() if has_url else None,
                last_error="" if has_url else _("No events URL is saved yet."),
            )
    except IntegrityError:
        return None


def _has_url(organization: Organization) -> bool:
    """True when events can go out. A no is said under the lock that `release_waiting` takes after it."""
    found = PlatformConnection.objects.filter(organization=organization).exclude(events_url="")
    if found.exists():
        return True
    _lock(organization)
    return found.exists()


def _lock(organization: Organization) -> None:
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def release_waiting(organization: Organization) -> int:
    """Let the events go that waited for an events URL; called when one is saved."""
    with transaction.atomic():
        _lock(organization)
        rows = PlatformEvent.objects.filter(organization=organization, status=Status.QUEUED, next_attempt_at=None)
        return rows.update(next_attempt_at=timezone.now(), last_error="")


def deliver_event(event: PlatformEvent) -> bool:
    """Send one due event, if this worker wins it and it is its turn. True when the platform took it."""
    turn = _next_turn(event)
    if turn is not None:
        _wait_for_turn(event, turn)
        return False
    first_attempt_at = event.first_attempt_at or timezone.now()
    if not event.claim(LEASE, status=Status.WORKING, first_attempt_at=first_attempt_at):
        return False
    connection = PlatformConnection.objects.filter(organization=event.organization).exclude(events_url="").first()
    if connection is None:
        _wait_for_url(event)
        return False
    try:
        return _attempt(event, connection)
    except Exception:
        log.exception("event %s could not be sent", event.pk)
        _put_off(event, ProviderError(_("It could not be sent; the log tells more.")))
        return False


def _wait_for_turn(event: PlatformEvent, turn: dt.datetime) -> None:
    """Be due when the earlier event is; at once when that one went out meanwhile and could not ring for this one."""
    rows = PlatformEvent.objects.filter(pk=event.pk)
    if rows.filter(next_attempt_at=event.next_attempt_at).update(next_attempt_at=turn) and _next_turn(event) is None:
        rows.filter(next_attempt_at=turn).update(next_attempt_at=timezone.now())


def _wait_for_url(event: PlatformEvent) -> None:
    with transaction.atomic():
        if _has_url(event.organization):
            event.postpone(0, status=Status.QUEUED)
        else:
            event.rest(status=Status.QUEUED, first_attempt_at=None, last_error=_("No events URL is saved yet."))


def _attempt(event: PlatformEvent, connection: PlatformConnection) -> bool:
    observe = record_calls(event.organization, "platform", f"event:{event.pk}")
    session = guarded_session(settings.OUTBOUND_ALLOW_HOSTS)
    try:
        answer = send_event(
            connection.events_url,
            connection.signing_secret.reveal(),
            event.webhook_id,
            event.body,
            at=timezone.now(),
            session=session,
            observe=observe,
        )
    except ProviderError as error:
        _put_off(event, error)
        return False
    now = timezone.now()
    event.rest(status=Status.DELIVERED, delivered_at=now, last_status=answer.status, last_ms=answer.ms, last_error="")
    PlatformConnection.objects.filter(pk=connection.pk).update(proven_at=now)
    _ring_next(event)
    return True


def _put_off(event: PlatformEvent, error: ProviderError) -> None:
    """Be due again after 5 s, 15 s, 1 min, 5 min, 15 min, then hourly for 24 h; 410 ends it at once."""
    changes = {"last_status": error.status, "last_error": error.sentence}
    began = event.first_attempt_at or timezone.now()
    if error.status == GONE or timezone.now() - began >= GIVE_UP_AFTER:
        with transaction.atomic():
            if event.rest(status=Status.FAILED, **changes):
                for tell in hooks.event_lost:
                    tell(event)
        _ring_next(event)
        return
    delay = DELAYS[event.attempts - 1] if event.attempts <= len(DELAYS) else HOURLY
    event.postpone(delay, status=Status.RETRYING, **changes)
    if _is_stubborn(event):
        _ring_next(event)


def _is_stubborn(event: PlatformEvent) -> bool:
    """True when the platform cannot take this very event, so that the later ones of its session need not wait."""
    return event.attempts >= STUBBORN and event.last_status in REFUSALS


def _next_turn(event: PlatformEvent) -> dt.datetime | None:
    """When to look again while an earlier event of the session is on its way; None when it is this one's turn.

    Replies arrive in the order they were written. The earlier event rings this one when it is done.
    """
    behind = WAITS_FOR.get(event.event, ())
    if not event.session_ref or not behind:
        return None
    earlier = PlatformEvent.objects.filter(
        organization_id=event.organization_id,
        session_ref=event.session_ref,
        pk__lt=event.pk,
        status__in=OPEN,
        event__in=behind,
    ).order_by("pk")
    soon = timezone.now() + dt.timedelta(seconds=WAIT_FOR_TURN)
    for row in earlier:
        if not _is_stubborn(row):
            return max(soon, row.next_attempt_at or soon)
    return None


def _ring_next(event: PlatformEvent) -> None:
    if event.session_ref:
        PlatformEvent.objects.filter(
            organization_id=event.organization_id,
            session_ref=event.session_ref,
            pk__gt=event.pk,
            status=Status.QUEUED,
            next_attempt_at__gt=timezone.now(),
        ).update(next_attempt_at=timezone.now())


def deliver_session(organization_id: int, session_ref: str) -> int:
    """Send the session's due events in order, until none is due or one must wait. Returns how many went."""
    rows = PlatformEvent.objects.select_related("organization").filter(
        organization_id=organization_id, session_ref=session_ref
    )
    delivered = 0
    while (event := due(rows).order_by("pk").first()) is not None and deliver_event(event):
        delivered += 1
    return delivered


def retry(event: PlatformEvent) -> bool:
    """Queue a failed or retrying event again, now. False when it is neither."""
    rows = PlatformEvent.objects.filter(pk=event.pk, status__in=(Status.FAILED, Status.RETRYING))
    return bool(rows.update(status=Status.QUEUED, next_attempt_at=timezone.now(), first_attempt_at=None, attempts=0))


def send_test_event(connection: PlatformConnection) -> PlatformEvent:
    """Store a test event and send it now, through the real path; the outcome is on the row. It is not retried."""
    event = PlatformEvent.objects.create(
        organization=connection.organization,
        event=EventType.TEST,
        once_key=f"test:{timezone.now().timestamp()}",
        next_attempt_at=timezone.now(),
        body=json.dumps(
            {
                "event": EventType.TEST,
                "organization_id": str(connection.organization_id),
                "data": {"timestamp": timezone.now().isoformat(), "message": "A test event from Settings."},
            }
        ),
    )
    deliver_event(event)
    event.refresh_from_db()
    if event.status == Status.RETRYING:
        event.rest(status=Status.FAILED)
    return event
