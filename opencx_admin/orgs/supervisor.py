"""One command, several processes: starts them, starts again what dies, and leaves nothing behind.

Every child leads a process group of its own, so Ctrl-C reaches the supervisor alone and a child's own
children go with it. On Linux the kernel ends the children when the supervisor itself is killed.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from types import FrameType

from django.utils.translation import gettext as _

MOST_DEATHS = 5
DEATHS_WITHIN = 60.0
LONGEST_PAUSE = 10.0
PR_SET_PDEATHSIG = 1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int, signum: int = signal.SIGTERM) -> None:
    """Have the kernel send `signum` to this process when the process `parent` ends (Linux; else nothing).

    Source: prctl(2), PR_SET_PDEATHSIG. Ends at once when the parent is gone already.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:
        os.kill(os.getpid(), signum)


@dataclass(frozen=True)
class Child:
    """A process to keep running: its name in messages, its command, and what it adds to the environment."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)


class _Run:
    """One child with its process and its history."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths: deque[float] = deque()
        self.start_at = 0.0

    def start(self) -> None:
        parent = os.getpid()
        self.process = subprocess.Popen(
            list(self.child.command),
            env={**os.environ, **self.child.environ},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 - one thread, and nothing but prctl
        )

    def signal_group(self, signum: int) -> None:
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signum)
            except (ProcessLookupError, PermissionError):
                return

    def end(self) -> None:
        """Ask the child to end; it passes that on to its own children."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def note_death(self, first_pause: float) -> float | None:
        """Seconds until the next start, doubling with every death; None when it died too often."""
        now = time.monotonic()
        self.signal_group(signal.SIGKILL)  # what the dead process left behind
        self.process = None
        self.deaths.append(now)
        while self.deaths[0] < now - DEATHS_WITHIN:
            self.deaths.popleft()
        if len(self.deaths) > MOST_DEATHS:
            return None
        pause = min(first_pause * 2.0 ** (len(self.deaths) - 1), LONGEST_PAUSE)
        self.start_at = now + pause
        return pause


class Supervisor:
    """Keeps `children` running until a signal or until one of them dies too often."""

    def __init__(self, children: Sequence[Child], *, stop_within: float = 20.0, first_pause: float = 0.5) -> None:
        """`stop_within`: seconds between SIGTERM and SIGKILL; `first_pause`: seconds before a first new start."""
        self._runs = [_Run(child) for child in children]
        self._stop_within = stop_within
        self._first_pause = first_pause
        self._signals: list[int] = []
        self._wake_read, self._wake_write = os.pipe()

    def run(
        self,
        *,
        ready_at: Sequence[tuple[str, int]] = (),
        on_ready: Callable[[], None] | None = None,
        on_round: Callable[[], None] | None = None,
    ) -> int:
        """Start everything and stay until the end; the exit code (0 after a signal, 1 after a failure).

        `on_ready` is called once when every address of `ready_at` answers HTTP, `on_round` every half minute
        after that. Under make, the end of make is a signal too.
        """
        self._catch_signals()
        if os.environ.get("MAKELEVEL"):
            die_with_parent(os.getppid())
        waiting = on_ready
        failed = False
        while not self._signals and not failed:
            failed = not self._start_and_reap()
            if waiting is not None and all(_answers(address) for address in ready_at):
                waiting()
                waiting = None
            elif waiting is None and on_round is not None:
                on_round()
            self._sleep(0.2 if waiting is not None else self._pause())
        self._stop()
        return 1 if failed else 0

    def _catch_signals(self) -> None:
        os.set_blocking(self._wake_write, False)
        os.set_blocking(self._wake_read, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for signum in STOP_SIGNALS:
            signal.signal(signum, self._note_signal)
        signal.signal(signal.SIGCHLD, lambda signum, frame: None)

    def _note_signal(self, signum: int, frame: FrameType | None) -> None:
        self._signals.append(signum)

    def _sleep(self, seconds: float) -> None:
        """Sleep, but wake up for a signal or the end of a child."""
        ready, _w, _x = select.select([self._wake_read], [], [], seconds)
        if ready:
            os.read(self._wake_read, 4096)

    def _pause(self) -> float:
        starts = [run.start_at for run in self._runs if run.process is None]
        return max(0.0, min([*starts, time.monotonic() + 30.0]) - time.monotonic())

    def _start_and_reap(self) -> bool:
        for run in self._runs:
            code = run.process.poll() if run.process is not None else None
            if code is not None:
                pause = run.note_death(self._first_pause)
                if pause is None:
                    _say(_("%(name)s ended too often (%(how)s); everything stops.") % _death(run.child, code))
                    return False
                words = _death(run.child, code) | {"pause": f"{pause:g}"}
                _say(_("%(name)s ended (%(how)s); it starts again in %(pause)s s.") % words)
            if run.process is None and run.start_at <= time.monotonic():
                run.start()
        return True

    def _stop(self) -> None:
        """SIGTERM to all, SIGKILL to what is left after `stop_within` seconds or a second signal."""
        alive = [run for run in self._runs if run.process is not None]
        for run in alive:
            run.end()
        until = time.monotonic() + self._stop_within
        signals = len(self._signals)
        while alive and time.monotonic() < until and len(self._signals) <= max(signals, 1):
            alive = [run for run in alive if run.process is not None and run.process.poll() is None]
            if alive:
                self._sleep(min(0.5, max(0.0, until - time.monotonic())))
        for run in self._runs:
            run.signal_group(signal.SIGKILL)
        for run in alive:
            if run.process is not None:
                run.process.wait()


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - the supervisor's voice is the terminal


def _death(child: Child, code: int) -> dict[str, str]:
    if code < 0:
        return {"name": child.name, "how": _("by signal %(number)d") % {"number": -code}}
    return {"name": child.name, "how": _("exit code %(number)d") % {"number": code}}


def _answers(address: tuple[str, int]) -> bool:
    connection = HTTPConnection(*address, timeout=0.5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True
