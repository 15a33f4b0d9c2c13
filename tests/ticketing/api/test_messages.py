"""POST of messages (contract 3)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.api_client import MESSAGE, ApiClient
from ticketing.models import Message, Session, TicketUpdate

WHOLE: dict[str, Any] = {
    "id": "m1",
    "sender": "ai",
    "text": "Your order is on its way.",
    "created_at": "2026-11-22T12:00:00+02:00",
    "attachments": [
        {"name": "label.pdf", "url": "https://files.example/label.pdf", "content_type": "application/pdf", "size": 812}
    ],
    "reasoning": "The contact asks for the state of an order.",
    "tool_calls": [{"name": "find_order", "arguments": {"id": 4711}, "result": ["sent", None], "ms": 41}],
    "knowledge": [{"title": "Shipping times", "url": "https://help.example/shipping"}],
}


@pytest.fixture
def session(api: ApiClient) -> Session:
    api.put_session("s-1")
    return Session.objects.get()


def test_a_message_is_stored_whole(api: ApiClient, session: Session) -> None:
    answer = api.post_messages("s-1", WHOLE)

    assert (answer.status, answer.body) == (202, {"session_id": "s-1", "accepted": 1})
    message = session.messages.get()
    assert (message.external_id, message.sender, message.text) == ("m1", "ai", WHOLE["text"])
    assert message.sent_at == dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)
    assert message.reasoning == WHOLE["reasoning"]
    assert message.attachments == WHOLE["attachments"]
    assert message.tool_calls == WHOLE["tool_calls"]
    assert message.knowledge == WHOLE["knowledge"]


def test_a_repeat_answers_the_same_and_keeps_the_first_text(api: ApiClient, session: Session) -> None:
    first = api.post_messages("s-1", {"text": "first"})
    again = api.post_messages("s-1", {"text": "second"})

    assert (again.status, again.body) == (first.status, first.body)
    assert session.messages.get().text == "first"


def test_an_id_twice_in_one_body_keeps_the_first(api: ApiClient, session: Session) -> None:
    answer = api.post_messages("s-1", {"id": "a", "text": "one"}, {"id": "a", "text": "two"}, {"id": "b"})

    assert answer.body["accepted"] == 2
    assert session.messages.get(external_id="a").text == "one"


def test_message_ids_belong_to_their_session(api: ApiClient, session: Session) -> None:
    api.put_session("s-2")
    api.post_messages("s-1", {"text": "in the first"})
    api.post_messages("s-2", {"text": "in the second"})

    assert set(Message.objects.values_list("text", flat=True)) == {"in the first", "in the second"}


def test_a_session_reads_in_the_order_of_the_platforms_times(api: ApiClient, session: Session) -> None:
    api.post_messages(
        "s-1",
        {"id": "late", "created_at": "2026-11-22T10:05:00Z"},
        {"id": "early", "created_at": "2026-11-22T12:01:00+02:00"},
    )
    session.refresh_from_db()

    assert list(session.messages.values_list("external_id", flat=True)) == ["early", "late"]
    assert session.last_message_at == dt.datetime(2026, 11, 22, 10, 5, tzinfo=dt.UTC)


def test_500_messages_fit(api: ApiClient, session: Session) -> None:
    messages = [{"id": f"m{number}"} for number in range(500)]

    assert api.post_messages("s-1", *messages).body["accepted"] == 500
    assert session.messages.count() == 500


@pytest.mark.parametrize("count", [0, 501])
def test_no_message_and_too_many_are_refused(api: ApiClient, session: Session, count: int) -> None:
    answer = api.post_messages("s-1", *({"id": f"m{number}"} for number in range(count)))

    assert (answer.status, list(answer.body["fields"])) == (422, ["messages"])


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"id": ""}, "id"),
        ({"id": None}, "id"),
        ({"id": "x" * 256}, "id"),
        ({"sender": "robot"}, "sender"),
        ({"text": None}, "text"),
        ({"text": "nul \x00"}, "text"),
        ({"text": "half \udc00"}, "text"),
        ({"created_at": "2026-11-22T10:00:00"}, "created_at"),
        ({"created_at": "2026-11-22"}, "created_at"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": "2026-02-30T10:00:00Z"}, "created_at"),
        ({"created_at": 1763800000}, "created_at"),
        ({"created_at": "1763800000"}, "created_at"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "created_at"),
        ({"created_at": "9999-12-31T23:59:59-14:00"}, "created_at"),
        ({"attachments": {}}, "attachments"),
        ({"attachments": [{"name": "x"}]}, "attachments.0.url"),
        ({"attachments": [{"url": "ftp://files.example/x"}]}, "attachments.0.url"),
        ({"attachments": [{"url": "javascript:alert(1)"}]}, "attachments.0.url"),
        ({"attachments": [{"url": "data:text/html,x"}]}, "attachments.0.url"),
        ({"attachments": [{"url": "https://"}]}, "attachments.0.url"),
        ({"attachments": [{"url": "http://[broken"}]}, "attachments.0.url"),
        ({"attachments": [{"url": "http://host:port/"}]}, "attachments.0.url"),
        ({"attachments": [{"url": "/relative"}]}, "attachments.0.url"),
        ({"attachments": [{"url": "https://files.example/x", "size": -1}]}, "attachments.0.size"),
        ({"attachments": [{"url": "https://files.example/x", "size": "big"}]}, "attachments.0.size"),
        ({"reasoning": 5}, "reasoning"),
        ({"tool_calls": [{"arguments": {}}]}, "tool_calls.0.name"),
        ({"tool_calls": [{"name": "x", "ms": "fast"}]}, "tool_calls.0.ms"),
        ({"knowledge": ["article"]}, "knowledge.0"),
    ],
)
def test_one_message_that_does_not_fit_stores_none(
    api: ApiClient, session: Session, change: dict[str, Any], path: str
) -> None:
    answer = api.post_messages("s-1", {"id": "good"}, change)

    assert (answer.status, answer.body["error"]) == (422, "invalid")
    assert list(answer.body["fields"]) == [f"messages.1.{path}"]
    assert not session.messages.exists()


@pytest.mark.parametrize(
    "time", ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00.123456+00:00", "2026-11-22 12:00:00+02:00", "20261122T10Z"]
)
def test_iso_8601_has_several_spellings(api: ApiClient, session: Session, time: str) -> None:
    assert api.post_messages("s-1", {"created_at": time}).status == 202


def test_optional_parts_may_be_null(api: ApiClient, session: Session) -> None:
    nothing = {"attachments": None, "reasoning": None, "tool_calls": None, "knowledge": None}

    assert api.post_messages("s-1", nothing).status == 202
    message = session.messages.get()
    assert (message.attachments, message.reasoning, message.tool_calls, message.knowledge) == ([], "", [], [])


def test_an_unknown_session_takes_no_messages(api: ApiClient, session: Session) -> None:
    answer = api.post_messages("s-2", MESSAGE)

    assert (answer.status, answer.body["error"]) == (404, "not_found")


def test_before_the_handoff_nothing_is_carried(api: ApiClient, session: Session) -> None:
    api.post_messages("s-1", {})

    assert not TicketUpdate.objects.exists()


def test_after_the_handoff_a_contacts_message_is_carried_once(api: ApiClient, session: Session) -> None:
    api.hand_off("s-1")
    api.post_messages("s-1", {"id": "late", "text": "Are you there?"})
    api.post_messages("s-1", {"id": "late", "text": "Are you there?"}, {"id": "late"})

    assert TicketUpdate.objects.get().message == session.messages.get(external_id="late")


@pytest.mark.parametrize("sender", ["ai", "agent", "system"])
def test_after_the_handoff_other_messages_stay_here(api: ApiClient, session: Session, sender: str) -> None:
    api.hand_off("s-1")
    api.post_messages("s-1", {"sender": sender})

    assert session.messages.exists()
    assert not TicketUpdate.objects.exists()


def test_a_burst_is_carried_in_the_order_it_was_written(api: ApiClient, session: Session) -> None:
    api.hand_off("s-1")
    api.post_messages(
        "s-1",
        {"id": "second", "created_at": "2026-11-22T10:00:02Z"},
        {"id": "first", "created_at": "2026-11-22T10:00:01Z"},
    )

    carried = TicketUpdate.objects.order_by("pk").values_list("message__external_id", flat=True)
    assert list(carried) == ["first", "second"]
