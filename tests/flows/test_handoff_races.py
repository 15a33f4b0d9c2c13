"""Handoffs that are cancelled, refused or asked for again at the worst moment still make one ticket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.api_client import HANDOFF, ApiClient
from tests.flows.between import Between, stand_between
from tests.flows.conftest import Worker
from tests.flows.test_handoff import hand_off
from tests.flows.test_updates import said, say
from tests.sandbox.server import Desk, Sandbox
from ticketing import handoff as handoffs
from ticketing.models import Handoff


@pytest.fixture
def between(desk: Desk, sandbox: Sandbox, settings: Settings) -> Iterator[Between]:
    with stand_between(sandbox.url) as found:
        settings.ZENDESK_URL = f"{found.url}/{{subdomain}}"
        yield found


def test_words_of_a_cancelled_handoff_that_got_its_ticket_after_all_go_in(
    between: Between, desk: Desk, api: ApiClient, worker: Worker
) -> None:
    def cancel() -> None:
        say(api, 1, "While it was made.")
        assert handoffs.cancel(Handoff.objects.get())
        say(api, 2, "While it was cancelled.")

    between.act("POST", "/acme/api/v2/tickets", after=cancel)
    hand_off(api)
    worker.rest()
    assert Handoff.objects.get().status == "linked"
    assert said(desk, desk.tickets()[0]["id"]) == ["While it was made.", "While it was cancelled."]


def test_a_second_handoff_does_not_inherit_a_write_that_was_settled_since(
    desk: Desk, api: ApiClient, worker: Worker
) -> None:
    desk.fault("drop_after_write", method="POST", path="/api/v2/tickets", times=1)
    first = hand_off(api)
    worker.step()
    first.refresh_from_db()
    assert handoffs.cancel(first)
    second = Handoff.objects.get(pk=api.call("POST", "sessions/ses-1/handoff", HANDOFF).body["handoff_id"])
    worker.skip_waiting()
    worker.rest()
    second.refresh_from_db()
    assert second.status == "linked"
    desk.play("delete", desk.tickets()[0]["id"])
    say(api, 1, "Hello?")
    worker.rest()
    second.refresh_from_db()
    assert second.reason_code == "ticket_deleted"
    assert handoffs.cancel(second)
    third = Handoff.objects.get(pk=api.call("POST", "sessions/ses-1/handoff", HANDOFF).body["handoff_id"])
    worker.rest()
    third.refresh_from_db()
    assert (third.status, third.request_key) == ("linked", str(third.pk))
    new = max(row["id"] for row in desk.tickets())
    assert "Hello?" in desk.comments(new)[0]["plain_body"]


def test_a_burnt_key_is_changed_after_a_look(between: Between, desk: Desk, api: ApiClient, worker: Worker) -> None:
    burnt = {"error": "IdempotentRequestError", "description": "Request parameters don't match the given key"}
    between.answer("POST", "/acme/api/v2/tickets", 400, burnt, times=1)
    desk.fault("500", method="POST", path="/api/v2/tickets", times=1)
    handoff = hand_off(api)
    worker.rest()
    worker.skip_waiting()
    worker.rest()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.request_key) == ("linked", f"{handoff.pk}-2")
    assert len(desk.tickets()) == 1
    assert handoff.request_key in desk.comments(desk.tickets()[0]["id"])[0]["plain_body"]


def test_a_refusal_after_an_unknown_outcome_does_not_forget_that_outcome(
    between: Between, desk: Desk, api: ApiClient, worker: Worker
) -> None:
    desk.fault("drop_after_write", method="POST", path="/api/v2/tickets", times=1)
    handoff = hand_off(api)
    worker.step()
    between.change("GET", "/acme/api/v2/tickets", lambda body: {**body, "tickets": []}, times=1)
    between.answer("POST", "/acme/api/v2/tickets", 403, {"error": "Forbidden"}, times=1)
    worker.skip_waiting()
    worker.step()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.reason_code) == ("failed", "permission_missing")
    assert handoffs.retry(handoff)
    worker.rest()
    handoff.refresh_from_db()
    assert handoff.status == "linked"
    assert len(desk.tickets()) == 1
    assert [call["method"] for call in desk.requests(path="/api/v2/tickets")][-1] == "GET"


def test_a_hostile_name_stays_a_name(desk: Desk, api: ApiClient, worker: Worker) -> None:
    hand_off(api, contact={"id": "c1", "name": "{{ticket.id}} <b>{%x%}", "email": "carla@customer.example"})
    worker.rest()
    (call,) = desk.requests("POST", "/api/v2/tickets")
    assert "{{" not in str(call["body"]).replace("{'", "")
    assert "{%" not in str(call["body"])


def test_a_new_handoff_lets_the_cancelled_ones_write_end_first(
    between: Between, desk: Desk, api: ApiClient, worker: Worker
) -> None:
    def cancel_and_ask_again() -> None:
        assert handoffs.cancel(Handoff.objects.get())
        assert api.call("POST", "sessions/ses-1/handoff", HANDOFF).status == 202
        worker.step()
        assert desk.requests("POST", "/api/v2/tickets") == [], "the first write has not arrived yet"

    between.act("POST", "/acme/api/v2/tickets", before=cancel_and_ask_again)
    hand_off(api)
    worker.rest()
    assert len(desk.requests("POST", "/api/v2/tickets")) == 1
    assert len(desk.tickets()) == 1
    live = Handoff.objects.exclude(status="cancelled").get()
    assert live.status == "linked"
