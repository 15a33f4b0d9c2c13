"""What each kind of alert counts, and how it says so. Every query is the organization's own, round trips left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import (
    EndpointKind,
    PlatformEvent,
    ProvisionedObject,
    SunshineConnection,
    WebhookEvent,
    ZendeskConnection,
)
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.times import span_text
from ticketing.canary.apart import handoffs_of, leave_out
from ticketing.models import (
    AgentReply,
    AlertKind,
    AlertRule,
    CanaryRun,
    Handoff,
    KnowledgeSource,
    SessionStatus,
)

WEEKS, USUAL_WEEKS = 4, 3
RECENT = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reading:
    """`number` is what the threshold is held against; `title` says it, `text` says what to do."""

    number: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Measure:
    """How a kind is read, the page that shows it, its first values, and the words when it is over."""

    read: Callable[[AlertRule], Reading]
    path: str
    threshold: int
    minutes: int
    over: Callable[[Organization], str]


def _say_span(rule: AlertRule) -> str:
    return span_text(rule.minutes * 60)


def _handoffs(rule: AlertRule) -> Reading:
    since = timezone.now() - rule.window
    rows = handoffs_of(rule.organization).filter(status=Handoff.Status.FAILED, ended_at__gte=since)
    n = rows.count()
    title = ngettext("%(n)s handoff failed", "%(n)s handoffs failed", n) % {"n": n}
    text = _("Within %(span)s. A person must act before these contacts are seen in Zendesk.")
    return Reading(n, title, text % {"span": _say_span(rule)})


def _handoffs_over(org: Organization) -> str:
    n = handoffs_of(org).filter(status=Handoff.Status.FAILED).count()
    waiting = ngettext("%(n)s failed handoff waits for a person.", "%(n)s failed handoffs wait for a person.", n)
    return f"{_('No more handoffs fail.')} {waiting % {'n': n} if n else _('None waits for a person.')}"


def lost_replies(rule: AlertRule) -> int:
    """Replies that were given up or refused, or that wait longer than the rule's minutes."""
    now, statuses = timezone.now(), PlatformEvent.Status
    late = Q(event__created_at__lt=now - rule.window) & ~Q(event__status=statuses.DELIVERED)
    refused = Q(receipt=AgentReply.Receipt.FAILED, session__status=SessionStatus.OPEN)
    rows = AgentReply.objects.filter(
        Q(event__status=statuses.FAILED) | late | refused, organization=rule.organization, found_at__gte=now - RECENT
    )
    return leave_out(rows, rule.organization).count()


def _replies(rule: AlertRule) -> Reading:
    n = lost_replies(rule)
    title = ngettext(
        "%(n)s reply has not reached its contact", "%(n)s replies have not reached their contacts", n
    ) % {"n": n}  # fmt: skip
    text = _("OpenCX or the contact’s channel refused them, or they wait for longer than %(span)s.")
    return Reading(n, title, text % {"span": _say_span(rule)})


def _credentials(rule: AlertRule) -> Reading:
    until = timezone.now() - rule.window
    refused = [
        name
        for name, model in (("Ticketing", ZendeskConnection), ("Messaging", SunshineConnection))
        if model._default_manager.filter(organization=rule.organization, refused_at__lte=until).exists()
    ]
    title = _("Zendesk refuses our credentials: %(names)s") % {"names": ", ".join(refused)}
    return Reading(len(refused), title, _("Nothing can be written or read until they are renewed and verified."))


def _drift(rule: AlertRule) -> Reading:
    until = timezone.now() - rule.window
    n = ProvisionedObject.objects.filter(organization=rule.organization, drift_found_at__lte=until).count()
    title = ngettext(
        "%(n)s object of ours was changed in Zendesk", "%(n)s objects of ours were changed in Zendesk", n
    ) % {"n": n}  # fmt: skip
    return Reading(n, title, _("Replies may come late while a webhook or a trigger is not as it should be."))


def _canary(rule: AlertRule) -> Reading:
    rows = CanaryRun.objects.filter(organization=rule.organization, finished_at__isnull=False)
    last = rows.exclude(status=CanaryRun.Status.CANCELLED).order_by("-pk").first()
    is_red = last is not None and last.status == CanaryRun.Status.FAILED
    text = _("A test ticket did not come through the whole way. Its page names the hop.")
    return Reading(int(is_red), _("The round trip failed"), text)


def count_usual(org: Organization, window: dt.timedelta, now: dt.datetime) -> list[int]:
    """How many webhook calls came in the same span of each of the last four weeks, newest week first."""
    calls = WebhookEvent.objects.filter(organization=org, kind=EndpointKind.ZENDESK)
    ends = [now - dt.timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    return [calls.filter(received_at__gt=end - window, received_at__lte=end).count() for end in ends]


def _silence(rule: AlertRule) -> Reading:
    """Silent: nothing came, though in three of the last four weeks at least the threshold came at this hour."""
    now, org = timezone.now(), rule.organization
    calls = WebhookEvent.objects.filter(organization=org, kind=EndpointKind.ZENDESK, received_at__gt=now - rule.window)
    if calls.exists():
        return Reading(0, "", "")
    usual = sorted(count_usual(org, rule.window, now), reverse=True)[USUAL_WEEKS - 1]
    title = _("No call from Zendesk for %(span)s") % {"span": _say_span(rule)}
    text = _("In three of the last four weeks at least %(n)s came at this hour. A trigger may be off.")
    return Reading(usual, title, text % {"n": usual})


def _worker(rule: AlertRule) -> Reading:
    """The worker reads this itself, so what it can see is the gap it left behind it."""
    now = timezone.now()
    gap = now - (rule.checked_at or now)
    title = _("The worker was silent for %(span)s") % {"span": span_text(gap.total_seconds())}
    return Reading(int(gap > rule.window), title, _("It works again and catches up. Nothing is lost, only late."))


def _healed(rule: AlertRule) -> Reading:
    since = timezone.now() - rule.window
    rows = AgentReply.objects.filter(organization=rule.organization, found_by="reconcile", found_at__gte=since)
    n = leave_out(rows, rule.organization).count()
    title = ngettext("%(n)s reply was found late", "%(n)s replies were found late", n) % {"n": n}
    text = _("No webhook call told of them; our own check found them. They are delivered, the pipe is not sound.")
    return Reading(n, title, text)


def _knowledge(rule: AlertRule) -> Reading:
    rows = KnowledgeSource.objects.filter(
        organization=rule.organization, is_on=True, state=KnowledgeSource.State.FAILED
    )
    n = rows.count()
    title = ngettext(
        "%(n)s data source is not up to date", "%(n)s data sources are not up to date", n
    ) % {"n": n}  # fmt: skip
    return Reading(n, title, _("Answers rest on the copy that was read last."))


MEASURES: dict[str, Measure] = {
    AlertKind.HANDOFF_FAILED: Measure(_handoffs, "/handoffs/", 1, 15, _handoffs_over),
    AlertKind.REPLY_UNDELIVERED: Measure(
        _replies, "/handoffs/?lost=reply", 1, 10, lambda _org: _("No reply is missing any more.")
    ),
    AlertKind.CREDENTIALS_REFUSED: Measure(
        _credentials, "/settings/integrations/", 1, 1, lambda _org: _("Zendesk takes our credentials again.")
    ),
    AlertKind.DRIFT: Measure(
        _drift,
        "/settings/integrations/zendesk/objects/",
        1,
        1,
        lambda _org: _("Our objects in Zendesk are as they should be."),
    ),
    AlertKind.CANARY: Measure(_canary, "/canary/", 1, 1, lambda _org: _("The round trip passed again.")),
    AlertKind.SILENCE: Measure(_silence, "/webhooks/", 5, 60, lambda _org: _("Zendesk calls again.")),
    AlertKind.WORKER_SILENT: Measure(_worker, "/", 1, 5, lambda _org: _("The worker is at work again.")),
    AlertKind.HEALED: Measure(_healed, "/webhooks/", 1, 60, lambda _org: _("No more replies are found late.")),
    AlertKind.KNOWLEDGE: Measure(
        _knowledge, "/data-sources/", 1, 1, lambda _org: _("Every data source is up to date.")
    ),
}
