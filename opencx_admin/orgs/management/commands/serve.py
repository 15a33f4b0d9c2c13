"""`manage.py serve`: web server, worker and scheduler as one command, for production."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opencx_admin.orgs.supervisor import Child, Supervisor

THREADS = 4
WORKER_THREADS = 8


class Command(BaseCommand):
    """Prepares database and static files, then keeps three processes running."""

    help = "Run the web server, the background worker and the scheduler as one command."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--bind", default="127.0.0.1:8000", metavar="HOST:PORT", help="Where the web server listens."
        )
        parser.add_argument("--workers", type=int, metavar="N", help="Web processes; the default fits the database.")
        parser.add_argument("--migrate", action="store_true", help="Apply migrations first.")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = parse_bind(options["bind"])
        if options["workers"] is not None and options["workers"] < 1:
            raise CommandError(_("--workers takes a number from 1."))
        refuse_taken_port(host, port)
        prepare(migrate=options["migrate"])
        supervisor = Supervisor(product(host, port, options["workers"]))
        address = reachable(host, port)
        words = {"url": f"http://{url_host(address[0])}:{port}"}
        sentence = _("Serving %(url)s; Ctrl-C stops it.") % words
        code = supervisor.run(
            ready_at=[address],
            on_ready=lambda: print(sentence, flush=True),
            on_round=lambda: ask_readiness(address),
        )
        sys.exit(code)


def parse_bind(bind: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`, `[::1]:PORT` or `PORT`. Raises `CommandError`."""
    host, _colon, port = bind.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise CommandError(_("--bind takes HOST:PORT, for example 127.0.0.1:8000."))
    return host.strip("[]") or "127.0.0.1", int(port)


def refuse_taken_port(host: str, port: int) -> None:
    """Raises `CommandError`, one sentence, when nothing can listen on that address."""
    words = {"host": host, "port": port}
    try:
        family, kind, proto, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(_("Port %(port)d is taken: stop what uses it, or choose another.") % words) from error
        words["why"] = error.strerror or str(error)
        raise CommandError(_("Nothing can listen on %(host)s, port %(port)d: %(why)s.") % words) from error


def prepare(*, migrate: bool) -> None:
    """Database and static files, before any process starts. Raises `CommandError` on unapplied migrations."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:  # from one process, once: it stays in the file
            cursor.execute("PRAGMA journal_mode=WAL")
    if migrate:
        call_command("migrate", interactive=False, verbosity=0)
    executor = MigrationExecutor(connection)
    unapplied = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if unapplied:
        raise CommandError(
            ngettext(
                "%(count)d migration is not applied: run serve --migrate, or manage.py migrate.",
                "%(count)d migrations are not applied: run serve --migrate, or manage.py migrate.",
                unapplied,
            )
            % {"count": unapplied}
        )
    call_command("collectstatic", interactive=False, verbosity=0)
    connections.close_all()


def product(host: str, port: int, workers: int | None = None) -> list[Child]:
    """The product's processes: web server, worker and scheduler."""
    environ = {"PYTHONPATH": os.pathsep.join(filter(None, [str(settings.BASE_DIR), os.environ.get("PYTHONPATH")]))}
    celery = [sys.executable, "-m", "celery", "--quiet", "-A"]
    quiet_worker = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "warning"]
    pool = ["--pool", "threads", "--concurrency", str(WORKER_THREADS)]
    schedule = ["--schedule", str(settings.VAR_DIR / "beat-schedule"), "--pidfile", "", "--loglevel", "warning"]
    return [
        Child("web server", _granian(host, port, workers or default_workers()), environ),
        Child("worker", [*celery, "opencx_admin", "worker", *pool, *quiet_worker], environ),
        Child("scheduler", [*celery, "opencx_admin.scheduler", "beat", *schedule], environ),
    ]


def default_workers() -> int:
    """One process on SQLite, whose writers wait for each other anyway; else one per core."""
    return 1 if connections[DEFAULT_DB_ALIAS].vendor == "sqlite" else os.cpu_count() or 1


def _granian(host: str, port: int, workers: int) -> list[str]:
    where = ["--host", host, "--port", str(port), "--interface", "wsgi", "--http", "1", "--no-ws"]
    size = ["--workers", str(workers), "--blocking-threads", str(THREADS)]
    rest = ["--workers-kill-timeout", "10", "--log-level", "warning", "opencx_admin.wsgi:application"]
    return [sys.executable, "-m", "granian", *where, *size, *rest]


def reachable(host: str, port: int) -> tuple[str, int]:
    """An address of this machine under which a server bound to `host` answers."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104 - read, not bound


def ask_readiness(address: tuple[str, int]) -> None:
    """Have the web server look whether the worker lives; it raises the alert that a silent worker cannot raise."""
    connection = HTTPConnection(*address, timeout=2)
    with contextlib.suppress(OSError, HTTPException):
        connection.request("GET", "/readyz", headers={"Host": urlsplit(settings.PUBLIC_URL).netloc or "localhost"})
        connection.getresponse()
    connection.close()


def url_host(host: str) -> str:
    """A host as it is written in a URL."""
    return f"[{host}]" if ":" in host else host
