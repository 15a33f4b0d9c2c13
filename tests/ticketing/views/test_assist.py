"""Settings → Assist: saved as wanted, told what it does, and by whom it may be changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from integrations.hooks import wants_assist
from integrations.models import ObjectKind, ProvisionedObject
from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import ZendeskConnectionFactory
from ticketing.models import AssistCase, AssistSettings

PAGE = "/settings/assist/"
WANTED: dict[str, Any] = {
    "action": "save",
    "enabled": "on",
    "only_sourced": "on",
    "statuses": ["open", "pending"],
    "no_assist_topics": "Legal threats\n\n  Legal   threats \nChargebacks",
}


def test_saving_turns_it_on_and_is_written_down(as_alice: Client, org: Organization) -> None:
    answer = as_alice.post(PAGE, WANTED)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    saved = AssistSettings.objects.get(organization=org)
    assert (saved.is_enabled, saved.only_sourced, saved.statuses) == (True, True, ["open", "pending"])
    assert saved.topics == ["Legal threats", "Chargebacks"]
    assert wants_assist(org)
    as_alice.post(PAGE, {"action": "save", "statuses": ["hold"]})
    entry = AuditEntry.objects.filter(action="assist.save").latest("pk")
    assert (entry.before["enabled"], entry.after["enabled"]) == (True, False)
    assert (entry.before["statuses"], entry.after["statuses"]) == (["open", "pending"], ["hold"])
    assert not wants_assist(org)


def test_new_is_taken_for_open(as_alice: Client, org: Organization) -> None:
    as_alice.post(PAGE, {**WANTED, "statuses": ["new", "pending"]})
    assert AssistSettings.objects.get(organization=org).statuses == ["open", "pending"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"statuses": []}, "Choose at least one status"),
        ({"statuses": ["closed"]}, "closed"),
        ({"no_assist_topics": "x" * 201}, "Keep each topic to 200 characters."),
        ({"no_assist_topics": "\n".join(f"topic {n}" for n in range(51))}, "Keep it to 50 topics."),
        ({"action": "dance"}, "Save Assist"),
    ],
)
def test_what_cannot_be_saved_says_why(
    as_alice: Client, org: Organization, changes: dict[str, Any], words: str
) -> None:
    answer = as_alice.post(PAGE, WANTED | changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not AssistSettings.objects.exists()


@pytest.mark.parametrize("person", ["as_lea", "as_vera"])
def test_others_read_it_and_may_not_save(person: str, request: pytest.FixtureRequest, org: Organization) -> None:
    browser: Client = request.getfixturevalue(person)
    page = browser.get(PAGE).content.decode()
    assert "needs the role admin" in page
    assert browser.post(PAGE, WANTED).status_code == 403
    assert not AssistSettings.objects.exists()


def test_the_page_says_what_is_missing_and_where_to_get_it(as_alice: Client, org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    as_alice.post(PAGE, WANTED)
    page = as_alice.get(PAGE).content.decode()
    assert "Assist is on and cannot draft" in page
    assert "Its trigger is not in Zendesk" in page
    assert 'href="/settings/integrations/zendesk/objects/"' in page
    assert "There is no data source yet." in page
    assert 'href="/data-sources/"' in page
    assert "built-in engine" in page
    ProvisionedObject.objects.create(
        organization=org, kind=ObjectKind.ASSIST_TRIGGER, external_id="7", title="OpenCX: opened"
    )
    assert "“OpenCX: opened” is in place." in as_alice.get(PAGE).content.decode()


def test_the_ledger_counts_the_week_and_filters_by_what_it_shows(as_vera: Client, org: Organization) -> None:
    AssistCase.objects.create(organization=org, ticket_id=1, comment_id=1, status="drafted")
    AssistCase.objects.create(organization=org, ticket_id=2, comment_id=2, status="quiet", reason="not_helpful")
    AssistCase.objects.create(
        organization=org, ticket_id=3, comment_id=3, status="quiet", reason="not_helpful", repeats=2
    )
    page = as_vera.get("/assist/").content.decode()
    assert "?status=quiet&amp;reason=not_helpful" in page
    again = as_vera.get("/assist/?reason=already_drafted").content.decode()
    assert 'data-ticket="3"' in again
    assert 'data-ticket="2"' not in again
    assert "Rang 2 more times" in again
    assert 'data-ticket="2"' in as_vera.get("/assist/?ticket=%232").content.decode()
    assert "No ticket matches" in as_vera.get("/assist/?ticket=nothing").content.decode()


def test_another_organizations_tickets_are_not_in_it(as_mallory: Client, org: Organization) -> None:
    AssistCase.objects.create(organization=org, ticket_id=77, comment_id=1, status="drafted")
    page = as_mallory.get("/assist/").content.decode()
    assert "#77" not in page
    assert "Assist is off" in page


def test_viewers_see_no_address_that_a_contact_wrote(as_vera: Client, as_lea: Client, org: Organization) -> None:
    case = AssistCase.objects.create(
        organization=org,
        ticket_id=1,
        comment_id=1,
        status="drafted",
        subject="From nadia@customer.example",
        draft="We write to nadia@customer.example.",
    )
    for where in ("/assist/", case.get_absolute_url()):
        assert "nadia@customer.example" not in as_vera.get(where).content.decode()
        assert "nadia@customer.example" in as_lea.get(where).content.decode()
