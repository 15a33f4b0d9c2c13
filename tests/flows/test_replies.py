"""Agents' answers reach the contact once and in order; internal notes never do."""

from __future__ import annotations

import pytest
import requests
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from integrations.models import PlatformEvent, WebhookEndpoint, WebhookEvent
from opencx_admin.orgs.models import Organization
from tests.api_client import HANDOFF, ApiClient
from tests.flows.conftest import Worker, events_of
from tests.flows.test_handoff import hand_off
from tests.sandbox.server import Desk, Sandbox
from ticketing.models import AgentReply, SessionTicketLink

RESPONSE = "conversation.third_party_agent_response"


@pytest.fixture
def ticket(desk: Desk, api: ApiClient, worker: Worker) -> int:
    """The number of a linked ticket."""
    hand_off(api)
    worker.rest()
    return int(desk.tickets()[0]["id"])


def responses(sandbox: Sandbox) -> list[str]:
    return [event["response"].strip() for event in events_of(sandbox, "ses-1", RESPONSE)]


def test_a_public_reply_arrives_once_with_one_read(desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int) -> None:
    before = len(desk.requests("GET"))
    desk.reply(ticket, "Your parcel arrives tomorrow.")
    worker.until(lambda: responses(sandbox))
    worker.rest()
    (event,) = events_of(sandbox, "ses-1", RESPONSE)
    assert event["response"].strip() == "Your parcel arrives tomorrow."
    assert event["channel"] == "email"
    assert event["agent"]["name"]
    assert event["third_party_name"] == "zendesk"
    assert len(desk.requests("GET")) == before + 1


def test_an_internal_note_never_leaves(
    desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int, product: LiveServer, org: Organization
) -> None:
    desk.note(ticket, "The customer is difficult.")
    url = WebhookEndpoint.current(org).url
    hostile = {
        "ticket_id": str(ticket),
        "external_id": "ses-1",
        "status": "Open",
        "comment": "The customer is difficult.",
    }
    assert requests.post(url, json=hostile, timeout=5).status_code == 200
    worker.until(lambda: WebhookEvent.objects.exclude(processed_at=None).exists())
    worker.rest()
    assert responses(sandbox) == []
    assert not AgentReply.objects.exists()


def test_two_replies_in_a_burst_both_arrive_in_order(desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int) -> None:
    desk.reply(ticket, "First.")
    desk.reply(ticket, "Second.")
    worker.until(lambda: len(responses(sandbox)) == 2)
    worker.rest()
    assert responses(sandbox) == ["First.", "Second."]


def test_the_same_call_twice_changes_nothing(desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int) -> None:
    desk.fault("webhook_duplicated", times=1)
    desk.reply(ticket, "Once.")
    desk.wait_for_calls(1)
    worker.until(lambda: WebhookEvent.objects.count() == 2 and responses(sandbox))
    worker.rest()
    assert responses(sandbox) == ["Once."]


def test_replies_keep_their_order_while_the_platform_is_down(
    desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int
) -> None:
    sandbox.platform(failing_status=503, failing_times=1)
    desk.reply(ticket, "First.")
    worker.until(lambda: PlatformEvent.objects.filter(status="retrying").exists())
    desk.reply(ticket, "Second.")
    worker.until(lambda: PlatformEvent.objects.filter(event=RESPONSE).count() == 2)
    worker.rest()
    taken = [event for event in sandbox.events("ses-1", RESPONSE) if event["status"] < 300]
    assert taken == []
    worker.skip_waiting()
    worker.rest()
    taken = [event for event in sandbox.events("ses-1", RESPONSE) if event["status"] < 300]
    assert [event["body"]["data"]["response"].strip() for event in taken] == ["First.", "Second."]
    ids = {event["webhook_id"] for event in sandbox.events("ses-1", RESPONSE)}
    assert len(ids) == 2, "every attempt carries the same webhook-id"


def test_events_are_signed(desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int) -> None:
    assert [event["verified"] for event in sandbox.events("ses-1")] == [True]


@pytest.mark.parametrize("loss", ["never sent", "dropped on the way", "we answered 500"])
def test_reconcile_finds_what_no_call_told(
    desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int, loss: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if loss == "never sent":
        desk.fault("webhook_lost", times=1)
    elif loss == "dropped on the way":
        desk.set_webhook(endpoint="http://127.0.0.1:9/gone")
    else:
        desk.set_webhook(endpoint=f"{sandbox.url}/nowhere")
    desk.reply(ticket, "You never heard me.")
    worker.rest()
    assert responses(sandbox) == []
    call_command("reconcile")
    assert '"replies_found": 1' in capsys.readouterr().out
    assert responses(sandbox) == ["You never heard me."]
    call_command("reconcile")
    assert responses(sandbox) == ["You never heard me."]


def test_a_call_that_comes_before_the_link_waits_for_it(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, org: Organization
) -> None:
    desk.fault("drop_after_write", method="POST", path="/api/v2/tickets", times=1)
    hand_off(api)
    worker.step()
    (ticket,) = desk.tickets()
    desk.reply(ticket["id"], "I am fast.")
    worker.until(lambda: responses(sandbox))
    worker.rest()
    assert responses(sandbox) == ["I am fast."]
    assert SessionTicketLink.objects.get().ticket_id == ticket["id"]
    assert api.get_session("ses-1").body["handoff"]["status"] == "linked"


def test_solving_closes_and_reopening_reopens_the_session(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    desk.play("solve", ticket)
    worker.until(lambda: events_of(sandbox, "ses-1", "conversation.closed"))
    (closed,) = events_of(sandbox, "ses-1", "conversation.closed")
    assert closed["human_resolution_status"] == "resolved"
    assert closed["is_from_third_party"] is True
    assert api.get_session("ses-1").body["status"] == "closed_resolved"
    desk.play("reopen", ticket)
    worker.until(lambda: events_of(sandbox, "ses-1", "conversation.reopened"))
    worker.rest()
    assert api.get_session("ses-1").body["status"] == "open"
    assert len(events_of(sandbox, "ses-1", "conversation.closed")) == 1


def test_a_status_that_the_platform_sets_is_followed_without_an_echo(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    api.patch_session("ses-1", {"status": "closed_resolved", "reflect_status_change_for_integration": True})
    worker.until(lambda: desk.tickets()[0]["status"] == "solved")
    desk.wait_for_calls(1)
    worker.until(lambda: WebhookEvent.objects.exclude(processed_at=None).exists())
    worker.rest()
    assert events_of(sandbox, "ses-1", "conversation.closed") == []


def test_the_contacts_later_messages_go_in_as_the_contact_once(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker
) -> None:
    hand_off(api)
    api.post_messages(
        "ses-1", {"id": "m3", "text": "Are you there?"}, {"id": "m4", "sender": "ai", "text": "Not for Zendesk."}
    )
    worker.rest()
    (ticket,) = desk.tickets()
    api.post_messages(
        "ses-1", {"id": "m3", "text": "Are you there?"}, {"id": "m5", "text": "Still waiting {{ticket.id}}."}
    )
    worker.rest()
    first, second, third = desk.comments(ticket["id"])
    assert first["public"] is False
    assert "Are you there?" not in first["plain_body"]
    assert [second["public"], third["public"]] == [True, True]
    requester = desk.api("GET", f"tickets/{ticket['id']}").json()["ticket"]["requester_id"]
    assert second["author_id"] == third["author_id"] == requester
    assert second["plain_body"].strip() == "Are you there?"
    assert "ticket.id" in third["plain_body"]
    assert responses(sandbox) == []


@pytest.mark.parametrize("fault", ["drop_after_write", "drop_before_write", "500"])
def test_a_contacts_message_survives_an_accident_once(
    desk: Desk, api: ApiClient, worker: Worker, ticket: int, fault: str
) -> None:
    desk.fault(fault, method="PUT", path="/api/v2/tickets/*", times=1)
    api.post_messages("ses-1", {"id": "m3", "text": "Are you there?"})
    worker.step()
    worker.skip_waiting()
    worker.rest()
    said = [comment["plain_body"].strip() for comment in desk.comments(ticket)]
    assert said.count("Are you there?") == 1


def test_after_closing_one_follow_up_takes_over(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    desk.play("close", ticket)
    worker.rest()
    api.post_messages("ses-1", {"id": "m3", "text": "One more thing."}, {"id": "m4", "text": "And another."})
    worker.rest()
    _old, new = desk.tickets()
    assert new["external_id"] == "ses-1"
    assert "opencx_handedoff" in new["tags"]
    assert [comment["plain_body"].strip() for comment in desk.comments(new["id"])] == [
        "One more thing.",
        "And another.",
    ]
    assert api.get_session("ses-1").body["ticketing_system"]["external_id"] == str(new["id"])
    desk.reply(new["id"], "Gladly.")
    worker.until(lambda: responses(sandbox))
    assert responses(sandbox) == ["Gladly."]


@pytest.mark.parametrize("fault", ["drop_after_write", "500"])
def test_the_follow_up_is_made_once_though_its_answer_was_lost(
    desk: Desk, api: ApiClient, worker: Worker, ticket: int, fault: str
) -> None:
    desk.play("close", ticket)
    worker.rest()
    desk.fault(fault, method="POST", path="/api/v2/tickets", times=1)
    api.post_messages("ses-1", {"id": "m3", "text": "One more thing."})
    worker.step()
    worker.skip_waiting()
    worker.rest()
    assert len(desk.tickets()) == 2


def test_a_merged_tickets_link_moves_to_the_target(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    hand_off(api, "ses-2")
    worker.rest()
    other = max(row["id"] for row in desk.tickets())
    desk.reply(other, "Only for the second session.")
    worker.until(lambda: events_of(sandbox, "ses-2", RESPONSE))
    desk.play("merge", ticket, into=other)
    desk.reply(other, "Both of you.")
    worker.until(lambda: "Both of you." in responses(sandbox))
    worker.rest()
    assert api.get_session("ses-1").body["ticketing_system"]["external_id"] == str(other)
    assert responses(sandbox) == ["Both of you."]
    api.post_messages("ses-1", {"id": "m7", "text": "Thanks to all."})
    worker.rest()
    assert desk.comments(other)[-1]["plain_body"].strip() == "Thanks to all."


def test_a_receipt_is_kept_with_its_reply(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    desk.reply(ticket, "Hello.")
    worker.until(lambda: responses(sandbox))
    (event,) = events_of(sandbox, "ses-1", RESPONSE)
    assert (
        api.call("POST", f"replies/{event['reply_id']}/receipt", {"status": "failed", "detail": "Mailbox full"}).status
        == 200
    )
    assert AgentReply.objects.get().receipt == "failed"


def test_asking_again_is_the_same_handoff(desk: Desk, api: ApiClient, worker: Worker, ticket: int) -> None:
    answer = api.call("POST", "sessions/ses-1/handoff", HANDOFF)
    assert answer.status == 200
    worker.rest()
    assert len(desk.tickets()) == 1
