"""/problems/: the list, one problem, and what people decide."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from opencx_admin.orgs.models import AuditEntry, Organization, User
from tests.factories import AgentReplyFactory, AuditEntryFactory, HandoffFactory, SessionFactory
from tests.ticketing.problems.rows import make_problem
from ticketing.models import Problem, ProblemSweep
from ticketing.models.handoffs import Owner
from ticketing.problems import keeping

pytestmark = pytest.mark.django_db
State = Problem.State


def text(browser: Client, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_the_first_look_it_says_so(as_lea: Client) -> None:
    assert "Nobody has looked yet" in text(as_lea, "/problems/")


def test_the_list_opens_with_how_bad_it_is_and_who_acts(as_lea: Client, org: Organization) -> None:
    ProblemSweep.objects.create(organization=org, swept_at=timezone.now())
    make_problem(org)
    make_problem(org, fingerprint="handoff:rate_limited:", code="rate_limited", is_healing=True, owner=Owner.ZENDESK)
    page = text(as_lea, "/problems/")
    assert "1 problem needs a person" in page
    assert "1 more heals by itself" in page
    assert "No email or number for a requester" in page
    assert "too many requests" not in page
    assert "too many requests" in text(as_lea, "/problems/?view=healing")


def test_filters_narrow_the_list(as_lea: Client, org: Organization, lea: User) -> None:
    make_problem(org, assignee=lea)
    make_problem(org, fingerprint="breaker:near:", stage="breaker", code="near", owner=Owner.YOU_ZENDESK)
    mine = text(as_lea, "/problems/?assignee=me")
    assert "No email or number" in mine
    assert "about to stop calling" not in mine
    assert "about to stop calling" in text(as_lea, "/problems/?owner=you_zendesk")
    assert "No problem matches" in text(as_lea, "/problems/?stage=canary")


def test_one_problem_shows_its_rows_and_what_changed_before(as_lea: Client, org: Organization) -> None:
    handoff = HandoffFactory.create(organization=org, is_failed=True)
    AuditEntryFactory.create(organization=org, action="zendesk.save", actor_label="Olga")
    AuditEntryFactory.create(organization=org, action="handoff.retry", object_label="no cause")
    keeping.refresh(org)
    page = text(as_lea, Problem.objects.get().get_absolute_url())
    assert handoff.get_absolute_url() in page
    assert "Zendesk credentials saved" in page
    assert "no cause" not in page


def test_what_changed_later_is_no_cause(as_lea: Client, org: Organization) -> None:
    row = make_problem(org, began_at=timezone.now() - dt.timedelta(hours=3))
    AuditEntryFactory.create(organization=org, action="zendesk.save")
    assert "Nobody changed anything here" in text(as_lea, row.get_absolute_url())


def test_a_viewer_reads_contacts_masked_and_cannot_act(as_vera: Client, org: Organization) -> None:
    HandoffFactory.create(organization=org, is_failed=True, session__contact__name="Carla Contact")
    keeping.refresh(org)
    problem = Problem.objects.get()
    assert "Carla Contact" not in text(as_vera, problem.get_absolute_url())
    assert as_vera.post(problem.get_absolute_url(), {"action": "ignore"}).status_code == 403


def test_a_lead_acknowledges_with_a_note(as_lea: Client, org: Organization) -> None:
    problem = make_problem(org)
    answer = as_lea.post(problem.get_absolute_url(), {"action": "acknowledge", "note": "Asked the shop"}, follow=True)
    assert "Asked the shop" in answer.content.decode()
    problem.refresh_from_db()
    assert (problem.state, problem.changed_by) == (State.ACKNOWLEDGED, "Lea")
    entry = AuditEntry.objects.get(action="problem.acknowledge")
    assert entry.object_url == problem.get_absolute_url()


def test_a_lead_snoozes_assigns_ignores_and_opens_again(as_lea: Client, org: Organization, lea: User) -> None:
    url = make_problem(org).get_absolute_url()
    as_lea.post(url, {"action": "snooze", "for": "4h"})
    snoozed = Problem.objects.get()
    assert snoozed.state == State.SNOOZED
    assert snoozed.snoozed_until is not None
    as_lea.post(url, {"action": "assign", "person": str(lea.pk)})
    as_lea.post(url, {"action": "ignore"})
    ignored = Problem.objects.get()
    assert ignored.state == State.IGNORED
    assert ignored.assignee == lea
    assert ignored.snoozed_until is None
    as_lea.post(url, {"action": "reopen"})
    assert Problem.objects.get().state == State.OPEN


def test_nobody_from_outside_is_assigned(as_lea: Client, org: Organization, mallory: User, vera: User) -> None:
    problem = make_problem(org)
    for person in (mallory, vera):  # another organization's; one who may not act
        answer = as_lea.post(problem.get_absolute_url(), {"action": "assign", "person": str(person.pk)})
        assert answer.status_code == 422
    problem.refresh_from_db()
    assert problem.assignee is None


def test_what_resolved_meanwhile_stays_resolved(as_lea: Client, org: Organization) -> None:
    problem = make_problem(org, state=State.RESOLVED, resolved_at=timezone.now(), count=0)
    answer = as_lea.post(problem.get_absolute_url(), {"action": "acknowledge"}, follow=True)
    assert "resolved by now" in answer.content.decode()
    problem.refresh_from_db()
    assert problem.state == State.RESOLVED


@pytest.mark.parametrize("stage", ["credentials", "object", "canary", "knowledge", "unheard_of"])
def test_each_kind_of_problem_has_a_page(as_lea: Client, org: Organization, stage: str) -> None:
    problem = make_problem(org, fingerprint=f"{stage}:x:", stage=stage, code="x")
    assert "In" in text(as_lea, problem.get_absolute_url())
    assert problem.get_absolute_url() in text(as_lea, "/problems/")


def test_what_a_channel_said_shows_a_viewer_nothing_of_the_contact(
    as_vera: Client, as_lea: Client, org: Organization
) -> None:
    session = SessionFactory.create(organization=org, contact__name="Carla Contact", contact__phone="+4915112345678")
    why = "Carla Contact cannot be reached at +4915112345678"
    AgentReplyFactory.create(session=session, receipt="failed", receipt_detail=why)
    keeping.refresh(org)
    url = Problem.objects.get(stage="reply").get_absolute_url()
    assert why in text(as_lea, url)
    page = text(as_vera, url)
    assert "Carla Contact" not in page
    assert "+4915112345678" not in page
