"""How `make test` comes by a Chromium."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.test_setup import machine  # noqa: F401 - the bare machine

SAYS = "Installing Chromium...\n"
ASK = "Chromium is missing and could not be installed: apt-get install chromium. Tests in a browser are skipped"


@pytest.fixture
def prepared(machine: Path) -> Path:  # noqa: F811
    """The bare machine after the packages are in; its Playwright cannot download anything."""
    (machine / ".venv" / "bin").mkdir(parents=True)
    (machine / ".venv" / "ready").touch()
    for name, stamp in (("requirements.txt", "installed"), ("requirements-dev.txt", "installed-dev")):
        (machine / name).write_text("six==1.17.0\n")
        (machine / ".venv" / stamp).write_text("six==1.17.0\n")
    program(machine / ".venv" / "bin" / "python", 'case "$*" in *playwright*) exit 1;; *) echo 1;; esac')
    return machine


def program(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def is_user(machine: Path, uid: int) -> None:  # noqa: F811
    program(machine / "bin" / "id", f"echo {uid}")


def look_for_browser(machine: Path, **environ: str) -> tuple[int, str]:  # noqa: F811
    done = subprocess.run(
        ["make", "browser"],
        cwd=machine,
        env={"PATH": str(machine / "bin"), "HOME": str(machine)} | environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_one_on_the_path_is_enough(prepared: Path, name: str) -> None:
    program(prepared / "bin" / name, "exit 0")
    program(prepared / "bin" / "apt-get", "exit 9")
    assert look_for_browser(prepared, CI="true") == (0, "")


def test_playwrights_own_is_enough(prepared: Path) -> None:
    (prepared / ".cache" / "ms-playwright" / "chromium-1234").mkdir(parents=True)
    assert look_for_browser(prepared, CI="true") == (0, "")


def test_root_on_debian_gets_one_after_an_update(prepared: Path) -> None:
    is_user(prepared, 0)
    program(prepared / "bin" / "apt-get", f'echo "$*" >> "{prepared}/asked"')
    assert look_for_browser(prepared, CI="true") == (0, SAYS)
    update, install = (prepared / "asked").read_text().splitlines()
    assert update.startswith("update")
    assert install.startswith("install")
    assert "chromium" in install


def test_anybody_else_is_told(prepared: Path) -> None:
    is_user(prepared, 1000)
    assert look_for_browser(prepared) == (0, f"{SAYS}{ASK}.\n")


def test_ci_fails_without_one(prepared: Path) -> None:
    is_user(prepared, 1000)
    code, said = look_for_browser(prepared, CI="true")
    assert code != 0
    assert said.startswith(f"{SAYS}{ASK}, which CI forbids.")


def test_the_packages_are_installed_again_only_when_they_changed(prepared: Path) -> None:
    program(prepared / "bin" / "chromium", "exit 0")
    program(prepared / ".venv" / "bin" / "python", f'echo "$*" >> "{prepared}/asked"; echo 1')
    program(prepared / "bin" / "cp", '/bin/cp "$@"')
    assert look_for_browser(prepared) == (0, "")
    (prepared / "requirements-dev.txt").write_text("six==1.16.0\n")
    assert look_for_browser(prepared) == (0, "")
    assert look_for_browser(prepared) == (0, "")
    asked = [line for line in (prepared / "asked").read_text().splitlines() if "pip" in line]
    assert len(asked) == 1
    assert asked[0].endswith("--require-hashes -r requirements-dev.txt")
