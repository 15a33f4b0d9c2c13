"""The stand-in platform: signed events in, receipts out."""

import datetime as dt
import json
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from tests.sandbox.receiver import Receiver
from tests.sandbox.server import Sandbox, wait_until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def send(sandbox: Sandbox, name: str = "default", webhook_id: str = "msg_1", secret: str = SECRET) -> requests.Response:
    data = {"reply_id": "r1", "conversation_id": "s1", "response": "Hello", "agent": {"id": "1", "name": "Grace"}}
    said: dict[str, Any] = {
        "event": "conversation.third_party_agent_response", "organization_id": "o1", "data": data,
    }  # fmt: skip
    body = json.dumps(said)
    moment = dt.datetime.now(dt.UTC)
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, moment, body),
        "Content-Type": "application/json",
    }
    return requests.post(sandbox.events_url(name), data=body, headers=headers, timeout=10)


@pytest.fixture
def platform(sandbox: Sandbox, receiver: Receiver) -> Receiver:
    """The product's place, taken by a receiver."""
    sandbox.reset()
    sandbox.platform(product_url=receiver.url, api_key="key-1", events_secret=SECRET)
    return receiver


def test_a_signed_event_is_kept_and_receipted(sandbox: Sandbox, platform: Receiver) -> None:
    assert send(sandbox).status_code == 200
    event = sandbox.events("s1")[0]
    assert (event["verified"], event["repeat"], event["webhook_id"]) == (True, False, "msg_1")
    receipt = platform.wait_for(1)[0]
    assert receipt.path == "/api/v1/replies/r1/receipt"
    assert (receipt.json, receipt.headers["Authorization"]) == ({"status": "delivered"}, "Bearer key-1")
    wait_until(lambda: sandbox.events("s1")[0]["receipt"].startswith("200"))


def test_a_wrong_signature_is_401(sandbox: Sandbox, platform: Receiver) -> None:
    assert send(sandbox, secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").status_code == 401
    assert sandbox.events("s1")[0]["verified"] is False


def test_it_fails_as_often_as_told(sandbox: Sandbox, platform: Receiver) -> None:
    sandbox.platform(failing_status=503, failing_times=2)
    assert [send(sandbox).status_code for _each in range(3)] == [503, 503, 200]
    assert [one["repeat"] for one in sandbox.events("s1")] == [False, False, False]


def test_the_same_event_again_is_marked(sandbox: Sandbox, platform: Receiver) -> None:
    send(sandbox)
    send(sandbox)
    assert [one["repeat"] for one in sandbox.events("s1")] == [False, True]


def test_each_organization_has_its_own_place(sandbox: Sandbox, platform: Receiver) -> None:
    sandbox.platform("other", events_secret=SECRET)
    assert send(sandbox, "other").status_code == 200
    assert (len(sandbox.events(name="other")), sandbox.events()) == (1, [])
    assert send(sandbox, "nobody").status_code == 404
