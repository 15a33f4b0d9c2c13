"""/: one sentence that is true now, its proof, and what needs a person."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from integrations.models import AuthMethod
from opencx_admin.orgs.models import Organization
from tests.factories import (
    AgentReplyFactory,
    AuditEntryFactory,
    HandoffFactory,
    HeartbeatFactory,
    PlatformConnectionFactory,
    PlatformEventFactory,
    RateBudgetFactory,
    SessionTicketLinkFactory,
    TicketUpdateFactory,
    WebhookEndpointFactory,
    WebhookEventFactory,
    ZendeskConnectionFactory,
)
from tests.ticketing.views.pages import handoff_of, read
from ticketing.models import ReasonCode

pytestmark = pytest.mark.django_db


def set_up(org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    PlatformConnectionFactory.create(organization=org)
    WebhookEndpointFactory.create(organization=org)


def test_a_new_organization_reads_that_nothing_is_set_up_and_what_comes_first(as_olga: Client) -> None:
    page = read(as_olga, "/")
    assert "Not set up yet" in page
    assert "First steps" in page
    assert "All well" not in page


def test_all_well_names_the_ticket_that_proves_it(as_lea: Client, org: Organization) -> None:
    set_up(org)
    link = SessionTicketLinkFactory.create(organization=org, ticket_id=48231)
    page = read(as_lea, "/")
    assert "All well" in page
    assert "by ticket #48231" in page
    assert handoff_of(link).get_absolute_url() in as_lea.get("/").content.decode()


def test_failed_handoffs_stand_grouped_by_cause_with_a_link_to_exactly_these(as_lea: Client, org: Organization) -> None:
    set_up(org)
    HandoffFactory.create_batch(2, organization=org, is_failed=True, reason_code=ReasonCode.REQUESTER_SUSPENDED)
    HandoffFactory.create(organization=org, is_failed=True)
    page = read(as_lea, "/")
    assert "Working, with 2 problems that need a person" in page
    assert "Requester is suspended in Zendesk 2 handoffs have no ticket" in page
    linked = as_lea.get("/handoffs/?status=failed&reason=requester_suspended").content.decode()
    assert linked.count('id="row-') == 2


def test_a_missing_reply_is_counted_and_never_stands_beside_a_proven_tile(as_lea: Client, org: Organization) -> None:
    set_up(org)
    event = PlatformEventFactory.create(organization=org, is_failed=True)
    AgentReplyFactory.create(organization=org, event=event, ticket_id=48219)
    page = read(as_lea, "/")
    assert "Reply to contact 1 missing" in page
    assert "A reply never reached its contact Ticket #48219" in page


def test_a_message_that_is_not_in_its_ticket_needs_a_person(as_lea: Client, org: Organization) -> None:
    set_up(org)
    TicketUpdateFactory.create(organization=org, is_failed=True)
    assert "Message to ticket 1 missing" in read(as_lea, "/")


def test_refused_credentials_mean_not_working_since_then(as_lea: Client, org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org, refused_at=timezone.now(), refused_reason="Zendesk answered 401.")
    page = read(as_lea, "/")
    assert "Not working since" in page
    assert "Zendesk answered 401." in page


def test_a_silent_worker_means_not_working(as_lea: Client, org: Organization) -> None:
    set_up(org)
    HeartbeatFactory.create(name="worker", beat_at=timezone.now() - dt.timedelta(minutes=5))
    assert "the background worker is silent" in read(as_lea, "/")


def test_what_heals_itself_is_no_problem(as_lea: Client, org: Organization) -> None:
    set_up(org)
    HandoffFactory.create(organization=org, is_retrying=True)
    page = read(as_lea, "/")
    assert "All well" in page
    assert "1 handoff retries by itself" in page


def test_calls_that_match_nothing_link_to_their_list(as_lea: Client, org: Organization) -> None:
    set_up(org)
    WebhookEventFactory.create(organization=org, needs_person=True)
    assert "/webhooks/?result=no_match" in as_lea.get("/").content.decode()


def test_an_api_token_shows_its_end_and_oauth_does_not(as_lea: Client, org: Organization) -> None:
    connection = ZendeskConnectionFactory.create(organization=org, with_token=True)
    assert "API token ends 30 Apr 2027" in read(as_lea, "/")
    connection.auth_method = AuthMethod.OAUTH
    connection.save()
    assert "API token ends" not in read(as_lea, "/")


def test_the_rate_budget_is_what_zendesk_said_in_the_last_minute(as_lea: Client, org: Organization) -> None:
    connection = ZendeskConnectionFactory.create(organization=org)
    budget = RateBudgetFactory.create(account=connection.base_url, per_minute=200, remaining=138)
    assert "62 of 200 calls this minute" in read(as_lea, "/")
    budget.seen_at = timezone.now() - dt.timedelta(minutes=2)
    budget.save()
    assert "0 of 200 calls this minute" in read(as_lea, "/")


def test_changes_of_the_last_day_are_named_in_words(as_lea: Client, org: Organization) -> None:
    AuditEntryFactory.create(organization=org, action="zendesk.save", actor_label="Ana")
    assert "Zendesk credentials saved acme by Ana" in read(as_lea, "/")


def test_the_week_is_a_chart_with_its_numbers_and_a_table(as_lea: Client, org: Organization) -> None:
    set_up(org)
    HandoffFactory.create_batch(3, organization=org, is_linked=True)
    HandoffFactory.create(organization=org, is_failed=True)
    assert "Handoffs of 7 days: 3 linked, 0 retried, 1 failed" in as_lea.get("/").content.decode()
    assert "Today 3 0 1" in read(as_lea, "/?table=1")


def test_another_organization_s_rows_are_not_seen(as_lea: Client, org: Organization, other_org: Organization) -> None:
    set_up(org)
    HandoffFactory.create(organization=other_org, is_failed=True)
    event = PlatformEventFactory.create(organization=other_org, is_failed=True)
    AgentReplyFactory.create(organization=other_org, event=event)
    WebhookEventFactory.create(organization=other_org, needs_person=True)
    assert "All well" in read(as_lea, "/")


def test_a_viewer_reads_the_contact_of_a_missing_reply_masked(as_vera: Client, org: Organization) -> None:
    set_up(org)
    event = PlatformEventFactory.create(organization=org, is_failed=True)
    AgentReplyFactory.create(organization=org, event=event)
    page = read(as_vera, "/")
    assert "C••• C•••" in page
    assert "Carla" not in page


def test_the_number_of_queries_does_not_grow_with_the_rows(
    as_lea: Client, org: Organization, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    set_up(org)
    for code in (ReasonCode.REJECTED, ReasonCode.CONTACT_HAS_NO_EMAIL, ReasonCode.FIELD_REJECTED):
        HandoffFactory.create_batch(8, organization=org, is_failed=True, reason_code=code)
    SessionTicketLinkFactory.create_batch(8, organization=org)
    AgentReplyFactory.create_batch(8, organization=org)
    TicketUpdateFactory.create_batch(8, organization=org, is_failed=True)
    WebhookEventFactory.create_batch(8, organization=org, needs_person=True)
    AuditEntryFactory.create_batch(8, organization=org)
    with django_assert_max_num_queries(43):
        as_lea.get("/")
