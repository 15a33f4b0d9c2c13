"""One running product for all tests here, and a worker that was killed in the middle of a write before them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.processes.product import Product
from tests.sandbox.server import Desk, Sandbox, start_sandbox, wait_until


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them are marked; they read /proc."""
    for item in items:
        if "processes" in item.path.parts:
            item.add_marker(pytest.mark.processes)
            item.add_marker(pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The stand-in Zendesk and platform."""
    running = start_sandbox(tmp_path_factory.mktemp("sandbox"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def desk(sandbox: Sandbox) -> Desk:
    """The account of the tests' organization; every test has its own sessions in it."""
    return sandbox.account("acme")


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox, desk: Desk) -> Iterator[Product]:
    """The product as `manage.py serve` starts it, with one organization connected by its forms."""
    running = Product(tmp_path_factory.mktemp("product"), sandbox)
    try:
        running.start()
        running.set_up(desk)
        running.wait_for_worker()
        yield running
    finally:
        running.stop()


@dataclass(frozen=True)
class Interruption:
    """A handoff whose worker was killed after Zendesk wrote the ticket and before it answered."""

    session_id: str
    killed_at: float


@pytest.fixture(scope="session", autouse=True)
def interruption(product: Product, desk: Desk) -> Interruption:
    """Happens first, so that the lease of the dead worker ends while the other tests run."""
    session_id = "interrupted"
    desk.fault("slow_after_write", method="POST", path="/api/v2/tickets", seconds=3)
    product.open_session(session_id)
    product.hand_off(session_id)
    wait_until(lambda: tickets_of(desk, session_id))
    product.kill_children("worker")
    return Interruption(session_id, time.time())


def tickets_of(desk: Desk, session_id: str) -> list[int]:
    """The tickets that carry this session's id."""
    return [ticket["id"] for ticket in desk.tickets() if ticket["external_id"] == session_id]
