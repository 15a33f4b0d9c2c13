"""/handoffs/: what needs a person first, saved views, filters, preview, CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from opencx_admin.orgs.models import Organization
from tests.factories import (
    AgentReplyFactory,
    ContactFactory,
    HandoffFactory,
    PlatformEventFactory,
    SessionFactory,
    SessionTicketLinkFactory,
    TicketUpdateFactory,
)
from tests.ticketing.views.pages import HTMX, handoff_of, read
from ticketing.models import Channel, Handoff, ReasonCode
from ticketing.models.handoffs import Owner

pytestmark = pytest.mark.django_db
LIST = "/handoffs/"


def shown(client: Client, query: str = "") -> set[str]:
    """The ids of the rows that the list shows."""
    rows = client.get(LIST + query).context["rows"]
    return {str(row["handoff"].pk) for row in rows}


def linked_with_lost_reply(org: Organization) -> Handoff:
    link = SessionTicketLinkFactory.create(organization=org)
    event = PlatformEventFactory.create(organization=org, is_failed=True)
    AgentReplyFactory.create(link=link, event=event)
    return handoff_of(link)


def ids(*handoffs: Handoff) -> set[str]:
    return {str(handoff.pk) for handoff in handoffs}


def csv_of(client: Client, query: str = "?view=all") -> list[dict[str, str]]:
    response = client.get(f"{LIST}{query}&format=csv")
    assert response["Content-Type"].startswith("text/csv")
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_it_opens_on_what_needs_a_person(as_lea: Client, org: Organization) -> None:
    failed = HandoffFactory.create(organization=org, is_failed=True)
    lost = linked_with_lost_reply(org)
    update = TicketUpdateFactory.create(
        session=SessionTicketLinkFactory.create(organization=org).session, is_failed=True
    )
    SessionTicketLinkFactory.create(organization=org)
    HandoffFactory.create(organization=org, is_retrying=True)
    assert shown(as_lea) == ids(failed, lost, update.session.handoffs.get())


def test_a_reply_that_the_channel_refused_needs_a_person_while_the_session_is_open(
    as_lea: Client, org: Organization
) -> None:
    reply = AgentReplyFactory.create(link=SessionTicketLinkFactory.create(organization=org), receipt="failed")
    assert len(shown(as_lea)) == 1
    reply.session.status = "closed_resolved"
    reply.session.save()
    assert shown(as_lea) == set()


def test_the_saved_views_count_what_they_hold(as_lea: Client, org: Organization) -> None:
    HandoffFactory.create(organization=org, is_failed=True)
    HandoffFactory.create(organization=org, is_retrying=True)
    SessionTicketLinkFactory.create_batch(2, organization=org)
    assert "Needs a person 1 Everything 4 Retrying 1 Linked 2" in read(as_lea, LIST)


@pytest.mark.parametrize(
    ("query", "hit"),
    [
        ("?status=failed", {"is_failed": True}),
        ("?reason=rate_limited", {"is_retrying": True, "reason_code": ReasonCode.RATE_LIMITED}),
        ("?owner=zendesk", {"is_retrying": True, "reason_code": ReasonCode.RATE_LIMITED}),
        ("?owner=us", {}),
        ("?owner=nobody", {"is_cancelled": True}),
        ("?owner=you_here", {"is_failed": True}),
        ("?owner=you_here", {"is_failed": True, "reason_code": ReasonCode.ZENDESK_UNAVAILABLE}),
        ("?owner=you_here", {"is_failed": True, "reason_code": ""}),
        ("?owner=you_zendesk", {"is_failed": True, "reason_code": ReasonCode.REQUESTER_SUSPENDED}),
        ("?fell_back=yes", {"is_linked": True, "fell_back": "Messaging is not active."}),
        ("?fell_back=yes&when=1d", {"is_linked": True, "fell_back": "Messaging is not active."}),
        ("?view=retrying", {"is_retrying": True}),
    ],
)
def test_a_filter_shows_what_it_names(as_lea: Client, org: Organization, query: str, hit: dict[str, Any]) -> None:
    wanted = HandoffFactory.create(organization=org, **hit)
    HandoffFactory.create(organization=org, is_linked=True) if "nobody" not in query else None
    HandoffFactory.create(organization=org, is_retrying=True, reason_code=ReasonCode.PERMISSION_MISSING)
    found = shown(as_lea, query)
    assert str(wanted.pk) in found
    assert len(found) < org.handoffs.count()


@pytest.mark.parametrize("has_failed", [True, False])
@pytest.mark.parametrize("code", ["", *ReasonCode.values])
def test_a_handoff_its_row_and_the_filter_agree_whose_move_it_is(
    as_lea: Client, org: Organization, code: str, has_failed: bool
) -> None:
    state = {"is_failed": True} if has_failed else {"is_retrying": True}
    handoff = HandoffFactory.create(organization=org, reason_code=code, **state)
    assert has_failed <= (handoff.owner not in (Owner.US, Owner.ZENDESK))
    (row,) = as_lea.get(f"{LIST}?owner={handoff.owner}").context["rows"]
    assert row["owner"] == handoff.owner


def test_channel_and_age_filter_too(as_lea: Client, org: Organization) -> None:
    sms = HandoffFactory.create(session=SessionFactory.create(organization=org, channel=Channel.SMS))
    old = HandoffFactory.create(organization=org, created_at=timezone.now() - dt.timedelta(days=5))
    assert shown(as_lea, "?channel=sms") == ids(sms)
    assert str(old.pk) not in shown(as_lea, "?when=3d")
    assert str(old.pk) in shown(as_lea, "?when=7d")


def test_a_filter_nobody_knows_is_ignored(as_lea: Client, org: Organization) -> None:
    failed = HandoffFactory.create(organization=org, is_failed=True)
    for query in ("?status=nonsense", "?view=nonsense", "?before=nonsense", "?open=nonsense", "?before=2026-01-01~x"):
        assert shown(as_lea, query) == ids(failed)


def test_a_chip_goes_away_by_a_link_and_the_empty_list_says_how_many_then_appear(
    as_lea: Client, org: Organization
) -> None:
    HandoffFactory.create(organization=org, is_failed=True)
    page = read(as_lea, f"{LIST}?status=failed&reason=rejected")
    assert "No handoff matches" in page
    assert "there are 1." in page
    assert 'href="/handoffs/?status=failed"' in as_lea.get(f"{LIST}?status=failed&reason=rejected").content.decode()


def test_with_nothing_to_do_it_says_so(as_lea: Client, org: Organization) -> None:
    assert "No session was handed off yet" in read(as_lea, LIST)
    SessionTicketLinkFactory.create(organization=org)
    assert "Nothing waits for a person" in read(as_lea, LIST)


def test_pages_follow_each_other_without_a_gap_or_a_repeat(as_lea: Client, org: Organization) -> None:
    same_moment = timezone.now()
    HandoffFactory.create_batch(120, organization=org, is_failed=True, created_at=same_moment)
    seen: list[str] = []
    url = LIST
    while url:
        page = as_lea.get(url).context["page"]
        seen += [str(row.pk) for row in page.rows]
        url = LIST + page.older_url if page.older_url else ""
    assert len(seen) == 120
    assert len(set(seen)) == 120


def test_the_preview_opens_the_first_row_or_the_one_asked_for(as_lea: Client, org: Organization) -> None:
    contact = ContactFactory.create(organization=org, name="Mariana Delacroix")
    asked = HandoffFactory.create(
        session=SessionFactory.create(contact=contact),
        is_failed=True,
        created_at=timezone.now() - dt.timedelta(hours=1),
    )
    HandoffFactory.create(organization=org, is_failed=True)
    assert as_lea.get(LIST).context["opened"] != asked
    response = as_lea.get(f"{LIST}?open={asked.pk}")
    assert response.context["opened"] == asked
    assert "2 of 2" in read(as_lea, f"{LIST}?open={asked.pk}")
    assert "opened" not in as_lea.get(f"{LIST}?open=none").context


def test_htmx_gets_the_preview_with_the_list_and_not_the_page(as_lea: Client, org: Organization) -> None:
    HandoffFactory.create(organization=org, is_failed=True)
    content = as_lea.get(LIST, headers={**HTMX, "HX-Target": "preview"}).content.decode()
    assert content.lstrip().startswith("<aside")
    assert 'id="list" hx-swap-oob="true"' in content
    assert "<html" not in content


def test_new_rows_wait_behind_a_link(as_lea: Client, org: Organization) -> None:
    headers = {**HTMX, "HX-Target": "new"}
    since = timezone.now().isoformat()
    assert as_lea.get(LIST, {"since": since}, headers=headers).status_code == 204
    HandoffFactory.create_batch(3, organization=org, is_failed=True)
    assert "3 new, show" in as_lea.get(LIST, {"since": since}, headers=headers).content.decode()
    assert as_lea.get(LIST, {"since": since, "shown": "3"}, headers=headers).status_code == 204
    assert as_lea.get(LIST, {"since": "yesterday"}, headers=headers).status_code == 204


def test_the_csv_holds_the_rows_of_the_filter(as_lea: Client, org: Organization) -> None:
    link = SessionTicketLinkFactory.create(organization=org, ticket_id=4711)
    HandoffFactory.create(organization=org, is_failed=True)
    rows = csv_of(as_lea)
    assert {row["status"] for row in rows} == {"linked", "failed"}
    assert [row["ticket_id"] for row in rows if row["handoff_id"] == str(handoff_of(link).pk)] == ["4711"]
    assert [row["status"] for row in csv_of(as_lea, "?status=failed")] == ["failed"]


def test_no_cell_of_the_csv_is_a_formula(as_lea: Client, org: Organization) -> None:
    contact = ContactFactory.create(organization=org, name='=HYPERLINK("http://evil.example")')
    HandoffFactory.create(session=SessionFactory.create(contact=contact), is_failed=True)
    assert csv_of(as_lea)[0]["contact"].startswith("'=")


def test_a_viewer_reads_names_and_addresses_masked_also_in_the_csv(as_vera: Client, org: Organization) -> None:
    HandoffFactory.create(organization=org, is_failed=True)
    page = as_vera.get(LIST).content.decode()
    assert "Carla" not in page
    assert "C••• C•••" in page
    assert csv_of(as_vera)[0]["contact"] == "C••• C•••"
    assert "@c•••" in csv_of(as_vera)[0]["email"]


def test_a_viewer_sees_the_buttons_disabled_with_the_role_that_may(as_vera: Client, org: Organization) -> None:
    HandoffFactory.create(organization=org, is_failed=True, reason_code=ReasonCode.REJECTED)
    assert "Make the ticket needs the role lead" in read(as_vera, LIST)


def test_other_organizations_rows_stay_theirs(as_lea: Client, org: Organization, other_org: Organization) -> None:
    foreign = HandoffFactory.create(organization=other_org, is_failed=True)
    assert shown(as_lea, "?view=all") == set()
    assert "opened" not in as_lea.get(f"{LIST}?open={foreign.pk}").context
    assert csv_of(as_lea) == []


def test_the_number_of_queries_does_not_grow_with_the_rows(
    as_lea: Client, org: Organization, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(15):
        HandoffFactory.create(organization=org, is_failed=True)
        linked_with_lost_reply(org)
    with django_assert_max_num_queries(26):
        as_lea.get(LIST)
