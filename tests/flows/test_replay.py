"""Replaying under fire: contacts who write on, workers that die, two workers at once. Nothing goes twice."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from integrations.models import PlatformEvent
from opencx_admin.orgs.models import Organization
from tests.api_client import ApiClient
from tests.flows.between import interrupt
from tests.flows.conftest import Worker, events_of
from tests.flows.test_handoff import hand_off
from tests.flows.test_problems import begin, work_off
from tests.sandbox.server import Desk, Sandbox
from ticketing.models import Handoff, Problem, ReplayItem, ReplayJob
from ticketing.problems import keeping
from ticketing.replay import jobs

REPLY = "conversation.third_party_agent_response"


class Died(BaseException):
    """What a killed process does: nothing is caught."""


def die() -> None:
    raise Died


@pytest.fixture
def failed(desk: Desk, api: ApiClient, worker: Worker) -> list[Handoff]:
    """Three handoffs that Zendesk refused, and would take now."""
    desk.fault("suspended_requester", method="POST", path="/api/v2/tickets", times=3)
    rows = [hand_off(api, f"ses-{n}") for n in range(3)]
    worker.rest()
    return rows


def test_an_old_reply_waits_for_a_persons_word_once_the_contact_wrote_on(
    desk: Desk, sandbox: Sandbox, org: Organization, api: ApiClient, worker: Worker, as_lea: Client
) -> None:
    hand_off(api)
    worker.rest()
    desk.reply(int(desk.tickets()[0]["id"]), "It leaves today.")
    events = PlatformEvent.objects.filter(event=REPLY)
    worker.until(events.exists)
    worker.rest()
    events.update(status="failed", delivered_at=None)  # as after a day in which OpenCX took nothing
    keeping.refresh(org)
    url = f"/replay/?problem={Problem.objects.get(stage='reply').pk}"
    assert "Replay 1 reply?" in as_lea.get(url).content.decode()
    api.post_messages("ses-1", {"id": "m9", "text": "Never mind, it came.", "created_at": timezone.now().isoformat()})
    page = as_lea.get(url).content.decode()
    assert "the contact wrote again since" in page
    assert as_lea.post(url, {"action": "start", "expected": "1"}).status_code == 422
    work_off(begin(as_lea, f"{url}&include=answered_since", 1))
    worker.rest()
    assert {row["response"].strip() for row in events_of(sandbox, "ses-1", REPLY)} == {"It leaves today."}
    assert events.get().status == "delivered"


@pytest.mark.parametrize("words", [("UPDATE", "replayitem"), ("UPDATE", "ticketing_handoff")])
@pytest.mark.parametrize("after", [False, True])
def test_a_worker_dies_at_any_line_and_each_ticket_is_made_once(
    desk: Desk, failed: list[Handoff], worker: Worker, as_lea: Client, words: tuple[str, str], after: bool
) -> None:
    job = begin(as_lea, "/replay/?kind=handoff&all=1&status=failed", 3)
    with pytest.raises(Died), interrupt(die, *words, at=2, after=after):
        jobs.advance(job)
    work_off(job)
    worker.rest()
    assert {row.status for row in Handoff.objects.all()} == {"linked"}
    assert len(desk.tickets()) == 3
    assert set(job.items.values_list("state", flat=True)) == {ReplayItem.State.REPLAYED}


def test_two_workers_at_once_take_each_row_once(
    desk: Desk, failed: list[Handoff], worker: Worker, as_lea: Client
) -> None:
    job = begin(as_lea, "/replay/?kind=handoff&all=1&status=failed", 3)

    def work(row: Any) -> None:
        try:
            jobs.advance(row)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(ReplayJob.objects.get(pk=job.pk),)) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work_off(job)
    worker.rest()
    assert len(desk.tickets()) == 3
    assert {row.attempts for row in Handoff.objects.all()} == {1}


def test_it_is_stopped_in_the_midst_of_its_rows(failed: list[Handoff], as_lea: Client, org: Organization) -> None:
    job = begin(as_lea, "/replay/?kind=handoff&all=1&status=failed", 3)

    def stop() -> None:
        ReplayJob.objects.filter(pk=job.pk).update(status="cancelled", next_attempt_at=None, ended_at=timezone.now())

    with interrupt(stop, "UPDATE", "replayitem", after=True):
        assert not jobs.advance(job)
    job.refresh_from_db()
    assert job.status == ReplayJob.Status.CANCELLED
    assert sorted(job.items.values_list("state", flat=True)) == ["replayed", "waiting", "waiting"]
    assert Handoff.objects.filter(status="failed").count() == 2
