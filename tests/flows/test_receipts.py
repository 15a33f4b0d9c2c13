"""The agent is told, once, that a reply did not reach the contact."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import PlatformEvent, SunshineConnection
from tests.api_client import HANDOFF, ApiClient
from tests.flows.conftest import Worker, events_of
from tests.sandbox.server import Desk, Sandbox
from ticketing.models import AgentReply, SessionTicketLink, TicketUpdate

RESPONSE = "conversation.third_party_agent_response"


@pytest.fixture
def ticket(desk: Desk, api: ApiClient, worker: Worker) -> int:
    someone = {"id": "c1", "name": "Carla {{Contact}}", "email": "carla@customer.example"}
    api.put_session("ses-1", {"channel": "email", "contact": someone})
    api.call("POST", "sessions/ses-1/handoff", HANDOFF)
    worker.rest()
    return int(desk.tickets()[0]["id"])


def notes(desk: Desk, ticket: int) -> list[dict[str, Any]]:
    """Our internal notes behind the one that opened the ticket."""
    return [row for row in desk.comments(ticket)[1:] if not row["public"]]


def refuse(api: ApiClient, sandbox: Sandbox, detail: str = "Mailbox full") -> None:
    (event,) = events_of(sandbox, "ses-1", RESPONSE)
    answer = api.call("POST", f"replies/{event['reply_id']}/receipt", {"status": "failed", "detail": detail})
    assert answer.status == 200


def reply_and_deliver(desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int) -> None:
    desk.reply(ticket, "It ships today.")
    worker.until(lambda: events_of(sandbox, "ses-1", RESPONSE))


def test_a_refused_reply_gets_one_internal_note(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int, as_lea: Client
) -> None:
    reply_and_deliver(desk, sandbox, worker, ticket)
    refuse(api, sandbox, "Mailbox <b>full</b> {{ticket.id}}")
    refuse(api, sandbox, "Mailbox full, again")
    worker.rest()
    (note,) = notes(desk, ticket)
    assert "did not reach Carla" in note["plain_body"]
    assert "Mailbox <b>full</b>" in note["plain_body"]
    assert "{{" not in note["html_body"]
    assert "/sessions/ses-1/#reply-" in note["html_body"]
    assert len(events_of(sandbox, "ses-1", RESPONSE)) == 1, "the note went to nobody"
    (row,) = desk.tickets()
    assert {"opencx_handedoff", "opencx_channel_email", "opencx_handoff_problem"} <= set(row["tags"])
    page = as_lea.get("/sessions/ses-1/").content.decode()
    assert "internal note: the reply did not arrive" in page
    handoff = TicketUpdate.objects.get().session.handoffs.get()
    assert "An internal note in the ticket tells the agent." in as_lea.get(f"/handoffs/{handoff.pk}/").content.decode()


def test_a_reply_that_arrived_gets_none(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    reply_and_deliver(desk, sandbox, worker, ticket)
    (event,) = events_of(sandbox, "ses-1", RESPONSE)
    api.call("POST", f"replies/{event['reply_id']}/receipt", {"status": "delivered"})
    worker.rest()
    assert notes(desk, ticket) == []


def test_an_event_that_is_given_up_tells_the_agent_too(
    desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int
) -> None:
    sandbox.platform(failing_status=503, failing_times=9)
    desk.reply(ticket, "It ships today.")
    worker.until(lambda: AgentReply.objects.filter(event__status="retrying").exists())
    assert notes(desk, ticket) == []
    yesterday = timezone.now() - dt.timedelta(hours=25)
    PlatformEvent.objects.filter(status="retrying").update(first_attempt_at=yesterday, next_attempt_at=timezone.now())
    worker.rest()
    (note,) = notes(desk, ticket)
    assert "OpenCX did not take it." in note["plain_body"]


def test_a_note_whose_answer_was_lost_is_not_written_twice(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    reply_and_deliver(desk, sandbox, worker, ticket)
    worker.rest()
    desk.fault("drop_after_write", method="PUT", path="/api/v2/tickets/*", times=1)
    refuse(api, sandbox)
    worker.step()
    worker.skip_waiting()
    worker.rest()
    assert len(notes(desk, ticket)) == 1
    assert TicketUpdate.objects.get().status == "done"


def test_a_closed_ticket_takes_no_note_and_needs_nobody(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    reply_and_deliver(desk, sandbox, worker, ticket)
    worker.rest()
    desk.play("close", ticket)
    refuse(api, sandbox)
    worker.rest()
    update = TicketUpdate.objects.get()
    assert (update.status, update.next_attempt_at) == ("cancelled", None)


def test_a_live_chat_gets_no_note(
    desk: Desk, chats: SunshineConnection, sandbox: Sandbox, api: ApiClient, worker: Worker, as_lea: Client
) -> None:
    api.put_session("ses-1", {"channel": "web", "contact": {"id": "c1", "name": "Carla"}})
    api.call("POST", "sessions/ses-1/handoff", HANDOFF)
    worker.rest()
    link = SessionTicketLink.objects.get()
    reply = AgentReply.objects.create(
        organization=link.organization, session=link.session, link=link, message_id="m-1", commented_at=timezone.now()
    )
    api.call("POST", f"replies/{reply.public_id}/receipt", {"status": "failed", "detail": "Gone"})
    assert not TicketUpdate.objects.exists()
    page = as_lea.get(f"/handoffs/{link.handoff_id}/").content.decode()
    assert "A live chat has no internal notes" in page
