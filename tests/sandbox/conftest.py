"""One stand-in for the session; a fresh account for each test."""

from collections.abc import Iterator

import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.server import Desk, Sandbox, start_sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A running stand-in Zendesk."""
    running = start_sandbox(tmp_path_factory.mktemp("sandbox"))
    yield running
    running.stop()


@pytest.fixture
def desk(sandbox: Sandbox) -> Desk:
    """The account ``acme``, as new."""
    return sandbox.account("acme")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that takes webhook calls."""
    running = Receiver()
    yield running
    running.stop()
