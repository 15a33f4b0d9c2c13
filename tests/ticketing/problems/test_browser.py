"""Problems and replays in Chromium: readable for everyone, in both themes and widths."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from opencx_admin.orgs.models import Organization, User
from tests.factories import (
    AuditEntryFactory,
    HandoffFactory,
    PlatformConnectionFactory,
    WebhookEventFactory,
    ZendeskConnectionFactory,
)
from tests.ticketing.test_pages_browser import RULES, SIZES, open_as
from ticketing.models import Problem, ProblemSweep, ReasonCode, ReconcileRun, ReplayJob
from ticketing.problems import keeping

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("plain_static_names"),
]


def break_things(org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    PlatformConnectionFactory.create(organization=org)
    AuditEntryFactory.create(organization=org, action="zendesk.save")
    HandoffFactory.create_batch(3, organization=org, is_failed=True, reason_code=ReasonCode.REQUESTER_SUSPENDED)
    HandoffFactory.create(organization=org, is_failed=True, reason_code=ReasonCode.TICKET_DELETED)
    WebhookEventFactory.create_batch(2, organization=org, needs_person=True)
    ReconcileRun.objects.create(organization=org, tickets_checked=3, tickets_read=1)
    keeping.begin_sweeps()
    keeping.sweep(ProblemSweep.objects.get(organization=org))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_the_access_rules_and_fits(
    browser: Browser, live_server: LiveServer, lea: User, org: Organization, scheme: str, size: str
) -> None:
    break_things(org)
    suspended = Problem.objects.get(code="requester_suspended")
    deleted = Problem.objects.get(code="ticket_deleted")
    job = ReplayJob.objects.create(organization=org, label="Some", total=3, left_out={"solved": 1})
    page = open_as(browser, live_server, lea, scheme=scheme, size=size)
    for path in (
        "/problems/",
        "/problems/?view=over",
        suspended.get_absolute_url(),
        f"{suspended.get_absolute_url()}?table=1",
        f"/replay/?problem={suspended.pk}",
        f"/replay/?problem={deleted.pk}&include=deleted",
        job.get_absolute_url(),
    ):
        page.goto(path)
        answer = Axe().run(page, options=RULES).response
        assert [f"{fault['id']}: {fault['nodes'][0]['target']}" for fault in answer["violations"]] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], path


def test_a_lead_chooses_two_of_three_and_watches_them(
    browser: Browser, live_server: LiveServer, lea: User, org: Organization
) -> None:
    break_things(org)
    page = open_as(browser, live_server, lea)
    page.goto("/handoffs/?status=failed&reason=requester_suspended")
    for number in (0, 1):
        page.locator("input[name=pk]").nth(number).check()
    page.get_by_role("button", name="Replay the chosen").click()
    expect(page.get_by_role("heading", name="Replay 2 handoffs?")).to_be_visible()
    page.get_by_role("button", name="Replay 2").click()
    expect(page.get_by_text("0 of 2").first).to_be_visible()
    page.get_by_role("button", name="Stop after this one").click()
    expect(page.get_by_text("Stopped. What was replayed stays replayed.").first).to_be_visible()
