"""The stand-in as a program."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests

from tests.sandbox.server import PROJECT, start_sandbox


def run_command(demo: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "DEMO": demo, "DEBUG": "true"}
    program = [sys.executable, "manage.py", "sandbox", "--bind", "256.0.0.1:1"]
    return subprocess.run(
        program, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_refuses_outside_the_demo() -> None:
    done = run_command("false")
    assert done.returncode != 0
    assert "DEMO" in done.stderr


def test_a_second_run_keeps_the_data_and_sigterm_ends_it_quickly(tmp_path: Path) -> None:
    first = start_sandbox(tmp_path)
    desk = first.account("acme")
    desk.api("POST", "tickets", json={"ticket": {"comment": {"body": "Hello"}}})
    session = requests.Session()
    session.get(f"{first.url}/_control/health", timeout=5)
    started = time.monotonic()
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(5) == 0
    assert time.monotonic() - started < 2
    session.close()
    second = start_sandbox(tmp_path)
    accounts = second.control("accounts")["accounts"]
    second.stop()
    assert [(one["subdomain"], len(one["tickets"])) for one in accounts] == [("acme", 1)]


def test_a_taken_port_is_one_clear_sentence(tmp_path: Path) -> None:
    running = start_sandbox(tmp_path / "one")
    address = running.url.removeprefix("http://")
    done = subprocess.run(
        [sys.executable, "-m", "integrations.sandbox", "--bind", address],
        cwd=PROJECT, env={**os.environ, "VAR_DIR": str(tmp_path / "two")},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    running.stop()
    assert done.returncode == 1
    assert done.stderr.startswith(f"The stand-in Zendesk cannot listen on {address}")
