"""Ringing for stored calls, beside the request: the first at once, what comes in the next moment together.

Composing a message takes longer than storing the call it rings for, so in a burst one message names many;
and nobody who calls waits for the broker. What is rung for late, or never, is found by the sweep.
"""

from __future__ import annotations

import threading
import time

from integrations.tasks import process_events

PAUSE = 0.05
AT_ONCE = 25


class Bell:
    """Shared by the threads of a web process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[int] = []
        self._is_ringing = False

    def ring(self, pk: int) -> None:
        """Have a worker look at this row soon."""
        with self._lock:
            self._waiting.append(pk)
            if self._is_ringing:
                return
            self._is_ringing = True
        threading.Thread(target=self._ring_until_quiet, daemon=True).start()

    def _ring_until_quiet(self) -> None:
        while pks := self._take():
            for first in range(0, len(pks), AT_ONCE):
                process_events.delay(pks[first : first + AT_ONCE])
            time.sleep(PAUSE)

    def _take(self) -> list[int]:
        with self._lock:
            pks, self._waiting = self._waiting, []
            self._is_ringing = bool(pks)
        return pks


ring = Bell().ring
