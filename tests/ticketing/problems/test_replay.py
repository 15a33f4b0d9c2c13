"""Replay: what it would do, asked first; then a job that queues each row once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import EventResult, PlatformEvent, WebhookEndpoint
from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import (
    AgentReplyFactory,
    HandoffFactory,
    MessageFactory,
    PlatformConnectionFactory,
    SessionFactory,
    SessionTicketLinkFactory,
    TicketUpdateFactory,
    WebhookEndpointFactory,
    WebhookEventFactory,
    ZendeskConnectionFactory,
)
from ticketing.models import AgentReply, Handoff, Problem, ReasonCode, ReplayItem, ReplayJob, SessionTicketLink
from ticketing.problems import keeping
from ticketing.replay import jobs

pytestmark = pytest.mark.django_db
SUSPENDED = ReasonCode.REQUESTER_SUSPENDED


@pytest.fixture(autouse=True)
def _connected(org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    PlatformConnectionFactory.create(organization=org)


def suspended(org: Organization, number: int) -> list[Handoff]:
    return HandoffFactory.create_batch(number, organization=org, is_failed=True, reason_code=SUSPENDED)


def lost_reply(org: Organization, **values: object) -> AgentReply:
    link = SessionTicketLinkFactory.create(organization=org)
    return AgentReplyFactory.create(link=link, event__is_delivered=False, event__is_failed=True, **values)


def link_of(reply: AgentReply) -> SessionTicketLink:
    assert reply.link is not None
    return reply.link


def event_of(reply: AgentReply) -> PlatformEvent:
    assert reply.event is not None
    return reply.event


def read(browser: Client, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def begin(browser: Client, url: str, expected: int) -> ReplayJob:
    answer = browser.post(url, {"action": "start", "expected": str(expected)})
    assert answer.status_code == 303, answer.content.decode()
    job = ReplayJob.objects.get()
    assert answer["Location"] == job.get_absolute_url()
    return job


def finish(job: ReplayJob) -> None:
    for _round in range(100):
        ReplayJob.objects.filter(pk=job.pk, next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
        job.refresh_from_db()
        if not job.is_moving:
            return
        jobs.advance(job)
    raise AssertionError("the job never ends")


def test_a_problem_is_planned_and_replayed_in_one_go(as_lea: Client, org: Organization) -> None:
    rows = suspended(org, 3)
    keeping.refresh(org)
    problem = Problem.objects.get()
    url = f"/replay/?problem={problem.pk}"
    assert f'href="{url}"' in read(as_lea, problem.get_absolute_url())
    page = read(as_lea, url)
    assert "Replay 3 handoffs?" in page
    assert "Makes the ticket for Carla Contact" in page
    assert Handoff.objects.filter(status="failed").count() == 3  # reading the plan does nothing
    job = begin(as_lea, url, 3)
    finish(job)
    assert {row.status for row in Handoff.objects.filter(pk__in=[row.pk for row in rows])} == {"queued"}
    entry = AuditEntry.objects.get(action="replay.start")
    assert entry.after["rows"] == 3
    assert "3 queued again" in read(as_lea, job.get_absolute_url())


def test_more_rows_than_one_step_takes_go_in_several(as_lea: Client, org: Organization) -> None:
    suspended(org, jobs.AT_ONCE + 5)
    job = begin(as_lea, "/replay/?kind=handoff&all=1&reason=requester_suspended", jobs.AT_ONCE + 5)
    jobs.advance(job)
    assert Handoff.objects.filter(status="queued").count() == jobs.AT_ONCE
    assert f"{jobs.AT_ONCE} of {jobs.AT_ONCE + 5}" in read(as_lea, job.get_absolute_url())
    finish(job)
    assert Handoff.objects.filter(status="queued").count() == jobs.AT_ONCE + 5


def test_it_stops_between_two_rows(as_lea: Client, org: Organization) -> None:
    suspended(org, jobs.AT_ONCE + 5)
    job = begin(as_lea, "/replay/?kind=handoff&all=1&status=failed", jobs.AT_ONCE + 5)
    jobs.advance(job)
    as_lea.post(job.get_absolute_url(), {"action": "cancel"})
    job.refresh_from_db()
    assert job.status == ReplayJob.Status.CANCELLED
    finish(job)
    assert Handoff.objects.filter(status="failed").count() == 5
    assert AuditEntry.objects.get(action="replay.cancel").after == {"done": jobs.AT_ONCE, "rows": jobs.AT_ONCE + 5}


def test_a_selection_takes_only_what_was_chosen(as_lea: Client, org: Organization) -> None:
    chosen, other = suspended(org, 2)
    job = begin(as_lea, f"/replay/?kind=handoff&pk={chosen.pk}&pk=nonsense", 1)
    finish(job)
    chosen.refresh_from_db()
    other.refresh_from_db()
    assert (chosen.status, other.status) == ("queued", "failed")


def test_what_would_fail_again_is_left_out_with_its_reason(as_lea: Client, org: Organization) -> None:
    HandoffFactory.create(organization=org, is_failed=True, session__contact__email="")
    HandoffFactory.create(organization=org, is_failed=True)
    page = read(as_lea, "/replay/?kind=handoff&all=1&status=failed")
    assert "Replay 1 handoff?" in page
    assert "the contact still has no address" in page


def test_a_deleted_tickets_handoff_goes_only_when_a_person_says_so(as_lea: Client, org: Organization) -> None:
    HandoffFactory.create(organization=org, is_failed=True, reason_code=ReasonCode.TICKET_DELETED)
    url = "/replay/?kind=handoff&all=1&status=failed"
    assert "this makes a new one" in read(as_lea, url)
    assert as_lea.post(url, {"action": "start", "expected": "1"}).status_code == 422
    assert "Replay 1 handoff?" in read(as_lea, f"{url}&include=deleted")


def test_nobody_overrules_what_cannot_be(as_lea: Client, org: Organization) -> None:
    HandoffFactory.create(organization=org, is_failed=True, session__contact__email="")
    assert "Nothing of it would be done" in read(as_lea, "/replay/?kind=handoff&all=1&status=failed&include=no_address")


def test_a_reply_that_the_contact_overtook_is_left_out(as_lea: Client, org: Organization) -> None:
    safe, late, solved = lost_reply(org), lost_reply(org), lost_reply(org)
    MessageFactory.create(session=late.session, sent_at=timezone.now() + dt.timedelta(minutes=1))
    SessionTicketLink.objects.filter(pk=link_of(solved).pk).update(ticket_status="solved")
    keeping.refresh(org)
    url = f"/replay/?problem={Problem.objects.get().pk}"
    page = read(as_lea, url)
    assert "Replay 1 reply?" in page
    assert "the contact wrote again since" in page
    assert "the ticket is solved by now" in page
    assert "Your order leaves the warehouse today" in page
    finish(begin(as_lea, url, 1))
    sent = {reply.pk: PlatformEvent.objects.get(pk=event_of(reply).pk).status for reply in (safe, late, solved)}
    assert sent == {safe.pk: "queued", late.pk: "failed", solved.pk: "failed"}


def test_what_is_delivered_between_plan_and_job_is_not_sent_again(as_lea: Client, org: Organization) -> None:
    reply = lost_reply(org)
    keeping.refresh(org)
    job = begin(as_lea, f"/replay/?problem={Problem.objects.get().pk}", 1)
    PlatformEvent.objects.filter(pk=event_of(reply).pk).update(status="delivered")
    finish(job)
    assert PlatformEvent.objects.get(pk=event_of(reply).pk).status == "delivered"
    assert ReplayItem.objects.get().state == ReplayItem.State.LEFT_OUT


def test_a_plan_that_changed_is_shown_again_instead(as_lea: Client, org: Organization) -> None:
    suspended(org, 2)
    answer = as_lea.post("/replay/?kind=handoff&all=1&status=failed", {"action": "start", "expected": "1"})
    assert answer.status_code == 409
    assert not ReplayJob.objects.exists()


def test_calls_are_replayed_and_those_that_match_nothing_left_out(as_lea: Client, org: Organization) -> None:
    endpoint = WebhookEndpointFactory.create(organization=org)
    link = SessionTicketLinkFactory.create(organization=org, ticket_id=4711)
    matched = WebhookEventFactory.create(organization=org, endpoint=endpoint, needs_person=True, ticket_id="4711")
    WebhookEventFactory.create(organization=org, endpoint=endpoint, needs_person=True)
    WebhookEventFactory.create(organization=org, result=EventResult.INCOMPLETE, ticket_id="")
    counted = ["last_called_at", "calls_after_rotation", "calls_refused"]
    before = WebhookEndpoint.objects.values(*counted).get()
    finish(begin(as_lea, "/replay/?kind=call&all=1&view=person", 1))
    matched.refresh_from_db()
    assert (matched.result, matched.replays) == (EventResult.QUEUED, 1)
    assert WebhookEndpoint.objects.values(*counted).get() == before  # a replay is no call: health counts none
    assert link.is_active


def test_a_linked_handoff_stands_for_what_is_missing_in_it(as_lea: Client, org: Organization) -> None:
    reply = lost_reply(org)
    before = MessageFactory.create(session=reply.session, sent_at=timezone.now() - dt.timedelta(hours=1))
    message = TicketUpdateFactory.create(message=before, is_failed=True)
    handoff = Handoff.objects.get(session=reply.session)
    finish(begin(as_lea, f"/replay/?kind=handoff&pk={handoff.pk}", 2))
    message.refresh_from_db()
    handoff.refresh_from_db()
    assert (message.status, handoff.status) == ("queued", "linked")
    assert PlatformEvent.objects.get(pk=event_of(reply).pk).status == "queued"


def test_another_organizations_rows_and_the_round_trips_are_out_of_reach(
    as_lea: Client, org: Organization, other_org: Organization
) -> None:
    theirs = suspended(other_org, 1)[0]
    session = SessionFactory.create(organization=org, is_canary=True)
    ours = HandoffFactory.create(session=session, is_failed=True)
    page = read(as_lea, f"/replay/?kind=handoff&pk={theirs.pk}&pk={ours.pk}")
    assert "Nothing of it would be done now" in page
    problem = Problem.objects.create(
        organization=other_org, fingerprint="handoff::", stage="handoff", count=1, first_seen=timezone.now(),
        began_at=timezone.now(), last_seen=timezone.now(),
    )  # fmt: skip
    assert "Nothing was chosen" in read(as_lea, f"/replay/?problem={problem.pk}")


def test_a_worker_that_dies_between_two_rows_repeats_none(as_lea: Client, org: Organization) -> None:
    rows = suspended(org, 2)
    job = begin(as_lea, "/replay/?kind=handoff&all=1&status=failed", 2)
    first = job.items.order_by("pk").first()
    assert first is not None
    # What a worker leaves that did the first row and died: the row queued, its item marked, the lease not over.
    Handoff.objects.filter(pk=first.object_id).update(status="linked")
    ReplayItem.objects.filter(pk=first.pk).update(state=ReplayItem.State.REPLAYED)
    finish(job)
    states = {str(row.pk): Handoff.objects.get(pk=row.pk).status for row in rows}
    assert states.pop(first.object_id) == "linked"
    assert list(states.values()) == ["queued"]


def test_a_viewer_plans_nothing_but_sees_the_job(as_vera: Client, org: Organization) -> None:
    assert as_vera.get("/replay/?kind=handoff&all=1").status_code == 403
    job = ReplayJob.objects.create(organization=org, label="Some")
    assert as_vera.get(job.get_absolute_url()).status_code == 200
    assert as_vera.post(job.get_absolute_url(), {"action": "cancel"}).status_code == 403


@pytest.mark.parametrize(
    "query", ["", "?kind=other&all=1", "?problem=x", "?problem=99999999999999999999", "?kind=call&pk=%00"]
)
def test_odd_questions_choose_nothing(as_lea: Client, query: str) -> None:
    assert "Nothing was chosen" in read(as_lea, f"/replay/{query}")


def test_both_lists_offer_a_selection_and_all_that_match(as_lea: Client, as_vera: Client, org: Organization) -> None:
    handoff = suspended(org, 1)[0]
    call = WebhookEventFactory.create(organization=org, needs_person=True)
    page = read(as_lea, "/handoffs/?status=failed")
    assert f'name="pk" value="{handoff.pk}"' in page
    assert "/replay/?status=failed&amp;kind=handoff&amp;all=1" in page
    calls = read(as_lea, "/webhooks/?result=no_match")
    assert f'name="pk" value="{call.pk}"' in calls
    assert "/replay/?result=no_match&amp;kind=call&amp;all=1" in calls
    assert 'name="pk"' not in read(as_vera, "/handoffs/?status=failed")


@pytest.mark.parametrize(
    ("kind", "content", "effect"),
    [
        ("message", "<p>Hello</p>", "Writes what"),
        ("transcript", "<p>Rest</p>", "Writes the rest of"),
        ("note", "<p>Lost</p>", "Tells the agent, in an internal note"),
        ("status", "solved", "to “solved”"),
    ],
)
def test_the_effect_is_told_by_what_is_written(
    as_lea: Client, org: Organization, kind: str, content: str, effect: str
) -> None:
    link = SessionTicketLinkFactory.create(organization=org)
    TicketUpdateFactory.create(session=link.session, is_failed=True, kind=kind, content=content, message=None)
    keeping.refresh(org)
    page = read(as_lea, f"/replay/?problem={Problem.objects.get(stage='message').pk}")
    assert effect in page
