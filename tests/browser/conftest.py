"""The demo, started as `make run` starts it, and windows of Chromium in which somebody meets it."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, StorageState

from tests.orgs.processes import Program, children_of, eventually, free_port, is_alive

LOGIN = re.compile(r"^ +(\S+@\S+) +(\S+)", re.MULTILINE)
REFUSED_FORM = "status of 422"
Open = Callable[..., Page]


def environment(folder: Path, port: int, sandbox_port: int) -> dict[str, str]:
    """What the run target of the Makefile sets."""
    return {
        "PYTHONUNBUFFERED": "1",
        "DEMO": "true",
        "PORT": str(port),
        "SANDBOX_PORT": str(sandbox_port),
        "LOG_LEVEL": "WARNING",
        "PUBLIC_URL": f"http://localhost:{port}",
        "ZENDESK_URL": f"http://localhost:{sandbox_port}/{{subdomain}}",
        "SUNSHINE_URL": f"http://localhost:{sandbox_port}/{{subdomain}}/sc",
        "OUTBOUND_ALLOW_HOSTS": "localhost,127.0.0.1",
    }


@dataclass(frozen=True)
class Demo:
    """A running demo: its two addresses, and what it printed."""

    url: str
    stand_in: str
    folder: Path
    program: Program

    @property
    def logins(self) -> dict[str, str]:
        """Passwords by email, as printed."""
        return dict(LOGIN.findall(self.program.output))

    def has_played(self) -> bool:
        """The morning's conversations are over."""
        return '"is_played": true' in (self.folder / "demo.json").read_text()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all walks. At the end Ctrl-C must take every process of it away."""
    folder, port, sandbox_port = tmp_path_factory.mktemp("demo"), free_port(), free_port()
    own = {"VAR_DIR": str(folder), "SECRET_KEY": "", "CREDENTIALS_KEYS": ""}
    variables = environment(folder, port, sandbox_port) | own
    program = Program([sys.executable, "manage.py", "demo"], folder, **variables)
    try:
        assert program.says("Ctrl-C stops all of it", within=60), program.output
        yield Demo(f"http://localhost:{port}", f"http://localhost:{sandbox_port}", folder, program)
        processes = children_of(program.pid)
        assert program.stop(signal.SIGINT, within=20) == 0
        assert eventually(lambda: not any(is_alive(pid) for pid in processes), within=5)
    finally:
        if program.process.poll() is None:
            program.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def logged_in(browser: Browser, demo: Demo) -> StorageState:
    """The cookies of somebody who logged in with the first login that was printed."""
    page = log_in(browser, demo, next(iter(demo.logins)))
    cookies = page.context.storage_state()
    page.context.close()
    return cookies


def log_in(browser: Browser, demo: Demo, email: str) -> Page:
    """A window of its own, in which one of the printed logins was used; it shows the overview."""
    page = browser.new_page(base_url=demo.url)
    page.goto("/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(demo.logins[email])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{demo.url}/")
    return page


@pytest.fixture(scope="session")
def morning(demo: Demo) -> None:
    """The morning's conversations were played; the first walks go on meanwhile."""
    assert eventually(demo.has_played, within=60), demo.program.output


@pytest.fixture
def open_page(browser: Browser, demo: Demo, logged_in: StorageState) -> Iterator[Open]:
    """Opens windows of that person at an address; at the end no window may have had an error in its console."""
    contexts, errors = [], list[str]()

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and REFUSED_FORM not in message.text:
            errors.append(f"{message.page.url if message.page else ''}: {message.text}")

    def open_page(address: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(base_url=demo.url, storage_state=logged_in, java_script_enabled=scripts)
        context.set_default_timeout(15_000)
        context.on("console", listen)
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
