"""The canary where people have their hands in it: what is a customer's is neither written to nor removed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from opencx_admin.orgs.models import Organization
from tests.flows.canary import Bird, hop
from tests.flows.conftest import Worker
from tests.sandbox.server import Desk
from ticketing import links
from ticketing.canary.moving import open_account
from ticketing.models import CanaryRun, Session, SessionTicketLink


@pytest.fixture
def customers(desk: Desk) -> dict[str, Any]:
    """A ticket of a customer's."""
    said = {
        "subject": "My order",
        "comment": {"body": "Where is it?"},
        "requester": {"name": "Carla", "email": "carla@customer.example"},
    }
    found: dict[str, Any] = desk.api("POST", "tickets", json={"ticket": said}).json()["ticket"]
    return found


def test_a_ticket_that_is_merged_into_a_customers_takes_nothing_there(
    desk: Desk, org: Organization, worker: Worker, customers: dict[str, Any]
) -> None:
    bird = Bird(org, worker)
    run = bird.until(lambda run: run.stage in ("ring", "read"))
    desk.play("merge", run.ticket_id or 0, into=customers["id"])
    link = SessionTicketLink.objects.get()
    links.move(link, open_account(run).ticket(customers["id"]), SessionTicketLink.End.MERGED)  # as a reading finds it
    run = bird.fly(40)
    assert run.status == "failed"
    assert hop(run, "note")["said"] == "The test ticket was merged into another one meanwhile."
    said = [comment["body"] for comment in desk.comments(customers["id"])]
    assert not [text for text in said if "Test by OpenCX" in text and "was closed and merged" not in text]
    left = {ticket["id"]: ticket["deleted"] for ticket in desk.tickets()}
    assert left == {customers["id"]: False, run.ticket_id: True}
    assert desk.api("GET", f"users/{customers['requester_id']}").json()["user"]["active"] is True
    assert not Session.objects.exists()


def test_a_requester_that_somebody_changed_is_not_deleted(
    desk: Desk, org: Organization, worker: Worker, customers: dict[str, Any]
) -> None:
    desk.api("DELETE", f"tickets/{customers['id']}")  # nothing else would hold Zendesk back
    bird = Bird(org, worker)
    run = bird.until(lambda run: run.stage in ("ring", "read"))
    carla = customers["requester_id"]
    desk.api("PUT", f"tickets/{run.ticket_id}", json={"ticket": {"requester_id": carla}})
    CanaryRun.objects.filter(pk=run.pk).update(requester_id=carla)  # as read after the change
    run = bird.fly(40)
    said = "The ticket is deleted; its requester was changed to somebody else, who was left alone."
    assert (hop(run, "cleaned")["status"], hop(run, "cleaned")["said"]) == ("warning", said)
    assert desk.api("GET", f"users/{carla}").json()["user"]["active"] is True


def test_a_ticket_that_was_given_another_session_is_left_alone(desk: Desk, org: Organization, worker: Worker) -> None:
    bird = Bird(org, worker)
    run = bird.until(lambda run: run.stage in ("ring", "read"))
    desk.api("PUT", f"tickets/{run.ticket_id}", json={"ticket": {"external_id": "ses-of-a-customer"}})
    run = bird.fly(40)
    assert "another external id" in hop(run, "cleaned")["said"]
    assert [ticket["deleted"] for ticket in desk.tickets()] == [False]


def test_a_run_that_nobody_could_clean_up_for_a_day_moves_no_more(
    desk: Desk, org: Organization, worker: Worker
) -> None:
    """The worker was away all the time, and Zendesk is when it comes back."""
    bird = Bird(org, worker)
    bird.until(lambda run: run.ticket_id is not None)
    CanaryRun.objects.update(stage="clean", stage_at=timezone.now() - dt.timedelta(hours=25))
    desk.fault("503", path="/api/v2/*", times=None)
    bird.wake()
    run = bird.step()
    assert (run.status, run.next_attempt_at) == ("failed", None)
    assert run.finished_at is not None
