"""Who may import whom (the house's walls), read from the imports themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = ("opencx_admin", "integrations", "ticketing")
PURE = (
    "integrations/clients",
    "integrations/webhooks/signatures.py",
    "integrations/webhooks/parse.py",
    "integrations/subdomain.py",
)
DOMAIN = ("handoff", "updates", "links", "replies", "status_sync", "follow_up", "reconcile", "ticket_text", "intake")


def modules() -> list[Path]:
    found = [path for name in CODE for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts]
    return sorted(found)


def imports(path: Path) -> Iterator[str]:
    """The dotted names a file imports at run time, wherever in the file."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def offenders(paths: list[Path], *forbidden: str) -> list[str]:
    return [
        f"{relative(path)} imports {name}"
        for path in paths
        for name in imports(path)
        if any(name == word or name.startswith(f"{word}.") for word in forbidden)
    ]


def within(*places: str) -> list[Path]:
    return [path for path in modules() if any(relative(path).startswith(place) for place in places)]


def test_the_core_imports_neither_app() -> None:
    assert offenders(within("opencx_admin/"), "integrations", "ticketing") == []


def test_integrations_never_import_ticketing() -> None:
    assert offenders(within("integrations/"), "ticketing") == []


def test_clients_and_readers_know_neither_models_nor_settings() -> None:
    forbidden = ("django.db", "django.conf", "integrations.models", "opencx_admin.orgs", "opencx_admin.settings")
    assert offenders(within(*PURE), *forbidden) == []


def test_only_integrations_and_the_core_speak_http() -> None:
    paths = [
        path
        for path in within("ticketing/")
        if not relative(path).startswith(("ticketing/demo/", "ticketing/management/commands/demo.py"))
    ]
    assert offenders(paths, "requests", "urllib3", "http.client") == []


def test_the_domain_neither_rings_nor_renders_pages() -> None:
    paths = within(*(f"ticketing/{name}.py" for name in DOMAIN))
    assert offenders(paths, "ticketing.tasks", "integrations.tasks", "ticketing.views", "celery") == []


def test_nobody_imports_the_stand_in() -> None:
    outside = [path for path in modules() if not relative(path).startswith("integrations/sandbox")]
    assert offenders(outside, "integrations.sandbox") == []


def test_the_stand_in_knows_nothing_of_the_product() -> None:
    names = ("integrations.models", "integrations.clients", "ticketing", "opencx_admin")
    assert offenders(within("integrations/sandbox"), *names) == []


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_imports_stand_at_the_top(path: Path) -> None:
    """A function-level import hides a cycle; `AppConfig.ready` and programs that set Django up are the exception."""
    allowed = path.name in ("apps.py", "wsgi.py", "__main__.py")
    inner = [
        node.lineno
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert allowed or inner == []


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_rooms_stay_small(path: Path) -> None:
    """300 lines a file, 50 lines a function: beyond that, split by noun."""
    text = path.read_text()
    assert text.count("\n") <= 300
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
    ]
    assert long == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("templates/**/*.html")), ids=relative)
def test_templates_stay_small_and_clean(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 150
    assert "style=" not in text
    assert "<script>" not in text
    assert "|safe" not in text
