"""`python -m tests.bench`, or `make bench`: the product's speed, its calls to Zendesk and its memory.

Starts everything itself in a temporary folder and prints one figure a line: `name value unit goal verdict`.
A missed goal is a figure, not a failure; the exit code is 1 only when something could not be measured.
"""

from __future__ import annotations

import tests.environment  # isort: skip  # noqa: F401 - first: nothing of the caller's own configuration is left

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.loop import SESSIONS, measure_cost, measure_latency
from tests.bench.webhooks import measure_webhooks, memory_of
from tests.processes.product import Product
from tests.sandbox.server import Desk, start_sandbox
from tests.services import Missing, start_postgres, start_redis


def main() -> int:
    """Measure and print."""
    missed = 0
    for figure in measure():
        print(figure, flush=True)
        missed += figure.verdict == "missed"
    print(f"{missed} missed" if missed else "all goals are met", file=sys.stderr)
    return 0


def measure() -> Iterator[Figure]:
    """Everything: SQLite with the embedded broker, then PostgreSQL with Redis where there are any."""
    with tempfile.TemporaryDirectory(prefix="opencx-bench-") as folder:
        yield from measure_on("sqlite", Path(folder))
    with tempfile.TemporaryDirectory(prefix="opencx-bench-") as folder, ExitStack() as stack:
        try:
            services = [start_postgres(), start_redis()]
        except Missing as missing:
            print(f"not measured on PostgreSQL: {missing}", file=sys.stderr)
            return
        for service in services:
            stack.callback(service.stop)
        postgres, redis = services
        yield from measure_on("postgresql", Path(folder), DATABASE_URL=postgres.url, CELERY_BROKER_URL=redis.url)


def measure_on(database: str, folder: Path, **environ: str) -> Iterator[Figure]:
    """One product on one database."""
    environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/db.sqlite3")
    sandbox = start_sandbox(folder / "sandbox")
    product = Product(folder, sandbox, environ)
    try:
        product.start()
        desk = sandbox.account("acme")
        product.set_up(desk)
        product.wait_for_worker()
        if database == "sqlite":
            yield from measure_loop(product, desk)
        tickets = {f"load-{number}": hand_off(product, f"load-{number}") for number in range(SESSIONS)}
        bodies = [json.dumps({"ticket_id": str(tickets[ref]), "external_id": ref, "status": "open"}) for ref in tickets]
        yield from measure_webhooks(product, database, bodies)
    finally:
        product.stop()
        sandbox.stop()


def hand_off(product: Product, session_id: str) -> int:
    """A session's ticket, once it is linked."""
    product.open_session(session_id)
    product.hand_off(session_id)
    return product.wait_for_ticket(session_id)


def measure_loop(product: Product, desk: Desk) -> Iterator[Figure]:
    """Cost, latency, and the memory after that work."""
    tickets: dict[str, int] = {}
    yield from measure_cost(product, desk, tickets)
    yield from measure_latency(product, desk, tickets)
    pids = [pid for mark in ("granian", "worker", "beat") for pid in product.find_children(mark)]
    proportional, resident = memory_of(sorted(set(pids)))
    yield Figure("memory_pss", proportional, "MB", "<450")
    yield Figure("memory_rss", resident, "MB", "<450")


if __name__ == "__main__":
    sys.exit(main())
