"""Beginning conversations in the stand-in's Sunshine, and listening to its events."""

from typing import Any

from tests.sandbox.receiver import Receiver
from tests.sandbox.server import Desk

WORKSPACE = "zd:agentWorkspace"
Json = dict[str, Any]


def user(desk: Desk, external_id: str = "c1", **profile: str) -> str:
    """A user of that external id; its id."""
    answer = desk.sc("POST", "users", json={"externalId": external_id, "profile": {"givenName": "Bob", **profile}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["user"]["id"])


def begin(desk: Desk, external_id: str = "c1", **metadata: Any) -> str:
    """A conversation of a new user; its id."""
    user(desk, external_id)
    return another(desk, external_id, **metadata)


def another(desk: Desk, external_id: str = "c1", **metadata: Any) -> str:
    """One more conversation of a user; its id."""
    said = {"type": "personal", "participants": [{"userExternalId": external_id}], "metadata": metadata}
    answer = desk.sc("POST", "conversations", json=said)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["conversation"]["id"])


def post(desk: Desk, chat: str, content: Any, author: Json | None = None, **more: Any) -> Any:
    """Posts a message as the business, or as that author; the answer."""
    content = {"type": "text", "text": content} if isinstance(content, str) else content
    said = {"author": author or {"type": "business"}, "content": content, **more}
    return desk.sc("POST", f"conversations/{chat}/messages", json=said)


def pass_control(desk: Desk, chat: str, target: str = WORKSPACE, **metadata: Any) -> None:
    """Asks for the pass, which is always accepted."""
    said = {"switchboardIntegration": target, "metadata": metadata}
    answer = desk.sc("POST", f"conversations/{chat}/passControl", json=said)
    assert (answer.status_code, answer.json()) == (200, {})


def listen(desk: Desk, receiver: Receiver, *triggers: str, **hook: Any) -> Json:
    """A custom integration whose webhook calls the receiver; the webhook."""
    said = {"target": f"{receiver.url}/sunshine", "triggers": list(triggers), **hook}
    answer = desk.sc("POST", "integrations", json={"type": "custom", "displayName": "OpenCX", "webhooks": [said]})
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()["integration"]
    return {**found["webhooks"][0], "integration": found["id"]}


def events(receiver: Receiver, count: int) -> list[Json]:
    """The events received, once there were that many calls, in the order of their making."""
    found = [event for call in receiver.wait_for(count) for event in call.json["events"]]
    return sorted(found, key=lambda event: str(event["createdAt"]))


def code(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["errors"][0]["code"]
