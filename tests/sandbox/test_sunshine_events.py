"""Sunshine tells its webhooks what happened."""

import itertools
import time

import pytest

from tests.sandbox.chats import begin, code, events, listen, pass_control, post, user
from tests.sandbox.receiver import Received, Receiver
from tests.sandbox.server import Desk, wait_until

CONTACT = {"type": "user", "userExternalId": "c1"}
HURRIED = {"limits": {"event_pause": 0.05}}


def test_a_webhook_is_made_with_a_secret_and_listed_with_it(desk: Desk, receiver: Receiver) -> None:
    hook = listen(desk, receiver, "conversation:message")
    where = f"integrations/{hook['integration']}/webhooks"
    listed = desk.sc("GET", where).json()["webhooks"]
    assert (listed[0]["secret"], listed[0]["version"], listed[0]["includeFullUser"]) == (hook["secret"], "v2", False)
    integrations = desk.sc("GET", "integrations", params={"filter[types]": "custom"}).json()["integrations"]
    assert [one["webhooks"][0]["id"] for one in integrations] == [hook["id"]]
    moved = {"target": f"{receiver.url}/elsewhere", "triggers": ["user:merge"]}
    changed = desk.sc("PATCH", f"{where}/{hook['id']}", json=moved).json()["webhook"]
    assert (changed["target"], changed["triggers"], changed["secret"]) == (*moved.values(), hook["secret"])
    assert code(desk.sc("POST", where, json=moved)) == (400, "bad_request")
    assert desk.sc("DELETE", f"integrations/{hook['integration']}").json() == {}
    assert code(desk.sc("GET", where)) == (404, "integration_not_found")


@pytest.mark.parametrize(
    "hooks",
    [None, [], [{}], [{"target": "https://example.com"}], [{"target": "x", "triggers": ["user:merge"]}],
     [{"target": "https://example.com", "triggers": ["message:appUser"]}]],
)  # fmt: skip
def test_a_webhook_that_cannot_be(desk: Desk, hooks: object) -> None:
    assert code(desk.sc("POST", "integrations", json={"type": "custom", "webhooks": hooks})) == (400, "bad_request")


def test_an_app_has_ten_webhooks_at_most(desk: Desk, receiver: Receiver) -> None:
    for _number in range(10):
        listen(desk, receiver, "user:merge")
    hook = {"target": receiver.url, "triggers": ["user:merge"]}
    assert code(desk.sc("POST", "integrations", json={"type": "custom", "webhooks": [hook]})) == (400, "bad_request")


def test_our_own_message_comes_back_as_an_event(desk: Desk, receiver: Receiver) -> None:
    hook = listen(desk, receiver, "conversation:message")
    chat = begin(desk, opencx_session_id="s1")
    made = post(desk, chat, "Hello", metadata={"marker": "1"}).json()["messages"][0]
    [call] = receiver.wait_for(1)
    assert call.headers["X-API-Key"] == hook["secret"]
    body = call.json
    assert (body["app"], body["webhook"]) == ({"id": desk.app_id}, {"id": hook["id"], "version": "v2"})
    [event] = body["events"]
    assert (event["type"], len(event["id"]), event["createdAt"][-1]) == ("conversation:message", 24, "Z")
    assert event["payload"]["message"] == made
    assert event["payload"]["conversation"]["metadata"] == {"opencx_session_id": "s1"}


def test_an_agents_message_says_where_it_comes_from(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, "conversation:message")
    chat = begin(desk)
    pass_control(desk, chat)
    message_id = desk.agent_reply(chat, "Hello Bob")
    message = events(receiver, 1)[0]["payload"]["message"]
    assert (message["id"], message["source"]["type"], message["author"]["type"]) == (
        message_id, "zd:agentWorkspace", "business",
    )  # fmt: skip
    assert message["metadata"]["__zendesk_msg.agent.id"].isdigit()


def test_only_what_was_subscribed_is_told(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, "conversation:create")
    post(desk, begin(desk), "Hello")
    [call] = desk.wait_for_events(1)
    assert [event["type"] for event in call["events"]] == ["conversation:create"]
    assert call["events"][0]["payload"]["creationReason"] == "none"


@pytest.mark.parametrize("is_full", [True, False])
def test_the_full_user_and_source_are_told_when_asked_for(desk: Desk, receiver: Receiver, is_full: bool) -> None:
    listen(desk, receiver, "conversation:message", includeFullUser=is_full, includeFullSource=is_full)
    desk.play("user_message", conversation_id=begin(desk), text="Hi")
    message = events(receiver, 1)[0]["payload"]["message"]
    assert message["author"]["user"]["externalId"] == "c1"
    assert ("profile" in message["author"]["user"], "client" in message["source"]) == (is_full, is_full)


def test_events_are_tried_five_times_with_growing_gaps(desk: Desk, receiver: Receiver) -> None:
    desk.order("", HURRIED)
    receiver.answers = [(500, {}), (502, {}), (429, {}), (302, {}), (503, {})]
    listen(desk, receiver, "conversation:message")
    post(desk, begin(desk), "Hello")
    [call] = desk.wait_for_events(1)
    assert (call["status"], [one["status_code"] for one in call["attempts"]]) == (
        "terminated",
        [500, 502, 429, 302, 503],
    )
    moments = [one.at for one in receiver.received]
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert gaps[0] < gaps[1] < gaps[2] < gaps[3]
    assert len({one.json["events"][0]["id"] for one in receiver.received}) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 406])
def test_a_final_answer_ends_it(desk: Desk, receiver: Receiver, status: int) -> None:
    desk.order("", HURRIED)
    receiver.answers = [(status, {})]
    listen(desk, receiver, "conversation:message")
    post(desk, begin(desk), "Hello")
    [call] = desk.wait_for_events(1)
    assert (call["status"], len(call["attempts"])) == ("terminated", 1)


def test_a_late_success_is_a_success(desk: Desk, receiver: Receiver) -> None:
    desk.order("", HURRIED)
    receiver.answers = [(410, {}), (204, {})]
    listen(desk, receiver, "conversation:message")
    post(desk, begin(desk), "Hello")
    [call] = desk.wait_for_events(1)
    assert (call["status"], [one["status_code"] for one in call["attempts"]]) == ("success", [410, 204])


def test_several_events_may_come_in_one_call(desk: Desk, receiver: Receiver) -> None:
    desk.sunshine(events_per_call=3)
    listen(desk, receiver, "conversation:message")
    chat = begin(desk)
    for number in range(4):
        post(desk, chat, str(number))
    calls = desk.wait_for_events(2)
    assert [len(call["events"]) for call in calls] == [3, 1]


def test_events_get_lost_come_twice_late_or_with_a_wrong_key(desk: Desk, receiver: Receiver) -> None:
    hook = listen(desk, receiver, "conversation:message")
    chat = begin(desk)
    for kind in ("event_lost", "event_duplicated", "event_wrong_key"):
        desk.fault(kind)
        post(desk, chat, kind)
    desk.fault("event_delayed", seconds=0.5)
    posted = time.monotonic()
    post(desk, chat, "event_delayed")
    desk.wait_for_events(5)
    said: dict[str, list[Received]] = {}
    for call in receiver.received:
        said.setdefault(call.json["events"][0]["payload"]["message"]["content"]["text"], []).append(call)
    assert {text: len(calls) for text, calls in said.items()} == {
        "event_duplicated": 2, "event_wrong_key": 1, "event_delayed": 1,
    }  # fmt: skip
    assert said["event_wrong_key"][0].headers["X-API-Key"] != hook["secret"]
    assert said["event_delayed"][0].at - posted > 0.4
    assert len({call.json["events"][0]["id"] for call in said["event_duplicated"]}) == 1


def test_users_and_conversations_that_end_are_told(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, "user:merge", "user:remove", "conversation:remove")
    first, second = begin(desk, "c1"), begin(desk, "c2")
    desk.play("user_merge", user="c2", into="c1")
    merged = events(receiver, 1)[0]
    assert (merged["type"], merged["payload"]["reason"]) == ("user:merge", "api")
    assert {name: one["externalId"] for name, one in merged["payload"]["mergedUsers"].items()} == {
        "surviving": "c1", "discarded": "c2",
    }  # fmt: skip
    assert {one["users"][0]["externalId"] for one in desk.conversations()} == {"c1"}
    desk.play("conversation_remove", conversation_id=second)
    desk.play("user_remove", user="c1")
    found = wait_until(lambda: [] if len(receiver.received) < 4 else events(receiver, 4))
    assert [(one["type"], one["payload"].get("conversation", {}).get("id")) for one in found[1:]] == [
        ("conversation:remove", second), ("conversation:remove", first), ("user:remove", None),
    ]  # fmt: skip


def test_merging_joins_conversations_when_a_user_may_have_but_one(desk: Desk, receiver: Receiver) -> None:
    desk.sunshine(multi_conversations=False)
    listen(desk, receiver, "user:merge")
    first, second = begin(desk, "c1"), begin(desk, "c2")
    post(desk, second, "Hello")
    desk.play("user_merge", user="c2", into="c1")
    payload = events(receiver, 1)[0]["payload"]
    assert {name: one["id"] for name, one in payload["mergedConversations"].items()} == {
        "surviving": first, "discarded": second,
    }  # fmt: skip
    [left] = desk.conversations()
    assert (left["id"], [one["content"]["text"] for one in left["messages"]]) == (first, ["Hello"])


def test_zendesks_bot_answers_when_it_is_on(desk: Desk, receiver: Receiver) -> None:
    desk.sunshine(answers_by_bot=True)
    listen(desk, receiver, "conversation:message")
    chat = begin(desk)
    post(desk, chat, "Hello", CONTACT)
    said = [event["payload"]["message"] for event in events(receiver, 2)]
    assert [one["source"]["type"] for one in said] == ["api:conversations", "zd:answerBot"]
    pass_control(desk, chat)
    post(desk, chat, "Hello?", CONTACT)
    assert len(desk.wait_for_events(3)) == 3


def test_a_contact_writes_in_a_channel_of_zendesks_own(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, "conversation:message")
    desk.play("user_message", conversation_id=begin(desk), text="Hi", channel="whatsapp")
    message = events(receiver, 1)[0]["payload"]["message"]
    assert (message["source"]["type"], message["author"]["user"]["externalId"]) == ("whatsapp", "c1")


def test_one_in_the_switchboard_hears_standby_events_only_when_it_asked(desk: Desk, receiver: Receiver) -> None:
    hook = listen(desk, receiver, "conversation:message")
    where = f"switchboards/{desk.sunshine()['switchboard_id']}/switchboardIntegrations"
    said = {"name": "ours", "integrationId": hook["integration"], "deliverStandbyEvents": False}
    seat = desk.sc("POST", where, json=said).json()["switchboardIntegration"]["id"]
    chat = begin(desk)
    post(desk, chat, "unheard")
    desk.sc("PATCH", f"{where}/{seat}", json={"deliverStandbyEvents": True})
    post(desk, chat, "heard")
    texts = [event["payload"]["message"]["content"]["text"] for event in events(receiver, 1)]
    assert texts == ["heard"]


def test_an_inactive_integration_hears_nothing(desk: Desk, receiver: Receiver) -> None:
    hook = listen(desk, receiver, "conversation:message")
    desk.sc("PATCH", f"integrations/{hook['integration']}", json={"status": "inactive"})
    post(desk, begin(desk), "Hello")
    assert desk.event_calls() == []
    assert user(desk, "c9")
