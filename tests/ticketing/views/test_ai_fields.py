"""Settings → Ticketing → AI fields: who may change them, what is refused, what the list and the editor say."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import (
    AIFieldMappingFactory,
    AIFieldResultFactory,
    FieldBackfillFactory,
    FieldChangeFactory,
    FieldReadingFactory,
    SessionTicketLinkFactory,
    TicketFieldFactory,
    ZendeskConnectionFactory,
)
from tests.ticketing.views.pages import HTMX, handoff_of, read, words
from ticketing.models import AIFieldMapping, FieldBackfill, FieldReading, TicketField

pytestmark = pytest.mark.django_db
PAGE = "/settings/ticketing/ai-fields/"
BLANKS = f"{PAGE}backfill/"
CLEAR = "Refund: when they want money back. Exchange: other size. Delivery: where is it. Blank when unclear."


@pytest.fixture
def field(org: Organization) -> TicketField:
    return TicketFieldFactory.create(organization=org)


@pytest.fixture
def connected(org: Organization) -> None:
    """An account whose fields were read a moment ago."""
    ZendeskConnectionFactory.create(organization=org)
    FieldReadingFactory.create(organization=org, read_at=timezone.now())


def form(field: TicketField, action: str = "save", **more: str) -> dict[str, str]:
    return {"field_id": str(field.zendesk_id), "description": CLEAR, "enabled": "on", "action": action, **more}


def test_saving_turns_a_field_on_and_is_written_down(as_alice: Client, field: TicketField) -> None:
    answer = as_alice.post(PAGE, form(field))
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    mapping = AIFieldMapping.objects.get()
    assert (mapping.description, mapping.is_enabled, mapping.changed_by) == (CLEAR, True, "Alice")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before, entry.after["enabled"]) == ("ai_field.save", {}, True)
    assert set(FieldReading.objects.values_list("kind", flat=True)) == {"fields", "past_tickets"}


def test_htmx_gets_the_list_with_what_happened(as_alice: Client, field: TicketField) -> None:
    answer = as_alice.post(PAGE, form(field), headers=HTMX)
    assert (answer.status_code, answer["HX-Push-Url"]) == (200, PAGE)
    assert "<html" not in answer.content.decode()
    assert "the next handoff fills it" in words(answer.content)


def test_saving_again_changes_the_one_mapping(as_alice: Client, field: TicketField) -> None:
    as_alice.post(PAGE, form(field))
    body = form(field, description="Another text for it.")
    del body["enabled"]
    assert as_alice.post(PAGE, body).status_code == 302
    mapping = AIFieldMapping.objects.get()
    assert (mapping.description, mapping.is_enabled) == ("Another text for it.", False)
    assert AuditEntry.objects.first() is not None


@pytest.mark.parametrize("field_id", ["", "abc", "-1", "0", "9" * 30, "12345", "٣"])
def test_a_field_that_is_not_there_is_refused(as_alice: Client, field: TicketField, field_id: str) -> None:
    answer = as_alice.post(PAGE, form(field, field_id=field_id))
    assert answer.status_code == 422
    assert not AIFieldMapping.objects.exists()


def test_another_organizations_field_is_not_there(as_mallory: Client, field: TicketField) -> None:
    assert as_mallory.post(PAGE, form(field)).status_code == 422
    assert as_mallory.get(f"{PAGE}?field={field.zendesk_id}").status_code == 404
    assert not AIFieldMapping.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"type": "lookup"}, {"is_active": False}, {"gone_at": timezone.now()}, {"is_custom": False}]
)
def test_a_field_that_tickets_do_not_take_cannot_be_turned_on(
    as_alice: Client, org: Organization, changes: dict[str, object]
) -> None:
    field = TicketFieldFactory.create(organization=org, **changes)
    answer = as_alice.post(PAGE, form(field))
    assert answer.status_code == 422
    assert "cannot be filled" in words(answer.content)
    body = form(field)
    del body["enabled"]
    assert as_alice.post(PAGE, body).status_code == 302


def test_an_unknown_act_changes_nothing(as_alice: Client, field: TicketField) -> None:
    assert as_alice.post(PAGE, form(field, "destroy")).status_code == 422
    assert not AIFieldMapping.objects.exists()


@pytest.mark.parametrize("action", ["save", "dry_run", "lint", "noted", "turn_off", "refresh"])
def test_only_admins_act(as_lea: Client, as_vera: Client, field: TicketField, action: str) -> None:
    for browser in (as_lea, as_vera):
        assert browser.post(PAGE, form(field, action)).status_code == 403
        assert browser.post(BLANKS, {"action": "start"}).status_code == 403


def test_a_lead_reads_everything_and_is_told_who_may_change_it(as_lea: Client, field: TicketField) -> None:
    page = read(as_lea, f"{PAGE}?field={field.zendesk_id}")
    assert "needs the role admin" in page
    assert "Contact reason" in read(as_lea, PAGE)


def test_the_lint_follows_what_is_typed(as_alice: Client, field: TicketField) -> None:
    answer = as_alice.post(PAGE, form(field, "lint", description="Refunds"), headers=HTMX)
    assert 'data-lint="too_short"' in answer.content.decode()
    answer = as_alice.post(PAGE, form(field, "lint"), headers=HTMX)
    assert 'data-lint="clear"' in answer.content.decode()
    plain = as_alice.post(PAGE, form(field, "lint", description="Refunds"))
    assert "Too short to decide by." in words(plain.content)
    assert not AIFieldMapping.objects.exists()


def test_the_list_says_how_each_field_does(as_lea: Client, org: Organization, connected: None) -> None:
    mapping = AIFieldMappingFactory.create(organization=org)
    for value, agrees in (("reason_refund", True), ("reason_refund", False), (None, None)):
        AIFieldResultFactory.create(
            organization=org,
            field=mapping.field,
            value=value,
            agrees=agrees,
            reason="" if value else "not_in_list",
            compared_at=None if agrees is None else timezone.now(),
        )
    page = read(as_lea, PAGE)
    assert "The AI fills 1 ticket field at each handoff" in page
    assert "filled 67 % 2 of 3 agents agree 50 % 1 of 2 last blank Not in the list" in page


def test_results_of_fields_that_are_off_do_not_count(as_lea: Client, org: Organization, connected: None) -> None:
    mapping = AIFieldMappingFactory.create(organization=org)
    AIFieldResultFactory.create(organization=org, field=mapping.field, value=None, reason="disabled")
    assert "No handoff has met them yet." in read(as_lea, PAGE)


def test_what_changed_in_zendesk_waits_until_somebody_has_seen_it(as_alice: Client, org: Organization) -> None:
    mapping = AIFieldMappingFactory.create(organization=org)
    FieldChangeFactory.create(organization=org, field=mapping.field)
    sentence = "“Reason” is now called “Contact reason” in Zendesk."
    assert sentence in read(as_alice, PAGE)
    assert sentence in read(as_alice, "/")
    assert as_alice.post(PAGE, form(mapping.field, "noted")).status_code == 302
    assert sentence not in read(as_alice, PAGE)
    assert AuditEntry.objects.get().action == "ai_field.note"


def test_a_field_that_is_gone_needs_somebody(as_alice: Client, org: Organization, connected: None) -> None:
    mapping = AIFieldMappingFactory.create(organization=org, field__gone_at=timezone.now())
    page = read(as_alice, PAGE)
    assert "1 AI field stays blank until you act" in page
    assert "Blocked" in page
    assert "is gone in Zendesk" in read(as_alice, "/")
    assert "Removed in Zendesk." in read(as_alice, f"{PAGE}?field={mapping.field.zendesk_id}")
    assert as_alice.post(PAGE, form(mapping.field, "turn_off")).status_code == 302
    mapping.refresh_from_db()
    assert not mapping.is_enabled
    assert AuditEntry.objects.get().after == {"enabled": False}
    assert "is gone in Zendesk" not in read(as_alice, "/")


def test_without_a_connection_the_page_says_what_is_first(as_alice: Client, org: Organization) -> None:
    assert "Zendesk is not connected" in read(as_alice, PAGE)
    assert "Zendesk is not connected" in read(as_alice, BLANKS)


def test_fields_of_an_account_that_was_disconnected_get_no_value(as_lea: Client, org: Organization) -> None:
    AIFieldMappingFactory.create(organization=org)
    assert "Zendesk is not connected: no ticket gets a value" in read(as_lea, PAGE)


def test_unsupported_fields_say_why(as_lea: Client, org: Organization) -> None:
    TicketFieldFactory.create(organization=org, title="Card", type="partialcreditcard")
    TicketFieldFactory.create(organization=org, title="Asset", type="lookup")
    TicketFieldFactory.create(organization=org, title="Subject", type="subject", is_custom=False)
    page = read(as_lea, PAGE)
    assert "Card numbers are neither read nor written." in page
    assert "It points at another record" in page
    assert "Zendesk’s own field" in page


def test_a_handoff_shows_each_field_and_why_it_is_blank(as_lea: Client, org: Organization) -> None:
    handoff = handoff_of(SessionTicketLinkFactory.create(organization=org))
    AIFieldResultFactory.create(
        organization=org,
        handoff=handoff,
        field__title="Contact reason",
        agrees=False,
        agent_value="reason_exchange",
        compared_at=timezone.now(),
    )
    AIFieldResultFactory.create(
        organization=org, handoff=handoff, value=None, reason="engine_failed", evidence="", field__title="Product line"
    )
    for url in (handoff.get_absolute_url(), handoff.session.get_absolute_url()):
        page = read(as_lea, url)
        assert "Contact reason Refund “I want my money back” Matched to option names · 92 % sure" in page
        assert "Agents changed it Exchange" in page
        assert "Product line blank: engine failed" in page


def test_a_viewer_reads_evidence_with_the_contacts_details_masked(as_vera: Client, org: Organization) -> None:
    handoff = handoff_of(SessionTicketLinkFactory.create(organization=org))
    AIFieldResultFactory.create(organization=org, handoff=handoff, evidence="write to carla.secret@customer.example")
    assert "carla.secret@customer.example" not in read(as_vera, handoff.get_absolute_url())


def test_filling_blanks_is_asked_first_and_can_be_stopped(as_alice: Client, org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    AIFieldMappingFactory.create(organization=org)
    SessionTicketLinkFactory.create(organization=org)
    SessionTicketLinkFactory.create(organization=org, ticket_status="solved")
    assert "Fill the blanks of 1 ticket?" in read(as_alice, BLANKS)
    assert as_alice.post(BLANKS, {"action": "start"}).status_code == 302
    row = FieldBackfill.objects.get()
    assert (row.status, row.total, row.created_by) == ("queued", 1, "Alice")
    assert as_alice.post(BLANKS, {"action": "start"}).status_code == 422
    assert "Stop after this ticket" in read(as_alice, BLANKS)
    assert as_alice.post(BLANKS, {"action": "cancel"}).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.next_attempt_at) == ("cancelled", None)
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "ai_fields.backfill",
        "ai_fields.backfill_cancel",
    ]


def test_nothing_is_started_where_nothing_can_be_filled(as_alice: Client, org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    assert as_alice.post(BLANKS, {"action": "start"}).status_code == 422
    assert "No AI field is on" in read(as_alice, BLANKS)


def test_progress_is_polled_only_while_it_runs(as_lea: Client, org: Organization) -> None:
    row = FieldBackfillFactory.create(organization=org, total=3, done=1, filled=1, status="working")
    page = as_lea.get(BLANKS).content.decode()
    assert "hx-trigger" in page
    assert "1 filled" in page
    row.status, row.next_attempt_at = "done", None
    row.save()
    answer = as_lea.get(BLANKS, headers={**HTMX, "HX-Target": "live-part"})
    assert answer.status_code == 286
