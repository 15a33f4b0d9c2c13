"""Is it time to raise an alert, or to say that it is over? Each rule is a due row, read once a minute."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from opencx_admin.orgs.models import Heartbeat, Organization
from opencx_admin.orgs.times import span_text
from ticketing.alerts.measures import MEASURES, Reading
from ticketing.models import AlertChannel, AlertKind, AlertRule, SentAlert

EVERY = 60.0
WORKER = "worker"
What = SentAlert.What


def make_rules(channel: AlertChannel) -> None:
    """Every kind, with its first values, for a new channel."""
    now = timezone.now()
    AlertRule.objects.bulk_create(
        AlertRule(
            organization_id=channel.organization_id,
            channel=channel,
            kind=kind,
            threshold=measure.threshold,
            minutes=measure.minutes,
            next_attempt_at=now,
        )
        for kind, measure in MEASURES.items()
    )


def check(rule: AlertRule) -> SentAlert | None:
    """Read a due rule, if this worker wins it, and queue what it has to say."""
    if not rule.claim():
        return None
    if not rule.is_on:
        rule.rest()
        return None
    reading = MEASURES[rule.kind].read(rule)
    with transaction.atomic():
        queued, changes = _decide(rule, reading)
        if rule.postpone(EVERY, attempts=0, checked_at=timezone.now(), **changes):
            return queued
        transaction.set_rollback(True)  # another worker holds the rule by now, and says it itself
    return None


def _decide(rule: AlertRule, reading: Reading) -> tuple[SentAlert | None, dict[str, Any]]:
    """The message, if any, and how the rule stands after it."""
    now = timezone.now()
    if reading.number < rule.threshold:
        told = rule.firing_since is not None and rule.is_told
        over = _queue(rule, What.RECOVERY, rule.firing_since, _write_over(rule)) if told and rule.firing_since else None
        return over, {"firing_since": None, "is_told": False}
    since = rule.firing_since or now
    if rule.is_told or rule.is_quiet:
        return None, {"firing_since": since}
    return _queue(rule, What.ALERT, since, reading), {"firing_since": since, "is_told": True, "alerted_at": now}


def _write_over(rule: AlertRule) -> Reading:
    since = rule.firing_since or timezone.now()
    text = _("It lasted %(span)s.") % {"span": span_text((timezone.now() - since).total_seconds())}
    return Reading(0, MEASURES[rule.kind].over(rule.organization), text)


def _queue(rule: AlertRule, what: str, since: dt.datetime, reading: Reading) -> SentAlert | None:
    """Store the message, due now. None when it was stored before."""
    try:
        with transaction.atomic():
            return SentAlert.objects.create(
                organization_id=rule.organization_id,
                channel=rule.channel,
                kind=rule.kind,
                what=what,
                once_key=f"rule:{rule.pk}:{since.timestamp():.6f}:{what}",
                title=reading.title[:300],
                text=reading.text,
                url=f"{settings.PUBLIC_URL}{MEASURES[rule.kind].path}",
                number=reading.number,
                address=str(rule.channel)[:500],
                next_attempt_at=timezone.now(),
            )
    except IntegrityError:
        return None


def notice_silence() -> list[SentAlert]:
    """The worker does not answer, and a web process saw it: queue the alerts that the worker cannot.

    Once per silence: the key is the worker's last heartbeat. Returns what is to be sent right here.
    """
    beat_at = Heartbeat.objects.filter(name=WORKER).values_list("beat_at", flat=True).first()
    if beat_at is None:
        return []
    age = timezone.now() - beat_at
    rows = AlertRule.objects.filter(kind=AlertKind.WORKER_SILENT, is_on=True, is_told=False)
    queued = []
    for rule in rows.select_related("organization", "channel"):
        if age < rule.window or rule.is_quiet:
            continue
        title = _("The worker is silent for %(span)s") % {"span": span_text(age.total_seconds())}
        text = _("Handoffs and replies wait until it runs again. Nothing is lost. Look at the process “serve”.")
        alert = _queue(rule, What.ALERT, beat_at, Reading(1, title, text))
        if alert is not None:
            changes = {"firing_since": beat_at, "is_told": True, "alerted_at": timezone.now()}
            AlertRule.objects.filter(pk=rule.pk).update(**changes)
            queued.append(alert)
    return queued


def make_test(channel: AlertChannel, organization: Organization) -> SentAlert:
    """A test message, due now, that says it is one."""
    return SentAlert.objects.create(
        organization=organization,
        channel=channel,
        what=What.TEST,
        once_key=f"test:{channel.pk}:{timezone.now().timestamp():.6f}",
        title=_("A test alert"),
        text=_("Nothing is wrong. Somebody pressed “Send a test”."),
        url=f"{settings.PUBLIC_URL}/settings/alerts/",
        address=str(channel)[:500],
        next_attempt_at=timezone.now(),
    )
