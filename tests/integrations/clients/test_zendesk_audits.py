"""Audits, invocations and attempts as Zendesk writes them, also where it leaves things away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from integrations.clients import errors
from integrations.clients.auth import TokenAuth
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_audits import list_attempts, list_audits, list_invocations

BASE = "https://acme.zendesk.com/api/v2"
AT = dt.datetime(2026, 11, 23, 14, 3, 7, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
NOTIFIED = {
    "id": 3,
    "type": "Notification",
    "via": {
        "channel": "rule",
        "source": {"from": {"id": 360057, "title": "Notify", "deleted": False}, "rel": "trigger"},
    },
}
OLD_RULE = {
    "id": 4,
    "type": "Change",
    "field_name": "status",
    "previous_value": "new",
    "value": "open",
    "via": {"channel": "rule", "source": {"id": 22472, "title": "Assign", "rel": "trigger", "type": "rule"}},
}


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as found:
        yield found


@pytest.fixture
def client() -> ZendeskClient:
    token = TokenAuth("a@acme.example", "token")
    return ZendeskClient("https://acme.zendesk.com", token, requests.Session(), lambda _call: None)


def audit(number: int, *events: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": 7,
        "created_at": "2026-11-23T14:03:07Z",
        "author_id": -1,
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        "events": list(events),
    }


def test_audits_come_in_order_from_every_page(wire: responses.RequestsMock, client: ZendeskClient) -> None:
    first = {"audits": [audit(2)], "meta": {"has_more": True, "after_cursor": "next"}}
    wire.get(f"{BASE}/tickets/7/audits", json=first)
    wire.get(f"{BASE}/tickets/7/audits", json={"audits": [audit(1)], "meta": {"has_more": False}})
    found, is_whole = list_audits(client, 7)
    assert [one.id for one in found] == [1, 2]
    assert is_whole


def test_what_a_trigger_did_names_it(wire: responses.RequestsMock, client: ZendeskClient) -> None:
    said = {"id": 1, "type": "Comment", "public": True, "body": "Hello"}
    wire.get(f"{BASE}/tickets/7/audits", json={"audits": [audit(1, said, NOTIFIED, OLD_RULE)]})
    comment, mail, change = list_audits(client, 7)[0][0].events
    assert (comment.rule, comment.is_public) == ("", True)
    assert (mail.rule, mail.rule_title) == ("360057", "Notify")
    assert (change.rule_title, change.before, change.after) == ("Assign", "new", "open")


def test_rows_without_a_number_or_a_time_are_left_out(wire: responses.RequestsMock, client: ZendeskClient) -> None:
    rows = [{"id": 5}, {"created_at": "2026-11-23T14:03:07Z"}, {**audit(6), "events": None, "via": None}]
    wire.get(f"{BASE}/tickets/7/audits", json={"audits": rows})
    assert [(one.id, one.channel, one.events) for one in list_audits(client, 7)[0]] == [(6, "", ())]


def test_a_throttled_call_has_no_code(wire: responses.RequestsMock, client: ZendeskClient) -> None:
    rows = [
        {"id": "01A", "status": "throttled", "latest_completed_at": "2026-11-23T14:03:07Z"},
        {"id": "01B", "status": "success", "status_code": 200, "latest_completed_at": "2026-11-23T14:03:08Z"},
        {"id": "01C", "status": "circuit_broken", "latest_completed_at": "2026-11-22T14:03:08Z"},
    ]
    wire.get(f"{BASE}/webhooks/01W/invocations", json={"invocations": rows, "meta": {"has_more": False}})
    found, is_whole = list_invocations(client, "01W", AT - HOUR, AT + HOUR)
    assert [(one.id, one.status, one.status_code) for one in found] == [
        ("01A", "throttled", None),
        ("01B", "success", 200),
    ]
    assert is_whole
    asked = wire.calls[0].request.params  # type: ignore[attr-defined]
    assert asked["filter[from_ts]"] == "2026-11-23T13:03:07Z"
    assert asked["filter[to_ts]"] == "2026-11-23T15:03:07Z"


def test_a_list_that_never_ends_is_not_whole(wire: responses.RequestsMock, client: ZendeskClient) -> None:
    page = {"invocations": [], "meta": {"has_more": True, "after_cursor": "more"}}
    wire.get(f"{BASE}/webhooks/01W/invocations", json=page)
    assert list_invocations(client, "01W", AT - HOUR, AT) == ([], False)
    assert len(wire.calls) == 3


def test_attempts_tell_what_was_sent_where_something_was(wire: responses.RequestsMock, client: ZendeskClient) -> None:
    sent = {"status": "timeout", "completed_at": "2026-11-23T14:03:17Z", "request": {"payload": "{}", "endpoint": "x"}}
    wire.get(f"{BASE}/webhooks/01W/invocations/01A/attempts", json={"attempts": [{"status": "throttled"}, sent]})
    first, second = list_attempts(client, "01W", "01A")
    assert (first.payload, first.status) == ("{}", "timeout")
    assert (second.payload, second.endpoint) == (None, "")


def test_who_may_not_read_webhooks_is_told_so(wire: responses.RequestsMock, client: ZendeskClient) -> None:
    wire.get(f"{BASE}/webhooks/01W/invocations", json={"error": "Forbidden"}, status=403)
    with pytest.raises(errors.Forbidden):
        list_invocations(client, "01W", AT - HOUR, AT)
