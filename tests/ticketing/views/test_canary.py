"""/canary/ and its places on the overview: what a person reads of a round trip, and who may press."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from opencx_admin.orgs.models import Organization
from tests.factories import ZendeskConnectionFactory
from tests.ticketing.views.pages import HTMX, read
from ticketing.canary import hops
from ticketing.models import CanaryRun

pytestmark = pytest.mark.django_db
Status = CanaryRun.Status


def over(org: Organization, status: str = Status.PASSED, *, minutes: int = 5, failed: str = "") -> CanaryRun:
    """A round trip that is over."""
    at = timezone.now() - dt.timedelta(minutes=minutes)
    found = hops.all_waiting()
    for name in hops.WORDS:
        found = hops.end(hops.begin(found, name, at), name, at + dt.timedelta(milliseconds=400))
    problem = "Zendesk did not ring within 60 s." if failed else ""
    if failed:
        found = hops.mark(found, failed, hops.FAILED, said=problem, owner="you_zendesk", where="zendesk-objects")
    return CanaryRun.objects.create(
        organization=org,
        status=status,
        stage=CanaryRun.Stage.OVER,
        hops=found,
        session_ref=f"opencx-canary-{status}-{minutes}",
        problem=problem,
        owner="you_zendesk" if failed else "",
        started_label="alice@example.com",
        finished_at=at,
    )


def moving(org: Organization) -> CanaryRun:
    """A round trip under way."""
    found = hops.begin(hops.all_waiting(), hops.TICKET, timezone.now())
    return CanaryRun.objects.create(
        organization=org, status=Status.WORKING, hops=found, session_ref="opencx-canary-moving"
    )


def test_before_the_first_test_it_says_what_one_does(as_alice: Client) -> None:
    page = read(as_alice, "/canary/")
    assert "The round trip is not proven yet" in page
    assert "No test was made yet" in page
    assert "Round trip Not proven yet" in read(as_alice, "/")


def test_a_green_one_says_how_long_the_way_took_without_the_cleaning(as_lea: Client, org: Organization) -> None:
    over(org)
    page = read(as_lea, "/canary/")
    assert "The round trip works, in 3.2 s" in page  # eight hops of 400 ms
    assert "OK Note held back 400 ms" in page
    assert "by a test ticket, in 3.2 s" in read(as_lea, "/")


def test_a_red_one_names_hop_cause_and_move_and_needs_action(as_lea: Client, org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    over(org, minutes=60)
    over(org, Status.FAILED, failed=hops.RANG)
    page = read(as_lea, "/canary/")
    assert "The round trip stops at “Zendesk rang our webhook”" in page
    assert "You, in Zendesk Compare the objects in Zendesk" in page
    overview = read(as_lea, "/")
    assert "Round trip Failed last proven 1 h ago" in overview
    assert "Working, with 1 problem that needs a person" in overview


def test_a_later_green_one_takes_the_problem_away(as_lea: Client, org: Organization) -> None:
    over(org, Status.FAILED, minutes=60, failed=hops.RANG)
    over(org)
    assert "The round trip stops" not in read(as_lea, "/")
    assert "Failed Zendesk did not ring within 60 s." in read(as_lea, "/canary/")


def test_a_stopped_one_proves_nothing_and_changes_no_tile(as_lea: Client, org: Organization) -> None:
    over(org, minutes=60)
    over(org, Status.CANCELLED)
    assert "The last test was stopped" in read(as_lea, "/canary/")
    assert "Round trip Proven 1 h ago" in read(as_lea, "/")


def test_while_it_moves_the_page_looks_again_until_it_is_over(as_lea: Client, org: Organization) -> None:
    run = moving(org)
    page = as_lea.get("/canary/").content.decode()
    assert "every 1s" in page
    poll = page.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    live = {**HTMX, "HX-Target": "live-part"}
    assert as_lea.get(poll, headers=live).status_code == 204
    CanaryRun.objects.filter(pk=run.pk).update(status=Status.PASSED, finished_at=timezone.now())
    assert as_lea.get(poll, headers=live).status_code == 286


def test_viewers_see_it_with_addresses_masked_and_no_button(as_vera: Client, org: Organization) -> None:
    over(org)
    page = as_vera.get("/canary/").content.decode()
    assert "alice@example.com" not in page
    assert 'value="start"' not in page
    assert "needs the role admin" in page
    assert as_vera.post("/canary/", {"action": "start"}).status_code == 403


def test_another_organizations_tests_are_not_shown(as_mallory: Client, org: Organization) -> None:
    over(org)
    assert "No test was made yet" in read(as_mallory, "/canary/")


@pytest.mark.parametrize("said", [{"action": "explode"}, {"action": "schedule", "every": "often"}, {}])
def test_an_unknown_wish_changes_nothing(said: dict[str, str], as_alice: Client) -> None:
    assert as_alice.post("/canary/", said).status_code == 422
    assert not CanaryRun.objects.exists()


def test_without_a_connection_nothing_is_started(as_alice: Client, org: Organization) -> None:
    answer = as_alice.post("/canary/", {"action": "start"}, follow=True)
    assert "Nothing was started: no Zendesk account is connected." in answer.content.decode()
    assert not CanaryRun.objects.exists()
