"""Chat-type handoffs become live conversations; agents' answers reach the contact's own channel."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from integrations import messaging
from integrations.models import EndpointKind, SunshineConnection, WebhookEndpoint, WebhookEvent
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization
from tests.api_client import HANDOFF, ApiClient
from tests.flows.conftest import Worker, events_of
from tests.sandbox.server import Desk, Sandbox
from ticketing.models import ConversationTransfer, Handoff, SessionTicketLink, TicketUpdate

RESPONSE = "conversation.third_party_agent_response"
MESSAGES = "/sc/v2/apps/*/conversations/*/messages"
WHATSAPP = {"channel": "whatsapp", "contact": {"id": "c1", "name": "Priya Raghunathan", "phone": "+447700900123"}}


def hand_off(api: ApiClient, session_id: str = "chat-1", **session: Any) -> Handoff:
    api.put_session(session_id, WHATSAPP | session)
    api.post_messages(
        session_id,
        {"id": "m1", "text": "Can I add gift wrapping?"},
        {"id": "m2", "sender": "ai", "text": "A colleague can. 👩‍👩‍👧‍👦"},
        {
            "id": "m3",
            "text": "",
            "attachments": [
                {"name": "boots.jpg", "url": "https://files.example/boots.jpg", "content_type": "image/jpeg", "size": 9}
            ],
        },
    )
    answer = api.call("POST", f"sessions/{session_id}/handoff", HANDOFF | {"sentiment": "happy"})
    return Handoff.objects.get(pk=answer.body["handoff_id"])


def responses(sandbox: Sandbox) -> list[str]:
    return [event["response"] for event in events_of(sandbox, "chat-1", RESPONSE)]


def texts(conversation: dict[str, Any]) -> list[str]:
    return [
        str(message["content"].get("text") or message["content"].get("mediaUrl"))
        for message in conversation["messages"]
    ]


@pytest.fixture
def conversation(chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker) -> str:
    """The id of a linked conversation."""
    hand_off(api)
    worker.rest()
    return str(desk.conversations()[0]["id"])


def test_a_whatsapp_handoff_becomes_a_live_chat_with_everything(
    chats: SunshineConnection, desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker
) -> None:
    hand_off(api)
    worker.rest()
    (found,) = desk.conversations()
    assert found["metadata"]["opencx_session_id"] == "chat-1"
    assert found["metadata"]["opencx_contact_id"] == "c1"
    said = texts(found)
    assert "Wants a person." in said[0]
    assert "/sessions/chat-1/" in said[0]
    assert said[1:] == ["Can I add gift wrapping?", "A colleague can. 👩‍👩‍👧‍👦", "https://files.example/boots.jpg"]
    assert [message["author"]["type"] for message in found["messages"]] == ["business", "user", "business", "user"]
    assert (
        found["captured"]["dataCapture.systemField.tags"]
        == "opencx_handedoff,opencx_channel_whatsapp,opencx_sentiment_happy"
    )
    body = api.get_session("chat-1").body
    assert body["handoff"]["status"] == "linked"
    assert body["ticketing_system"] == {
        "name": "zendesk",
        "external_id": found["id"],
        "id_type": "conversation_id",
        "url": "",
    }
    (event,) = events_of(sandbox, "chat-1", "conversation.handoff_to_human")
    assert event["integration_metadata"] == {"sunshine": {"sunshine_conversation_id": found["id"]}}


def test_email_stays_a_ticket(chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker) -> None:
    handoff = hand_off(api, channel="email", contact={"id": "c2", "name": "Eve", "email": "eve@customer.example"})
    worker.rest()
    handoff.refresh_from_db()
    assert (handoff.route, handoff.fell_back) == ("ticket", "")
    assert desk.conversations() == []


def test_an_agents_answer_reaches_the_contact_once(
    conversation: str, desk: Desk, sandbox: Sandbox, worker: Worker
) -> None:
    desk.agent_reply(conversation, "Done, with a card.")
    worker.until(lambda: responses(sandbox))
    worker.rest()
    (event,) = events_of(sandbox, "chat-1", RESPONSE)
    assert event["response"] == "Done, with a card."
    assert event["channel"] == "whatsapp"
    assert event["agent"]["id"]


def test_answers_in_a_burst_keep_their_order(conversation: str, desk: Desk, sandbox: Sandbox, worker: Worker) -> None:
    for number in range(4):
        desk.agent_reply(conversation, f"Line {number}")
    worker.until(lambda: len(responses(sandbox)) == 4)
    assert responses(sandbox) == [f"Line {number}" for number in range(4)]


def test_files_and_automatic_texts_are_passed_on_and_named(
    conversation: str, desk: Desk, sandbox: Sandbox, worker: Worker
) -> None:
    desk.agent_file(conversation, "https://files.example/invoice.pdf", name="invoice.pdf")
    desk.automatic_text(conversation, "We are closed on Sundays.")
    worker.until(lambda: len(responses(sandbox)) == 2)
    first, second = events_of(sandbox, "chat-1", RESPONSE)
    assert first["attachments"][0]["url"] == "https://files.example/invoice.pdf"
    assert second["agent"] == {"id": "", "name": "Automatic message"}


def test_our_own_messages_and_bots_stay_here(conversation: str, desk: Desk, sandbox: Sandbox, worker: Worker) -> None:
    desk.play("bot_message", conversation_id=conversation, text="I am a bot.")
    worker.until(lambda: WebhookEvent.objects.filter(reason="bot").exists())
    worker.rest()
    assert responses(sandbox) == []
    assert WebhookEvent.objects.filter(reason="own_echo").exists()


def test_ending_the_chat_closes_the_session(
    conversation: str, desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker
) -> None:
    desk.end_chat(conversation)
    worker.until(lambda: events_of(sandbox, "chat-1", "conversation.closed"))
    worker.rest()
    assert len(events_of(sandbox, "chat-1", "conversation.closed")) == 1
    assert api.get_session("chat-1").body["status"] == "closed_resolved"


def test_the_contacts_later_messages_go_in_as_that_user_once(
    conversation: str, desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker
) -> None:
    api.post_messages("chat-1", {"id": "m9", "text": "x" * 5000})
    api.post_messages("chat-1", {"id": "m9", "text": "again"})
    worker.rest()
    (found,) = desk.conversations()
    later = found["messages"][4:]
    assert [len(message["content"]["text"]) for message in later] == [4096, 904]
    assert {message["author"]["type"] for message in later} == {"user"}
    assert responses(sandbox) == []


@pytest.mark.parametrize("fault", ["drop_after_write", "drop_before_write", "500"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sc/v2/apps/*/users"),
        ("POST", "/sc/v2/apps/*/conversations"),
        ("POST", MESSAGES),
        ("POST", "/sc/v2/apps/*/passControl"),
    ],
)
def test_an_accident_at_any_step_repeats_nothing(
    chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker, method: str, path: str, fault: str
) -> None:
    desk.fault(fault, method=method, path=path, times=1)
    handoff = hand_off(api)
    worker.step()
    worker.skip_waiting()
    worker.rest()
    handoff.refresh_from_db()
    assert handoff.status == "linked", handoff.detail
    (found,) = desk.conversations()
    assert len(texts(found)) == 4


@pytest.mark.parametrize("fault", ["drop_after_write", "500"])
def test_a_later_message_survives_an_accident_once(
    conversation: str, desk: Desk, api: ApiClient, worker: Worker, fault: str
) -> None:
    desk.fault(fault, method="POST", path=MESSAGES, times=1)
    api.post_messages("chat-1", {"id": "m9", "text": "Are you there?"})
    worker.step()
    worker.skip_waiting()
    worker.rest()
    (found,) = desk.conversations()
    assert texts(found).count("Are you there?") == 1


def test_a_revoked_key_falls_back_to_one_ticket_and_says_so(
    chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker
) -> None:
    desk.fault("401", path="/sc/v2/*", times=99)
    handoff = hand_off(api)
    worker.rest()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.route) == ("linked", "ticket")
    assert "401" in handoff.fell_back
    assert len(desk.tickets()) == 1
    chats.refresh_from_db()
    assert not chats.is_active


def test_the_conversation_limit_is_recognised(
    chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker
) -> None:
    desk.sunshine(multi_conversations=False)
    hand_off(api)
    second = hand_off(api, "chat-2")
    worker.rest()
    second.refresh_from_db()
    assert (second.status, second.route) == ("linked", "ticket")
    assert "multi-conversations" in second.fell_back


def test_the_limit_fails_by_its_name_when_nobody_can_be_a_requester(
    chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker
) -> None:
    desk.sunshine(multi_conversations=False)
    nobody = {"id": "c7", "name": "Visitor 7F3A"}
    hand_off(api, channel="messenger", contact=nobody)
    second = hand_off(api, "chat-2", channel="messenger", contact=nobody)
    worker.rest()
    second.refresh_from_db()
    assert second.reason_code == "conversation_limit"


def test_a_failed_pass_becomes_a_ticket_once(
    chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker
) -> None:
    SunshineConnection.objects.update(agent_workspace_id="000000000000000000000000")
    handoff = hand_off(api)
    worker.until(lambda: Handoff.objects.filter(pk=handoff.pk, route="ticket", status="linked").exists())
    worker.rest()
    assert len([row for row in desk.tickets() if row["external_id"] == "chat-1"]) == 1
    handoff.refresh_from_db()
    assert "never got the chat" in handoff.fell_back


def test_one_person_is_one_contact(chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker) -> None:
    known = desk.api("POST", "users", json={"user": {"name": "Priya R", "phone": "+447700900123"}}).json()["user"]["id"]
    handoff = hand_off(api)
    worker.rest()
    assert ConversationTransfer.objects.get(handoff=handoff).merge == "found"
    assert desk.api("GET", f"users/{known}").json()["user"]["external_id"] == "c1"


@pytest.mark.parametrize("secret", ["acme-secret", "wrong"])
def test_the_panels_own_credentials_look_the_person_up(
    chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker, secret: str
) -> None:
    desk.api("POST", "users", json={"user": {"name": "Priya R", "phone": "+447700900123"}})
    SunshineConnection.objects.update(
        use_ticketing_credentials=False, client_id="acme-client", client_secret=Secret.hide(secret)
    )
    handoff = hand_off(api)
    worker.rest()
    handoff.refresh_from_db()
    assert handoff.status == "linked"
    assert ConversationTransfer.objects.get(handoff=handoff).merge == ("found" if secret == "acme-secret" else "missed")


def test_another_systems_external_id_is_left_alone(
    chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker
) -> None:
    theirs = {"name": "Priya R", "phone": "+447700900123", "external_id": "crm-88"}
    known = desk.api("POST", "users", json={"user": theirs}).json()["user"]["id"]
    handoff = hand_off(api)
    worker.rest()
    assert ConversationTransfer.objects.get(handoff=handoff).merge == "missed"
    assert desk.api("GET", f"users/{known}").json()["user"]["external_id"] == "crm-88"


def test_a_missed_look_up_is_recorded_and_stops_nothing(
    chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker
) -> None:
    desk.fault("403", path="/api/v2/users/search*", times=1)
    handoff = hand_off(api)
    worker.rest()
    handoff.refresh_from_db()
    assert handoff.status == "linked"
    assert ConversationTransfer.objects.get(handoff=handoff).merge == "missed"


def test_a_removed_conversation_ends_the_link(conversation: str, desk: Desk, api: ApiClient, worker: Worker) -> None:
    desk.play("conversation_remove", conversation_id=conversation)
    worker.until(lambda: SessionTicketLink.objects.get().ended_as == "deleted")
    assert api.get_session("chat-1").body["handoff"]["reason_code"] == "ticket_deleted"


# -- the door ----------------------------------------------------------------------------------------


def call(endpoint: WebhookEndpoint, body: Any, key: str | None) -> requests.Response:
    headers = {} if key is None else {"X-API-Key": key}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return requests.post(endpoint.url, data=data, headers=headers | {"Content-Type": "application/json"}, timeout=5)


def envelope(*events: Any) -> dict[str, Any]:
    return {"app": {"id": "a"}, "webhook": {"id": "w", "version": "v2"}, "events": list(events)}


def agent_said(conversation: str, event_id: str, text: str) -> dict[str, Any]:
    message = {
        "id": f"msg-{event_id}",
        "received": "2026-11-22T10:00:00.000Z",
        "author": {"type": "business", "displayName": "Grace"},
        "content": {"type": "text", "text": text},
        "source": {"type": "zd:agentWorkspace"},
    }
    payload = {"conversation": {"id": conversation, "type": "personal"}, "message": message}
    return {"id": event_id, "createdAt": "2026-11-22T10:00:00.000Z", "type": "conversation:message", "payload": payload}


def test_the_door_opens_to_the_key_only(chats: SunshineConnection, org: Organization, product: LiveServer) -> None:
    endpoint = WebhookEndpoint.objects.get(organization=org, kind=EndpointKind.SUNSHINE)
    for key in (None, "", "wrong"):
        assert call(endpoint, envelope(), key).status_code == 401
    assert not WebhookEvent.objects.filter(kind="sunshine").exists()
    assert requests.post(f"{product.url}/webhooks/sunshine/whk_nobody", timeout=5).status_code == 404
    secret = endpoint.signing_secret.reveal()
    assert call(endpoint, envelope(), secret).status_code == 200
    messaging.keep_secret(endpoint, "a-new-secret", who="test")
    assert call(endpoint, envelope(), secret).status_code == 200, "the former secret opens for the overlap"
    assert call(endpoint, envelope(), "a-new-secret").status_code == 200
    assert call(endpoint, b"[]", "a-new-secret").status_code == 400


def test_one_broken_event_does_not_lose_the_others_and_a_redelivery_changes_nothing(
    conversation: str, org: Organization, sandbox: Sandbox, worker: Worker
) -> None:
    endpoint = WebhookEndpoint.objects.get(organization=org, kind=EndpointKind.SUNSHINE)
    secret = endpoint.signing_secret.reveal()
    batch = envelope(
        None,
        {"id": "e-odd", "type": "conversation:typing", "payload": {}},
        {"id": "e-bad", "type": "conversation:message", "payload": {"conversation": {"id": conversation}}},
        agent_said(conversation, "e-1", "Still here."),
    )
    assert call(endpoint, batch, secret).status_code == 200
    assert call(endpoint, batch, secret).status_code == 200
    worker.until(lambda: responses(sandbox))
    worker.rest()
    assert responses(sandbox) == ["Still here."]

    def results() -> dict[str, str]:
        rows = WebhookEvent.objects.filter(event_id__startswith="e-")
        return dict(rows.values_list("event_id", "result"))

    worker.until(lambda: results()["e-bad"] == "incomplete")
    assert results() == {"e-odd": "ignored", "e-bad": "incomplete", "e-1": "delivered"}


def test_updates_of_a_chat_wait_for_it(chats: SunshineConnection, desk: Desk, api: ApiClient, worker: Worker) -> None:
    hand_off(api)
    api.post_messages("chat-1", {"id": "m8", "text": "Before the link."})
    worker.rest()
    assert texts(desk.conversations()[0])[-1] == "Before the link."
    assert TicketUpdate.objects.get().status == "done"
