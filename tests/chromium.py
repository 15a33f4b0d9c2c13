"""Which Chromium the browser tests drive, and how it starts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHT_FOLDERS = (".cache/ms-playwright", "Library/Caches/ms-playwright")
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """Path of a Chromium on this machine; empty for Playwright's own; None when there is none."""
    on_path = [found for name in NAMES if (found := shutil.which(name))]
    if on_path:
        return on_path[0]
    own = [found for folder in PLAYWRIGHT_FOLDERS for found in (Path.home() / folder).glob("chromium-*")]
    return "" if own else None


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """pytest-playwright's launch options. Without a Chromium: a skip, and a failure in CI."""
    path = find_chromium()
    if path is None:
        sentence = "Chromium is missing: apt-get install chromium."
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"headless": True, "args": [*QUIET, *sandbox]} | ({"executable_path": path} if path else {})
