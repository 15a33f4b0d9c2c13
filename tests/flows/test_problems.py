"""Problems over real HTTP: found, explained, mended, gone; and what a repair must not hide."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from integrations.models import WebhookEvent
from opencx_admin.orgs.models import Organization
from tests.api_client import ApiClient
from tests.flows.conftest import Worker, events_of
from tests.flows.test_handoff import hand_off
from tests.sandbox.server import Desk, Sandbox
from ticketing.models import Handoff, Problem, ReconcileRun, ReplayJob
from ticketing.problems import keeping
from ticketing.reconcile import Counts, reconcile
from ticketing.replay.tasks import replay_some

State = Problem.State


def work_off(job: ReplayJob) -> None:
    for _round in range(50):
        job.refresh_from_db()
        if not job.is_moving:
            return
        ReplayJob.objects.filter(pk=job.pk).update(next_attempt_at=timezone.now())
        replay_some(job.pk)
    raise AssertionError("the replay never ends")


def begin(browser: Client, url: str, expected: int) -> ReplayJob:
    answer = browser.post(url, {"action": "start", "expected": str(expected)})
    assert answer.status_code == 303, answer.content.decode()
    return ReplayJob.objects.latest("pk")


def test_one_cause_is_mended_and_all_its_handoffs_made_in_one_go(
    desk: Desk, sandbox: Sandbox, org: Organization, api: ApiClient, worker: Worker, as_lea: Client
) -> None:
    number = 2
    desk.fault("suspended_requester", method="POST", path="/api/v2/tickets", times=number)
    for n in range(number):
        hand_off(api, f"ses-{n}")
    worker.rest()
    keeping.refresh(org)
    problem = Problem.objects.get(stage="handoff")
    assert (problem.code, problem.count) == ("requester_suspended", number)
    desk.heal()
    job = begin(as_lea, f"/replay/?problem={problem.pk}", number)
    work_off(job)
    worker.rest()
    assert {row.status for row in Handoff.objects.all()} == {"linked"}
    assert len(desk.tickets()) == number
    keeping.refresh(org)
    problem.refresh_from_db()
    assert problem.state == State.RESOLVED
    assert f"<b>{number}</b>" in as_lea.get(job.get_absolute_url()).content.decode()


def test_a_reply_that_nobody_rang_for_arrives_and_opens_a_problem(
    desk: Desk, sandbox: Sandbox, org: Organization, api: ApiClient, worker: Worker, as_lea: Client
) -> None:
    hand_off(api)
    worker.rest()
    desk.fault("webhook_lost", times=99)
    desk.reply(int(desk.tickets()[0]["id"]), "It leaves today.")
    reconcile([org], Counts())
    worker.rest()
    assert [
        row["response"].strip() for row in events_of(sandbox, "ses-1", "conversation.third_party_agent_response")
    ] == ["It leaves today."]
    run = ReconcileRun.objects.get()
    assert (run.tickets_checked, run.replies_found, run.errors) == (1, 1, 0)
    keeping.refresh(org)
    assert Problem.objects.get(stage="recovered").count == 1
    page = as_lea.get("/problems/").content.decode()
    assert "Last 24 h: 1 public reply in Zendesk, 1 delivered, 0 missing" in page
    assert "Replies arrived only by the hourly reading" in page


def test_replaying_a_call_delivers_nothing_twice(
    desk: Desk, sandbox: Sandbox, org: Organization, api: ApiClient, worker: Worker, as_lea: Client
) -> None:
    hand_off(api)
    worker.rest()
    desk.reply(int(desk.tickets()[0]["id"]), "It leaves today.")
    worker.until(lambda: events_of(sandbox, "ses-1", "conversation.third_party_agent_response"))
    worker.rest()
    calls = WebhookEvent.objects.count()
    work_off(begin(as_lea, "/replay/?kind=call&all=1", calls))
    worker.rest()
    assert len(events_of(sandbox, "ses-1", "conversation.third_party_agent_response")) == 1
    assert WebhookEvent.objects.count() == calls  # a replay is no call
