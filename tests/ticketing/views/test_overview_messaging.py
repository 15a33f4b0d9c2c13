"""/: how Messaging stands among the tiles, and what it needs."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import SunshineConnection
from opencx_admin.orgs.components import ActRow
from opencx_admin.orgs.models import Organization, Role
from tests.factories import HandoffFactory, SunshineConnectionFactory, WebhookEndpointFactory, ZendeskConnectionFactory
from tests.ticketing.views.pages import read
from ticketing.reading.needs_action import heals, list_actions
from ticketing.reading.proof import Proof
from ticketing.reading.reader import Reader

pytestmark = pytest.mark.django_db
TAB = "/settings/integrations/zendesk/messaging/"


@pytest.fixture
def chats(org: Organization) -> SunshineConnection:
    ZendeskConnectionFactory.create(organization=org)
    return SunshineConnectionFactory.create(organization=org)


def tile_of(org: Organization) -> tuple[str, str]:
    tile = next(tile for tile in Proof(org).tiles() if tile.url == TAB)
    return tile.mark.value, str(tile.by)


def test_messaging_has_a_tile_only_once_it_is_set_up(org: Organization) -> None:
    assert len(Proof(org).tiles()) == 5
    assert not any(tile.url == TAB for tile in Proof(org).tiles())


def test_its_tile_names_the_call_that_proves_it(chats: SunshineConnection, org: Organization) -> None:
    SunshineConnection.objects.update(active_since=dt.datetime(2026, 11, 3, 12, tzinfo=dt.UTC))
    assert tile_of(org) == ("proven", "by Verify, active since 3 Nov")
    SunshineConnection.objects.update(proven_at=None)
    assert tile_of(org) == ("unproven", "no call was answered yet")


def test_a_refused_key_says_that_chats_become_tickets(
    as_lea: Client, chats: SunshineConnection, org: Organization
) -> None:
    SunshineConnection.objects.update(refused_at=timezone.now(), refused_reason="It refuses our credentials (401).")
    assert tile_of(org) == ("failed", "It refuses our credentials (401).")
    assert "Messaging is not active: chats become tickets" in read(as_lea, "/")
    assert TAB in as_lea.get("/").content.decode()


def test_an_unregistered_webhook_is_one_way_only(as_lea: Client, chats: SunshineConnection, org: Organization) -> None:
    SunshineConnection.objects.update(webhook_problem="It answered 503: not available now.")
    assert tile_of(org)[0] == "failed"
    page = read(as_lea, "/")
    assert "Agents’ chat messages do not arrive: the webhook is not registered" in page
    assert "It answered 503: not available now." in page


def test_a_working_messaging_needs_nobody(chats: SunshineConnection, org: Organization) -> None:
    assert not any(row.url == TAB for row in list_actions(Proof(org), Reader(Role.LEAD)))


def fall_back(org: Organization, why: str = "The contact has a conversation already.", hours_ago: float = 1) -> None:
    at = timezone.now() - dt.timedelta(hours=hours_ago)
    HandoffFactory.create(organization=org, is_linked=True, fell_back=why, created_at=at)


def row_of(org: Organization, words: str) -> ActRow:
    (row,) = [row for row in list_actions(Proof(org), Reader(Role.LEAD)) if words in row.title]
    return row


def test_chats_that_became_tickets_are_counted_with_a_link_to_exactly_these(
    as_lea: Client, chats: SunshineConnection, org: Organization
) -> None:
    SunshineConnection.objects.update(verified_at=timezone.now() - dt.timedelta(days=2))
    fall_back(org)
    fall_back(org, hours_ago=2)
    fall_back(org, hours_ago=30)
    HandoffFactory.create(organization=org, is_linked=True)
    row = row_of(org, "2 chats became tickets in the last 24 h")
    assert row.meta == "the last one: The contact has a conversation already."
    assert (row.owner, heals(row)) == ("you_zendesk", False)
    assert len(as_lea.get(row.url).context["rows"]) == 2


def test_fallbacks_from_before_the_last_verify_are_mended(chats: SunshineConnection, org: Organization) -> None:
    fall_back(org)
    assert not any("became" in row.title for row in list_actions(Proof(org), Reader(Role.LEAD)))


def test_a_refused_key_counts_what_it_cost_in_one_row(
    as_lea: Client, chats: SunshineConnection, org: Organization
) -> None:
    SunshineConnection.objects.update(refused_at=timezone.now(), refused_reason="It refuses our key.")
    fall_back(org)
    (row,) = [row for row in list_actions(Proof(org), Reader(Role.LEAD)) if "ticket" in row.title]
    assert "1 chat in 24 h · It refuses our key." in row.meta
    assert len(as_lea.get(row.url).context["rows"]) == 1
    assert row.action is not None
    assert row.action.url == TAB


def test_without_messaging_connecting_it_is_an_offer_and_no_problem(as_lea: Client, org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    fall_back(org, "Messaging is not active.")
    row = row_of(org, "A chat became a ticket in the last 24 h")
    assert row.action is not None
    assert (row.action.url, heals(row)) == (TAB, True)
    assert "All well" in read(as_lea, "/")


def test_another_organization_s_chats_are_not_counted(org: Organization, other_org: Organization) -> None:
    fall_back(other_org)
    assert Proof(org).fallbacks_of_day == 0


def test_calls_with_a_wrong_key_are_told_from_those_with_a_wrong_signature(org: Organization) -> None:
    WebhookEndpointFactory.create(organization=org, kind="sunshine", last_refused_at=timezone.now())
    WebhookEndpointFactory.create(organization=org, last_refused_at=timezone.now())
    assert row_of(org, "wrong X-API-Key").mark.value == "warning"
    assert row_of(org, "wrong signature").mark.value == "warning"
