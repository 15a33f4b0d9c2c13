"""Answers have the shape that Zendesk's own specification gives them.

The specification carries no open licence, so it is not in the repository: set ``ZENDESK_SPECS`` to a folder
with ``support.json``, else these are skipped.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.openapi import answer_schema, misfits
from tests.sandbox.server import Desk, Sandbox
from tests.sandbox.test_tickets import BOB, FIELDS

SPEC = Path(os.environ.get("ZENDESK_SPECS", "")) / "support.json"
pytestmark = pytest.mark.skipif(
    not SPEC.is_file(), reason="NOT CHECKED: set ZENDESK_SPECS to the folder of Zendesk's support.json"
)
# The specification forgets that these may be null; recordings of the real service have it.
NULLS_IN_RECORDINGS = (
    "recipient", "forum_topic_id", "satisfaction_rating", "key", "photo", "default_group_id", "signature",
    "ticket_restriction", "organization_id", "results", "last_login_at", "two_factor_auth_enabled", "phone",
    "shared_phone_number", "role_type", "custom_role_id", "external_id", "agent_description", "tag",
    "regexp_for_validation", "email", "thumbnails", "height", "width", "rel", "authenticity_token",
    # Its own words say that these are null at the ends, and for everyone.
    "after_cursor", "after_url", "before_cursor", "before_url", "restriction", "ip_address",
)  # fmt: skip


UNSOLVED: Any = {"title": "Unsolved", "all": [{"field": "status", "operator": "less_than", "value": "solved"}]}


@pytest.fixture(scope="module")
def spec() -> Any:
    """The specification."""
    return json.loads(SPEC.read_text())


@pytest.fixture
def desk(sandbox: Sandbox) -> Desk:
    """An account with something of everything."""
    role = {"name": "Triage", "configuration": {"ticket_access": "all"}}
    clerk = {"name": "Cleo", "email": "cleo@x.example", "role": "agent", "custom_role": "Triage"}
    admin = {"name": "Ada", "email": "admin@shapes.example", "role": "admin"}
    desk = sandbox.account("shapes", ticket_fields=FIELDS, custom_roles=[role], people=[admin, clerk], enterprise=True)
    for number in (1001, 1002):
        ticket = {"subject": "S", "requester": BOB, "comment": {"body": "Hello"}, "external_id": "s1", "tags": ["a"]}
        assert desk.api("POST", "tickets", json={"ticket": ticket}).json()["ticket"]["id"] == number
    desk.reply(1001, "Hi")
    desk.make_by_hand("view", **UNSOLVED)
    return desk


READS = [
    ("tickets", "tickets"),
    ("tickets/{ticket_id}", "tickets/1001"),
    ("tickets/show_many", "tickets/show_many?ids=1001,1002"),
    ("tickets/{ticket_id}/comments", "tickets/1001/comments"),
    ("tickets/{ticket_id}/audits", "tickets/1001/audits"),
    ("tickets/{ticket_id}/tags", "tickets/1001/tags"),
    ("incremental/tickets/cursor", "incremental/tickets/cursor?start_time=0"),
    ("users", "users"),
    ("users/me", "users/me"),
    ("users/search", "users/search?query=Bob"),
    ("users/show_many", "users/show_many?external_ids=x"),
    ("search", "search?query=type:ticket S"),
    ("ticket_fields", "ticket_fields"),
    ("triggers", "triggers"),
    ("triggers/active", "triggers/active"),
    ("custom_roles", "custom_roles"),
    ("views", "views"),
    ("views/active", "views/active"),
    ("views/search", "views/search?query=S"),
    ("views/{view_id}", "views/{view}"),
    ("views/{view_id}/count", "views/{view}/count"),
    ("views/{view_id}/execute", "views/{view}/execute"),
    ("views/{view_id}/tickets", "views/{view}/tickets"),
    ("triggers/{trigger_id}", "triggers/{trigger}"),
    ("triggers/{trigger_id}/revisions", "triggers/{trigger}/revisions"),
    ("triggers/{trigger_id}/revisions/{trigger_revision_id}", "triggers/{trigger}/revisions/{revision}"),
    ("audit_logs", "audit_logs"),
    ("audit_logs/{audit_log_id}", "audit_logs/{entry}"),
]


def fill_in(desk: Desk, asked: str) -> str:
    """The path with the ids of the account's view, trigger, and of what tells their changes."""
    if "{" not in asked:
        return asked
    trigger = desk.triggers()[0]["id"]
    desk.change_by_hand("trigger", trigger, active=False)
    revisions = desk.api("GET", f"triggers/{trigger}/revisions").json()["trigger_revisions"]
    ids = {"trigger": trigger, "view": desk.views()[0]["id"], "revision": revisions[0]["id"]}
    return asked.format(**ids, entry=desk.audit_log()[0]["id"])


def serious(spec: Any, schema: Any, value: Any) -> list[str]:
    """The misfits that the recordings do not excuse."""
    found = misfits(spec, schema, value)
    return [one for one in found if not (one.endswith(": null") and one[:-6].rsplit(".", 1)[-1] in NULLS_IN_RECORDINGS)]


@pytest.mark.parametrize(("path", "asked"), READS)
def test_what_is_read_has_the_right_shape(spec: Any, desk: Desk, path: str, asked: str) -> None:
    answer = desk.api("GET", fill_in(desk, asked))
    assert answer.status_code == 200
    assert serious(spec, answer_schema(spec, "GET", path, 200), answer.json()) == []


WRITES: list[tuple[str, str, str, int, Any]] = [
    ("POST", "tickets", "tickets", 201, {"ticket": {"comment": {"body": "x"}}}),
    ("PUT", "tickets/{ticket_id}", "tickets/1001", 200, {"ticket": {"comment": {"body": "x"}, "status": "pending"}}),
    ("POST", "tickets/{ticket_id}/merge", "tickets/1001/merge", 200, {"ids": [1002]}),
    ("PUT", "tickets/{ticket_id}/tags", "tickets/1001/tags", 200, {"tags": ["b"]}),
    ("POST", "tickets/{ticket_id}/tags", "tickets/1001/tags", 201, {"tags": ["b"]}),
    ("POST", "users", "users", 201, {"user": {"name": "Zoe", "email": "zoe@example.com"}}),
    ("POST", "users/create_or_update", "users/create_or_update", 201, {"user": {"name": "Zoe", "external_id": "z"}}),
    ("POST", "users/create_or_update", "users/create_or_update", 200, {"user": {"name": "Bob", "email": BOB["email"]}}),
    (
        "POST",
        "triggers",
        "triggers",
        201,
        {"trigger": {"title": "T", "actions": [{"field": "status", "value": "open"}]}},
    ),
    ("POST", "views", "views", 200, {"view": UNSOLVED}),
    ("POST", "ticket_fields", "ticket_fields", 201, {"ticket_field": {"title": "F", "type": "text"}}),
    ("POST", "uploads", "uploads?filename=a.txt", 201, None),
]


@pytest.mark.parametrize(("method", "path", "asked", "status", "body"), WRITES)
def test_what_is_written_is_answered_in_shape(
    spec: Any, desk: Desk, method: str, path: str, asked: str, status: int, body: Any
) -> None:
    answer = desk.api(method, asked, json=body)
    assert answer.status_code == status, answer.text
    assert serious(spec, answer_schema(spec, method, path, status), answer.json()) == []
