"""Handoff settings and alerts in Chromium: readable for everyone, in both themes and widths."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from opencx_admin.orgs.models import Organization, User
from tests.factories import ZendeskConnectionFactory
from tests.ticketing.test_pages_browser import RULES, open_as
from ticketing.alerts.checking import make_rules
from ticketing.models import AlertChannel, AlertRule, HandoffSettings, ReasonRule, SentAlert

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("plain_static_names"),
]


@pytest.fixture
def filled(org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    HandoffSettings.objects.create(
        organization=org,
        has_hours=True,
        week=[[540, 1020], [1980, 2460]],
        time_zone="Europe/Berlin",
        message="Later.",
        last_error="This account shows no schedules. Zendesk has them from Suite Growth on.",
    )
    ReasonRule.objects.create(organization=org, reason="prohibited_topic", route="ticket", tags=["legal"])
    channel = AlertChannel.objects.create(
        organization=org, kind="email", emails=["lea@example.com", "the-whole-support-team@long-name.example.com"]
    )
    make_rules(channel)
    AlertRule.objects.filter(kind="drift").update(firing_since=timezone.now(), is_told=True)
    SentAlert.objects.create(
        organization=org,
        channel=channel,
        what="alert",
        once_key="k",
        title="1 object of ours was changed in Zendesk",
        text="Replies may come late.",
        address=str(channel),
        status="failed",
        last_error="The mail server refused it: no mail server is set.",
    )


@pytest.mark.parametrize(("scheme", "size"), [("light", "wide"), ("dark", "wide"), ("light", "phone")])
@pytest.mark.parametrize("path", ["/settings/handoff/", "/settings/alerts/"])
def test_the_page_has_no_barrier_and_scrolls_in_one_direction(
    browser: Browser, live_server: LiveServer, alice: User, filled: None, path: str, scheme: str, size: str
) -> None:
    page = open_as(browser, live_server, alice, scheme=scheme, size=size)
    page.goto(path)
    assert (
        page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth"
            " && !e.closest('.table-box')).map(e => e.outerHTML.slice(0, 120))"
        )
        == []
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found] == []


def test_enter_saves_and_reads_no_schedules(
    browser: Browser, live_server: LiveServer, alice: User, filled: None
) -> None:
    page = open_as(browser, live_server, alice)
    page.goto("/settings/handoff/")
    page.get_by_label("Friday").fill("10-12")
    page.get_by_label("Friday").press("Enter")
    page.locator("#toasts").get_by_text("Saved.").wait_for()
    assert page.get_by_label("Friday").input_value() == "10:00–12:00"
