"""Are we within Zendesk's limits: how fast we answer, how often it says too many, how much is left?"""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.doctor.credentials import connection_of
from integrations.doctor.finding import HERE, ZENDESK, Finding, ok, problem, skipped, unknown, warning
from integrations.doctor.registry import Check, Context
from integrations.models import ProviderCall, RateBudget, WebhookEvent

FAMILY = "limits"
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
# Zendesk gives a webhook call up after 10 seconds; we promise a quarter of one.
ENDS_MS, PROMISED_MS = 10_000, 250
MOST = 5_000


def _answers(context: Context) -> Finding:
    """The slowest hundredth of our answers to calls of the last day."""
    rows = WebhookEvent.objects.filter(organization=context.organization, received_at__gte=timezone.now() - DAY)
    times = sorted(rows.order_by("-pk").values_list("ms", flat=True)[:MOST])
    if not times:
        return unknown(_("No call came in the last day."))
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    words = {"ms": p99, "n": len(times)}
    evidence = _("99 of 100 answers took %(ms)s ms or less (%(n)s calls). Zendesk waits for 10 s.") % words
    if p99 > ENDS_MS / 2:
        return problem(evidence, HERE, _("Give the program more processor time, or a second web worker."))
    return ok(evidence) if p99 <= PROMISED_MS else warning(evidence)


def _throttled(context: Context) -> Finding:
    """How often Zendesk said "too many requests" in the last hour."""
    rows = ProviderCall.objects.filter(
        organization=context.organization, provider="zendesk", at__gte=timezone.now() - HOUR
    )
    total, many = rows.count(), rows.filter(status=429).count()
    if not many:
        return ok(_("None of %(n)s calls in the last hour was refused as too many.") % {"n": total})
    evidence = ngettext(
        "%(many)s of %(n)s calls in the last hour was refused as too many (429).",
        "%(many)s of %(n)s calls in the last hour were refused as too many (429).",
        many,
    )
    return warning(evidence % {"many": many, "n": total}, ZENDESK, _("Nothing to do: handoffs and replies go first."))


def _budget(context: Context) -> Finding:
    """What Zendesk said is left of this minute."""
    connection = connection_of(context)
    if connection is None:
        return skipped(_("not asked: no account is connected"))
    budget = RateBudget.objects.filter(account=connection.base_url).first()
    if budget is None or budget.remaining is None or budget.seen_at is None:
        return unknown(_("Zendesk has not told its limit yet."))
    if budget.blocked_until and budget.blocked_until > timezone.now():
        seconds = int((budget.blocked_until - timezone.now()).total_seconds()) + 1
        evidence = _("Zendesk asks us to wait for %(n)s s.") % {"n": seconds}
        return warning(evidence, ZENDESK, _("Nothing to do: it goes on by itself."))
    words = {"left": budget.remaining, "all": budget.per_minute}
    evidence = _("%(left)s of %(all)s calls a minute were left at the last call.") % words
    return ok(evidence) if budget.remaining > budget.per_minute / 10 else warning(evidence, ZENDESK)


SLOW = gettext_lazy("Handoffs and replies take longer than usual.")
CHECKS = (
    Check(
        "limits.answers",
        FAMILY,
        gettext_lazy("Do we answer Zendesk’s calls in time?"),
        gettext_lazy("Zendesk’s activity shows calls that timed out."),
        gettext_lazy("Zendesk gives a call up after 10 seconds and does not repeat it."),
        gettext_lazy("We store a call and answer at once. If that is slow, the machine is short of time."),
        _answers,
        rows=(17,),
        place=lambda: reverse("webhooks"),
    ),
    Check(
        "limits.throttled",
        FAMILY,
        gettext_lazy("Does Zendesk take our calls without “too many”?"),
        SLOW,
        gettext_lazy("The account’s calls a minute are used up, by us or by other programs."),
        gettext_lazy("What waits goes in order of harm: handoffs, then replies, then the rest."),
        _throttled,
        rows=(17,),
    ),
    Check(
        "limits.budget",
        FAMILY,
        gettext_lazy("How much of the minute is left?"),
        SLOW,
        gettext_lazy("All programs of the account share its calls a minute: 200 in small plans."),
        gettext_lazy("Put backfills off to a quiet hour."),
        _budget,
        rows=(17,),
    ),
)
