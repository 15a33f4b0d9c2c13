"""Sunshine's answers and events have the shape that Zendesk's own specification gives them.

The specification carries no open licence, so it is not in the repository: set ``ZENDESK_SPECS`` to a folder
with ``sunco.json``, else these are skipped.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.chats import another, begin, events, listen, pass_control, post
from tests.sandbox.openapi import misfits
from tests.sandbox.receiver import Receiver
from tests.sandbox.server import Desk

SPEC = Path(os.environ.get("ZENDESK_SPECS", "")) / "sunco.json"
pytestmark = pytest.mark.skipif(
    not SPEC.is_file(), reason="NOT CHECKED: set ZENDESK_SPECS to the folder of Zendesk's sunco.json"
)
CONTACT = {"type": "user", "userExternalId": "c1"}
EVENTS = {
    "conversation:create": "conversationCreateEvent",
    "conversation:message": "conversationMessageEvent",
    "conversation:read": "conversationReadEvent",
    "conversation:remove": "conversationRemoveEvent",
    "switchboard:passControl": "switchboardPassControl",
    "switchboard:passControl:failure": "switchboardPassControlFailure",
    "switchboard:releaseControl": "switchboardReleaseControl",
    "user:merge": "userMergeEvent",
    "user:remove": "userRemoveEvent",
}


@pytest.fixture(scope="module")
def spec() -> Any:
    """The specification."""
    return json.loads(SPEC.read_text())


def unfit(spec: Any, method: str, path: str, answer: Any) -> list[str]:
    """Where the answer does not fit."""
    operation = spec["paths"][f"/v2/apps/{{appId}}{path}"][method.lower()]
    schema = operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
    return list(misfits(spec, schema, answer.json()))


def test_answers_have_the_right_shape(spec: Any, desk: Desk, receiver: Receiver) -> None:
    chat = begin(desk, opencx_session_id="s1")
    post(desk, chat, "Hello", CONTACT)
    hook = listen(desk, receiver, "conversation:message")
    board = desk.sunshine()["switchboard_id"]
    for path, asked in (
        ("", ""),
        ("/users/{userIdOrExternalId}", "users/c1"),
        ("/conversations", "conversations?filter[userExternalId]=c1"),
        ("/conversations/{conversationId}", f"conversations/{chat}"),
        ("/conversations/{conversationId}/participants", f"conversations/{chat}/participants"),
        ("/conversations/{conversationId}/messages", f"conversations/{chat}/messages"),
        ("/integrations", "integrations"),
        ("/integrations/{integrationId}/webhooks", f"integrations/{hook['integration']}/webhooks"),
        ("/switchboards", "switchboards"),
        ("/switchboards/{switchboardId}/switchboardIntegrations", f"switchboards/{board}/switchboardIntegrations"),
    ):
        answer = desk.sc("GET", asked)
        assert answer.status_code == 200, asked
        assert unfit(spec, "GET", path, answer) == [], asked
    for status, path, answer in (
        (201, "/users", desk.sc("POST", "users", json={"externalId": "c2"})),
        (409, "/users", desk.sc("POST", "users", json={"externalId": "c2"})),
        (404, "/conversations/{conversationId}/passControl", desk.sc(
            "POST", "conversations/x/passControl", json={"switchboardIntegration": "next"})),
        (201, "/conversations/{conversationId}/messages", post(desk, chat, "Hi")),
    ):  # fmt: skip
        assert answer.status_code == status, path
        assert unfit(spec, "POST", path, answer) == [], path


def test_events_have_the_right_shape(spec: Any, desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, *EVENTS, includeFullUser=True, includeFullSource=True)
    begin(desk, "c1")
    begin(desk, "c2")
    chat = another(desk, "c1", opencx_session_id="s1")
    post(desk, chat, "Hello", CONTACT)
    desk.sc("POST", f"conversations/{chat}/activity", json={"author": CONTACT, "type": "conversation:read"})
    pass_control(desk, chat, "nobody")
    pass_control(desk, chat, **{"dataCapture.systemField.tags": "a"})
    desk.agent_reply(chat, "Hi")
    desk.end_chat(chat)
    desk.sc("DELETE", f"conversations/{chat}")
    desk.play("user_merge", user="c2", into="c1")
    desk.play("user_remove", user="c1")
    desk.wait_for_events(14)
    found = events(receiver, 14)
    assert {one["type"] for one in found} == set(EVENTS)
    for one in found:
        schema = spec["components"]["schemas"][EVENTS[one["type"]]]
        assert list(misfits(spec, schema, one)) == [], one["type"]
