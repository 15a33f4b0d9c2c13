"""Who has control of a conversation, and the ticket that the Agent Workspace makes of it."""

import pytest

from tests.sandbox.chats import WORKSPACE, begin, code, events, listen, pass_control, post
from tests.sandbox.receiver import Receiver
from tests.sandbox.server import Desk, Sandbox

TOPIC = {"id": 360001, "type": "tagger", "title": "Topic", "options": [{"name": "Refund", "value": "topic_refund"}]}
SWITCHBOARD = (
    "switchboard:passControl", "switchboard:passControl:failure", "switchboard:releaseControl",
    "switchboard:offerControl", "switchboard:acceptControl", "switchboard:acceptControl:failure",
)  # fmt: skip


@pytest.fixture
def desk(sandbox: Sandbox) -> Desk:
    """An account with a field."""
    return sandbox.account("acme", ticket_fields=[TOPIC])


def test_the_switchboard_has_a_bot_and_the_agent_workspace(desk: Desk) -> None:
    board = desk.sc("GET", "switchboards").json()["switchboards"][0]
    seats = desk.sc("GET", f"switchboards/{board['id']}/switchboardIntegrations").json()["switchboardIntegrations"]
    assert [one["integrationType"] for one in seats] == ["zd:answerBot", WORKSPACE]
    assert board["defaultSwitchboardIntegrationId"] == seats[0]["id"]
    assert seats[0]["nextSwitchboardIntegrationId"] == seats[1]["id"]


@pytest.mark.parametrize("name", [WORKSPACE, "zd-agentWorkspace", "next", "id"])
def test_control_is_passed_by_type_name_next_and_id(desk: Desk, name: str) -> None:
    seats = desk.sunshine()["switchboard_integrations"]
    chat = begin(desk)
    pass_control(desk, chat, seats[1]["id"] if name == "id" else name)
    assert desk.conversations()[0]["control"] == WORKSPACE


def test_the_pass_makes_a_ticket_with_tags_and_fields(desk: Desk) -> None:
    chat = begin(desk)
    post(desk, chat, "Where is my order?", {"type": "user", "userExternalId": "c1"})
    captured = {
        "dataCapture.systemField.tags": "opencx_handedoff,opencx_channel_web",
        "dataCapture.systemField.priority": "high",
        "dataCapture.ticketField.360001": "topic_refund",
        "dataCapture.ticketField.4711": "unknown",
    }
    pass_control(desk, chat, **captured)
    number = desk.conversations()[0]["ticket_id"]
    ticket = desk.api("GET", f"tickets/{number}").json()["ticket"]
    assert {"opencx_handedoff", "opencx_channel_web", "topic_refund"} == set(ticket["tags"])
    assert (ticket["priority"], ticket["via"]["channel"]) == ("high", "native_messaging")
    assert {"id": 360001, "value": "topic_refund"} in ticket["custom_fields"]
    requester = desk.api("GET", f"users/{ticket['requester_id']}").json()["user"]
    assert (requester["external_id"], requester["email"]) == ("c1", None)
    assert "Where is my order?" in desk.comments(number)[0]["body"]


def test_a_value_its_field_cannot_hold_is_left_away(desk: Desk) -> None:
    chat = begin(desk)
    pass_control(desk, chat, **{"dataCapture.ticketField.360001": "nonsense"})
    number = desk.conversations()[0]["ticket_id"]
    assert {"id": 360001, "value": None} in desk.api("GET", f"tickets/{number}").json()["ticket"]["custom_fields"]


def test_metadata_after_the_ticket_is_not_looked_at(desk: Desk) -> None:
    chat = begin(desk)
    pass_control(desk, chat, **{"dataCapture.systemField.tags": "first"})
    desk.end_chat(chat)
    pass_control(desk, chat, **{"dataCapture.systemField.tags": "second"})
    assert [one["tags"] for one in desk.tickets()] == [["first"]]


def test_a_known_support_user_becomes_the_requester(desk: Desk) -> None:
    made = {"user": {"name": "Robert Roe", "email": "rob@example.com", "external_id": "c1"}}
    support = desk.api("POST", "users", json=made).json()["user"]["id"]
    chat = begin(desk)
    pass_control(desk, chat)
    number = desk.conversations()[0]["ticket_id"]
    assert desk.api("GET", f"tickets/{number}").json()["ticket"]["requester_id"] == support


def test_a_pass_to_nobody_is_accepted_and_fails_later(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, *SWITCHBOARD)
    chat = begin(desk)
    pass_control(desk, chat, "nobody")
    [event] = events(receiver, 1)
    assert event["type"] == "switchboard:passControl:failure"
    assert event["payload"]["error"]["code"] == "switchboard_invalid_target"
    assert event["payload"]["conversation"]["activeSwitchboardIntegration"]["integrationType"] == "zd:answerBot"


def test_without_an_agent_workspace_the_pass_fails(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, *SWITCHBOARD)
    desk.sunshine(agent_workspace=False)
    pass_control(desk, begin(desk))
    assert events(receiver, 1)[0]["type"] == "switchboard:passControl:failure"


def test_the_next_pass_can_be_told_to_fail(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, *SWITCHBOARD)
    desk.sunshine(failing_passes=1)
    chat = begin(desk)
    pass_control(desk, chat)
    assert events(receiver, 1)[0]["type"] == "switchboard:passControl:failure"
    pass_control(desk, chat)
    assert events(receiver, 2)[1]["type"] == "switchboard:passControl"


def test_passing_to_who_has_it_does_nothing(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, *SWITCHBOARD)
    chat = begin(desk)
    pass_control(desk, chat)
    pass_control(desk, chat)
    assert len(desk.wait_for_events(1)) == 1
    assert len(desk.tickets()) == 1


def test_the_end_of_a_session_solves_the_ticket_and_lets_go(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, "switchboard:releaseControl")
    chat = begin(desk)
    pass_control(desk, chat)
    desk.agent_reply(chat, "Done")
    desk.end_chat(chat, reason="ticketClosed")
    [event] = events(receiver, 1)
    assert event["payload"]["reason"] == "ticketClosed"
    assert "activeSwitchboardIntegration" not in event["payload"]["conversation"]
    assert desk.tickets()[0]["status"] == "solved"
    assert desk.conversations()[0]["control"] is None


def test_solving_the_ticket_elsewhere_ends_the_session_once(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, "switchboard:releaseControl")
    chat = begin(desk)
    pass_control(desk, chat)
    number = desk.conversations()[0]["ticket_id"]
    desk.api("PUT", f"tickets/{number}", json={"ticket": {"status": "solved"}})
    desk.reply(number, "Thanks")
    assert len(desk.wait_for_events(1)) == 1
    assert desk.conversations()[0]["control"] is None


def test_an_agent_may_take_an_ended_conversation_up_again(desk: Desk) -> None:
    chat = begin(desk)
    pass_control(desk, chat)
    desk.end_chat(chat)
    desk.agent_reply(chat, "One more thing")
    assert desk.conversations()[0]["control"] == WORKSPACE
    assert desk.tickets()[0]["status"] == "open"


def test_control_is_offered_accepted_and_released(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, *SWITCHBOARD)
    where = f"conversations/{begin(desk)}"
    assert desk.sc("POST", f"{where}/acceptControl", json={}).json() == {}
    assert desk.sc("POST", f"{where}/offerControl", json={"switchboardIntegration": WORKSPACE}).json() == {}
    assert desk.sc("POST", f"{where}/acceptControl", json={"metadata": {"a": 1}}).json() == {}
    assert desk.sc("POST", f"{where}/releaseControl", json={}).json() == {}
    found = events(receiver, 4)
    assert [one["type"].partition(":")[2] for one in found] == [
        "acceptControl:failure", "offerControl", "acceptControl", "releaseControl",
    ]  # fmt: skip
    assert found[1]["payload"]["conversation"]["pendingSwitchboardIntegration"]["integrationType"] == WORKSPACE
    assert found[2]["payload"]["metadata"] == {"a": 1}


def test_an_integration_without_control_cannot_release_it(desk: Desk) -> None:
    key = desk.sunshine_key("integration")
    for action in ("releaseControl", "acceptControl"):
        answer = desk.sc("POST", f"conversations/{begin(desk, action)}/{action}", json={}, auth=key)
        assert code(answer) == (403, "forbidden")


def test_a_pass_needs_a_target(desk: Desk) -> None:
    chat = begin(desk)
    assert code(desk.sc("POST", f"conversations/{chat}/passControl", json={})) == (400, "bad_request")
    unknown = f"conversations/{'0' * 24}/passControl"
    answer = desk.sc("POST", unknown, json={"switchboardIntegration": WORKSPACE})
    assert code(answer) == (404, "conversation_not_found")


def test_a_switchboard_is_changed_by_the_api(sandbox: Sandbox) -> None:
    desk = sandbox.account("bare", sunshine={"switchboard": False})
    assert desk.sc("GET", "switchboards").json() == {"switchboards": []}
    board = desk.sc("POST", "switchboards").json()["switchboard"]["id"]
    where = f"switchboards/{board}"
    refused = desk.sc("PATCH", where, json={"enabled": True})
    assert code(refused) == (404, "switchboard_integration_not_found")
    said = {"name": "agents", "integrationType": WORKSPACE}
    seat = desk.sc("POST", f"{where}/switchboardIntegrations", json=said).json()["switchboardIntegration"]["id"]
    change = {"enabled": True, "defaultSwitchboardIntegrationId": seat}
    assert desk.sc("PATCH", where, json=change).json()["switchboard"]["enabled"] is True
    assert code(desk.sc("DELETE", f"{where}/switchboardIntegrations/{seat}")) == (403, "forbidden")
    assert code(desk.sc("POST", "switchboards")) == (400, "bad_request")
