"""Blanks of existing tickets are filled once, in one update a ticket, whatever dies; agents' values stay."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.models import RateBudget, ZendeskConnection
from opencx_admin.orgs.models import Organization
from tests.api_client import ApiClient
from tests.flows.between import stand_between
from tests.flows.conftest import Worker
from tests.flows.test_ai_fields import FIELDS, ORDER, REASON, URGENT, fielded, fill, hand_off, values_of
from tests.sandbox.server import Desk, Sandbox
from ticketing.fields import backfill
from ticketing.fields.tasks import fill_blanks
from ticketing.models import AIFieldResult, FieldBackfill, SessionTicketLink

__all__ = ["FIELDS", "fielded"]
PEOPLE = {"contact": {"id": "c1", "name": "Carla Contact", "email": "carla@customer.example"}}


def ticket_of(session_id: str) -> int:
    return SessionTicketLink.objects.get(session__external_id=session_id).ticket_id


def updates(desk: Desk) -> list[dict[str, Any]]:
    return [call for call in desk.requests(method="PUT") if call["path"].startswith("/api/v2/tickets/")]


@pytest.fixture
def tickets(fielded: Desk, org: Organization, api: ApiClient, worker: Worker) -> Desk:
    """Three tickets from before any AI field was on; then one is turned on."""
    for number in range(3):
        text = f"I want a refund, my money back, for order A-1000{number}."
        hand_off(api, text, f"ses-{number}")
    worker.rest()
    fill(org, ORDER, description="The order number, such as A-10234.")
    return fielded


def run(row: FieldBackfill) -> FieldBackfill:
    """Let the job go on until nothing is due, whatever it waits for."""
    for _step in range(20):
        row.refresh_from_db()
        if not row.is_running:
            return row
        FieldBackfill.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())
        row.refresh_from_db()
        backfill.advance(row)
    raise AssertionError("the job never ends")


def begin(org: Organization) -> FieldBackfill:
    row, is_new = backfill.start(org, "alice")
    assert is_new
    return row


def test_each_blank_is_filled_by_one_update(tickets: Desk, org: Organization) -> None:
    fill(org, REASON)
    row = run(begin(org))
    assert (row.status, row.done, row.filled, row.values) == ("done", 3, 3, 6)
    assert len(updates(tickets)) == 3
    assert values_of(tickets, ticket_of("ses-1"))[ORDER] == "A-10001"
    assert values_of(tickets, ticket_of("ses-1"))[REASON] == "reason_refund"
    kept = AIFieldResult.objects.filter(handoff__session__external_id="ses-1")
    assert {result.filled_by for result in kept} == {"backfill"}
    assert all(ticket["status"] == "new" or ticket["status"] == "open" for ticket in tickets.tickets())


def test_a_second_run_finds_nothing_to_write(tickets: Desk, org: Organization) -> None:
    run(begin(org))
    row = run(begin(org))
    assert (row.filled, row.not_blank) == (0, 3)
    assert len(updates(tickets)) == 3


def test_what_an_agent_put_in_or_emptied_stays(
    tickets: Desk, org: Organization, api: ApiClient, worker: Worker
) -> None:
    mine = {"ticket": {"custom_fields": [{"id": ORDER, "value": "A-99999"}]}}
    assert tickets.api("PUT", f"tickets/{ticket_of('ses-0')}", json=mine).ok
    hand_off(api, "My order is A-55555, where is it?", "ses-filled")
    worker.rest()
    emptied = {"ticket": {"custom_fields": [{"id": ORDER, "value": None}]}}
    assert tickets.api("PUT", f"tickets/{ticket_of('ses-filled')}", json=emptied).ok
    row = run(begin(org))
    assert (row.filled, row.not_blank) == (2, 2)
    assert values_of(tickets, ticket_of("ses-0"))[ORDER] == "A-99999"
    assert values_of(tickets, ticket_of("ses-filled"))[ORDER] is None


def test_solved_and_closed_tickets_are_left_alone(tickets: Desk, org: Organization) -> None:
    tickets.play("solve", ticket_of("ses-0"))
    tickets.play("close", ticket_of("ses-1"))
    row = run(begin(org))
    assert (row.filled, row.ended) == (1, 2)
    assert {ticket["status"] for ticket in tickets.tickets()} >= {"solved", "closed"}


def test_a_deleted_ticket_stops_nothing(tickets: Desk, org: Organization) -> None:
    tickets.play("delete", ticket_of("ses-1"))
    row = run(begin(org))
    assert (row.status, row.filled, row.refused) == ("done", 2, 1)


@pytest.mark.parametrize("kind", ["drop_after_write", "drop_before_write", "500", "429"])
def test_an_accident_writes_each_value_once(tickets: Desk, org: Organization, kind: str) -> None:
    tickets.fault(kind, method="PUT", path="/api/v2/tickets/*")
    row = run(begin(org))
    assert (row.status, row.done, row.filled, row.values) == ("done", 3, 3, 3)
    assert len(updates(tickets)) == (3 if kind == "drop_after_write" else 4)
    assert all(row.evidence for row in AIFieldResult.objects.all())
    assert AIFieldResult.objects.filter(value__isnull=False).count() == 3


def test_a_refused_field_is_left_out_of_the_second_try(tickets: Desk, org: Organization) -> None:
    fill(org, REASON)
    options = [{"name": "Exchange", "value": "reason_exchange"}]
    body = {"ticket_field": {"custom_field_options": options}}
    assert tickets.api("PUT", f"ticket_fields/{REASON}", json=body).ok
    row = run(begin(org))
    assert (row.filled, row.values) == (3, 3)
    assert AIFieldResult.objects.filter(reason="refused_by_zendesk").count() == 3


def test_an_agent_who_was_faster_wins(tickets: Desk, sandbox: Sandbox, org: Organization, settings: Settings) -> None:
    """The ticket changes between our reading and our writing: it is read again."""
    number = ticket_of("ses-0")
    mine = {"ticket": {"custom_fields": [{"id": ORDER, "value": "A-99999"}]}}

    def agent_writes() -> None:
        sandbox.control("clock", {"advance_seconds": 5})
        assert tickets.api("PUT", f"tickets/{number}", json=mine).ok

    with stand_between(sandbox.url) as between:
        settings.ZENDESK_URL = f"{between.url}/{{subdomain}}"
        between.act("PUT", f"/acme/api/v2/tickets/{number}", before=agent_writes)
        row = run(begin(org))
    assert not between.failures
    assert (row.filled, row.not_blank) == (2, 1)
    assert values_of(tickets, number)[ORDER] == "A-99999"


def test_stopping_keeps_what_was_filled(tickets: Desk, org: Organization) -> None:
    row = begin(org)
    assert backfill.cancel(row)
    fill_blanks(row.pk)
    row.refresh_from_db()
    assert (row.status, row.done) == ("cancelled", 0)
    assert not backfill.cancel(row)
    assert begin(org).pk != row.pk


def test_it_waits_while_the_account_is_busy(tickets: Desk, org: Organization) -> None:
    RateBudget.objects.update(tat=timezone.now().timestamp() + 40)
    row = begin(org)
    assert not backfill.advance(row)
    row.refresh_from_db()
    assert (row.status, row.done) == ("retrying", 0)
    assert row.next_attempt_at is not None
    assert row.next_attempt_at > timezone.now()


def test_only_one_job_runs_at_a_time(tickets: Desk, org: Organization) -> None:
    row = begin(org)
    same, is_new = backfill.start(org, "lea")
    assert (same.pk, is_new) == (row.pk, False)


def test_each_refused_field_is_left_out_and_the_last_one_still_written(
    tickets: Desk, org: Organization, sandbox: Sandbox, settings: Settings
) -> None:
    """Zendesk refuses one field, then another one: what is left goes out by itself."""
    fill(org, REASON)
    fill(org, URGENT, description="Tick when the contact wants a refund.")
    number, refused = ticket_of("ses-0"), (REASON, ORDER)
    less = [
        (REASON, {"custom_field_options": [{"name": "Exchange", "value": "reason_exchange"}]}),
        (ORDER, {"regexp_for_validation": "B-[0-9]+"}),
    ]

    def take_away() -> None:
        field_id, change = less.pop(0)
        assert tickets.api("PUT", f"ticket_fields/{field_id}", json={"ticket_field": change}).ok

    with stand_between(sandbox.url) as between:
        settings.ZENDESK_URL = f"{between.url}/{{subdomain}}"
        between.act("PUT", f"/acme/api/v2/tickets/{number}", before=take_away, times=2)
        run(begin(org))
    assert not between.failures
    kept = {row.field.zendesk_id: row for row in AIFieldResult.objects.filter(handoff__session__external_id="ses-0")}
    there = values_of(tickets, number)
    assert all(there[field_id] == row.value for field_id, row in kept.items() if row.is_filled)
    assert {field_id for field_id, row in kept.items() if row.reason == "refused_by_zendesk"} == set(refused)
    assert kept[URGENT].value is True


def test_stopping_in_the_midst_writes_no_more(
    tickets: Desk, org: Organization, sandbox: Sandbox, settings: Settings
) -> None:
    row = begin(org)

    def stop() -> None:
        backfill.cancel(row)

    with stand_between(sandbox.url) as between:
        settings.ZENDESK_URL = f"{between.url}/{{subdomain}}"
        between.act("GET", f"/acme/api/v2/tickets/{ticket_of('ses-1')}", after=stop)
        backfill.advance(row)
    assert not between.failures
    row = FieldBackfill.objects.get(pk=row.pk)
    assert (row.status, row.done, len(updates(tickets))) == ("cancelled", 1, 1)


def test_tickets_of_a_former_account_are_nobody_s_here(tickets: Desk, sandbox: Sandbox, org: Organization) -> None:
    """A ticket's number is another customer's ticket in another account."""
    connection = ZendeskConnection.objects.get(organization=org)
    connection.subdomain = "acme-two"
    connection.save()
    row = run(begin(org))
    assert (row.status, row.total, row.done) == ("done", 0, 0)
