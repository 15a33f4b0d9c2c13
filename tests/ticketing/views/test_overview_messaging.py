"""/: how Messaging stands among the tiles, and what it needs."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import SunshineConnection
from opencx_admin.orgs.models import Organization, Role
from tests.factories import SunshineConnectionFactory, ZendeskConnectionFactory
from tests.ticketing.views.pages import read
from ticketing.needs_action import list_actions
from ticketing.proof import Proof
from ticketing.reader import Reader

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
    assert tile_of(org) == ("proven", "by Verify")
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
