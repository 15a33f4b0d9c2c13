"""/audit/: filters in the URL, pages that do not jump, details masked for viewers."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.html import escape

from opencx_admin.orgs.models import Organization
from tests.factories.people import AuditEntryFactory

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_what_and_the_change(as_lea: Client, org: Organization) -> None:
    AuditEntryFactory.create(organization=org, before={"subdomain": "acme"}, after={"subdomain": "acme-eu", "on": True})
    page = as_lea.get("/audit/").content.decode()
    for text in ("Ana", "zendesk.save", "subdomain: acme</li>", "subdomain: acme-eu</li>", "on: true"):
        assert text in page
    assert page.count('class="del"') == 1
    assert page.count('class="add"') == 2


def test_filters_narrow_and_can_be_removed(as_lea: Client, org: Organization) -> None:
    AuditEntryFactory.create(organization=org, actor_label="Ana", object_label="first")
    AuditEntryFactory.create(organization=org, actor_label="Bo", object_label="second")
    page = as_lea.get("/audit/?who=Bo").content.decode()
    assert "second" in page
    assert "first" not in page
    assert "Remove the filter Who Bo" in page


def test_filters_that_hide_all_name_the_one_to_remove(as_lea: Client, org: Organization) -> None:
    AuditEntryFactory.create_batch(3, organization=org, actor_label="Ana")
    page = as_lea.get("/audit/?who=Ana&what=no.such").content.decode()
    assert "No entry matches" in page
    assert "Without “What: no.such” there are 3." in page


def test_pages_follow_each_other_without_gap_or_repeat(as_lea: Client, org: Organization) -> None:
    for number in range(120):
        AuditEntryFactory.create(organization=org, object_label=f"thing-{number:03}")
    seen: list[str] = []
    url = "/audit/"
    for _ in range(3):
        answer = as_lea.get(url)
        seen += [entry.object_label for entry in answer.context["page"].rows]
        url = "/audit/" + answer.context["page"].older_url
        AuditEntryFactory.create(organization=org, object_label="came meanwhile")
    assert seen == [f"thing-{number:03}" for number in reversed(range(120))]
    assert not answer.context["page"].older_url


@pytest.mark.parametrize("before", ["", "x", "-3", "9" * 40, "1e3", "٣"])
def test_a_page_mark_that_cannot_be_read_shows_something(as_lea: Client, org: Organization, before: str) -> None:
    AuditEntryFactory.create(organization=org)
    assert as_lea.get("/audit/", {"before": before}).status_code == 200


def test_what_others_typed_is_text_and_never_markup(as_lea: Client, org: Organization) -> None:
    evil = "<script>alert(1)</script>"
    AuditEntryFactory.create(organization=org, actor_label=evil, object_label=evil, after={evil: evil})
    page = as_lea.get("/audit/", {"who": evil}).content.decode()
    assert evil not in page
    assert escape(evil) in page


def test_another_organizations_entries_are_not_there(as_mallory: Client, org: Organization) -> None:
    AuditEntryFactory.create(organization=org, object_label="our secret plan")
    assert "our secret plan" not in as_mallory.get("/audit/").content.decode()


def test_viewers_see_contacts_masked_and_no_addresses_of_colleagues(
    as_vera: Client, as_lea: Client, org: Organization
) -> None:
    AuditEntryFactory.create(
        organization=org, before={"email": "amelie@posteo.example"}, after={"phone": "+4915112345678"}, ip="10.1.2.3"
    )
    masked, whole = as_vera.get("/audit/").content.decode(), as_lea.get("/audit/").content.decode()
    for detail in ("amelie@posteo.example", "+4915112345678", "10.1.2.3"):
        assert detail in whole
        assert detail not in masked


def test_an_act_is_named_in_words_and_one_without_words_by_its_code(as_lea: Client, org: Organization) -> None:
    AuditEntryFactory.create(organization=org, action="zendesk_object.patch")
    AuditEntryFactory.create(organization=org, action="thing.explode")
    page = as_lea.get("/audit/").content.decode()
    assert "Object in Zendesk changed" in page
    assert "<code>zendesk_object.patch</code>" in page
    assert '<span class="l1 o-status"><code>thing.explode</code></span>' in page
