"""/: what was changed in Zendesk stands among what needs action, with the button that mends it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import ObjectKind, ProvisionedObject, ProvisioningRun, WebhookEndpoint
from opencx_admin.orgs.components import ActRow
from opencx_admin.orgs.models import Organization, Role
from tests.factories import WebhookEndpointFactory, ZendeskConnectionFactory
from tests.ticketing.views.pages import read
from ticketing.reading.needs_action import list_actions
from ticketing.reading.proof import Proof
from ticketing.reading.reader import Reader

pytestmark = pytest.mark.django_db
TAB = "/settings/integrations/zendesk/objects/"
DRIFT = [
    {"field": "endpoint", "expected": "https://a.example", "actual": "https://b.example"},
    {"field": "status", "expected": "active", "actual": "inactive"},
]


@pytest.fixture
def in_place(org: Organization) -> list[ProvisionedObject]:
    ZendeskConnectionFactory.create(organization=org)
    kinds = [ObjectKind.VIEW, ObjectKind.REPLY_TRIGGER, ObjectKind.WEBHOOK]
    return [
        ProvisionedObject.objects.create(
            organization=org, kind=kind, external_id=str(number), checked_at=timezone.now()
        )
        for number, kind in enumerate(kinds, start=1)
    ]


def rows_of(org: Organization, role: Role) -> list[ActRow]:
    return [row for row in list_actions(Proof(org), Reader(role)) if row.url.startswith(TAB)]


def change(kind: str, **fields: object) -> None:
    ProvisionedObject.objects.filter(kind=kind).update(drift=DRIFT, drift_found_at=timezone.now(), **fields)


def test_what_is_in_place_needs_nobody(org: Organization, in_place: list[ProvisionedObject]) -> None:
    assert rows_of(org, Role.ADMIN) == []
    assert not any(tile.url == TAB for tile in Proof(org).tiles())


def test_a_changed_object_says_what_by_whom_and_is_mended_with_one_click(
    as_alice: Client, org: Organization, in_place: list[ProvisionedObject]
) -> None:
    change(ObjectKind.WEBHOOK, changed_by="Ada Admin", changed_at=timezone.now())
    (row,) = rows_of(org, Role.ADMIN)
    assert row.title == "The webhook was changed in Zendesk: 2 fields"
    assert str(row.meta).startswith("URL, status · since ")
    assert str(row.meta).endswith("by Ada Admin")
    page = as_alice.get("/").content.decode()
    assert f'action="{TAB}?kind=webhook"' in page
    assert 'name="action" value="repair"' in page


def test_a_lead_is_led_to_it_and_cannot_repair(
    as_lea: Client, org: Organization, in_place: list[ProvisionedObject]
) -> None:
    change(ObjectKind.REPLY_TRIGGER)
    page = as_lea.get("/").content.decode()
    assert "The trigger for replies was changed in Zendesk: 2 fields" in read(as_lea, "/")
    assert 'value="repair"' not in page
    assert f'href="{TAB}"' in page


def test_replies_stand_before_the_view_and_the_tile_counts_both(
    org: Organization, in_place: list[ProvisionedObject]
) -> None:
    change(ObjectKind.VIEW)
    ProvisionedObject.objects.filter(kind=ObjectKind.REPLY_TRIGGER).update(is_gone=True)
    rows = rows_of(org, Role.ADMIN)
    assert [str(row.title) for row in rows] == [
        "The trigger for replies was deleted in Zendesk",
        "The view of handoff problems was changed in Zendesk: 2 fields",
    ]
    assert [row.mark.value for row in rows] == ["failed", "warning"]
    assert [str(row.action.label) for row in rows if row.action] == ["Make it again", "Repair"]
    (tile,) = [tile for tile in Proof(org).tiles() if tile.url == TAB]
    assert (tile.mark.value, str(tile.mark.word)) == ("problem", "2 changed")


def test_a_deleted_webhook_is_one_cause_with_one_button(org: Organization, in_place: list[ProvisionedObject]) -> None:
    ProvisionedObject.objects.filter(kind=ObjectKind.WEBHOOK).update(is_gone=True)
    lost = [{"field": "actions.webhook", "expected": "", "actual": "01ABC"}]
    ProvisionedObject.objects.filter(kind=ObjectKind.REPLY_TRIGGER).update(drift=lost)
    assert [str(row.title) for row in rows_of(org, Role.ADMIN)] == ["The webhook was deleted in Zendesk"]
    ProvisionedObject.objects.filter(kind=ObjectKind.WEBHOOK).update(is_gone=False)
    assert [row.url for row in rows_of(org, Role.ADMIN)] == [f"{TAB}#reply_trigger"]


def test_calls_before_a_rotation_are_no_calls_to_an_old_url(
    org: Organization, in_place: list[ProvisionedObject]
) -> None:
    def says_old_url() -> bool:
        return any("old URL" in str(row.title) for row in list_actions(Proof(org), Reader(Role.ADMIN)))

    now = timezone.now()
    WebhookEndpointFactory.create(organization=org, is_current=False, last_called_at=now)
    present = WebhookEndpoint.current(org)
    assert not says_old_url()
    WebhookEndpoint.objects.filter(is_current=False).update(calls_after_rotation=1)
    assert says_old_url()
    WebhookEndpoint.objects.filter(pk=present.pk).update(last_called_at=now - dt.timedelta(seconds=9))
    assert not says_old_url()


def test_a_set_up_that_stopped_says_zendesks_words(org: Organization, in_place: list[ProvisionedObject]) -> None:
    run = ProvisioningRun.objects.create(
        organization=org, action="apply", status="failed", problem="It forbids this (403).", finished_at=timezone.now()
    )
    (row,) = rows_of(org, Role.LEAD)
    assert row.title == "Setting up Zendesk stopped"
    assert str(row.meta).endswith("It forbids this (403).")
    run.status = "done"
    run.save(update_fields=["status"])
    assert rows_of(org, Role.LEAD) == []


def test_another_organizations_changes_are_not_shown(
    other_org: Organization, org: Organization, in_place: list[ProvisionedObject]
) -> None:
    change(ObjectKind.WEBHOOK)
    assert rows_of(other_org, Role.OWNER) == []
