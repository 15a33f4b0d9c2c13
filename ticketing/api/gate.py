"""Who may call, and how often."""

from __future__ import annotations

import datetime as dt
import math
import time
from typing import Any

from django.conf import settings
from django.db.models import Case, F, FloatField, IntegerField, Q, Value, When
from django.http import HttpRequest
from django.utils import timezone

from opencx_admin.orgs.models import ApiKey
from ticketing.api import errors

MINUTE = 60.0


def find_key(request: HttpRequest) -> ApiKey:
    """The live key the request carries. Raises `ApiError` 401."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    key = ApiKey.find(text.strip()) if scheme.lower() == "bearer" and text.strip() else None
    if key is None:
        raise errors.no_key()
    return key


def take_request(key: ApiKey) -> None:
    """Spend one request of the key's minute. Raises `ApiError` 429 with the wait.

    One conditional UPDATE, shared by all workers: a minute begins with its first request and holds
    `API_RATE_PER_MINUTE` of them. The same statement notes, once a minute, that the key is used.
    """
    now = time.time()
    is_over = Q(minute_began__lte=now - MINUTE)
    changes: dict[str, Any] = {
        "minute_began": Case(When(is_over, then=Value(now)), default=F("minute_began"), output_field=FloatField()),
        "minute_count": Case(When(is_over, then=Value(1)), default=F("minute_count") + 1, output_field=IntegerField()),
    }
    seen_at = timezone.now()
    if key.last_used_at is None or seen_at - key.last_used_at >= dt.timedelta(minutes=1):
        changes["last_used_at"] = seen_at
    rows = ApiKey.objects.filter(pk=key.pk)
    if rows.filter(is_over | Q(minute_count__lt=settings.API_RATE_PER_MINUTE)).update(**changes):
        return
    began = rows.values_list("minute_began", flat=True).get()
    raise errors.too_many(max(1, math.ceil(began + MINUTE - now)))
