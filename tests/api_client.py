"""How tests call the platform's API: JSON in, JSON out, with a key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.test import Client

SESSION: dict[str, Any] = {
    "channel": "email",
    "contact": {"id": "contact-1", "name": "Carla Contact", "email": "carla@customer.example"},
}
MESSAGE: dict[str, Any] = {
    "id": "m1",
    "sender": "contact",
    "text": "Where is my order 4711?",
    "created_at": "2026-11-22T10:00:00+00:00",
}
HANDOFF: dict[str, Any] = {"reason": "user_requested_human_assistance", "summary": "Wants a person."}


@dataclass(frozen=True)
class Answer:
    """One answer: its status, its JSON object, its headers."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ApiClient:
    """The platform, calling with `key`; an empty key sends no Authorization at all."""

    key: str
    client: Client = field(default_factory=Client)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send `body` as JSON, or as it is when it is bytes. `path` begins after `/api/v1/`."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if self.key:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        content_type = headers.pop("content_type", "application/json")
        extra: dict[str, Any] = {} if body is None else {"CONTENT_TYPE": content_type}
        response = self.client.generic(method, f"/api/v1/{path}", data, content_type, headers=headers, **extra)
        return Answer(response.status_code, json.loads(response.content), dict(response.items()))

    def put_session(self, session_id: str, body: Any = None) -> Answer:
        return self.call("PUT", f"sessions/{quote(session_id, safe='')}", SESSION if body is None else body)

    def get_session(self, session_id: str) -> Answer:
        return self.call("GET", f"sessions/{quote(session_id, safe='')}")

    def patch_session(self, session_id: str, body: Any) -> Answer:
        return self.call("PATCH", f"sessions/{quote(session_id, safe='')}", body)

    def post_messages(self, session_id: str, *messages: dict[str, Any]) -> Answer:
        """Post messages; what a message leaves out is taken from `MESSAGE`."""
        body = {"messages": [MESSAGE | message for message in messages]}
        return self.call("POST", f"sessions/{quote(session_id, safe='')}/messages", body)

    def hand_off(self, session_id: str, body: Any = None) -> Answer:
        return self.call("POST", f"sessions/{quote(session_id, safe='')}/handoff", HANDOFF if body is None else body)

    def post_receipt(self, reply_id: str, body: Any) -> Answer:
        return self.call("POST", f"replies/{quote(reply_id, safe='')}/receipt", body)
