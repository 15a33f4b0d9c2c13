"""Rows that are the queue: each says when it is next due, and one worker at a time holds it.

`claim()` is one conditional UPDATE, so claim, lease and recovery after a crash are the same statement
and nothing is locked. (The pattern of healthchecks' `Flip` and `sendalerts`.)
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LEASE = dt.timedelta(seconds=30)
FIRST_DELAY = 5.0
LONGEST_DELAY = 600.0
GIVE_UP_AFTER = dt.timedelta(hours=24)


T = TypeVar("T", bound="Due")


class LostClaim(Exception):
    """Another worker holds the row by now; this one must stop without writing."""


class Due(models.Model):
    """Work that is a row. `next_attempt_at` is null while the row rests."""

    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True, default="")

    class Meta:
        abstract = True

    def claim(self, lease: dt.timedelta = LEASE, **changes: Any) -> bool:
        """Take the row for `lease` if it is still due as it was read. True when this caller won it."""
        now = timezone.now()
        if self.next_attempt_at is None or self.next_attempt_at > now:
            return False
        until = now + lease
        rows = type(self)._default_manager.filter(pk=self.pk, next_attempt_at=self.next_attempt_at)
        if not rows.update(next_attempt_at=until, attempts=F("attempts") + 1, **changes):
            return False
        self.refresh_from_db()
        return self.next_attempt_at == until

    def hold(self, lease: dt.timedelta = LEASE, **changes: Any) -> None:
        """Prolong a claim and save `changes` with it. Raises `LostClaim` when it is no longer ours."""
        until = timezone.now() + lease
        rows = type(self)._default_manager.filter(pk=self.pk, next_attempt_at=self.next_attempt_at)
        if not rows.update(next_attempt_at=until, **changes):
            raise LostClaim(f"{self._meta.label} {self.pk}")
        self._take(next_attempt_at=until, **changes)

    def postpone(self, delay: float, **changes: Any) -> bool:
        """Be due again in `delay` seconds. False when the claim was lost meanwhile."""
        return self._end(timezone.now() + dt.timedelta(seconds=delay), **changes)

    def rest(self, **changes: Any) -> bool:
        """Be due no more. False when the claim was lost meanwhile."""
        return self._end(None, **changes)

    def _end(self, at: dt.datetime | None, **changes: Any) -> bool:
        rows = type(self)._default_manager.filter(pk=self.pk, next_attempt_at=self.next_attempt_at)
        if not rows.update(next_attempt_at=at, **changes):
            return False
        self._take(next_attempt_at=at, **changes)
        return True

    def _take(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self, name, value)


def due(rows: models.QuerySet[T]) -> models.QuerySet[T]:
    """The rows whose time has come, oldest first."""
    return rows.filter(next_attempt_at__lte=timezone.now()).order_by("next_attempt_at")


def backoff(attempts: int) -> float:
    """Seconds to the next try after `attempts` tries: 5, 10, 20 … 600, each ± 10 %."""
    delay: float = min(FIRST_DELAY * 2.0 ** max(attempts - 1, 0), LONGEST_DELAY)
    return delay * random.uniform(0.9, 1.1)  # noqa: S311 - jitter, not a secret


def due_index(name: str) -> models.Index:
    """The partial index every due table carries: only rows that wait are in it."""
    return models.Index(fields=["next_attempt_at"], name=name, condition=Q(next_attempt_at__isnull=False))
