"""Programs that tests start and watch from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from opencx_admin.orgs.supervisor import die_with_parent

ROOT = Path(__file__).resolve().parents[2]


def eventually(is_true: Callable[[], bool], within: float = 15.0) -> bool:
    """Wait until `is_true()`; False when it is not after `within` seconds."""
    until = time.monotonic() + within
    while not is_true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def children_of(pid: int) -> set[int]:
    """The processes that `pid` started, and theirs."""
    found: set[int] = set()
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            found |= {child} | children_of(child)
    return found


def is_alive(pid: int) -> bool:
    """The process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Program:
    """A running program with its output in a file."""

    def __init__(self, command: Sequence[str], folder: Path, **environ: str) -> None:
        self.log = folder / f"log-{time.monotonic_ns()}"
        parent = os.getpid()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | environ,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 - nothing but prctl
            )
        self.pid = self.process.pid

    @property
    def output(self) -> str:
        """All it wrote so far."""
        return self.log.read_text()

    def says(self, words: str, within: float = 20.0) -> bool:
        """Wait until the output has `words`."""
        return eventually(lambda: words in self.output or self.process.poll() is not None, within) and (
            words in self.output
        )

    def stop(self, signum: signal.Signals = signal.SIGTERM, within: float = 30.0) -> int:
        """Send a signal and wait for the exit code."""
        self.process.send_signal(signum)
        return self.process.wait(timeout=within)
