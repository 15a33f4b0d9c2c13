"""Webhooks, triggers and views by recorded answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import responses

from integrations.clients import errors
from integrations.clients.auth import BearerAuth
from integrations.clients.http import CallRecord
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_rules import ZendeskRules

BASE = "https://acme.zendesk.com"
ID = "01HANAHAFTBVF1NA2AVFK4W763"
# https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/
WEBHOOK = {
    "id": ID,
    "name": "OpenCX",
    "status": "active",
    "subscriptions": ["conditional_ticket_events"],
    "created_at": "2023-09-18T23:38:14.906338593Z",
    "created_by": "391822047715",
    "endpoint": "https://desk.example.com/webhooks/zendesk/whk_abc",
    "http_method": "POST",
    "request_format": "json",
    "updated_at": "2023-09-18T23:38:14.906338593Z",
    "updated_by": "391822047716",
}


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as found:
        yield found


@pytest.fixture
def calls() -> list[CallRecord]:
    return []


@pytest.fixture
def rules(calls: list[CallRecord]) -> ZendeskRules:
    return ZendeskRules(ZendeskClient(BASE, BearerAuth("token"), requests.Session(), calls.append))


def sent(wire: responses.RequestsMock, at: int = -1) -> Any:
    return json.loads(wire.calls[at].request.body or b"{}")


def test_a_webhook_keeps_its_id_as_text_and_who_changed_it(wire: responses.RequestsMock, rules: ZendeskRules) -> None:
    wire.get(f"{BASE}/api/v2/webhooks", json={"webhooks": [WEBHOOK], "meta": {"has_more": False}})
    (found,) = rules.webhooks()
    assert (found.id, found.title, found.updated_by) == (ID, "OpenCX", 391822047716)
    assert found.updated_at is not None
    assert found.updated_at.year == 2023


def test_lists_are_read_to_their_end_by_cursor_and_by_offset(wire: responses.RequestsMock, rules: ZendeskRules) -> None:
    url = f"{BASE}/api/v2/triggers"
    more = {"meta": {"has_more": True, "after_cursor": "abc"}, "links": {"next": f"{url}?page[after]=abc"}}
    wire.get(url, json={"triggers": [{"id": 1, "title": "One"}], **more})
    wire.get(url, json={"triggers": [{"id": 2, "title": "Two"}], "next_page": f"{url}?page=3"})
    wire.get(url, json={"triggers": [{"id": 3, "title": "Three"}], "next_page": None})
    assert [one.id for one in rules.triggers()] == ["1", "2", "3"]
    assert "page%5Bsize%5D" not in str(wire.calls[-1].request.url)


@pytest.mark.parametrize(
    ("act", "method", "path", "status"),
    [
        (lambda r: r.patch_webhook(ID, {"status": "active"}), "PATCH", f"webhooks/{ID}", 204),
        (lambda r: r.delete_webhook(ID), "DELETE", f"webhooks/{ID}", 204),
        (lambda r: r.update_trigger("25", {"title": "T"}), "PUT", "triggers/25", 200),
        (lambda r: r.delete_trigger("25"), "DELETE", "triggers/25", 204),
        (lambda r: r.delete_view("7"), "DELETE", "views/7", 204),
    ],
)
def test_writes_without_a_body_in_the_answer_are_taken(
    wire: responses.RequestsMock,
    rules: ZendeskRules,
    act: Callable[[ZendeskRules], None],
    method: str,
    path: str,
    status: int,
) -> None:
    wire.add(method, f"{BASE}/api/v2/{path}", status=status, body="")
    act(rules)


def test_a_view_is_written_flat_and_made_with_its_columns(wire: responses.RequestsMock, rules: ZendeskRules) -> None:
    wire.post(f"{BASE}/api/v2/views", json={"view": {"id": 25, "title": "Ours"}}, status=201)
    conditions = {"all": [{"field": "status", "operator": "less_than", "value": "solved"}], "any": []}
    assert rules.create_view({"title": "Ours", "conditions": conditions, "output": {"columns": []}}).id == "25"
    assert sent(wire) == {"view": {"title": "Ours", **conditions, "output": {"columns": []}}}


@pytest.mark.parametrize("body", [{}, {"webhook": {}}, {"webhook": {"id": None}}, {"webhook": {"id": True}}, []])
def test_a_success_that_names_nothing_may_have_been_carried_out(
    wire: responses.RequestsMock, rules: ZendeskRules, body: Any
) -> None:
    wire.post(f"{BASE}/api/v2/webhooks", json=body, status=201)
    with pytest.raises(errors.BadResponse) as caught:
        rules.create_webhook({"name": "OpenCX"})
    assert caught.value.is_outcome_unknown


def test_a_refusal_does_not_repeat_the_address(
    wire: responses.RequestsMock, rules: ZendeskRules, calls: list[CallRecord]
) -> None:
    endpoint = str(WEBHOOK["endpoint"])
    said = {"errors": [{"code": "InvalidWebhook", "title": f"Endpoint {endpoint} is not reachable"}]}
    wire.patch(f"{BASE}/api/v2/webhooks/{ID}", json=said, status=400)
    with pytest.raises(errors.Rejected) as caught:
        rules.patch_webhook(ID, {"endpoint": endpoint})
    assert caught.value.sentence == "Endpoint ••••• is not reachable"
    assert "whk_abc" not in calls[-1].answer


@pytest.mark.parametrize("said", [{}, {"signing_secret": {}}, {"signing_secret": {"secret": ""}}])
def test_no_secret_is_a_bad_answer(wire: responses.RequestsMock, rules: ZendeskRules, said: Any) -> None:
    wire.get(f"{BASE}/api/v2/webhooks/{ID}/signing_secret", json=said)
    with pytest.raises(errors.BadResponse):
        rules.signing_secret(ID)


def test_the_secret_stands_in_no_record_of_the_call(
    wire: responses.RequestsMock, rules: ZendeskRules, calls: list[CallRecord]
) -> None:
    said = {"signing_secret": {"secret": "wMZJ-secret", "algorithm": "SHA256"}}
    wire.get(f"{BASE}/api/v2/webhooks/{ID}/signing_secret", json=said)
    assert rules.signing_secret(ID) == "wMZJ-secret"
    assert "wMZJ" not in repr(calls)


def test_changes_come_newest_first_and_only_of_the_object_asked_for(
    wire: responses.RequestsMock, rules: ZendeskRules
) -> None:
    rows = [
        {"action": "create", "actor_name": "Ada", "source_id": 25, "created_at": "2026-11-01T10:00:00Z"},
        {"action": "update", "actor_name": "Mara", "source_id": 25, "created_at": "2026-11-02T10:00:00Z"},
        {"action": "update", "actor_name": "Other", "source_id": 26, "created_at": "2026-11-03T10:00:00Z"},
    ]
    wire.get(f"{BASE}/api/v2/audit_logs", json={"audit_logs": rows})
    assert [(one.name, one.action) for one in rules.audit_changes("rule", "25")] == [
        ("Mara", "update"),
        ("Ada", "create"),
    ]


def test_a_test_call_tells_what_our_address_answered(wire: responses.RequestsMock, rules: ZendeskRules) -> None:
    said = {"response": {"headers": [], "status_code": 200, "payload": "{}"}}
    wire.post(f"{BASE}/api/v2/webhooks/test", json=said)
    assert rules.test_webhook(ID, '{"ticket_id": "0"}').status == 200
    assert sent(wire) == {"request": {"payload": '{"ticket_id": "0"}'}}
    assert f"webhook_id={ID}" in str(wire.calls[-1].request.url)
