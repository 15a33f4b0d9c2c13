"""Spending the account's calls: lanes in order of harm, shared by all workers through one row.

GCRA by one conditional UPDATE. The upper lanes are never held back by our own count, only by Zendesk's
word; a lower lane waits while too little of the minute is left.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import time

from django.db.models import F, FloatField, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from integrations.clients.errors import RateLimited
from integrations.clients.http import CallRecord
from integrations.models import RateBudget

_NUMBER = re.compile(r"\d{1,6}")


class Lane(enum.StrEnum):
    """Who spends, in order of harm when it has to wait."""

    VERIFY = "verify"
    HANDOFF = "handoff"
    REPLIES = "replies"
    STATUS = "status"
    ASSIST = "assist"
    SYNC = "sync"
    BACKFILL = "backfill"


# Up to which share of a minute a lane may spend; the lanes that are not here are never held back by our count.
SHARES = {Lane.STATUS: 0.9, Lane.ASSIST: 0.8, Lane.SYNC: 0.6, Lane.BACKFILL: 0.4}


def spend(account: str, lane: Lane) -> None:
    """Take one call from the account's minute. Raises `RateLimited` with the seconds to wait."""
    budget = RateBudget.objects.filter(account=account).first()
    if budget is None:
        budget, _made = RateBudget.objects.get_or_create(account=account)
    wait = (budget.blocked_until - timezone.now()).total_seconds() if budget.blocked_until else 0.0
    if wait > 0 and lane is not Lane.VERIFY:
        raise RateLimited("", status=429, retry_after=wait)
    now, cost = time.time(), 60.0 / max(budget.per_minute, 1)
    rows = RateBudget.objects.filter(pk=budget.pk)
    share = SHARES.get(lane)
    if share is not None:
        rows = rows.filter(tat__lte=now + 60.0 * share - cost)
    if not rows.update(tat=Greatest(F("tat"), Value(now, output_field=FloatField())) + cost):
        raise RateLimited("", status=429, retry_after=max(1.0, budget.tat + cost - now - 60.0 * (share or 1.0)))


def learn(account: str, call: CallRecord) -> None:
    """Take over what Zendesk's headers say of the whole account; endpoint limits are not the account's."""
    limit = _read(call, "x-rate-limit", "ratelimit-limit", "rate-limit")
    remaining = _read(call, "x-rate-limit-remaining", "ratelimit-remaining", "rate-limit-remaining")
    if limit is None and remaining is None:
        return
    changes: dict[str, object] = {"seen_at": timezone.now(), "remaining": remaining}
    if limit:
        changes["per_minute"] = limit
    if call.status == 429 and remaining == 0:
        seconds = _read(call, "ratelimit-reset", "rate-limit-reset") or 10
        changes["blocked_until"] = timezone.now() + dt.timedelta(seconds=min(seconds, 120))
    RateBudget.objects.filter(account=account).update(**changes)


def _read(call: CallRecord, *names: str) -> int | None:
    for name in names:
        found = _NUMBER.search(call.rate.get(name, ""))
        if found:
            return int(found.group())
    return None
