"""Verify through real HTTP against the stand-in Zendesk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.report import Report
from integrations.verify import Candidate, verify
from opencx_admin.crypto import Secret
from tests.sandbox.server import Desk, Sandbox, start_sandbox

ROLE: dict[str, Any] = {
    "name": "Readers",
    "configuration": {"end_user_profile_access": "readonly", "ticket_access": "all"},
}
PEOPLE: list[dict[str, Any]] = [
    {"name": "Ada", "email": "admin@acme.example", "role": "admin", "role_type": 4},
    {"name": "Lou", "email": "light@acme.example", "role": "agent", "role_type": 1},
    {"name": "Rea", "email": "reader@acme.example", "role": "agent", "custom_role": "Readers"},
    {"name": "Sue", "email": "suspended@acme.example", "role": "agent", "suspended": True},
    {"name": "Edo", "email": "end@acme.example", "role": "end-user"},
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    sandbox: Sandbox = start_sandbox(tmp_path_factory.mktemp("desk"))
    tokens = [{"email": one["email"], "token": "a-token"} for one in PEOPLE]
    try:
        yield sandbox.account("acme", people=PEOPLE, custom_roles=[ROLE], api_tokens=tokens)
    finally:
        sandbox.stop()


@pytest.fixture(autouse=True)
def zendesk_is_the_desk(desk: Desk, settings: Any) -> None:
    settings.ZENDESK_URL = f"{desk.sandbox.url}/{{subdomain}}"
    settings.OUTBOUND_ALLOW_HOSTS = frozenset({"127.0.0.1"})


def verify_as(email: str, *, token: str = "a-token", subdomain: str = "acme") -> Report:
    return verify(Candidate(subdomain, "api_token", email=email, secret=Secret.hide(token)))


def test_an_oauth_client_passes(desk: Desk) -> None:
    client = desk.client
    report = verify(
        Candidate("acme", "oauth", client_id=client["client_id"], secret=Secret.hide(client["client_secret"]))
    )
    assert report.problem is None
    assert {check.verdict for check in report.checks} == {"ok"}


def test_an_admin_passes() -> None:
    report = verify_as("admin@acme.example")
    assert {check.verdict for check in report.checks} == {"ok"}


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("light@acme.example", "create_users"),
        ("reader@acme.example", "create_users"),
        ("end@acme.example", "role"),
        ("nobody@acme.example", "authenticated"),
    ],
)
def test_each_person_stops_where_they_should(email: str, code: str) -> None:
    report = verify_as(email)
    assert report.problem is not None
    assert report.problem.code == code


def test_a_suspended_agent_does_not_pass() -> None:
    report = verify_as("suspended@acme.example")
    assert report.problem is not None
    assert report.problem.code in ("authenticated", "active")


def test_a_wrong_token_is_rejected() -> None:
    report = verify_as("admin@acme.example", token="wrong")
    assert report.problem is not None
    assert report.problem.failure == "credentials rejected"


def test_an_unknown_account_has_no_help_desk() -> None:
    report = verify_as("admin@acme.example", subdomain="nowhere")
    assert report.problem is not None
    assert report.problem.failure == "no such help desk"


@pytest.mark.parametrize("kind", ["429", "500", "503", "html", "empty", "drop"])
def test_a_fault_is_not_reachable_and_never_a_wrong_password(desk: Desk, kind: str) -> None:
    desk.fault(kind)
    try:
        report = verify_as("admin@acme.example")
    finally:
        desk.heal()
    assert report.problem is not None
    assert report.problem.code == "reachable"
