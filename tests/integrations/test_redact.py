"""What a stored call shows of the people in it."""

from __future__ import annotations

import json

import pytest

from integrations.redact import DOTS, redact_body, redact_headers, show_body


def test_ids_and_states_are_shown_and_people_are_not() -> None:
    body = {
        "ticket_id": "31877",
        "external_id": "ses_1",
        "status": "Open",
        "requester": "Mariana",
        "requester_id": "55",
        "latest_comment": "My number is 0170",
        "via": {"email": "m@example.com", "channel": "web"},
        "updated_at": "2026-11-19T13:10:39Z",
    }

    shown = redact_body(json.dumps(body))

    assert json.loads(shown.text) == body | {
        "requester": DOTS,
        "latest_comment": DOTS,
        "via": {"email": DOTS, "channel": "web"},
    }
    assert shown.hidden == 3


@pytest.mark.parametrize(
    "text", ["m.o'neill@example.co.uk", "x m+tag@example.com y", "+49 170 1234567", "+1 (555) 123-4567"]
)
def test_addresses_and_numbers_are_hidden_wherever_they_stand(text: str) -> None:
    for body in (json.dumps({"note": text}), f"ticket_id=5&note={text}", json.dumps([text])):
        shown = redact_body(body)
        assert shown.hidden == 1
        assert "example" not in shown.text
        assert "12345" not in shown.text
        assert "4567" not in shown.text


@pytest.mark.parametrize("body", ["", "null", "5", "[]", "not json {", "[" * 5000, '{"a": "\\ud800"}'])
def test_any_body_can_be_shown(body: str) -> None:
    assert redact_body(body).hidden == 0
    assert redact_body(body).text.encode() == show_body(body).encode()


def test_long_numbers_that_are_ids_stay() -> None:
    assert "19083736123456" in redact_body('{"ticket_id": 19083736123456, "note": "19083736123456"}').text


def test_headers_show_no_secret() -> None:
    shown = redact_headers({"Authorization": "Bearer x", "X-Zendesk-Webhook-Signature": "abc=", "Content-Type": "a/b"})
    assert shown == [("authorization", DOTS), ("x-zendesk-webhook-signature", DOTS), ("content-type", "a/b")]
