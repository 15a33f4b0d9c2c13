"""What the engine costs a process that does not use it, and whom it knows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.test_architecture import ROOT, imports, relative

PROGRAM = """
import sys
import django
from django.urls import get_resolver
django.setup()
get_resolver().url_patterns
import opencx_admin.celery
opencx_admin.celery.app.loader.import_default_modules()
print(sorted({"numpy", "scipy", "sklearn"} & set(sys.modules)))
"""


def test_a_process_that_asks_no_engine_loads_no_numeric_module() -> None:
    """They weigh 130 MB, and there is a web server, a worker and a scheduler."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_engine_knows_neither_models_nor_settings() -> None:
    files = sorted(Path(ROOT / "ticketing" / "ai").glob("*.py"))
    forbidden = ("django.conf", "integrations.models", "ticketing.models", "opencx_admin.orgs", "integrations.ai")
    known = [
        f"{relative(file)} imports {name}"
        for file in files
        if file.name != "opening.py"
        for name in imports(file)
        if name.startswith(forbidden)
    ]
    assert known == []
