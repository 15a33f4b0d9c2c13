"""Zendesk's recorded answers to Verify's questions, for accounts that differ in one thing each."""

from __future__ import annotations

import json
from typing import Any

import responses

BASE = "https://acme.zendesk.com"
ANONYMOUS = {"user": {"id": None, "name": "Anonymous user", "role": "end-user", "active": None}}
REFUSED = {"error": "Couldn't authenticate you"}
FORBIDDEN = {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}
NO_HELP_DESK = {
    "error": {
        "title": "No help desk at acme.zendesk.com",
        "message": "There is no help desk configured at this address. This means that the address is available.",
    }
}
ROLE = {
    "end_user_profile_access": "full",
    "ticket_access": "all",
    "ticket_comment_access": "public",
    "ticket_editing": True,
    "manage_business_rules": True,
    "light_agent": False,
}


class Account:
    """`acme` at Zendesk, where everything works until a test says otherwise."""

    def __init__(self, wire: responses.RequestsMock) -> None:
        self.wire, self.headers = wire, dict[str, str]()
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {
            ("POST", "/oauth/tokens"): (201, {"access_token": "an-access-token", "expires_in": 7200}),
            ("GET", "/api/v2/users/me"): (200, {"user": self.user()}),
            ("GET", "/api/v2/tickets"): (200, {"tickets": [], "meta": {"has_more": False}}),
            ("GET", "/api/v2/webhooks"): (200, {"webhooks": []}),
            ("GET", "/api/v2/triggers"): (200, {"triggers": []}),
        }

    @staticmethod
    def user(**changes: Any) -> dict[str, Any]:
        """An admin, with `changes`."""
        return {
            "id": 391822047715,
            "name": "OpenCX Service",
            "email": "service@acme.example",
            "role": "admin",
            "role_type": 4,
            "custom_role_id": None,
            "active": True,
            "suspended": False,
        } | changes

    def is_user(self, **changes: Any) -> None:
        """Sign in as this user."""
        self.answer("GET", "/api/v2/users/me", 200, {"user": self.user(**changes)})

    def is_agent_with_role(self, name: str = "Integrations", role_type: int = 0, **configuration: Any) -> None:
        """Sign in as an agent with a custom role whose configuration has these changes."""
        self.is_user(role="agent", role_type=0, custom_role_id=77)
        row = {"id": 77, "name": name, "role_type": role_type, "configuration": ROLE | configuration}
        self.answer("GET", "/api/v2/custom_roles/77", 200, {"custom_role": row})

    def answer(self, method: str, path: str, status: int, body: Any) -> None:
        """What the account answers: a JSON value, a text, or an exception to raise."""
        self.answers[(method, path)] = (status, body)

    def put_up(self) -> None:
        """Give the answers to the wire."""
        for (method, path), (status, body) in self.answers.items():
            text = body if isinstance(body, str | Exception) else json.dumps(body)
            kind = "application/json"
            self.wire.add(method, f"{BASE}{path}", body=text, status=status, content_type=kind, headers=self.headers)

    @property
    def asked(self) -> list[str]:
        """What was asked, in order, without the queries."""
        return [f"{call.request.method} {str(call.request.url)[len(BASE) :].split('?')[0]}" for call in self.wire.calls]
