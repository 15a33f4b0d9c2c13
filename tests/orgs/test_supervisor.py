"""One command, several processes: nothing dies unseen, and nothing outlives it."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.orgs.processes import Program, children_of, eventually, is_alive

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

STEADY = "import time; time.sleep(600)"
FORKING = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    "time.sleep(600)"
)
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf now', flush=True); time.sleep(600)"
)
BROKEN = "import sys; sys.exit(3)"

Supervise = Callable[..., Program]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Supervise]:
    """Start a supervisor over programs given as name and Python text."""
    started: list[Program] = []

    def start(stop_within: float = 5.0, first_pause: float = 0.5, **children: str) -> Program:
        script = f"""
            import sys
            import django
            django.setup()
            from opencx_admin.orgs.supervisor import Child, Supervisor
            children = [Child(name, [sys.executable, "-c", text]) for name, text in {children!r}.items()]
            supervisor = Supervisor(children, stop_within={stop_within}, first_pause={first_pause})
            sys.exit(supervisor.run(on_ready=lambda: print("up", flush=True)))
        """
        started.append(Program([sys.executable, "-c", textwrap.dedent(script)], tmp_path))
        return started[-1]

    yield start
    for program in started:
        if program.process.poll() is None:
            program.stop(signal.SIGKILL)


def everyone(supervisor: Program, count: int) -> set[int]:
    assert eventually(lambda: len(children_of(supervisor.pid)) == count), supervisor.output
    return children_of(supervisor.pid)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_of_it(supervise: Supervise, signum: signal.Signals) -> None:
    supervisor = supervise(web=FORKING, worker=STEADY)
    processes = everyone(supervisor, 3)
    assert supervisor.stop(signum) == 0
    assert not any(is_alive(pid) for pid in processes)


def test_a_child_that_ignores_the_signal_is_killed(supervise: Supervise) -> None:
    supervisor = supervise(stop_within=0.5, worker=STUBBORN)
    processes = everyone(supervisor, 1)
    assert supervisor.says("deaf now")
    assert supervisor.stop(within=5) == 0
    assert not any(is_alive(pid) for pid in processes)


def test_a_second_ctrl_c_does_not_wait(supervise: Supervise) -> None:
    supervisor = supervise(stop_within=60, worker=STUBBORN)
    processes = everyone(supervisor, 1)
    assert supervisor.says("deaf now")
    supervisor.process.send_signal(signal.SIGINT)
    assert not eventually(lambda: supervisor.process.poll() is not None, within=1)
    assert supervisor.stop(signal.SIGINT, within=5) == 0
    assert not any(is_alive(pid) for pid in processes)


def test_killed_itself_it_leaves_no_orphans(supervise: Supervise) -> None:
    supervisor = supervise(web=STEADY, worker=STEADY)
    processes = everyone(supervisor, 2)
    supervisor.stop(signal.SIGKILL)
    assert eventually(lambda: not any(is_alive(pid) for pid in processes))


def test_a_child_that_dies_is_started_again_and_says_so(supervise: Supervise) -> None:
    supervisor = supervise(worker=STEADY)
    (first,) = everyone(supervisor, 1)
    os.kill(first, signal.SIGKILL)
    assert supervisor.says("worker ended (by signal 9); it starts again in 0.5 s.")
    (second,) = everyone(supervisor, 1)
    assert second != first


def test_what_a_dead_child_started_dies_too(supervise: Supervise) -> None:
    supervisor = supervise(web=FORKING)
    processes = everyone(supervisor, 2)
    (grandchild,) = processes - set(direct_children(supervisor))
    os.kill((processes - {grandchild}).pop(), signal.SIGKILL)
    assert eventually(lambda: not is_alive(grandchild))


def test_a_child_that_cannot_stay_up_takes_all_down(supervise: Supervise) -> None:
    supervisor = supervise(first_pause=0.05, web=STEADY, worker=BROKEN)
    assert supervisor.says("worker ended (exit code 3); it starts again in 0.05 s.")
    web = min(children_of(supervisor.pid))
    assert supervisor.process.wait(timeout=20) == 1
    assert "worker ended too often (exit code 3); everything stops." in supervisor.output
    assert supervisor.output.count("worker ended") == 6
    assert not is_alive(web)


def direct_children(supervisor: Program) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children").read_text().split()]
