"""POST of a handoff and of a reply's receipt (contract 3)."""

from __future__ import annotations

from typing import Any

import pytest

from opencx_admin.orgs.models import Organization
from tests.api_client import HANDOFF, ApiClient
from tests.factories import AgentReplyFactory, HandoffFactory, SessionFactory
from ticketing.models import AgentReply, Handoff, HandoffReason, Session


@pytest.fixture
def session(org: Organization) -> Session:
    return SessionFactory.create(organization=org, external_id="s-1")


def test_a_handoff_is_queued(api: ApiClient, session: Session) -> None:
    body = {"reason": "prohibited_topic", "summary": "A refund.", "sentiment": "angry", "topic": "Refunds"}
    answer = api.hand_off("s-1", body)

    handoff = Handoff.objects.get()
    assert (answer.status, answer.body) == (202, {"handoff_id": str(handoff.pk), "status": "queued"})
    assert {name: getattr(handoff, name) for name in body} == body
    shown = api.get_session("s-1").body
    assert (shown["handed_off"], shown["handoff"]["status"], shown["handoff"]["attempts"]) == (True, "queued", 0)


@pytest.mark.parametrize("reason", HandoffReason.values)
def test_every_reason_is_known(api: ApiClient, session: Session, reason: str) -> None:
    assert api.hand_off("s-1", {"reason": reason}).status == 202


@pytest.mark.parametrize("state", [{}, {"status": "working"}, {"is_retrying": True}, {"is_linked": True}])
def test_asking_again_answers_with_the_same_handoff(api: ApiClient, session: Session, state: dict[str, Any]) -> None:
    handoff = HandoffFactory.create(session=session, **state)
    answer = api.hand_off("s-1")

    assert (answer.status, answer.body) == (200, {"handoff_id": str(handoff.pk), "status": handoff.status})
    assert Handoff.objects.count() == 1


def test_asking_again_queues_a_failed_one(api: ApiClient, session: Session) -> None:
    handoff = HandoffFactory.create(session=session, is_failed=True)
    answer = api.hand_off("s-1")

    assert (answer.status, answer.body) == (200, {"handoff_id": str(handoff.pk), "status": "queued"})


def test_after_a_cancelled_one_a_new_one_begins(api: ApiClient, session: Session) -> None:
    cancelled = HandoffFactory.create(session=session, is_cancelled=True)
    answer = api.hand_off("s-1")

    assert answer.status == 202
    assert answer.body["handoff_id"] != str(cancelled.pk)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "reason"),
        ({"reason": None}, "reason"),
        ({"reason": "bored"}, "reason"),
        (HANDOFF | {"summary": 5}, "summary"),
        (HANDOFF | {"sentiment": "sad"}, "sentiment"),
        (HANDOFF | {"topic": "x" * 501}, "topic"),
    ],
)
def test_a_handoff_that_does_not_fit_is_not_begun(
    api: ApiClient, session: Session, body: dict[str, Any], path: str
) -> None:
    answer = api.hand_off("s-1", body)

    assert (answer.status, list(answer.body["fields"])) == (422, [path])
    assert not Handoff.objects.exists()


def test_an_unknown_session_cannot_be_handed_off(api: ApiClient, session: Session) -> None:
    assert api.hand_off("s-2").status == 404


@pytest.mark.parametrize("status", ["delivered", "failed"])
def test_a_receipt_is_kept_with_the_reply(api: ApiClient, org: Organization, status: str) -> None:
    reply = AgentReplyFactory.create(organization=org)
    answer = api.post_receipt(reply.public_id, {"status": status, "detail": "Number no longer in service."})

    reply.refresh_from_db()
    assert (answer.status, answer.body) == (200, {"reply_id": reply.public_id, "status": status})
    assert (reply.receipt, reply.receipt_detail) == (status, "Number no longer in service.")
    assert api.post_receipt(reply.public_id, {"status": status}).status == 200


@pytest.mark.parametrize(
    "reply_id", ["rep_0", "rep_999999999999999999999999", "rep_", "1", "rep_-1", "rep_1\x00", "rep_١", "a/b", "x" * 300]
)
def test_a_receipt_for_no_reply_is_unknown(api: ApiClient, org: Organization, reply_id: str) -> None:
    AgentReplyFactory.create(organization=org)
    answer = api.post_receipt(reply_id, {"status": "delivered"})

    assert (answer.status, answer.body["error"]) == (404, "not_found")
    assert not AgentReply.objects.exclude(receipt="").exists()


@pytest.mark.parametrize("body", [{}, {"status": "read"}, {"status": None}, {"status": "failed", "detail": 7}])
def test_a_receipt_that_does_not_fit_is_refused(api: ApiClient, org: Organization, body: dict[str, Any]) -> None:
    reply = AgentReplyFactory.create(organization=org)

    assert api.post_receipt(reply.public_id, body).status == 422
