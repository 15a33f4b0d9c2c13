"""A handoff becomes one ticket, whatever Zendesk answers and whoever dies."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.utils import timezone

from integrations.budget import Lane
from integrations.connect import open_zendesk
from integrations.models import ZendeskConnection
from opencx_admin.orgs.models import Organization
from tests.api_client import HANDOFF, ApiClient
from tests.flows.conftest import Worker, connect, events_of
from tests.sandbox.server import Desk, Sandbox
from ticketing import handoff as handoffs
from ticketing.models import Handoff
from ticketing.ticket import _write_body

CREATE = {"method": "POST", "path": "/api/v2/tickets"}


def hand_off(api: ApiClient, session_id: str = "ses-1", **session: Any) -> Handoff:
    body = {"channel": "email", "contact": {"id": "c1", "name": "Carla Contact", "email": "carla@customer.example"}}
    api.put_session(session_id, body | session)
    api.post_messages(
        session_id,
        {"id": "m1", "text": "Where is my order 4711?"},
        {"id": "m2", "sender": "ai", "text": "Let me look."},
    )
    answer = api.call("POST", f"sessions/{session_id}/handoff", HANDOFF | {"sentiment": "angry"})
    assert answer.status == 202
    return Handoff.objects.get(pk=answer.body["handoff_id"])


def test_it_costs_exactly_one_call_and_says_everything(desk: Desk, api: ApiClient, worker: Worker) -> None:
    handoff = hand_off(api)
    worker.rest()
    (call,) = desk.requests(path="/api/v2/tickets")
    assert call["method"] == "POST"
    assert call["idempotency_key"] == str(handoff.pk)
    ticket = json.loads(call["body"])["ticket"] if isinstance(call["body"], str) else call["body"]["ticket"]
    assert ticket["external_id"] == "ses-1"
    assert ticket["requester"] == {"name": "Carla Contact", "email": "carla@customer.example"}
    assert ticket["comment"]["public"] is False
    assert set(ticket["tags"]) == {"opencx_handedoff", "opencx_channel_email", "opencx_sentiment_angry"}
    text = ticket["comment"]["html_body"]
    assert "Wants a person." in text
    assert "Where is my order 4711?" in text
    assert "Let me look." in text
    assert "/sessions/ses-1/" in text
    session = api.get_session("ses-1").body
    assert session["handoff"]["status"] == "linked"
    assert session["ticketing_system"]["external_id"] == str(desk.tickets()[0]["id"])


def test_the_platform_hears_that_it_is_linked(desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker) -> None:
    hand_off(api)
    worker.rest()
    (event,) = events_of(sandbox, "ses-1", "conversation.handoff_to_human")
    assert event["integration_metadata"] == {"ticket_id": str(desk.tickets()[0]["id"])}
    assert event["reason"] == "user_requested_human_assistance"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "drop_before_write"}, "outcome_unknown"),
        ({"kind": "drop_after_write"}, "outcome_unknown"),
        ({"kind": "500"}, "zendesk_unavailable"),
        ({"kind": "500", "after_write": True}, "zendesk_unavailable"),
        ({"kind": "502"}, "zendesk_unavailable"),
        ({"kind": "503", "seconds": 2}, "zendesk_unavailable"),
        ({"kind": "html", "after_write": True}, "outcome_unknown"),
        ({"kind": "empty", "after_write": True}, "outcome_unknown"),
        ({"kind": "429", "seconds": 2}, "rate_limited"),
    ],
)
def test_an_accident_delays_the_one_ticket(
    desk: Desk, api: ApiClient, worker: Worker, fault: dict[str, Any], code: str
) -> None:
    desk.fault(**fault, **CREATE, times=1)
    handoff = hand_off(api)
    worker.step()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.reason_code) == ("retrying", code)
    worker.skip_waiting()
    worker.rest()
    handoff.refresh_from_db()
    assert handoff.status == "linked"
    assert len(desk.tickets()) == 1


def test_after_an_unknown_outcome_it_looks_before_it_writes(desk: Desk, api: ApiClient, worker: Worker) -> None:
    desk.fault("drop_after_write", **CREATE, times=1)
    hand_off(api)
    worker.step()
    worker.skip_waiting()
    worker.rest()
    methods = [call["method"] for call in desk.requests(path="/api/v2/tickets")]
    assert methods == ["POST", "GET"]


def test_a_worker_killed_between_the_write_and_its_answer_leaves_one_ticket(
    desk: Desk, api: ApiClient, worker: Worker, org: Organization
) -> None:
    handoff = hand_off(api)
    handoff.refresh_from_db()
    assert handoff.claim(status="working")
    connection = ZendeskConnection.objects.get(organization=org)
    client = open_zendesk(connection, lane=Lane.HANDOFF)
    _write_body(handoff, connection, client)
    handoff.hold(request_sent_at=timezone.now())
    client.create_ticket(handoff.request_body, handoff.request_key)
    Handoff.objects.filter(pk=handoff.pk).update(next_attempt_at=timezone.now())  # the lease is over
    worker.rest()
    handoff.refresh_from_db()
    assert handoff.status == "linked"
    assert len(desk.tickets()) == 1


def test_two_workers_that_ring_at_once_make_one_ticket(desk: Desk, api: ApiClient) -> None:
    handoff = hand_off(api)
    twin = Handoff.objects.get(pk=handoff.pk)
    first = Handoff.objects.get(pk=handoff.pk)
    assert first.claim(status="working")
    assert not twin.claim(status="working")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "401_bearer", "times": 3}, "credentials_rejected"),
        ({"kind": "403"}, "permission_missing"),
        ({"kind": "suspended_requester"}, "requester_suspended"),
    ],
)
def test_what_a_person_must_mend_fails_at_once_and_is_told_once(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, fault: dict[str, Any], code: str
) -> None:
    desk.fault(**{"times": 1, **fault}, **CREATE)
    handoff = hand_off(api)
    worker.rest()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.reason_code) == ("failed", code)
    (event,) = events_of(sandbox, "ses-1", "conversation.handoff_to_third_party_failed")
    assert event["reason_code"] == code
    desk.heal()
    assert api.call("POST", "sessions/ses-1/handoff", HANDOFF).body["handoff_id"] == str(handoff.pk)
    worker.rest()
    handoff.refresh_from_db()
    assert handoff.status == "linked"
    assert len(events_of(sandbox, "ses-1", "conversation.handoff_to_third_party_failed")) == 1


def test_a_contact_with_a_phone_only_becomes_a_requester_by_phone(desk: Desk, api: ApiClient, worker: Worker) -> None:
    hand_off(api, channel="sms", contact={"id": "c9", "name": "Paul", "phone": "+4915112345678"})
    worker.rest()
    (user,) = desk.requests("POST", "/api/v2/users/create_or_update")
    assert "c9" in json.dumps(user["body"])
    assert len(desk.tickets()) == 1


def test_a_contact_with_neither_email_nor_phone_fails_and_can_be_mended(
    desk: Desk, api: ApiClient, worker: Worker
) -> None:
    handoff = hand_off(api, channel="web", contact={"id": "c8", "name": "Nobody"})
    worker.rest()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.reason_code) == ("failed", "contact_has_no_email")
    assert desk.requests("POST") == []
    api.put_session(
        "ses-1", {"channel": "web", "contact": {"id": "c8", "name": "Nobody", "email": "n@customer.example"}}
    )
    assert handoffs.retry(handoff)
    worker.rest()
    handoff.refresh_from_db()
    assert handoff.status == "linked"


def test_it_gives_up_after_a_day(desk: Desk, api: ApiClient, worker: Worker) -> None:
    desk.fault("500", **CREATE, times=99)
    handoff = hand_off(api)
    Handoff.objects.filter(pk=handoff.pk).update(queued_at=timezone.now() - dt.timedelta(hours=24, minutes=1))
    worker.step()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.reason_code) == ("failed", "zendesk_unavailable")


def test_retry_after_comes_first(desk: Desk, api: ApiClient, worker: Worker) -> None:
    desk.fault("429", seconds=77, **CREATE, times=1)
    handoff = hand_off(api)
    worker.step()
    handoff.refresh_from_db()
    assert handoff.next_attempt_at is not None
    assert 70 < (handoff.next_attempt_at - timezone.now()).total_seconds() <= 77


def test_a_refused_agent_is_left_out_of_the_next_try(
    desk: Desk, api: ApiClient, worker: Worker, org: Organization
) -> None:
    ZendeskConnection.objects.filter(organization=org).update(default_agent_id=4711)
    handoff = hand_off(api)
    worker.step()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.reason_code) == ("retrying", "field_rejected")
    worker.skip_waiting()
    worker.rest()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.left_out) == ("linked", ["assignee_id"])


def test_a_long_transcript_goes_on_in_internal_comments_and_nothing_is_cut(
    desk: Desk, api: ApiClient, worker: Worker
) -> None:
    api.put_session("ses-1")
    words = [f"word{number}" for number in range(30_000)]
    api.post_messages("ses-1", {"id": "long", "text": " ".join(words)})
    api.call("POST", "sessions/ses-1/handoff", HANDOFF)
    worker.rest()
    (ticket,) = desk.tickets()
    comments = desk.comments(ticket["id"])
    assert len(comments) > 3
    assert not any(comment["public"] for comment in comments)
    assert all(len(comment["html_body"].encode()) < 65_000 for comment in comments)
    said = " ".join(comment["plain_body"] for comment in comments)
    assert {"word0", "word15000", "word29999"} <= set(said.split())


def test_a_contacts_words_stay_words(desk: Desk, api: ApiClient, worker: Worker) -> None:
    api.put_session("ses-1")
    hostile = "{{ticket.id}} {% assign x = 1 %} <script>alert(1)</script> {{{ticket.requester.email}}}"
    api.post_messages("ses-1", {"id": "m1", "text": hostile})
    api.call("POST", "sessions/ses-1/handoff", HANDOFF)
    worker.rest()
    (ticket,) = desk.tickets()
    (comment,) = desk.comments(ticket["id"])
    assert "carla@customer.example" not in comment["plain_body"]
    assert "ticket.id" in comment["plain_body"]
    assert "<script" not in comment["html_body"]
    assert "alert(1)" in comment["plain_body"]


def test_two_organizations_on_one_account_keep_to_their_own_tickets(
    desk: Desk, sandbox: Sandbox, api: ApiClient, other_api: ApiClient, other_org: Organization, worker: Worker
) -> None:
    connect(other_org, desk, platform="globex")
    desk.fault("drop_before_write", **CREATE, times=1)
    mine = hand_off(api)
    worker.step()
    theirs = hand_off(other_api)
    worker.until(lambda: Handoff.objects.get(pk=theirs.pk).status == "linked")
    worker.skip_waiting()
    worker.rest()
    mine.refresh_from_db()
    assert mine.status == "linked"
    assert len(desk.tickets()) == 2
    assert mine.links.get().ticket_id != theirs.links.get().ticket_id


def test_a_cancelled_handoff_whose_ticket_may_exist_never_makes_a_second_one(
    desk: Desk, api: ApiClient, worker: Worker
) -> None:
    desk.fault("drop_after_write", **CREATE, times=1)
    first = hand_off(api)
    worker.step()
    first.refresh_from_db()
    assert handoffs.cancel(first)
    answer = api.call("POST", "sessions/ses-1/handoff", HANDOFF)
    assert answer.status == 202
    assert answer.body["handoff_id"] != str(first.pk)
    worker.skip_waiting()
    worker.rest()
    assert len(desk.tickets()) == 1
    assert api.get_session("ses-1").body["handoff"]["status"] == "linked"


def test_a_deleted_ticket_ends_the_link_and_a_retry_makes_a_new_one(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker
) -> None:
    handoff = hand_off(api)
    worker.rest()
    (ticket,) = desk.tickets()
    desk.play("delete", ticket["id"])
    api.post_messages("ses-1", {"id": "m9", "text": "Hello?"})
    worker.rest()
    body = api.get_session("ses-1").body
    assert body["handoff"]["reason_code"] == "ticket_deleted"
    assert body["ticketing_system"] is None
    handoff.refresh_from_db()
    assert handoffs.retry(handoff)
    worker.rest()
    body = api.get_session("ses-1").body
    assert body["handoff"]["status"] == "linked"
    live = [row for row in desk.tickets() if not row["deleted"]]
    assert [str(row["id"]) for row in live] == [body["ticketing_system"]["external_id"]]
    assert "Hello?" in desk.comments(live[0]["id"])[0]["plain_body"]
