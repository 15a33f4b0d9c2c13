"""How fast the webhook endpoint is: the whole product, the web server alone, and a bare function on the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, share
from tests.orgs.processes import ROOT, Program, eventually, free_port
from tests.processes.product import Product, arguments_of, is_listening

IN_FLIGHT = 16
PRODUCT, BARE = "opencx_admin.wsgi:application", "tests.bench.bare:application"
ROUNDS = 3
SECONDS = 2.5


def measure_webhooks(product: Product, database: str, bodies: list[str]) -> Iterator[Figure]:
    """Load the running product, stop it, then load its web server and the bare function in turns."""
    busy = load(product.webhook_url, bodies, 4.0)
    yield Figure(f"webhook_{database}_worker_busy_rate", busy["rate"], "/s")
    yield Figure(f"webhook_{database}_worker_busy_p50", share(busy["ms"], 0.5), "ms")
    yield Figure(f"webhook_{database}_worker_busy_p99", share(busy["ms"], 0.99), "ms", "<250")
    command = arguments_of(product.find_children("granian")[0])
    product.stop()
    found: dict[str, list[dict[str, Any]]] = {PRODUCT: [], BARE: []}
    for _round in range(ROUNDS):
        for application in (PRODUCT, BARE):
            found[application].append(load_alone(application, command, product, bodies))
    rate = {application: sum(one["rate"] for one in runs) / ROUNDS for application, runs in found.items()}
    times = [each for one in found[PRODUCT] for each in one["ms"]]
    yield Figure(f"webhook_{database}_rate", rate[PRODUCT], "/s")
    yield Figure(f"webhook_{database}_p50", share(times, 0.5), "ms")
    yield Figure(f"webhook_{database}_p99", share(times, 0.99), "ms", "<250")
    yield Figure(f"bare_{database}_rate", rate[BARE], "/s")
    yield Figure(f"webhook_{database}_share_of_bare", rate[PRODUCT] / rate[BARE], "x", ">=0.333")


def load_alone(application: str, command: list[str], product: Product, bodies: list[str]) -> dict[str, Any]:
    """Load an application on the product's web server, as the product starts it, with nothing beside it."""
    port = free_port()
    command = [*command[:-1], application]
    command[command.index("--port") + 1] = str(port)
    server = Program(command, product.folder, **product.settings)
    url = product.webhook_url.replace(f":{product.port}/", f":{port}/")
    try:
        assert eventually(lambda: is_listening(port)), server.output
        load(url, bodies, 0.5)
        return load(url, bodies, SECONDS)
    finally:
        server.stop()


def load(url: str, bodies: list[str], seconds: float) -> dict[str, Any]:
    """What the load generator tells, with the calls per second. Fails unless every call was accepted."""
    order = json.dumps({"url": url, "bodies": bodies, "in_flight": IN_FLIGHT, "seconds": seconds})
    program = [sys.executable, "-m", "tests.bench.load", order]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert set(told["statuses"]) == {"200"}, told["statuses"]
    return told | {"rate": told["calls"] / told["seconds"]}


def memory_of(pids: list[int]) -> tuple[float, float]:
    """PSS and RSS of these processes together, in MB. Source: proc(5), smaps_rollup."""
    sums = {"Pss:": 0.0, "Rss:": 0.0}
    for pid in pids:
        for row in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, *rest = row.split()
            if name in sums:
                sums[name] += int(rest[0]) / 1024
    return sums["Pss:"], sums["Rss:"]
