"""Adding tags keeps those that are there, also where Zendesk offers no way to add."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from integrations.clients import errors
from integrations.clients.auth import TokenAuth
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_tags import add_tags
from integrations.clients.zendesk_types import Ticket

URL = "https://acme.zendesk.com/api/v2/tickets/7"
AT = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
TICKET = Ticket(7, "", "open", 1, ("vip", "size_l"), "", AT, AT, None)


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as found:
        yield found


@pytest.fixture
def client() -> ZendeskClient:
    token = TokenAuth("a@acme.example", "token")
    return ZendeskClient("https://acme.zendesk.com", token, requests.Session(), lambda _call: None)


def sent(wire: responses.RequestsMock, number: int) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(wire.calls[number].request.body or b"{}")
    return body


def test_the_tags_are_added_by_the_call_that_adds(wire: responses.RequestsMock, client: ZendeskClient) -> None:
    wire.put(f"{URL}/tags", json={"tags": ["vip", "size_l", "opencx_x"]})
    add_tags(client, TICKET, ["opencx_x"])
    assert sent(wire, 0) == {"tags": ["opencx_x"]}
    assert len(wire.calls) == 1


@pytest.mark.parametrize("status", [404, 405])
def test_where_there_is_no_such_call_all_are_written_unless_the_ticket_changed(
    wire: responses.RequestsMock, client: ZendeskClient, status: int
) -> None:
    wire.put(f"{URL}/tags", status=status, json={"error": "InvalidEndpoint"})
    wire.put(URL, json={"ticket": {"id": 7, "status": "open"}})
    add_tags(client, TICKET, ["opencx_x", "vip"])
    assert sent(wire, 1)["ticket"] == {
        "tags": ["vip", "size_l", "opencx_x"],
        "safe_update": True,
        "updated_stamp": "2026-11-23T09:00:00Z",
    }


def test_a_refusal_is_a_refusal(wire: responses.RequestsMock, client: ZendeskClient) -> None:
    closed = {"error": "RecordInvalid", "details": {"status": [{"description": "Status: closed prevents update"}]}}
    wire.put(f"{URL}/tags", status=422, json=closed)
    with pytest.raises(errors.Rejected):
        add_tags(client, TICKET, ["opencx_x"])
