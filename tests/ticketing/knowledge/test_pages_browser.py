"""Data sources in Chromium: readable for everyone, in both themes and widths, and live while a run moves."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from opencx_admin.orgs.models import Organization, User
from tests.factories import ZendeskConnectionFactory
from tests.ticketing.knowledge.copies import Copy
from tests.ticketing.test_pages_browser import RULES, SIZES, open_as
from ticketing.models import KnowledgeSource, SyncRun

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("plain_static_names"),
]
State = KnowledgeSource.State


def fill(org: Organization) -> Copy:
    """A copy with articles of every kind, a run that asks, and a last look that failed."""
    ZendeskConnectionFactory.create(organization=org)
    copy = Copy(org)
    copy.add("Send something back " * 8, "<h2>How long</h2><p>Thirty days.</p>" * 20)
    copy.add("Budget", "<p>Thirty euros.</p>", is_restricted=True)
    copy.add("Empty", None)
    SyncRun.objects.create(
        source=copy.source, kind="sweep", edition=1, state="asking", missing=6, missing_of=12, ended_at=timezone.now()
    )
    return copy


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_the_access_rules_and_fits(
    browser: Browser, live_server: LiveServer, alice: User, org: Organization, scheme: str, size: str
) -> None:
    page = open_as(browser, live_server, alice, scheme=scheme, size=size)
    ZendeskConnectionFactory.create(organization=org)
    page.goto("/data-sources/")
    assert Axe().run(page, options=RULES).response["violations"] == []
    org.zendesk.delete()
    copy = fill(org)
    article = copy.source.articles.order_by("pk")[0]
    where = ("", "?find=thirty&audience=agents", "?check=99", "?check=none", "?ask=remove", "articles/")
    for path in (*(f"/data-sources/{part}" for part in where), article.get_absolute_url()):
        page.goto(path)
        answer = Axe().run(page, options=RULES).response
        assert [f"{fault['id']}: {fault['nodes'][0]['target']}" for fault in answer["violations"]] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], path


def test_a_run_is_followed_to_its_end_and_what_was_typed_stays(
    browser: Browser, live_server: LiveServer, alice: User, org: Organization
) -> None:
    copy = Copy(org)
    rows = KnowledgeSource.objects.filter(pk=copy.source.pk)
    rows.update(state=State.WORKING)
    run = SyncRun.objects.create(
        source=copy.source, kind="rebuild", edition=2, processed=10, total=40, cursor={"phase": "list"}
    )
    page = open_as(browser, live_server, alice)
    page.goto("/data-sources/")
    expect(page.get_by_text("Reading articles: 10 of 40")).to_be_visible()
    page.get_by_label("A question, in a contact’s words").fill("half a question")
    SyncRun.objects.filter(pk=run.pk).update(processed=30)
    expect(page.get_by_text("Reading articles: 30 of 40")).to_be_visible()
    SyncRun.objects.filter(pk=run.pk).update(processed=40, state="done", ended_at=timezone.now())
    rows.update(state=State.READY)
    expect(page.get_by_text("Up to date")).to_be_visible()
    expect(page.locator("#runs")).to_contain_text("Done")
    expect(page.get_by_label("A question, in a contact’s words")).to_have_value("half a question")
    assert page.locator("#live-part").get_attribute("hx-trigger") is None
