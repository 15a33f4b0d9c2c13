"""Zendesk's own list of its calls to our webhook, read and counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.budget import Lane
from integrations.clients.errors import Forbidden, NotFound
from integrations.clients.zendesk_audits import Invocation, list_invocations
from integrations.connect import open_zendesk
from integrations.doctor.credentials import connection_of
from integrations.doctor.finding import HERE, IN_ZENDESK, ZENDESK, Finding, ok, problem, skipped, unknown, warning
from integrations.doctor.registry import Check, Context
from integrations.doctor.repair_objects import MEND_WEBHOOK
from integrations.invocations import NOT_SENT, webhook_ids
from integrations.models import EndpointKind, TestCall, WebhookEvent
from integrations.verify import IN_A_PAGE

HOUR = dt.timedelta(hours=1)
# Their clock and ours may differ by this much.
SKEW = dt.timedelta(minutes=1)
FAMILY = "replies"
ASKED = "GET /api/v2/webhooks/{id}/invocations"


def _activity(context: Context) -> Finding:
    """The last hour as Zendesk tells it: answered, refused, held back."""
    connection = connection_of(context)
    calls = WebhookEvent.objects.filter(organization=context.organization, kind=EndpointKind.ZENDESK)
    webhooks = webhook_ids(context.organization, calls.order_by("-pk")[:5])
    if connection is None or not webhooks:
        return skipped(_("not asked: no webhook of ours is known in Zendesk"))
    client = open_zendesk(connection, lane=Lane.ASSIST, subject="doctor", timeouts=IN_A_PAGE)
    now = timezone.now()
    found: list[Invocation] = []
    try:
        for webhook in webhooks:
            found += list_invocations(client, webhook, now - HOUR, now + SKEW)[0]
    except Forbidden:
        fix = _("Connect as an admin, or give our user the right to manage webhooks.")
        return unknown(_("Zendesk’s list answered 403."), IN_ZENDESK, fix, asked=ASKED, answered="403")
    except NotFound:
        fix = _("Repair the webhook: it is made again.")
        return problem(_("A webhook that called us is not in Zendesk any more."), HERE, fix, asked=ASKED)
    proven = TestCall.objects.filter(organization=context.organization, arrived_at__isnull=False, problem="").first()
    return _judge(found, proven.arrived_at if proven else None)


def _is_past(call: Invocation, proven_at: dt.datetime | None) -> bool:
    """It was answered 4xx, and a test call went the whole way after it: URL and secret were mended since.

    Zendesk tells whole seconds: what failed in the second of the proof may have come after it, and counts.
    """
    is_stale = call.status_code is not None and 400 <= call.status_code < 500
    return is_stale and proven_at is not None and call.at < proven_at.replace(microsecond=0)


def _judge(all_of_them: list[Invocation], proven_at: dt.datetime | None) -> Finding:
    found = [one for one in all_of_them if not _is_past(one, proven_at)]
    past = len(all_of_them) - len(found)
    if not all_of_them:
        return ok(_("Zendesk made no call in the last hour."), asked=ASKED)
    facts = tuple(
        (f"{status} {code or ''}".strip(), str(number))
        for (status, code), number in Counter((one.status, one.status_code) for one in all_of_them).most_common()
    )
    stale = sum(1 for one in found if one.status_code is not None and 400 <= one.status_code < 500)
    wrong = sum(1 for one in found if one.status_code is not None and one.status_code >= 500)
    held = sum(1 for one in found if one.status in NOT_SENT)
    words = {"n": len(all_of_them), "stale": stale, "wrong": wrong, "held": held, "past": past}
    if stale:
        evidence = _("%(stale)s of %(n)s calls in the last hour were answered 4xx: a stale URL, or a wrong secret.")
        fix = _("Repair the webhook, so that it calls the present URL.")
        return problem(evidence % words, HERE, fix, asked=ASKED, facts=facts, repair=_("Repair in Zendesk"))
    if wrong:
        evidence = _("%(wrong)s of %(n)s calls in the last hour were answered 5xx: their body matched nothing.")
        fix = _("Repair the trigger’s body; match or replay the calls under Webhook activity.")
        return problem(evidence % words, HERE, fix, asked=ASKED, facts=facts)
    if held:
        evidence = _("Zendesk held back %(held)s of %(n)s calls in the last hour.")
        fix = _("Nothing to do: what they told of is found by reading the tickets.")
        return warning(evidence % words, ZENDESK, fix, asked=ASKED, facts=facts)
    if past:
        evidence = _("%(n)s calls in the last hour. %(past)s answered 4xx came before a test call proved the webhook.")
        return ok(evidence % words, asked=ASKED, facts=facts)
    return ok(_("%(n)s calls in the last hour, all answered 2xx.") % words, asked=ASKED, facts=facts)


CHECKS = (
    Check(
        "webhook.activity",
        FAMILY,
        gettext_lazy("Does Zendesk’s own activity agree?"),
        gettext_lazy("Zendesk’s activity shows 4xx or 5xx for calls to our webhook."),
        gettext_lazy("4xx means a stale URL or a wrong secret, 5xx a body that matches nothing, throttled: held back."),
        gettext_lazy("Repair webhook or trigger. Zendesk repeats no call; what was missed is read from the tickets."),
        _activity,
        rows=(9, 10, 19),
        repair=MEND_WEBHOOK,
        place=lambda: reverse("webhooks"),
    ),
)
