"""Triggers ring webhooks as Zendesk does."""

import base64
import hashlib
import hmac
from typing import Any

import pytest
import requests

from tests.sandbox.receiver import Received, Receiver
from tests.sandbox.server import Desk, Sandbox
from tests.sandbox.test_tickets import make, put

TAGGED = {"tags": ["opencx_handedoff"], "external_id": "session-1"}


@pytest.fixture
def number(desk: Desk, receiver: Receiver) -> int:
    """A handed-off ticket whose updates ring the receiver."""
    desk.set_webhook(endpoint=f"{receiver.url}/webhooks/zendesk/token")
    return make(desk, **TAGGED)


def signature(secret: str, call: Received) -> str:
    message = call.headers["X-Zendesk-Webhook-Signature-Timestamp"].encode() + call.body
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


def test_a_public_reply_rings_with_the_reference_body(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.reply(number, "Hello Bob", status="open")
    call = receiver.wait_for(1)[0]
    assert call.json == {"ticket_id": str(number), "external_id": "session-1", "status": "Open"}
    assert call.path == "/webhooks/zendesk/token"
    assert call.headers["User-Agent"] == "Zendesk Webhook"
    assert call.headers["X-Zendesk-Account-Id"] == str(desk.description["number"])
    assert call.headers["X-Zendesk-Webhook-Id"] == desk.description["webhooks"][0]["id"]
    assert call.headers["X-Zendesk-Webhook-Invocation-Id"] == desk.wait_for_calls(1)[0]["id"]


def test_the_call_is_signed_as_zendesk_signs(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.reply(number, "Hello Bob")
    secret = desk.description["webhooks"][0]["signing_secret"]
    call = receiver.wait_for(1)[0]
    assert call.headers["X-Zendesk-Webhook-Signature"] == signature(secret, call)


def test_a_note_does_not_ring_but_solving_does(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.note(number, "Internal")
    desk.play("solve", number)
    assert receiver.wait_for(1)[0].json["status"] == "Solved"
    assert len(desk.wait_for_calls(1)) == 1


def test_a_ticket_without_the_tag_does_not_ring(desk: Desk, receiver: Receiver, number: int) -> None:
    other = make(desk)
    desk.reply(other, "Hello")
    desk.reply(number, "Hello")
    desk.wait_for_calls(1)
    assert [call.json["ticket_id"] for call in receiver.received] == [str(number)]


def conditions(*needed: dict[str, Any]) -> dict[str, Any]:
    return {"conditions": {"all": list(needed), "any": []}}


@pytest.mark.parametrize(
    ("field", "operator", "value", "rings"),
    [
        ("update_type", "is", "Create", 1),
        ("comment_is_public", "is", "false", 1),
        ("current_via_id", "is_not", "5", 2),
        ("role", "is", "end_user", 1),
        ("current_tags", "not_includes", "opencx_handedoff", 0),
        ("status", "value", "solved", 1),
        ("status", "value_previous", "open", 1),
        ("no_such_field", "is", "x", 0),
    ],
)
def test_conditions_decide(desk: Desk, receiver: Receiver, field: str, operator: str, value: str, rings: int) -> None:
    desk.set_webhook(endpoint=receiver.url)
    desk.order("/trigger", conditions({"field": field, "operator": operator, "value": value}))
    number = make(desk, **TAGGED, status="open", comment={"body": "Hi", "public": True})
    put(desk, number, comment={"body": "by the API", "public": False})
    desk.play("end_user", number, text="by mail")
    desk.play("solve", number)
    assert len(desk.wait_for_calls(rings)) == rings


def test_placeholders_are_escaped_to_stand_in_json(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.order(
        "/trigger", {"body": '{"text": "{{ticket.latest_public_comment}}", "by": "{{current_user.id}}", "x": "{{y}}"}'}
    )
    desk.reply(number, 'She said "hi"\nand left')
    said = receiver.wait_for(1)[0].json
    assert said["text"].endswith('She said "hi"\nand left')
    assert said["text"].startswith("------")
    assert (int(said["by"]) > 0, said["x"]) == (True, "")


def test_a_list_comes_out_as_ruby(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.order("/trigger", {"body": '{"all": "{{ticket.comments}}"}'})
    desk.reply(number, "Hello")
    assert receiver.wait_for(1)[0].json["all"].startswith("#<Comment id: ")


def test_two_triggers_give_two_invocations_for_one_reply(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.order("/trigger", {"add": True})
    desk.reply(number, "Hello")
    calls = receiver.wait_for(2)
    assert len({call.headers["X-Zendesk-Webhook-Invocation-Id"] for call in calls}) == 2


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        ((200, {}), 1), ((500, {}), 1), ((404, {}), 1), ((410, {}), 1), ((502, {}), 1), ((409, {}), 2),
        ((503, {}), 1), ((503, {"Retry-After": "1"}), 2), ((429, {"Retry-After": "120"}), 1),
        ((302, {"Location": "/x"}), 1),
    ],
)  # fmt: skip
def test_only_few_answers_are_tried_again(
    sandbox: Sandbox, receiver: Receiver, answer: tuple[int, dict[str, str]], tries: int
) -> None:
    desk = sandbox.account("retries", limits={"webhook_pause": 0.05})
    desk.set_webhook(endpoint=receiver.url)
    receiver.answers = [answer]
    number = make(desk, **TAGGED)
    desk.reply(number, "Hello")
    call = desk.wait_for_calls(1)[0]
    assert (call["tries"], len(receiver.received)) == (tries, tries)
    ids = {one.headers["X-Zendesk-Webhook-Invocation-Id"] for one in receiver.received}
    assert ids == {call["id"]}
    assert call["status"] == ("success" if answer[0] == 200 or tries > 1 else "terminated")


def test_a_timeout_is_tried_again_up_to_five_times(sandbox: Sandbox, receiver: Receiver) -> None:
    desk = sandbox.account("retries", limits={"webhook_pause": 0.01, "webhook_timeout": 0.1})
    desk.set_webhook(endpoint=receiver.url)
    receiver.pause = 0.3
    desk.reply(make(desk, **TAGGED), "Hello")
    call = desk.wait_for_calls(1)[0]
    assert (call["status"], call["tries"]) == ("terminated", 6)
    assert {one["status"] for one in call["attempts"]} == {"timeout"}


def test_a_lost_call_never_leaves(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.fault("webhook_lost")
    desk.reply(number, "lost")
    desk.reply(number, "sent")
    assert [one["status"] for one in desk.wait_for_calls(2)] == ["throttled", "success"]
    assert len(receiver.received) == 1


def test_a_duplicated_call_comes_twice(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.fault("webhook_duplicated")
    desk.reply(number, "twice")
    assert len(receiver.wait_for(2)) == 2


def test_a_delayed_call_is_late(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.fault("webhook_delayed", seconds=2)
    desk.reply(number, "late")
    desk.reply(number, "early")
    late, early = desk.wait_for_calls(2)
    first, second = (call.headers["X-Zendesk-Webhook-Invocation-Id"] for call in receiver.wait_for(2))
    assert {late["id"], early["id"]} == {first, second}
    assert receiver.received[1].at - receiver.received[0].at > 0.5


def test_the_old_url_can_be_called(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.set_webhook(endpoint=f"{receiver.url}/new")
    desk.fault("webhook_stale_url")
    desk.reply(number, "old")
    desk.reply(number, "new")
    assert {call.path for call in receiver.wait_for(2)} == {"/webhooks/zendesk/token", "/new"}


def test_signing_can_be_switched_off(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.set_webhook(signing=False)
    desk.reply(number, "Hello")
    assert "X-Zendesk-Webhook-Signature" not in receiver.wait_for(1)[0].headers


def test_the_breaker_stops_calls_when_most_fail(sandbox: Sandbox, receiver: Receiver) -> None:
    desk = sandbox.account("breaker", limits={"breaker": 2})
    desk.set_webhook(endpoint=receiver.url)
    receiver.answers = [(500, {})] * 5
    number = make(desk, **TAGGED)
    for turn in range(3):
        desk.reply(number, str(turn))
        desk.wait_for_calls(turn + 1)
    assert [one["status"] for one in desk.invocations()] == ["terminated", "terminated", "circuit broken"]


def test_a_webhook_is_made_read_changed_and_deleted_by_the_api(desk: Desk) -> None:
    said = {
        "name": "Ours", "endpoint": "https://example.com/hook", "http_method": "POST", "request_format": "json",
        "status": "active", "subscriptions": ["conditional_ticket_events"],
        "authentication": {"type": "basic_auth", "data": {"username": "u", "password": "p"}, "add_position": "header"},
    }  # fmt: skip
    answer = desk.api("POST", "webhooks", json={"webhook": said})
    webhook = answer.json()["webhook"]
    path = f"webhooks/{webhook['id']}"
    assert (answer.status_code, len(webhook["id"])) == (201, 26)
    assert webhook["authentication"]["data"] == {"username": "u"}
    secret = desk.api("GET", f"{path}/signing_secret").json()["signing_secret"]
    assert secret["algorithm"] == "SHA256"
    reset = desk.api("POST", f"{path}/signing_secret")
    assert reset.status_code == 201
    assert reset.json()["signing_secret"]["secret"] != secret["secret"]
    changed = desk.api("PATCH", path, json={"webhook": {"endpoint": "https://example.com/new"}})
    assert (changed.status_code, changed.content) == (204, b"")
    assert desk.api("GET", path).json()["webhook"]["endpoint"] == "https://example.com/new"
    assert [one["name"] for one in desk.api("GET", "webhooks?filter[name_contains]=Our").json()["webhooks"]] == ["Ours"]
    assert desk.api("DELETE", path).status_code == 204
    assert desk.api("GET", path).status_code == 404


def test_a_test_call_is_made_at_once_and_answers_what_came_back(desk: Desk, receiver: Receiver, number: int) -> None:
    webhook = desk.description["webhooks"][0]
    answer = desk.api("POST", f"webhooks/test?webhook_id={webhook['id']}", json={"request": {"payload": '{"a": 1}'}})
    assert answer.json()["response"]["status_code"] == 200
    assert receiver.received[0].json == {"a": 1}
    assert receiver.received[0].headers["X-Zendesk-Webhook-Signature"] == signature(
        webhook["signing_secret"], receiver.received[0]
    )


def test_a_test_of_a_webhook_not_made_yet_uses_the_published_secret(desk: Desk, receiver: Receiver) -> None:
    said = {"endpoint": receiver.url, "http_method": "POST", "request_format": "json", "payload": "{}"}
    assert desk.api("POST", "webhooks/test", json={"request": said}).status_code == 200
    call = receiver.received[0]
    known = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
    assert call.headers["X-Zendesk-Webhook-Signature"] == signature(known, call)


def test_invocations_and_attempts_can_be_read(desk: Desk, receiver: Receiver, number: int) -> None:
    desk.reply(number, "Hello")
    desk.wait_for_calls(1)
    desk.fault("webhook_lost")
    desk.reply(number, "Lost")
    path = f"webhooks/{desk.description['webhooks'][0]['id']}/invocations"
    lost, sent = desk.api("GET", path).json()["invocations"]
    assert (lost["status"], "status_code" in lost) == ("throttled", False)
    assert (sent["status"], sent["status_code"]) == ("success", 200)
    attempt = desk.api("GET", f"{path}/{sent['id']}/attempts").json()["attempts"][0]
    assert attempt["status_code"] == 200
    assert str(number) in attempt["request"]["payload"]


def test_triggers_are_made_read_changed_and_deleted_by_the_api(desk: Desk) -> None:
    action = {"field": "notification_webhook", "value": ["01", "{}"]}
    condition = {"field": "status", "operator": "changed", "value": None}
    answer = desk.api("POST", "triggers", json={"trigger": {"title": "T", "all": [condition], "actions": [action]}})
    trigger = answer.json()["trigger"]
    assert (answer.status_code, trigger["conditions"]) == (201, {"all": [condition], "any": []})
    path = f"triggers/{trigger['id']}.json"
    assert desk.api("PUT", path, json={"trigger": {"active": False}}).json()["trigger"]["actions"] == [action]
    active = [one["title"] for one in desk.api("GET", "triggers/active").json()["triggers"]]
    assert active == ["OpenCX: public reply or status change"]
    assert desk.api("DELETE", path).status_code == 204
    assert desk.api("POST", "triggers", json={"trigger": {"title": "T"}}).status_code == 422


def test_the_control_api_takes_json_only(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.url}/_control/reset", data={"a": "b"}, timeout=10)
    assert answer.status_code == 415
