"""/handoffs/<id>/: what happened, the one best action, and who may press it."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from integrations.models import PlatformEvent
from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import (
    AgentReplyFactory,
    ContactFactory,
    HandoffFactory,
    MessageFactory,
    PlatformEventFactory,
    ProviderCallFactory,
    SessionFactory,
    SessionTicketLinkFactory,
    TicketUpdateFactory,
    WebhookEventFactory,
)
from tests.ticketing.views.pages import HTMX, handoff_of, read, words
from ticketing.models import Handoff, ReasonCode, TicketUpdate

pytestmark = pytest.mark.django_db
LIVE = {**HTMX, "HX-Target": "live-part"}


def failed(org: Organization, code: str = ReasonCode.REJECTED, **more: object) -> Handoff:
    return HandoffFactory.create(organization=org, is_failed=True, reason_code=code, **more)


def without_email(org: Organization) -> Handoff:
    contact = ContactFactory.create(organization=org, email="")
    return failed(org, ReasonCode.CONTACT_HAS_NO_EMAIL, session=SessionFactory.create(contact=contact))


def press(client: Client, handoff: Handoff, action: str, **more: str) -> int:
    return client.post(handoff.get_absolute_url(), {"action": action, **more}).status_code


def test_the_page_says_what_happened_whose_move_it_is_and_what_was_called(as_lea: Client, org: Organization) -> None:
    handoff = failed(org, ReasonCode.REQUESTER_SUSPENDED)
    ProviderCallFactory.create(organization=org, subject=f"handoff:{handoff.pk}", status=422, ms=312)
    page = read(as_lea, handoff.get_absolute_url())
    assert "Requester is suspended in Zendesk" in page
    assert "You, in Zendesk" in page
    assert "POST /api/v2/tickets 422 312 ms" in page
    assert "never a second one" in page


def test_a_call_to_the_ai_service_is_not_told_as_one_to_zendesk(as_lea: Client, org: Organization) -> None:
    handoff = failed(org)
    subject = f"handoff:{handoff.pk}"
    ProviderCallFactory.create(organization=org, subject=subject, provider="ai", path="/chat/completions", status=200)
    assert "We → AI service" in read(as_lea, handoff.get_absolute_url())


@pytest.mark.parametrize("code", ReasonCode.values)
def test_every_cause_has_its_sentence_and_a_button(as_lea: Client, org: Organization, code: str) -> None:
    page = as_lea.get(failed(org, code).get_absolute_url()).content.decode()
    assert str(ReasonCode(code).label) in words(page.encode())
    assert 'value="retry"' in page or 'value="save_contact"' in page
    assert 'value="cancel"' in page


@pytest.mark.parametrize("code", ReasonCode.values)
@pytest.mark.parametrize("status", [Handoff.Status.RETRYING, Handoff.Status.FAILED])
def test_retry_is_offered_whatever_the_cause(as_lea: Client, org: Organization, code: str, status: str) -> None:
    handoff = failed(org, code)
    Handoff.objects.update(status=status)
    for url in (
        handoff.get_absolute_url(),
        handoff.session.get_absolute_url(),
        f"/handoffs/?view=all&open={handoff.pk}",
    ):
        assert 'name="action" value="retry"' in as_lea.get(url).content.decode(), url


def test_without_an_email_saving_one_is_the_best_action_and_retry_the_second(as_lea: Client, org: Organization) -> None:
    page = as_lea.get(without_email(org).get_absolute_url()).content.decode()
    assert '<button class="btn btn-act" name="action" value="save_contact">' in page
    assert '<button class="btn" name="action" value="retry"' in page


def test_retry_queues_it_again_and_is_written_to_the_audit_log(as_lea: Client, org: Organization) -> None:
    handoff = failed(org)
    assert press(as_lea, handoff, "retry") == 303
    handoff.refresh_from_db()
    assert handoff.status == Handoff.Status.QUEUED
    assert handoff.next_attempt_at is not None
    entry = AuditEntry.objects.get(organization=org)
    assert (entry.action, entry.actor_label, entry.before["status"]) == ("handoff.retry", "Lea", "failed")
    assert "Queued. The ticket is made now" in read(as_lea, handoff.get_absolute_url())


def test_a_retry_that_comes_too_late_says_so_and_changes_nothing(as_lea: Client, org: Organization) -> None:
    handoff = handoff_of(SessionTicketLinkFactory.create(organization=org))
    assert press(as_lea, handoff, "retry") == 303
    assert "the handoff is “Linked” by now" in read(as_lea, handoff.get_absolute_url())
    assert not AuditEntry.objects.exists()


def test_cancel_ends_it(as_lea: Client, org: Organization) -> None:
    handoff = HandoffFactory.create(organization=org)
    press(as_lea, handoff, "cancel")
    handoff.refresh_from_db()
    assert (handoff.status, handoff.next_attempt_at) == (Handoff.Status.CANCELLED, None)
    assert AuditEntry.objects.get().action == "handoff.cancel"


def test_an_action_nobody_knows_changes_nothing(as_lea: Client, org: Organization) -> None:
    handoff = failed(org)
    for action in ("", "explode", "retry:1", "retry_event:", "retry_event:x", "retry_update:99999999999999999999"):
        response = as_lea.post(handoff.get_absolute_url(), {"action": action})
        assert response.status_code == 422
        assert "This page does not know that action. Nothing changed." in words(response.content)
    handoff.refresh_from_db()
    assert handoff.status == Handoff.Status.FAILED
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("entered", "email", "phone"),
    [("mara@customer.example", "mara@customer.example", ""), (" +49 (151) 234-5678 ", "", "+491512345678")],
)
def test_an_email_or_a_number_is_saved_and_the_handoff_tried_again(
    as_lea: Client, org: Organization, entered: str, email: str, phone: str
) -> None:
    handoff = without_email(org)
    assert press(as_lea, handoff, "save_contact", email=entered) == 303
    handoff.refresh_from_db()
    contact = handoff.session.contact
    assert (contact.email, contact.phone, contact.is_email_verified) == (email, phone, False)
    assert handoff.status == Handoff.Status.QUEUED
    assert "mara@" not in json.dumps(AuditEntry.objects.get().after)


@pytest.mark.parametrize("entered", ["", "nonsense", "a@", "12", "+49 12345 67890 12345 67890", "x@y.example\x00"])
def test_what_is_neither_is_422_with_a_sentence_and_saves_nothing(
    as_lea: Client, org: Organization, entered: str
) -> None:
    handoff = without_email(org)
    response = as_lea.post(handoff.get_absolute_url(), {"action": "save_contact", "email": entered})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    handoff.refresh_from_db()
    assert handoff.status == Handoff.Status.FAILED


def test_a_failed_reply_can_be_delivered(as_lea: Client, org: Organization) -> None:
    link = SessionTicketLinkFactory.create(organization=org)
    event = PlatformEventFactory.create(
        organization=org, is_failed=True, session_ref=link.session.external_id, last_error="The platform answered 500."
    )
    AgentReplyFactory.create(link=link, event=event, agent_name="Jonas")
    page = read(as_lea, handoff_of(link).get_absolute_url())
    assert "Jonas’s reply of" in page
    assert "has not reached Carla Contact" in page
    assert press(as_lea, handoff_of(link), f"retry_event:{event.pk}") == 303
    event.refresh_from_db()
    assert event.status == PlatformEvent.Status.QUEUED
    assert AuditEntry.objects.get().action == "reply.retry"


def test_a_failed_message_can_be_written_again(as_lea: Client, org: Organization) -> None:
    link = SessionTicketLinkFactory.create(organization=org)
    update = TicketUpdateFactory.create(session=link.session, is_failed=True)
    assert "A contact’s message is not in the ticket" in read(as_lea, handoff_of(link).get_absolute_url())
    press(as_lea, handoff_of(link), f"retry_update:{update.pk}")
    update.refresh_from_db()
    assert update.status == TicketUpdate.Status.QUEUED


def test_events_and_messages_of_other_sessions_are_out_of_reach(
    as_lea: Client, org: Organization, other_org: Organization
) -> None:
    link = SessionTicketLinkFactory.create(organization=org)
    foreign = PlatformEventFactory.create(organization=other_org, is_failed=True, session_ref=link.session.external_id)
    update = TicketUpdateFactory.create(organization=other_org, is_failed=True)
    press(as_lea, handoff_of(link), f"retry_event:{foreign.pk}")
    press(as_lea, handoff_of(link), f"retry_update:{update.pk}")
    foreign.refresh_from_db()
    update.refresh_from_db()
    assert (foreign.status, update.status) == (PlatformEvent.Status.FAILED, TicketUpdate.Status.FAILED)


def test_a_viewer_reads_it_masked_without_bodies_and_may_press_nothing(as_vera: Client, org: Organization) -> None:
    handoff = failed(org, request_body='{"ticket": {"requester": {"email": "carla@customer.example"}}}')
    MessageFactory.create(session=handoff.session, text="I am Carla, write to carla@customer.example")
    ProviderCallFactory.create(organization=org, subject=f"handoff:{handoff.pk}", answer='{"name": "Carla Contact"}')
    page = as_vera.get(handoff.get_absolute_url()).content.decode()
    assert "Carla" not in page
    assert "customer.example" not in page
    assert "Exact request" not in page
    assert "needs the role lead" in page
    for action in ("retry", "cancel", "save_contact"):
        assert press(as_vera, handoff, action) == 403


def test_a_lead_sees_the_exact_request_and_what_was_left_out(as_lea: Client, org: Organization) -> None:
    handoff = failed(org, request_body='{"ticket":{"subject":"Order"}}', request_key="key-1", left_out=["assignee_id"])
    page = read(as_lea, handoff.get_absolute_url())
    assert '"subject": "Order"' in page
    assert "key-1" in page
    assert "assignee_id" in page


def test_another_organization_s_handoff_is_not_there(as_mallory: Client, org: Organization) -> None:
    handoff = failed(org)
    assert as_mallory.get(handoff.get_absolute_url()).status_code == 404
    assert press(as_mallory, handoff, "retry") == 404


def test_nobody_is_sent_to_the_login_page(org: Organization) -> None:
    response = Client().get(failed(org).get_absolute_url())
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


def test_htmx_gets_the_changed_part_after_a_retry(as_lea: Client, org: Organization) -> None:
    handoff = failed(org)
    response = as_lea.post(handoff.get_absolute_url(), {"action": "retry"}, headers=LIVE)
    content = response.content.decode()
    assert response.status_code == 200
    assert content.lstrip().startswith('<div id="live-part"')
    assert 'hx-trigger="every 2s"' in content
    assert "Queued. The ticket is made now" in words(response.content)


def test_the_page_polls_while_it_moves_gets_nothing_when_nothing_changed_and_stops_at_the_end(
    as_lea: Client, org: Organization
) -> None:
    handoff = HandoffFactory.create(organization=org)
    page = as_lea.get(handoff.get_absolute_url())
    assert 'hx-trigger="every 2s"' in page.content.decode()
    url = page.context["poll_url"]
    assert as_lea.get(url, headers=LIVE).status_code == 204
    Handoff.objects.update(status=Handoff.Status.WORKING)
    assert as_lea.get(url, headers=LIVE).status_code == 200
    Handoff.objects.update(status=Handoff.Status.FAILED, next_attempt_at=None, ended_at=timezone.now())
    last = as_lea.get(url, headers=LIVE)
    assert last.status_code == 286
    assert "hx-trigger" not in last.content.decode()


def test_a_message_long_before_is_folded_and_leads_to_the_session(as_lea: Client, org: Organization) -> None:
    session = SessionFactory.create(organization=org)
    for number in range(8):
        MessageFactory.create(session=session, text=f"Message {number}")
    page = read(as_lea, HandoffFactory.create(session=session).get_absolute_url())
    assert "6 earlier messages" in page
    assert "Message 5" not in page
    assert "Message 7" in page


def test_the_preview_answers_with_itself_and_its_row(as_lea: Client, org: Organization) -> None:
    handoff = failed(org)
    headers = {**HTMX, "HX-Target": "preview", "HX-Current-URL": "http://testserver/handoffs/?channel=email"}
    content = as_lea.post(handoff.get_absolute_url(), {"action": "retry"}, headers=headers).content.decode()
    assert content.lstrip().startswith("<aside")
    assert f'<tr id="row-{handoff.pk}"' in content
    assert "/handoffs/?channel=email&amp;open=" in content


@pytest.mark.parametrize("target", ["live-part", "preview"])
def test_htmx_gets_the_part_with_a_sentence_when_nobody_knows_the_action(
    as_lea: Client, org: Organization, target: str
) -> None:
    response = as_lea.post(failed(org).get_absolute_url(), {}, headers={**HTMX, "HX-Target": target})
    assert response.status_code == 422
    assert "<html" not in response.content.decode()
    assert "This page does not know that action" in words(response.content)


def test_the_number_of_queries_does_not_grow_with_the_story(
    as_lea: Client, org: Organization, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    link = SessionTicketLinkFactory.create(organization=org)
    ref = link.session.external_id
    for _number in range(10):
        TicketUpdateFactory.create(session=link.session)
        event = PlatformEventFactory.create(organization=org, session_ref=ref, is_delivered=True)
        AgentReplyFactory.create(link=link, event=event)
        WebhookEventFactory.create(organization=org, session_ref=ref)
        ProviderCallFactory.create(organization=org, subject=f"handoff:{handoff_of(link).pk}")
    with django_assert_max_num_queries(21):
        as_lea.get(handoff_of(link).get_absolute_url())
