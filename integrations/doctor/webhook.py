"""Does Zendesk ring, at the right address, and are its calls taken?"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.activity import NEEDS_PERSON
from integrations.doctor import objects
from integrations.doctor.finding import OK, PROBLEM, UNKNOWN, Finding
from integrations.models import EndpointKind, WebhookEndpoint, WebhookEvent
from integrations.standing import last_refusal, stale_endpoint
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.times import moment_text

LATELY = dt.timedelta(days=7)
DAY = dt.timedelta(days=1)


def examine(organization: Organization) -> list[Finding]:
    """The address, its signature, what became of the last day's calls, and the objects in Zendesk that make them."""
    rows = WebhookEndpoint.objects.filter(organization=organization, kind=EndpointKind.ZENDESK)
    return [
        _called(rows.filter(is_current=True).first()),
        _old(organization),
        _refused(organization, list(rows)),
        _calls(organization),
        *objects.examine(organization),
    ]


def _called(endpoint: WebhookEndpoint | None) -> Finding:
    asked = ("webhook.called", _("Has Zendesk called our webhook lately?"))
    last = endpoint.last_called_at if endpoint else None
    if last is None:
        steps = _("Set the webhook and its triggers up under Settings › Integrations › Zendesk › Objects.")
        return Finding(*asked, UNKNOWN, _("No call has ever come."), "you_zendesk", steps)
    evidence = _("The last call came %(when)s.") % {"when": moment_text(last)}
    return Finding(*asked, OK if timezone.now() - last < LATELY else UNKNOWN, evidence)


def _old(organization: Organization) -> Finding:
    asked = ("webhook.old_url", _("Does Zendesk call the present URL only?"))
    stale = stale_endpoint(organization)
    if stale is None:
        return Finding(*asked, OK, _("No replaced URL was called in the last 7 days."))
    evidence = _("The old URL was called %(when)s.") % {"when": moment_text(stale.last_called_at or timezone.now())}
    return Finding(*asked, PROBLEM, evidence, "you_zendesk", _("Copy the new URL into the webhook in Zendesk."))


def _refused(organization: Organization, rows: list[WebhookEndpoint]) -> Finding:
    asked = ("webhook.signature", _("Are the calls signed as they should be?"))
    refused_at = last_refusal(organization)
    if refused_at and timezone.now() - refused_at < DAY:
        evidence = _("A call was refused with 401 %(when)s, and none was taken since.")
        evidence %= {"when": moment_text(refused_at)}
        return Finding(*asked, PROBLEM, evidence, "you_here", _("Enter the webhook’s signing secret again."))
    if not any(row.is_current and row.signing_secret for row in rows):
        return Finding(*asked, UNKNOWN, _("Not checked: no signing secret is known."))
    return Finding(*asked, OK, _("No call was refused in the last day, or one was taken since."))


def _calls(organization: Organization) -> Finding:
    asked = ("webhook.calls", _("Did every call of the last day find its session?"))
    calls = WebhookEvent.objects.filter(organization=organization, received_at__gte=timezone.now() - DAY)
    lost = calls.filter(result__in=NEEDS_PERSON).count()
    if lost:
        evidence = _("%(n)s calls need a person.") % {"n": lost}
        return Finding(*asked, PROBLEM, evidence, "you_here", _("See Webhook activity › Needs a person."))
    return Finding(*asked, OK, _("%(n)s calls, none needs a person.") % {"n": calls.count()})
