"""Sharing the worker among organizations: nobody's thousands of rows, and nobody's slow peer, stop the others."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber


def take_turns(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Due rows in the order of their organizations' turns: each one's oldest first, then each one's second …"""
    turn = Window(RowNumber(), partition_by=F("organization_id"), order_by=F("next_attempt_at").asc())
    in_turns: QuerySet[Any] = rows.annotate(turn=turn).order_by("turn", "next_attempt_at")
    return in_turns


class Turnstile:
    """Lets only a few threads of this process into an organization whose outside systems were slow lately.

    Who is not let in leaves the row as it is: it stays due, and the sweep rings for it again.
    """

    def __init__(self, slow_after: float = 5.0, remember: float = 60.0, most: int = 2) -> None:
        self._slow_after = slow_after
        self._remember = remember
        self._most = most
        self._lock = threading.Lock()
        self._inside: Counter[int] = Counter()
        self._slow_until: dict[int, float] = {}

    @contextmanager
    def enter(self, organization_id: int) -> Iterator[bool]:
        """True when this thread may work for the organization now."""
        began = time.monotonic()
        with self._lock:
            is_slow = self._slow_until.get(organization_id, 0.0) > began
            is_in = not is_slow or self._inside[organization_id] < self._most
            self._inside[organization_id] += is_in
        try:
            yield is_in
        finally:
            if is_in:
                self._leave(organization_id, time.monotonic() - began)

    def _leave(self, organization_id: int, seconds: float) -> None:
        with self._lock:
            self._inside[organization_id] -= 1
            if seconds >= self._slow_after:
                self._slow_until[organization_id] = time.monotonic() + self._remember
            elif not self._inside[organization_id]:
                del self._inside[organization_id]


turnstile = Turnstile()
