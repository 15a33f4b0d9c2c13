"""Problems are what the rows say: opened by the first, resolved with the last, opened again when one comes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.utils import timezone

from integrations.models import EventResult, PlatformEvent
from opencx_admin.orgs.models import Organization
from tests.factories import (
    AgentReplyFactory,
    AIFieldMappingFactory,
    HandoffFactory,
    PlatformEventFactory,
    SessionFactory,
    TicketUpdateFactory,
    WebhookEndpointFactory,
    WebhookEventFactory,
    ZendeskConnectionFactory,
)
from ticketing.models import Handoff, Problem, ProblemSweep, ReasonCode
from ticketing.models.handoffs import Owner
from ticketing.problems import keeping
from ticketing.problems.findings import Finding
from ticketing.problems.stages import STAGES
from ticketing.problems.words import say, say_count

pytestmark = pytest.mark.django_db
State = Problem.State


def problem_of(org: Organization, fingerprint: str) -> Problem:
    return Problem.objects.get(organization=org, fingerprint=fingerprint)


def test_failed_handoffs_are_one_problem_for_each_cause(org: Organization) -> None:
    HandoffFactory.create_batch(2, organization=org, is_failed=True)
    HandoffFactory.create(organization=org, is_failed=True, reason_code=ReasonCode.REQUESTER_SUSPENDED)
    assert keeping.refresh(org) == []
    address = problem_of(org, "handoff:contact_has_no_email:")
    assert (address.count, address.owner, address.state) == (2, Owner.YOU_HERE, State.OPEN)
    assert say_count(address) == "2 handoffs"
    assert problem_of(org, "handoff:requester_suspended:").owner == Owner.YOU_ZENDESK


def test_looking_twice_changes_nothing(org: Organization) -> None:
    HandoffFactory.create(organization=org, is_failed=True)
    keeping.refresh(org)
    before = list(Problem.objects.values())
    keeping.refresh(org)
    assert list(Problem.objects.values()) == before


def test_it_resolves_with_its_last_row_and_opens_again_with_the_next(org: Organization) -> None:
    handoff = HandoffFactory.create(organization=org, is_failed=True)
    keeping.refresh(org)
    handoff.status = "linked"
    handoff.save()
    keeping.refresh(org)
    problem = problem_of(org, "handoff:contact_has_no_email:")
    assert problem.state == State.RESOLVED
    assert problem.count == 0
    assert sum(problem.hours.values()) == 1  # what was mended still happened
    Problem.objects.update(resolved_at=timezone.now() - dt.timedelta(hours=2))
    HandoffFactory.create(organization=org, is_failed=True)
    keeping.refresh(org)
    again = Problem.objects.get()
    assert again.state == State.OPEN
    assert again.comebacks == 1
    assert again.began_at > problem.began_at


def test_a_retry_that_fails_again_is_the_same_outbreak(org: Organization) -> None:
    asked = timezone.now() - dt.timedelta(hours=5)
    handoff = HandoffFactory.create(organization=org, is_failed=True, created_at=asked)
    keeping.refresh(org)
    for status in ("queued", "failed"):
        Handoff.objects.filter(pk=handoff.pk).update(status=status)
        keeping.refresh(org)
    problem = Problem.objects.get()
    assert (problem.state, problem.began_at, problem.comebacks) == ("open", asked, 0)


def test_a_snooze_ends_by_itself(org: Organization) -> None:
    HandoffFactory.create(organization=org, is_failed=True)
    keeping.refresh(org)
    until = timezone.now() + dt.timedelta(hours=1)
    Problem.objects.update(state=State.SNOOZED, snoozed_until=until)
    keeping.refresh(org)
    assert Problem.objects.get().state == State.SNOOZED
    with time_machine.travel(until + dt.timedelta(minutes=1)):
        keeping.refresh(org)
    assert Problem.objects.get().state == State.OPEN


def test_what_is_ignored_asks_for_nobody_when_it_comes_back(org: Organization) -> None:
    handoff = HandoffFactory.create(organization=org, is_failed=True)
    keeping.refresh(org)
    Problem.objects.update(state=State.IGNORED)
    handoff.delete()
    keeping.refresh(org)
    HandoffFactory.create(organization=org, is_failed=True)
    keeping.refresh(org)
    assert Problem.objects.get().state == State.IGNORED
    assert keeping.count_open(org) == 0


def test_one_failed_try_is_no_problem_and_what_retries_heals_by_itself(org: Organization) -> None:
    HandoffFactory.create(organization=org, is_retrying=True, attempts=1)
    keeping.refresh(org)
    assert not Problem.objects.exists()
    HandoffFactory.create(organization=org, is_retrying=True, attempts=2)
    keeping.refresh(org)
    problem = Problem.objects.get()
    assert problem.is_healing
    assert problem.owner == Owner.ZENDESK
    assert keeping.count_open(org) == 0


def test_the_round_trips_own_session_never_counts(org: Organization) -> None:
    session = SessionFactory.create(organization=org, is_canary=True)
    HandoffFactory.create(session=session, is_failed=True)
    TicketUpdateFactory.create(session=session, is_failed=True)
    AgentReplyFactory.create(session=session, event__status=PlatformEvent.Status.FAILED)
    WebhookEventFactory.create(organization=org, session_ref=session.external_id, needs_person=True)
    PlatformEventFactory.create(organization=org, session_ref=session.external_id, is_failed=True, event="other")
    keeping.refresh(org)
    assert not Problem.objects.exists()


def test_other_organizations_rows_are_theirs(org: Organization, other_org: Organization) -> None:
    HandoffFactory.create(organization=other_org, is_failed=True)
    keeping.refresh(org)
    assert not Problem.objects.filter(organization=org).exists()


def test_each_stage_names_its_cause(org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org, refused_at=timezone.now(), refused_reason="401")
    AgentReplyFactory.create(organization=org, event__status=PlatformEvent.Status.FAILED)
    AgentReplyFactory.create(organization=org, receipt="failed", receipt_detail="number unknown")
    AgentReplyFactory.create(organization=org, found_by="reconcile")
    TicketUpdateFactory.create(organization=org, is_failed=True)
    PlatformEventFactory.create(organization=org, is_failed=True, event="conversation.closed")
    WebhookEventFactory.create(organization=org, needs_person=True)
    WebhookEventFactory.create(organization=org, result=EventResult.INCOMPLETE, reason="missing_ticket_id")
    WebhookEndpointFactory.create(organization=org, last_refused_at=timezone.now())
    mapping = AIFieldMappingFactory.create(organization=org, refused_at=timezone.now(), refused_detail="no option")
    assert keeping.refresh(org) == []
    assert {row.fingerprint for row in Problem.objects.all()} == {
        "credentials:zendesk:",
        "reply:undelivered:",
        "reply:refused:",
        "recovered:replies:",
        "message:rejected:",
        "event:failed:",
        "call:no_match:",
        "call:missing_ticket_id:",
        "address:refused:zendesk",
        f"ai_field:refused:{mapping.field.zendesk_id}",
    }
    assert all(str(say(row).title) and say(row).link[1].startswith("/") for row in Problem.objects.all())


def test_half_of_our_answers_as_errors_bring_the_breaker_near(org: Organization) -> None:
    WebhookEventFactory.create_batch(5, organization=org, needs_person=True)
    WebhookEventFactory.create_batch(5, organization=org)
    keeping.refresh(org)
    assert problem_of(org, "breaker:near:").detail == "5/10"


def test_a_stage_that_cannot_be_looked_at_resolves_nothing(org: Organization) -> None:
    HandoffFactory.create(organization=org, is_failed=True)
    keeping.refresh(org)

    def breaks(_org: Organization) -> Iterator[Finding]:
        raise RuntimeError

    assert keeping.refresh(org, {**STAGES, "handoff": breaks}) == ["handoff"]
    assert Problem.objects.get().state == State.OPEN


def test_the_sweep_is_a_due_row_and_an_act_makes_it_due_at_once(org: Organization) -> None:
    assert keeping.begin_sweeps() == 1
    row = ProblemSweep.objects.get()
    assert keeping.sweep(row)
    row.refresh_from_db()
    assert row.swept_at is not None
    assert not keeping.sweep(row)
    keeping.hurry(org)
    row.refresh_from_db()
    assert keeping.sweep(row)
