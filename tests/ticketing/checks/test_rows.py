"""Rows of the troubleshooting scenarios that are told from what is here: what is found, and whose move it is."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from integrations.doctor import registry
from integrations.doctor.finding import Finding
from integrations.doctor.registry import Context, Subject
from integrations.models import AuthMethod, EndpointKind
from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import (
    AgentReplyFactory,
    AIFieldMappingFactory,
    AIFieldResultFactory,
    ConversationTransferFactory,
    FieldBackfillFactory,
    FieldChangeFactory,
    HandoffFactory,
    PlatformEventFactory,
    ProviderCallFactory,
    SessionFactory,
    SunshineConnectionFactory,
    WebhookEventFactory,
    ZendeskConnectionFactory,
)
from ticketing.ai.engine import BlankReason
from ticketing.knowledge import sources
from ticketing.models import Article, ConversationTransfer, FieldBackfill, KnowledgeSource
from ticketing.models.assist import AssistCase, AssistReason, AssistSettings
from ticketing.problems.stages import find_fallbacks
from ticketing.reading.proof import Proof
from ticketing.reason_rules import BY_SETTINGS

pytestmark = pytest.mark.django_db


def ask(organization: Organization, check_id: str, subject: Subject | None = None) -> Finding:
    check = registry.find(check_id)
    assert check is not None
    return registry.ask(check, Context(organization, subject or Subject()))


def told(found: Finding) -> tuple[str, str]:
    return found.verdict, found.owner


def press(browser: Client, check_id: str) -> None:
    assert browser.post("/doctor/", {"action": "repair", "check": check_id}).status_code == 302


def test_row_18_a_token_says_when_it_ends_and_an_oauth_client_does_not(org: Organization) -> None:
    connection = ZendeskConnectionFactory.create(organization=org, auth_method=AuthMethod.API_TOKEN)
    found = ask(org, "credentials.lasting")
    assert told(found) == ("warning", "you_here")
    assert "30 Apr 2027" in found.evidence
    connection.proven_at = timezone.now() - dt.timedelta(days=25)
    connection.save()
    assert "Nothing has used the token for 25 days" in ask(org, "credentials.lasting").evidence
    connection.auth_method = AuthMethod.OAUTH
    connection.save()
    assert ask(org, "credentials.lasting").verdict == "ok"


def test_row_3_failed_handoffs_are_told_by_cause_and_one_without_address_is_left_out(
    org: Organization, as_lea: Client
) -> None:
    HandoffFactory.create(organization=org, is_failed=True)
    HandoffFactory.create(organization=org, is_failed=True, reason_code="not_connected")
    found = ask(org, "handoffs.failed")
    assert (found.verdict, found.repair) == ("problem", "Try 1 again")
    assert "1 × No email or number for a requester" in found.evidence
    press(as_lea, "handoffs.failed")
    assert sorted(org.handoffs.values_list("status", flat=True)) == ["failed", "queued"]


def test_of_many_at_once_none_gets_a_new_ticket_for_the_one_that_somebody_deleted(
    org: Organization, as_lea: Client
) -> None:
    deleted = HandoffFactory.create(organization=org, is_failed=True, reason_code="ticket_deleted")
    assert ask(org, "handoffs.failed").repair == ""
    HandoffFactory.create(organization=org, is_failed=True, reason_code="not_connected")
    assert ask(org, "handoffs.failed").repair == "Try 1 again"
    shown = as_lea.get("/doctor/?repair=handoffs.failed").content.decode()
    assert "is left out: its ticket was deleted" in shown
    press(as_lea, "handoffs.failed")
    deleted.refresh_from_db()
    assert deleted.status == "failed"
    where = f"/doctor/?handoff={deleted.pk}"
    assert "this makes a new one" in as_lea.get(f"{where}&repair=handoff.state").content.decode()
    as_lea.post(where, {"action": "repair", "check": "handoff.state"})
    deleted.refresh_from_db()
    assert (deleted.status, deleted.generation) == ("queued", 2)


def test_row_3_the_contact_of_a_session_lacks_an_address(org: Organization) -> None:
    session = SessionFactory.create(organization=org, contact__email="", contact__phone="")
    found = ask(org, "contact.address", Subject("session", session.external_id))
    assert told(found) == ("problem", "you_here")


def test_no_finding_holds_an_address_of_the_contact(org: Organization) -> None:
    session = SessionFactory.create(
        organization=org, contact__email="private@example.net", contact__phone="+4915112345"
    )
    subject = Subject("session", session.external_id)
    said = str([ask(org, check.id, subject).to_json() for check in registry.list_checks(subject)])
    assert "private@example.net" not in said
    assert "15112345" not in said


def test_row_4_replies_that_only_the_hourly_reading_found_warn(org: Organization) -> None:
    AgentReplyFactory.create(organization=org, commented_at=timezone.now(), found_by="reconcile")
    found = ask(org, "replies.sent")
    assert told(found) == ("warning", "you_here")
    failed = PlatformEventFactory.create(organization=org, is_failed=True)
    AgentReplyFactory.create(organization=org, commented_at=timezone.now(), event=failed)
    assert ask(org, "replies.sent").verdict == "problem"


def test_row_7_blanks_say_why(org: Organization) -> None:
    mapping = AIFieldMappingFactory.create(organization=org)
    handoff = HandoffFactory.create(organization=org)
    AIFieldResultFactory.create(
        organization=org, handoff=handoff, field=mapping.field, value=None, reason=BlankReason.NOT_SURE
    )
    found = ask(org, "fields.filled")
    assert found.verdict == "warning"
    assert ("Not sure", "1") in found.facts
    one = ask(org, "fields.session", Subject("handoff", str(handoff.pk)))
    assert one.evidence == "0 of 1 filled."


def test_row_7_a_field_that_is_gone_or_changed_is_found(org: Organization) -> None:
    mapping = AIFieldMappingFactory.create(organization=org)
    mapping.field.gone_at = timezone.now()
    mapping.field.save()
    FieldChangeFactory.create(organization=org, field=mapping.field)
    assert told(ask(org, "fields.there")) == ("problem", "you_zendesk")
    assert told(ask(org, "fields.changed")) == ("warning", "you_here")


@pytest.fixture
def source(org: Organization) -> KnowledgeSource:
    found = sources.add_source(org)
    KnowledgeSource.objects.filter(pk=found.pk).update(state="ready", synced_at=timezone.now(), next_attempt_at=None)
    found.refresh_from_db()
    return found


def test_row_8_drafts_are_not_told_to_contacts(org: Organization, source: KnowledgeSource) -> None:
    Article.objects.create(organization=org, source=source, external_id=1, locale="en-us", content_hash="x")
    found = ask(org, "knowledge.public")
    assert told(found) == ("problem", "you_zendesk")
    assert ("Drafts", "1") in found.facts


def test_row_8_a_late_sync_is_begun_from_here(org: Organization, source: KnowledgeSource, as_alice: Client) -> None:
    KnowledgeSource.objects.update(synced_at=timezone.now() - dt.timedelta(hours=5))
    assert ask(org, "knowledge.synced").repair == "Sync now"
    press(as_alice, "knowledge.synced")
    source.refresh_from_db()
    assert source.next_attempt_at is not None


def test_row_12_a_quiet_ticket_says_why_and_where_it_is_drafted_again(org: Organization) -> None:
    AssistSettings.objects.create(organization=org, is_enabled=True)
    case = AssistCase.objects.create(
        organization=org, ticket_id=77, comment_id=1, status="quiet", reason=AssistReason.NO_ASSIST_TOPIC
    )
    found = ask(org, "assist.ticket", Subject("ticket", "77"))
    assert found.verdict == "warning"
    assert "A no-assist topic" in found.evidence
    assert found.link == case.get_absolute_url()
    assert ("A no-assist topic", "1") in ask(org, "assist.week").facts


def test_row_13_a_chat_that_became_a_ticket_is_counted_with_its_reason(org: Organization) -> None:
    HandoffFactory.create(organization=org, is_linked=True, fell_back="Zendesk refuses the key.")
    found = ask(org, "handoffs.fallbacks")
    assert told(found) == ("warning", "you_here")
    assert "Zendesk refuses the key." in found.evidence


def test_row_13_a_chat_that_the_settings_send_to_a_ticket_is_none(org: Organization) -> None:
    SunshineConnectionFactory.create(organization=org)
    HandoffFactory.create(organization=org, is_linked=True, route="ticket", fell_back=str(BY_SETTINGS))
    assert ask(org, "handoffs.fallbacks").verdict == "ok"
    assert list(find_fallbacks(org)) == []
    assert Proof(org).fallbacks_of_day == 0


def test_row_15_contacts_that_nobody_could_look_up(org: Organization, as_alice: Client) -> None:
    handoff = HandoffFactory.create(organization=org, is_linked=True, session__channel="whatsapp")
    ConversationTransferFactory.create(
        handoff=handoff, merge=ConversationTransfer.Merge.MISSED, merge_detail="No credentials.", support_user_id=None
    )
    assert told(ask(org, "contacts.joined")) == ("problem", "you_here")
    subject = Subject("handoff", str(handoff.pk))
    assert told(ask(org, "contact.joined", subject)) == ("warning", "you_here")
    ZendeskConnectionFactory.create(organization=org)
    connection = SunshineConnectionFactory.create(organization=org, use_ticketing_credentials=False)
    press(as_alice, "messaging.support_api")
    connection.refresh_from_db()
    assert connection.use_ticketing_credentials is True
    assert AuditEntry.objects.filter(action="doctor.repair").exists()


def test_row_16_control_that_was_not_passed(org: Organization) -> None:
    event = "switchboard:passControl:failure"
    WebhookEventFactory.create(organization=org, kind=EndpointKind.SUNSHINE, event_type=event)
    assert told(ask(org, "handoffs.control")) == ("problem", "you_zendesk")


def test_row_17_slow_answers_and_too_many_calls(org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    WebhookEventFactory.create(organization=org, ms=7_000)
    assert ask(org, "limits.answers").verdict == "problem"
    ProviderCallFactory.create(organization=org, provider="zendesk", status=429)
    assert told(ask(org, "limits.throttled")) == ("warning", "zendesk")


def test_row_17_filling_of_blanks_is_stopped_from_here(org: Organization, as_alice: Client) -> None:
    FieldBackfillFactory.create(organization=org, total=9, status="working")
    assert ask(org, "limits.backfill").repair == "Stop it"
    press(as_alice, "limits.backfill")
    assert FieldBackfill.objects.get().status == "cancelled"


def test_another_organizations_rows_are_not_counted(org: Organization, other_org: Organization) -> None:
    HandoffFactory.create(organization=other_org, is_failed=True)
    WebhookEventFactory.create(organization=other_org, ms=9_000)
    assert ask(org, "handoffs.failed").verdict == "ok"
    assert ask(org, "limits.answers").verdict == "unknown"
