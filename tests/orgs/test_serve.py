"""`manage.py serve` as an operator meets it."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.core.management.base import CommandError

from opencx_admin.orgs.management.commands.serve import parse_bind
from tests.orgs.processes import Program, children_of, eventually, free_port, is_alive

MANAGE = [sys.executable, "manage.py"]


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Program]:
    """The product, served from an empty folder with --migrate."""
    folder = tmp_path_factory.mktemp("served")
    program = Program([*MANAGE, "serve", "--migrate", "--bind", f"127.0.0.1:{port}"], folder, VAR_DIR=str(folder))
    try:
        assert program.says(f"Serving http://127.0.0.1:{port}", within=60), program.output
        yield program
    finally:
        if program.process.poll() is None:
            program.stop()


def status(port: int, path: str) -> int:
    try:
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code
    except requests.ConnectionError:
        return 0


def serve(folder: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    program = Program([*MANAGE, "serve", *arguments], folder, **{"VAR_DIR": str(folder)} | environ)
    code = program.process.wait(timeout=30)
    return code, program.output.strip()


@pytest.mark.services
def test_web_worker_and_scheduler_come_up_together(served: Program, port: int) -> None:
    assert status(port, "/healthz") == 200
    assert eventually(lambda: status(port, "/readyz") == 200, within=30), served.output


def test_static_files_are_served_without_another_command(served: Program, port: int) -> None:
    page = requests.get(f"http://127.0.0.1:{port}/login/", timeout=5)
    assert page.status_code == 200
    stylesheet = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert status(port, stylesheet) == 200


def test_the_embedded_database_is_in_wal_mode(served: Program) -> None:
    with sqlite3.connect(served.log.parent / "db.sqlite3") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_taken_port_is_one_sentence(served: Program, port: int, tmp_path: Path) -> None:
    assert serve(tmp_path, "--bind", f"127.0.0.1:{port}") == (
        1,
        f"CommandError: Port {port} is taken: stop what uses it, or choose another.",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_worker_is_replaced(served: Program, port: int) -> None:
    worker = next(pid for pid in children_of(served.pid) if b"\0worker\0" in cmdline(pid))
    os.kill(worker, signal.SIGKILL)
    assert served.says("worker ended (by signal 9)")
    assert eventually(lambda: any(b"\0worker\0" in cmdline(pid) for pid in children_of(served.pid) - {worker}))
    assert status(port, "/healthz") == 200


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_one_signal_stops_everything(served: Program, port: int) -> None:
    processes = children_of(served.pid)
    assert served.stop(within=15) == 0
    assert not any(is_alive(pid) for pid in processes)
    assert status(port, "/healthz") == 0


def test_unapplied_migrations_are_refused(tmp_path: Path) -> None:
    code, output = serve(tmp_path, "--bind", f"127.0.0.1:{free_port()}", DATABASE_URL=f"sqlite:///{tmp_path}/new.db")
    assert code == 1
    assert output.endswith("migrations are not applied: run serve --migrate, or manage.py migrate.")


@pytest.mark.parametrize("name", ["SECRET_KEY", "CREDENTIALS_KEYS"])
def test_production_without_a_key_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    code, output = serve(tmp_path, **{name: ""})
    assert code == 1
    assert output.startswith(f"manage.py: {name} is not set.")
    assert "\n" not in output


@pytest.mark.parametrize(
    ("bind", "address"),
    [
        ("0.0.0.0:80", ("0.0.0.0", 80)),
        ("[::1]:8000", ("::1", 8000)),
        (":9000", ("127.0.0.1", 9000)),
        ("9000", ("127.0.0.1", 9000)),
    ],
)
def test_addresses_to_listen_on(bind: str, address: tuple[str, int]) -> None:
    assert parse_bind(bind) == address


@pytest.mark.parametrize("bind", ["", "localhost:", "localhost:web", ":0", "127.0.0.1:65536", "127.0.0.1:-1"])
def test_an_address_that_is_none_is_refused(bind: str) -> None:
    with pytest.raises(CommandError, match="--bind takes HOST:PORT"):
        parse_bind(bind)


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    code, output = serve(tmp_path, "--bind", f"192.0.2.1:{free_port()}")
    assert (code, output.partition(":")[0]) == (1, "CommandError")
    assert "Nothing can listen on 192.0.2.1" in output


def test_web_processes_are_one_or_more(tmp_path: Path) -> None:
    assert serve(tmp_path, "--workers", "0") == (1, "CommandError: --workers takes a number from 1.")


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
