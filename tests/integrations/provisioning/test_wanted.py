"""What the objects should be."""

from __future__ import annotations

import json
import re

import pytest

from integrations.provisioning.wanted import (
    ASSIST,
    CONDITIONS,
    REFERENCE_BODY,
    REPLY,
    STATUS,
    want_trigger,
    want_view,
    want_webhook,
)
from integrations.webhooks import parse

KINDS = [REPLY, STATUS, ASSIST]
TEXT_OF_A_TICKET = ("comment", "subject", "description", "title", "name", "email")


@pytest.mark.parametrize("kind", KINDS)
def test_a_trigger_does_one_thing_and_its_body_carries_ids_only(kind: str) -> None:
    (action,) = want_trigger(kind, "01H")["actions"]
    webhook_id, body = action["value"]
    assert webhook_id == "01H"
    placeholders = re.findall(r"\{\{(.*?)\}\}", body)
    assert placeholders == ["ticket.id", "ticket.external_id", "ticket.status"]
    assert not any(word in placeholder for placeholder in placeholders for word in TEXT_OF_A_TICKET)


def test_the_body_is_read_by_our_own_reader() -> None:
    assert set(json.loads(REFERENCE_BODY)) == {"ticket_id", "external_id", "status"}
    filled = REFERENCE_BODY.replace("{{ticket.id}}", "17").replace("{{ticket.external_id}}", "session-1")
    payload = parse.parse(filled.encode())
    assert (payload.ticket_id, payload.external_id, payload.error) == ("17", "session-1", "")


@pytest.mark.parametrize("kind", [REPLY, STATUS])
def test_what_came_by_api_rings_on_the_canarys_tickets_only(kind: str) -> None:
    assert CONDITIONS[kind]["any"] == [
        {"field": "current_via_id", "operator": "is_not", "value": "5"},
        {"field": "current_tags", "operator": "includes", "value": "opencx_canary"},
    ]


def test_tickets_of_ours_and_tickets_opened_in_zendesk_ring_by_different_triggers() -> None:
    def tags(kind: str) -> list[tuple[str, str]]:
        rows = CONDITIONS[kind]["all"]
        return [(one["operator"], one["value"]) for one in rows if one["field"] == "current_tags"]

    assert tags(REPLY) == tags(STATUS) == [("includes", "opencx_handedoff")]
    assert tags(ASSIST) == [("not_includes", "opencx_handedoff")]


def test_the_view_asks_for_a_status_as_zendesk_demands() -> None:
    fields = {one["field"] for one in want_view()["conditions"]["all"]}
    assert fields == {"status", "current_tags"}


def test_the_webhook_is_one_for_triggers() -> None:
    assert want_webhook("https://x.example/")["subscriptions"] == ["conditional_ticket_events"]
    assert "authentication" not in want_webhook("https://x.example/", is_adopted=True)
