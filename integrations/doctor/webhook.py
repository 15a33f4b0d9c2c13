"""Does Zendesk ring, at the right address, and are its calls taken?"""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.activity import NEEDS_PERSON
from integrations.doctor.finding import HERE, IN_ZENDESK, Finding, ok, problem, unknown, warning
from integrations.doctor.registry import Check, Context
from integrations.doctor.repair_calls import PARK, REPLAY_CALLS, parking_endpoints
from integrations.doctor.repair_objects import MEND_WEBHOOK
from integrations.models import EndpointKind, ObjectKind, ProvisionedObject, WebhookEndpoint, WebhookEvent
from integrations.standing import last_refusal, stale_endpoint
from opencx_admin.orgs.times import moment_text

LATELY = dt.timedelta(days=7)
DAY = dt.timedelta(days=1)
# Zendesk stops calling a webhook when most of its calls fail within five minutes, or more than a thousand do.
# https://developer.zendesk.com/documentation/webhooks/monitoring-webhooks/
BREAKER = dt.timedelta(minutes=5)
HALF, FEWEST = 0.5, 10
FAMILY = "replies"


def _called(context: Context) -> Finding:
    rows = WebhookEndpoint.objects.filter(organization=context.organization, kind=EndpointKind.ZENDESK)
    endpoint = rows.filter(is_current=True).first()
    last = endpoint.last_called_at if endpoint else None
    if last is None:
        steps = _("Set the webhook and its triggers up under Settings › Integrations › Zendesk › Objects.")
        return unknown(_("No call has ever come."), IN_ZENDESK, steps)
    evidence = _("The last call came %(when)s.") % {"when": moment_text(last)}
    return ok(evidence) if timezone.now() - last < LATELY else unknown(evidence)


def _old(context: Context) -> Finding:
    stale = stale_endpoint(context.organization)
    if stale is None:
        return ok(_("No replaced URL was called in the last 7 days."))
    evidence = ngettext(
        "The old URL was called %(when)s, %(n)s time since it was replaced.",
        "The old URL was called %(when)s, %(n)s times since it was replaced.",
        stale.calls_after_rotation,
    )
    words = {"when": moment_text(stale.last_called_at or timezone.now()), "n": stale.calls_after_rotation}
    rows = ProvisionedObject.objects.filter(organization=context.organization, kind=ObjectKind.WEBHOOK)
    label = _("Repair in Zendesk") if rows.exists() else ""
    fix = _("Copy the new URL into the webhook in Zendesk.")
    return problem(evidence % words, IN_ZENDESK, fix, repair=label)


def _refused(context: Context) -> Finding:
    rows = WebhookEndpoint.objects.filter(organization=context.organization, kind=EndpointKind.ZENDESK)
    refused_at = last_refusal(context.organization)
    if refused_at and timezone.now() - refused_at < DAY:
        evidence = _("A call was refused with 401 %(when)s, and none was taken since.")
        evidence %= {"when": moment_text(refused_at)}
        return problem(evidence, HERE, _("Enter the webhook’s signing secret again."))
    if not any(row.signing_secret for row in rows.filter(is_current=True)):
        return unknown(_("Not checked: no signing secret is known."))
    return ok(_("No call was refused in the last day, or one was taken since."))


def _calls(context: Context) -> Finding:
    since = timezone.now() - DAY
    calls = WebhookEvent.objects.filter(organization=context.organization, received_at__gte=since)
    lost = calls.filter(result__in=NEEDS_PERSON).count()
    if not lost:
        return ok(_("%(n)s calls, none needs a person.") % {"n": calls.count()})
    evidence = ngettext("%(n)s call needs a person.", "%(n)s calls need a person.", lost) % {"n": lost}
    counted = calls.filter(result__in=NEEDS_PERSON).order_by().values("reason").annotate(n=Count("pk"))
    facts = tuple((str(row["reason"] or _("failed")), str(row["n"])) for row in counted)
    able = calls.filter(result__in=NEEDS_PERSON).exclude(ticket_id="").exists()
    fix = _("See Webhook activity › Needs a person.")
    return problem(evidence, HERE, fix, facts=facts, repair=_("Replay") if able else "")


def _breaker(context: Context) -> Finding:
    """Which share of our own answers of the last five minutes was an error."""
    since = timezone.now() - BREAKER
    calls = WebhookEvent.objects.filter(
        organization=context.organization, kind=EndpointKind.ZENDESK, received_at__gte=since
    )
    total, bad = calls.count(), calls.filter(http_status__gte=500).count()
    parked_since = parking_endpoints(context).aggregate(at=Min("parks_since"))["at"]
    if parked_since is not None:
        parked = WebhookEvent.objects.filter(
            organization=context.organization, result__in=NEEDS_PERSON, received_at__gte=parked_since, http_status=200
        ).count()
        words = {"when": moment_text(parked_since), "n": parked}
        evidence = _("What matches nothing is accepted and parked since %(when)s: %(n)s calls.")
        fix = _("Mend the trigger’s body, match what was parked, then turn this off.")
        return warning(evidence % words, HERE, fix, repair=_("Stop parking"))
    words = {"bad": bad, "total": total}
    if total < FEWEST:
        return ok(_("%(bad)s of %(total)s answers in the last 5 minutes were errors.") % words)
    evidence = _("%(bad)s of %(total)s answers in the last 5 minutes were errors: Zendesk stops calling above half.")
    fix = _("Repair the body of the trigger, so that its calls name a ticket.")
    park = _("Accept and park")
    if bad / total > HALF:
        return problem(evidence % words, HERE, fix, repair=park)
    if bad / total > HALF / 2:
        return warning(evidence % words, HERE, fix, repair=park)
    return ok(_("%(bad)s of %(total)s answers in the last 5 minutes were errors.") % words)


def activity_place() -> str:
    """The calls that wait for a person."""
    return f"{reverse('webhooks')}?view=person"


WAITS = gettext_lazy("Agents’ public replies do not reach the contact.")
CHECKS = (
    Check(
        "webhook.called",
        FAMILY,
        gettext_lazy("Has Zendesk called our webhook lately?"),
        WAITS,
        gettext_lazy("No call in a week: nothing rings, or nobody answered in that time."),
        gettext_lazy("Send a test call under Objects, or test the round trip with a ticket of its own."),
        _called,
        rows=(4,),
        place=lambda: reverse("zendesk-objects"),
    ),
    Check(
        "webhook.old_url",
        FAMILY,
        gettext_lazy("Does Zendesk call the present URL only?"),
        gettext_lazy("Zendesk’s activity shows 4xx (410) for calls to our webhook."),
        gettext_lazy("The URL was replaced here, and the webhook in Zendesk still has the old one."),
        gettext_lazy("Repair the webhook: its endpoint is set to the present URL."),
        _old,
        rows=(9,),
        repair=MEND_WEBHOOK,
        place=lambda: reverse("zendesk-webhook"),
    ),
    Check(
        "webhook.signature",
        FAMILY,
        gettext_lazy("Are the calls signed as they should be?"),
        gettext_lazy("Zendesk’s activity shows 4xx (401) for calls to our webhook."),
        gettext_lazy("The signing secret in Zendesk is not the one that we know."),
        gettext_lazy("Copy the signing secret from the webhook in Zendesk, and enter it under Webhook."),
        _refused,
        rows=(9,),
        place=lambda: reverse("zendesk-webhook"),
    ),
    Check(
        "webhook.calls",
        FAMILY,
        gettext_lazy("Did every call of the last day find its session?"),
        gettext_lazy("Zendesk’s activity shows 5xx for calls to our webhook."),
        gettext_lazy("The body lacked ticket_id or external_id, or no session matches the ticket."),
        gettext_lazy("Repair the trigger’s body, match by hand what has no session, and replay the rest."),
        _calls,
        rows=(10,),
        repair=REPLAY_CALLS,
        place=activity_place,
    ),
    Check(
        "webhook.breaker",
        FAMILY,
        gettext_lazy("Is Zendesk’s breaker far away?"),
        gettext_lazy("Suddenly no reply arrives any more, for all tickets."),
        gettext_lazy("Zendesk stops calling a webhook for a while when over half of its calls fail in 5 minutes."),
        gettext_lazy("Accept and park them until the body is mended: they are kept, and answered 200."),
        _breaker,
        rows=(19,),
        repair=PARK,
        place=activity_place,
    ),
)
