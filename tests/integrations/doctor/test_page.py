"""The doctor's page: asked, answered, kept, mended."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.test import Client
from django.utils import timezone

from integrations import tasks
from integrations.doctor import registry, runs
from integrations.doctor.finding import OK, PROBLEM
from integrations.doctor.registry import Subject
from integrations.models import DoctorRun, EventResult, WebhookEvent
from opencx_admin.due import due
from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import HandoffFactory, WebhookEventFactory, ZendeskConnectionFactory
from tests.integrations.recorded import REFUSED, Account

pytestmark = pytest.mark.django_db


def work() -> None:
    """The worker carries out what is due."""
    for run in due(DoctorRun.objects.all()):
        tasks.advance_doctor(run.pk)


def finding(organization: Organization, check_id: str) -> dict[str, object]:
    rows = [row for run in DoctorRun.objects.filter(organization=organization) for row in run.findings]
    return next(row for row in rows if row["id"] == check_id)


def test_before_the_first_run_the_page_says_so(as_vera: Client) -> None:
    said = as_vera.get("/doctor/").content.decode()
    assert "Nothing was checked yet" in said
    assert "Not asked yet" in said


def test_a_lead_runs_everything_and_reads_what_was_found(as_lea: Client, org: Organization) -> None:
    assert as_lea.post("/doctor/", {"action": "run"}).status_code == 302
    assert "Checking now: 0 of" in as_lea.get("/doctor/").content.decode()
    work()
    said = as_lea.get("/doctor/").content.decode()
    assert 'data-check="ticketing.connected" data-verdict="problem"' in said
    assert "No account is connected." in said
    assert AuditEntry.objects.get(action="doctor.run").actor is not None


def test_a_run_asks_every_check_of_the_account_once(org: Organization) -> None:
    run, _new = runs.start(org)
    tasks.advance_doctor(run.pk)
    run.refresh_from_db()
    assert run.status == "done"
    assert [row["id"] for row in run.findings] == [check.id for check in registry.list_checks(Subject())]
    assert set(run.verdicts) == set(run.checks)


def test_who_comes_second_meets_the_run_of_the_first(as_lea: Client, as_alice: Client) -> None:
    as_lea.post("/doctor/", {"action": "run"})
    said = as_alice.post("/doctor/", {"action": "run"}, follow=True).content.decode()
    assert "still runs. You see that one." in said
    assert DoctorRun.objects.count() == 1


def test_a_run_that_died_goes_on_where_it_was(org: Organization) -> None:
    run, _new = runs.start(org, part="parts")
    kept = {"id": "parts.database", "question": "kept from before", "verdict": OK}
    past = timezone.now() - dt.timedelta(seconds=1)
    DoctorRun.objects.filter(pk=run.pk).update(
        status="working", findings=[kept], verdicts={"parts.database": OK}, next_attempt_at=past, attempts=1
    )
    work()
    run.refresh_from_db()
    assert next(row["question"] for row in run.findings) == "kept from before"
    assert [row["id"] for row in run.findings] == run.checks


def test_a_check_that_kills_its_worker_ends_as_cannot_tell(org: Organization) -> None:
    run, _new = runs.start(org, part="parts.database")
    past = timezone.now() - dt.timedelta(seconds=1)
    DoctorRun.objects.filter(pk=run.pk).update(status="working", next_attempt_at=past, attempts=4)
    work()
    assert finding(org, "parts.database")["verdict"] == "unknown"


def test_while_it_moves_the_page_streams_and_stops_when_it_is_over(as_lea: Client, org: Organization) -> None:
    as_lea.post("/doctor/", {"action": "run", "part": "parts"})
    htmx = {"HX-Request": "true", "HX-Target": "live-part"}
    first = as_lea.get("/doctor/", headers=htmx)
    assert (first.status_code, b'hx-trigger="every 1s"' in first.content) == (200, True)
    run = DoctorRun.objects.get()
    seen = f"{run.pk}.q0"
    assert as_lea.get("/doctor/", {"seen": seen}, headers=htmx).status_code == 204
    work()
    over = as_lea.get("/doctor/", {"seen": seen}, headers=htmx)
    assert (over.status_code, b"hx-trigger" in over.content) == (286, False)


def test_calls_that_need_a_person_are_replayed_by_a_lead(as_lea: Client, org: Organization) -> None:
    event = WebhookEventFactory.create(organization=org, result=EventResult.FAILED, ticket_id="77")
    as_lea.post("/doctor/", {"action": "run", "part": "webhook.calls"})
    work()
    assert finding(org, "webhook.calls")["verdict"] == PROBLEM
    question = as_lea.get("/doctor/?repair=webhook.calls").content.decode()
    assert "Replay 1 call?" in question
    assert WebhookEvent.objects.get().result == EventResult.FAILED
    done = as_lea.post("/doctor/", {"action": "repair", "check": "webhook.calls"}, follow=True)
    assert "1 queued. It goes now." in done.content.decode()
    event.refresh_from_db()
    assert event.result == EventResult.QUEUED
    assert AuditEntry.objects.filter(action="webhook.replay").count() == 1
    assert AuditEntry.objects.get(action="doctor.repair").object_label.startswith("Did every call")
    assert DoctorRun.objects.filter(is_after_repair=True, part="webhook.calls").exists()


def test_what_changes_zendesk_needs_an_admin(as_lea: Client, as_vera: Client) -> None:
    answer = as_lea.post("/doctor/", {"action": "repair", "check": "webhook.object"})
    assert answer.status_code == 403
    assert as_vera.post("/doctor/", {"action": "run"}).status_code == 403


def test_the_help_holds_every_check(as_vera: Client) -> None:
    said = as_vera.get("/doctor/help/").content.decode()
    missing = [check.id for check in registry.list_checks() if f'id="help-{check.id}"' not in said]
    assert missing == []


def test_nobody_sees_another_organizations_findings(
    as_mallory: Client, org: Organization, other_org: Organization
) -> None:
    run, _new = runs.start(org)
    tasks.advance_doctor(run.pk)
    assert "Nothing was checked yet" in as_mallory.get("/doctor/").content.decode()


def test_the_report_is_plain_text(as_lea: Client, org: Organization) -> None:
    run, _new = runs.start(org, part="parts")
    tasks.advance_doctor(run.pk)
    answer = as_lea.get("/doctor/?report=1")
    assert answer["Content-Type"].startswith("text/plain")
    assert "Does the database answer?" in answer.content.decode()


def test_everything_is_asked_once_a_day(org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    assert [run.part for run in runs.start_scheduled()] == [""]
    assert runs.start_scheduled() == []
    DoctorRun.objects.update(created_at=timezone.now() - dt.timedelta(hours=25), status="done", next_attempt_at=None)
    assert [run.is_scheduled for run in runs.start_scheduled()] == [True]


def test_after_the_first_401_the_credentials_are_asked(org: Organization, account: Account) -> None:
    connection = ZendeskConnectionFactory.create(organization=org)
    account.answer("POST", "/oauth/tokens", 401, REFUSED)
    account.put_up()
    DoctorRun.objects.create(organization=org, status="done", created_at=timezone.now() - dt.timedelta(hours=1))
    connection.refused_at = timezone.now()
    connection.save()
    assert [run.part for run in runs.start_scheduled()] == ["credentials"]
    assert runs.start_scheduled() == []
    work()
    assert finding(org, "ticketing.authenticated")["verdict"] == PROBLEM
    assert "secret-of-acme" not in json.dumps(list(DoctorRun.objects.values("findings")))


def test_thirty_runs_are_kept(org: Organization) -> None:
    for _number in range(33):
        DoctorRun.objects.create(organization=org, status="done")
    runs.prune(org)
    assert DoctorRun.objects.count() == 30


def test_what_can_be_diagnosed_has_its_button(as_lea: Client, as_vera: Client, org: Organization) -> None:
    handoff = HandoffFactory.create(organization=org, session__external_id="ses 1/ü")
    event = WebhookEventFactory.create(organization=org)
    pages = {
        handoff.session.get_absolute_url(): "session=ses%201%2F%C3%BC",
        handoff.get_absolute_url(): f"handoff={handoff.pk}",
        f"/webhooks/{event.pk}/": f"call={event.pk}",
        f"/handoffs/?view=all&open={handoff.pk}": f"handoff={handoff.pk}",
    }
    for page, query in pages.items():
        assert f'action="/doctor/?{query}"' in as_lea.get(page).content.decode(), page
        assert f'href="/doctor/?{query}"' in as_vera.get(page).content.decode(), page
        assert as_lea.get(f"/doctor/?{query}").status_code == 200
