"""Who may call, and how often."""

from __future__ import annotations

import datetime as dt
import math
import time
from typing import Any

from django.conf import settings
from django.db.models import F, FloatField, Value
from django.db.models.functions import Greatest
from django.http import HttpRequest
from django.utils import timezone

from opencx_admin.orgs.models import ApiKey
from ticketing.api import errors

MINUTE = 60.0
# Sums of many small floats at the size of the epoch are off by less than this.
ROUNDING = 1e-3


def find_key(request: HttpRequest) -> ApiKey:
    """The live key the request carries. Raises `ApiError` 401."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    key = ApiKey.find(text.strip()) if scheme.lower() == "bearer" and text.strip() else None
    if key is None:
        raise errors.no_key()
    return key


def take_request(key: ApiKey) -> None:
    """Spend one request of the key's minute. Raises `ApiError` 429 with the wait.

    GCRA in one conditional UPDATE, shared by all workers: `rate_tat` is the moment at which the whole
    minute's requests would be there again. The same statement notes, once a minute, that the key is used.
    https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
    """
    now = time.time()
    interval = MINUTE / max(1, settings.API_RATE_PER_MINUTE)
    latest = now + MINUTE - interval + ROUNDING
    present = Value(now, output_field=FloatField())
    changes: dict[str, Any] = {"rate_tat": Greatest(F("rate_tat"), present) + Value(interval)}
    seen_at = timezone.now()
    if key.last_used_at is None or seen_at - key.last_used_at >= dt.timedelta(minutes=1):
        changes["last_used_at"] = seen_at
    rows = ApiKey.objects.filter(pk=key.pk)
    if rows.filter(rate_tat__lte=latest).update(**changes):
        return
    tat = rows.values_list("rate_tat", flat=True).get()
    raise errors.too_many(max(1, math.ceil(tat - latest)))
