"""The doctor over real HTTP: what people break in Zendesk is found, explained, mended by one button, asked again."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from integrations import endpoints, tasks
from integrations.doctor import registry
from integrations.doctor.finding import Finding
from integrations.doctor.registry import Context, Subject
from integrations.models import DoctorRun, EndpointKind, ProvisioningRun, SunshineConnection, WebhookEvent
from opencx_admin.due import due
from opencx_admin.orgs.models import AuditEntry, Organization, User
from tests.api_client import ApiClient
from tests.factories import WebhookEventFactory
from tests.flows.conftest import Worker, connect, events_of
from tests.flows.provisioning import act, bare, done, pressed_by
from tests.flows.test_handoff import hand_off
from tests.sandbox.server import Desk, Sandbox
from ticketing.models import AgentReply, Handoff, SessionTicketLink

__all__ = ["bare"]
RESPONSE = "conversation.third_party_agent_response"
HTMX = {"HX-Request": "true", "HX-Target": "live-part"}


@pytest.fixture
def kept(bare: Desk, org: Organization, alice: User) -> Desk:
    """The account as we set it up."""
    done(act(org, "apply", alice))
    return bare


@pytest.fixture
def ticket(kept: Desk, api: ApiClient, worker: Worker) -> int:
    """A linked ticket."""
    hand_off(api)
    worker.rest()
    return int(kept.tickets()[0]["id"])


def work() -> None:
    """The worker carries out runs of the doctor and of provisioning until none is due."""
    for _round in range(6):
        ProvisioningRun.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
        for change in due(ProvisioningRun.objects.all()):
            tasks.advance_run(change.pk)
        DoctorRun.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
        for run in due(DoctorRun.objects.all()):
            tasks.advance_doctor(run.pk)


def ask(organization: Organization, check_id: str, subject: Subject | None = None) -> Finding:
    """One check, asked now."""
    check = registry.find(check_id)
    assert check is not None
    return registry.ask(check, Context(organization, subject or Subject()))


def diagnose(organization: Organization, subject: Subject) -> dict[str, str]:
    """The verdicts of every check of one subject, asked in order."""
    context = Context(organization, subject)
    return {check.id: registry.ask(check, context).verdict for check in registry.list_checks(subject)}


SESSION = Subject("session", "ses-1")


def press(browser: Client, check_id: str, where: str = "/doctor/") -> str:
    """Look at the preview and press its button; returns what the preview showed."""
    shown = browser.get(f"{where}{'&' if '?' in where else '?'}repair={check_id}").content.decode()
    seen = shown.partition('name="seen" value="')[2].partition('"')[0]
    answer = browser.post(where, {"action": "repair", "check": check_id, "seen": seen})
    assert answer.status_code == 302
    return shown


def last(check_id: str) -> str:
    """The verdict of the newest finding."""
    runs = [run for run in DoctorRun.objects.order_by("-pk") if check_id in run.verdicts]
    return str(runs[0].verdicts[check_id])


def test_a_trigger_that_somebody_switched_off_is_found_mended_and_asked_again(
    kept: Desk, org: Organization, as_alice: Client
) -> None:
    trigger = next(one for one in kept.triggers() if "repl" in one["title"].lower())
    kept.change_by_hand("trigger", trigger["id"], active=False, by="Mara Admin")
    as_alice.post("/doctor/", {"action": "run"})
    work()
    assert last("webhook.triggers") == "problem"
    page = as_alice.get("/doctor/").content.decode()
    assert "Repair in Zendesk" in page
    shown = press(as_alice, "webhook.triggers")
    assert "active: false" in shown
    assert "active: true" in shown
    work()
    assert last("webhook.triggers") == "ok"
    assert next(one for one in kept.triggers() if one["id"] == trigger["id"])["active"] is True
    entry = AuditEntry.objects.get(action="doctor.repair")
    assert entry.object_url == "/doctor/"
    assert "active: true" in json.dumps(entry.after)


def test_a_stale_url_and_a_leaking_body_are_found_and_mended(kept: Desk, org: Organization, as_alice: Client) -> None:
    kept.change_by_hand("webhook", kept.webhooks()[0]["id"], endpoint="https://elsewhere.example/old")
    kept.change_by_hand("trigger", kept.triggers()[0]["id"], body="{{ticket.latest_comment}}")
    found = {name: ask(org, name).verdict for name in ("webhook.object", "webhook.body", "webhook.comment")}
    assert set(found.values()) == {"problem"}
    for name in found:
        press(as_alice, name)
        work()
    assert {ask(org, name).verdict for name in found} == {"ok"}


def test_no_repair_shows_the_address_of_the_webhook(kept: Desk, org: Organization, as_alice: Client) -> None:
    kept.change_by_hand("webhook", kept.webhooks()[0]["id"], endpoint="https://elsewhere.example/old")
    shown = as_alice.get("/doctor/", {"repair": "webhook.object"}).content.decode()
    token = org.webhook_endpoints.get(kind="zendesk").token.reveal()
    assert "elsewhere.example" in shown
    assert token not in shown
    as_alice.post("/doctor/", {"action": "run"})
    work()
    assert token not in json.dumps(list(DoctorRun.objects.values("findings")))


def test_when_all_is_well_no_step_fails(
    kept: Desk, org: Organization, worker: Worker, ticket: int, sandbox: Sandbox
) -> None:
    kept.reply(ticket, "It comes tomorrow.")
    worker.until(lambda: events_of(sandbox, "ses-1", RESPONSE))
    worker.rest()
    found = diagnose(org, SESSION)
    assert "problem" not in found.values(), found
    steps = {name: verdict for name, verdict in found.items() if name.startswith("path.")}
    assert set(steps.values()) == {"ok"}, steps


def test_the_steps_stop_at_the_first_that_fails(kept: Desk, org: Organization, ticket: int) -> None:
    kept.api("PUT", f"tickets/{ticket}", json={"ticket": {"tags": ["vip"], "external_id": ""}})
    found = diagnose(org, SESSION)
    steps = [verdict for name, verdict in found.items() if name.startswith("path.")]
    assert steps == ["problem", "skipped", "skipped", "skipped", "skipped"]


def test_tag_and_id_are_put_back_and_other_tags_stay(
    kept: Desk, org: Organization, ticket: int, as_alice: Client
) -> None:
    kept.api("PUT", f"tickets/{ticket}", json={"ticket": {"tags": ["vip"], "external_id": ""}})
    shown = press(as_alice, "path.marked", "/doctor/?session=ses-1")
    assert "opencx_handedoff" in shown
    found = kept.api("GET", f"tickets/{ticket}").json()["ticket"]
    assert {"vip", "opencx_handedoff"} <= set(found["tags"])
    assert found["external_id"] == "ses-1"
    assert ask(org, "path.marked", SESSION).verdict == "ok"


def test_a_call_that_names_another_ticket_never_gives_it_the_sessions_id(
    kept: Desk, org: Organization, ticket: int, as_alice: Client
) -> None:
    theirs = kept.api("POST", "tickets", json={"ticket": {"subject": "Mine", "comment": {"body": "Hello"}}}).json()
    number = theirs["ticket"]["id"]
    call = WebhookEventFactory.create(organization=org, external_id="ses-1", ticket_id=str(number))
    press(as_alice, "path.marked", f"/doctor/?call={call.pk}")
    found = kept.api("GET", f"tickets/{number}").json()["ticket"]
    assert (found["external_id"], found["tags"]) == (None, [])


def test_notes_alone_are_the_agents_move(kept: Desk, org: Organization, ticket: int) -> None:
    kept.note(ticket, "I look into it.")
    found = ask(org, "path.public", SESSION)
    assert (found.verdict, found.owner) == ("problem", "you_zendesk")
    assert "internal notes only" in found.evidence


def test_a_reply_that_no_call_told_of_is_delivered_once_by_a_lead(
    kept: Desk, org: Organization, ticket: int, worker: Worker, sandbox: Sandbox, as_lea: Client
) -> None:
    kept.change_by_hand("webhook", kept.webhooks()[0]["id"], status="inactive")
    kept.reply(ticket, "Nobody rang for this.")
    kept.note(ticket, "Nor for that.")
    found = ask(org, "replies.session", SESSION)
    assert (found.verdict, found.repair) == ("problem", "Deliver 1")
    for _twice in range(2):
        press(as_lea, "replies.session", "/doctor/?session=ses-1")
        worker.rest()
    assert [event["response"].strip() for event in events_of(sandbox, "ses-1", RESPONSE)] == ["Nobody rang for this."]
    assert AgentReply.objects.count() == 1
    assert ask(org, "replies.session", SESSION).verdict == "ok"


def write_twice(desk: Desk, requester_id: int) -> int:
    """Another integration's ticket with the session's id."""
    extra = {"subject": "Twice", "comment": {"body": "again"}, "external_id": "ses-1", "requester_id": requester_id}
    return int(desk.api("POST", "tickets", json={"ticket": extra}).json()["ticket"]["id"])


def requester_of(desk: Desk, number: int) -> int:
    return int(desk.api("GET", f"tickets/{number}").json()["ticket"]["requester_id"])


def test_a_ticket_of_another_contact_with_the_same_id_is_never_merged(
    kept: Desk, org: Organization, ticket: int
) -> None:
    other = {"user": {"name": "Somebody Else", "email": "else@example.net"}}
    write_twice(kept, kept.api("POST", "users", json=other).json()["user"]["id"])
    assert ask(org, "handoffs.doubles").verdict == "ok"


def test_a_double_that_an_agent_asked_for_is_no_contacts_and_merged(kept: Desk, org: Organization, ticket: int) -> None:
    write_twice(kept, kept.api("GET", "users/me").json()["user"]["id"])
    assert ask(org, "handoffs.doubles").repair == "Merge"


def test_a_closed_ticket_takes_no_other_in(kept: Desk, org: Organization, ticket: int) -> None:
    write_twice(kept, requester_of(kept, ticket))
    kept.play("close", ticket)
    assert ask(org, "handoffs.doubles").verdict == "ok"


def test_on_a_shared_account_the_other_organizations_ticket_is_never_merged(
    kept: Desk, org: Organization, ticket: int, other_org: Organization, other_api: ApiClient, worker: Worker
) -> None:
    connect(other_org, kept, platform="other")
    hand_off(other_api)
    worker.rest()
    theirs = SessionTicketLink.objects.get(organization=other_org)
    for mine in (org, other_org):
        assert ask(mine, "handoffs.doubles").verdict == "ok"
    theirs.delete()  # not linked yet, or not any more
    assert ask(org, "handoffs.doubles").verdict == "ok"


def test_two_tickets_of_one_session_are_merged_into_the_linked_one(
    kept: Desk, org: Organization, ticket: int, as_alice: Client, as_lea: Client
) -> None:
    other = write_twice(kept, requester_of(kept, ticket))
    found = ask(org, "handoffs.doubles")
    assert (found.verdict, found.repair) == ("problem", "Merge")
    assert as_lea.post("/doctor/", {"action": "repair", "check": "handoffs.doubles"}).status_code == 403
    shown = press(as_alice, "handoffs.doubles")
    assert f"#{other} into #{ticket}" in shown
    assert ask(org, "handoffs.doubles").verdict == "ok"
    assert SessionTicketLink.objects.get(is_active=True).ticket_id == ticket


def test_what_waited_for_a_cause_is_tried_again_from_here(
    kept: Desk, org: Organization, api: ApiClient, worker: Worker, as_lea: Client
) -> None:
    kept.fault("suspended_requester")
    hand_off(api)
    worker.rest()
    assert Handoff.objects.get().status == "failed"
    found = ask(org, "handoffs.failed")
    assert (found.verdict, found.owner) == ("problem", "you_zendesk")
    assert ask(org, "handoff.state", SESSION).verdict == "problem"
    kept.heal()
    assert "Try 1 handoff again?" in press(as_lea, "handoffs.failed")
    worker.rest()
    assert Handoff.objects.get().status == "linked"
    assert ask(org, "handoffs.failed").verdict == "ok"


def test_one_call_is_diagnosed_by_its_number(
    kept: Desk, org: Organization, ticket: int, worker: Worker, as_lea: Client
) -> None:
    kept.reply(ticket, "Ring.")
    kept.wait_for_calls(1)
    worker.rest()
    call = WebhookEvent.objects.filter(ticket_id=str(ticket)).first()
    assert call is not None
    answer = as_lea.post("/doctor/", {"action": "run", "only": f"call {call.pk}"})
    assert answer["Location"] == f"/doctor/?call={call.pk}"
    work()
    said = as_lea.get(answer["Location"]).content.decode()
    assert f"Webhook call {call.pk}" in said
    assert 'data-check="path.rung" data-verdict="ok"' in said


def test_a_ticket_that_is_not_ours_is_a_question_for_assist(kept: Desk, org: Organization, as_lea: Client) -> None:
    number = kept.api("POST", "tickets", json={"ticket": {"subject": "By hand", "comment": {"body": "x"}}}).json()
    subject = Subject("ticket", str(number["ticket"]["id"]))
    found = diagnose(org, subject)
    assert found["assist.ticket"] == "skipped"
    assert found["path.marked"] == "skipped"
    assert as_lea.get("/doctor/", {"ticket": subject.ref}).status_code == 200


def test_a_refused_credential_stops_nothing_else(kept: Desk, org: Organization, ticket: int) -> None:
    kept.fault("401", times=99)
    org.zendesk.access_token_expires_at = timezone.now()
    org.zendesk.save()
    found = diagnose(org, SESSION)
    assert found["path.marked"] == "problem"
    assert found["contact.address"] == "ok"


def test_nothing_of_another_organization_is_diagnosed(ticket: int, as_mallory: Client) -> None:
    handoff = Handoff.objects.get()
    for query in ({"session": "ses-1"}, {"handoff": str(handoff.pk)}, {"call": "1"}, {"session": "\x00"}):
        assert as_mallory.get("/doctor/", query).status_code == 404
        assert as_mallory.post("/doctor/?session=ses-1", {"action": "run"}).status_code == 404


def test_zendesks_own_activity_is_read(kept: Desk, org: Organization, ticket: int, worker: Worker) -> None:
    kept.reply(ticket, "Ring.")
    kept.wait_for_calls(1)
    worker.rest()
    found = ask(org, "webhook.activity")
    assert (found.verdict, found.asked) == ("ok", "GET /api/v2/webhooks/{id}/invocations")
    assert "all answered 2xx" in found.evidence
    for trigger in kept.triggers():
        kept.change_by_hand("trigger", trigger["id"], body='{"ticket_id": ""}')
    kept.reply(ticket, "Ring again.")
    kept.wait_for_calls(2)
    assert ask(org, "webhook.activity").verdict == "problem"
    assert ask(org, "webhook.calls").verdict == "problem"
    assert ask(org, "webhook.body").verdict == "problem"


def test_a_webhook_of_messaging_at_an_old_url_is_registered_again(
    chats: SunshineConnection, org: Organization, alice: User, as_alice: Client
) -> None:
    assert ask(org, "messaging.webhook").verdict == "ok"
    endpoints.rotate(org, 24, request=pressed_by(alice), kind=EndpointKind.SUNSHINE)
    found = ask(org, "messaging.webhook")
    assert (found.verdict, found.owner, found.repair) == ("problem", "you_here", "Register again")
    press(as_alice, "messaging.webhook")
    assert ask(org, "messaging.webhook").verdict == "ok"


def test_messaging_that_was_refused_once_is_verified_from_here(
    chats: SunshineConnection, org: Organization, as_alice: Client
) -> None:
    chats.refused_at, chats.refused_reason = timezone.now(), "It refuses our credentials (401)."
    chats.save()
    assert ask(org, "messaging.connected").repair == "Verify again"
    press(as_alice, "messaging.connected")
    assert ask(org, "messaging.connected").verdict == "ok"
    assert AuditEntry.objects.filter(action="sunshine.verify").exists()


def test_what_waited_for_credentials_goes_after_verifying_from_here(
    kept: Desk, org: Organization, api: ApiClient, worker: Worker, as_alice: Client
) -> None:
    kept.fault("401", times=99)
    hand_off(api)
    worker.rest()
    assert Handoff.objects.get().reason_code == "credentials_rejected"
    assert ask(org, "ticketing.authenticated").repair == "Verify again"
    kept.heal()
    press(as_alice, "ticketing.authenticated")
    worker.rest()
    assert Handoff.objects.get().status == "linked"
