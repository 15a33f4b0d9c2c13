"""What a newcomer's `make` says and does on a bare machine, and what the pinned packages hold."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.orgs.processes import free_port

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
NEEDED = ("sh", "make", "expr", "id", "cmp", "rm", "touch", "env", "ls", "command")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with the Makefile, and a `bin` that holds make and the shell but no Python."""
    (tmp_path / "bin").mkdir()
    for name in NEEDED:
        if found := shutil.which(name):
            (tmp_path / "bin" / name).symlink_to(found)
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


def install_python(machine: Path, *, is_new: bool, has_venv: bool) -> None:
    """A stand-in for python3 that answers what the Makefile asks before it does anything."""
    answers = {"version_info": is_new, "ensurepip": has_venv, "socket": True}
    cases = "\n".join(f"*{word}*) exit {0 if answer else 1};;" for word, answer in answers.items())
    program = machine / "bin" / "python3"
    program.write_text(f'#!/bin/sh\ncase "$*" in\n{cases}\n*) exit 9;;\nesac\n')
    program.chmod(0o755)


def make(machine: Path, *arguments: str) -> tuple[int, list[str]]:
    """Exit code and what was said, without make's own line about the error."""
    done = subprocess.run(
        ["make", *arguments],
        cwd=machine,
        env={"PATH": str(machine / "bin"), "HOME": str(machine)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    lines = (done.stdout + done.stderr).splitlines()
    return done.returncode, [line for line in lines if not line.startswith("make")]


@pytest.mark.parametrize("target", ["run", "test"])
def test_without_python_one_sentence_says_what_is_needed(machine: Path, target: str) -> None:
    code, said = make(machine, target)
    assert code != 0
    assert said == [
        "Python 3.11 or newer is needed: apt-get install python3 python3-venv, or make PYTHON=/path/to/python3."
    ]


@pytest.mark.parametrize("target", ["run", "test"])
def test_an_old_python_is_named(machine: Path, target: str) -> None:
    install_python(machine, is_new=False, has_venv=True)
    code, said = make(machine, target)
    assert code != 0
    assert len(said) == 1
    assert said[0].startswith("Python 3.11 or newer is needed, and python3 here is older: apt-get install python3 ")


def test_debians_python_without_venv_is_one_sentence(machine: Path) -> None:
    install_python(machine, is_new=True, has_venv=False)
    code, said = make(machine, "run")
    assert code != 0
    assert said == ["Python's venv module is missing: apt-get install python3-venv"]
    assert not (machine / ".venv").exists()


@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_said_before_anything_is_made(machine: Path, name: str) -> None:
    (machine / "bin" / "python3").symlink_to(sys.executable)
    ports = {"PORT": free_port(), "SANDBOX_PORT": free_port()}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports[name] = taken.getsockname()[1]
        code, said = make(machine, "run", *(f"{key}={value}" for key, value in ports.items()))
    assert code != 0
    assert said == [
        f"Port {ports[name]} is taken: stop what uses it, or choose another, for example make run PORT=9000."
    ]
    assert not (machine / ".venv").exists()


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_hashes(path: Path) -> None:
    entries = re.split(r"\n(?=[a-z])", path.read_text())
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


@pytest.mark.parametrize(
    "path", [*REQUIREMENTS, ROOT / "requirements.in", ROOT / "requirements-dev.in"], ids=lambda path: path.name
)
def test_no_address_of_an_index_is_written_down(path: Path) -> None:
    assert not re.search(r"https?:|file:|index-url|find-links|/opt/|/tmp/|/work/", path.read_text())


def test_tests_run_on_the_very_packages_that_run_the_product() -> None:
    pinned = [set(re.findall(r"^[a-z0-9-]+==[^ \\]+", path.read_text(), re.MULTILINE)) for path in REQUIREMENTS]
    assert pinned[0] - pinned[1] <= {line for line in pinned[0] if line.startswith("psycopg")}


def test_ci_runs_make_test_and_forbids_missing_services() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "set -euo pipefail" in script
    assert "REQUIRE_SERVICES=1" in script
    assert "make test" in script
