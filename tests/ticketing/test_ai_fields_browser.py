"""AI fields in Chromium: readable for everyone, the lint follows the typing, trying and saving stay on the page."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from opencx_admin.orgs.models import Organization, User
from tests.factories import (
    AIFieldMappingFactory,
    AIFieldResultFactory,
    FieldBackfillFactory,
    FieldChangeFactory,
    FieldReadingFactory,
    MessageFactory,
    SessionFactory,
    SessionTicketLinkFactory,
    TicketFieldFactory,
    ZendeskConnectionFactory,
)
from tests.ticketing.test_pages_browser import RULES, SIZES, open_as
from tests.ticketing.views.pages import handoff_of
from ticketing.models import AIFieldMapping

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("plain_static_names"),
]
PAGE = "/settings/ticketing/ai-fields/"


@pytest.fixture
def mapping(org: Organization) -> AIFieldMapping:
    """An account with a mapped field, one that is gone, one that is not supported, and past sessions."""
    ZendeskConnectionFactory.create(organization=org, with_token=True)
    FieldReadingFactory.create(organization=org, read_at=timezone.now())
    mapping = AIFieldMappingFactory.create(organization=org)
    gone = AIFieldMappingFactory.create(organization=org, field__title="Order number", field__gone_at=timezone.now())
    FieldChangeFactory.create(organization=org, field=gone.field, kind="removed")
    FieldChangeFactory.create(organization=org, field=mapping.field)
    TicketFieldFactory.create(organization=org, title="Card", type="partialcreditcard")
    link = SessionTicketLinkFactory.create(organization=org)
    AIFieldResultFactory.create(organization=org, handoff=handoff_of(link), field=mapping.field, agrees=False,
                                agent_value="reason_exchange", compared_at=timezone.now())  # fmt: skip
    AIFieldResultFactory.create(organization=org, handoff=handoff_of(link), field=gone.field, value=None,
                                reason="field_gone")  # fmt: skip
    for text in ("I want my money back, a refund", "Hello"):
        MessageFactory.create(session=SessionFactory.create(organization=org, subject="w" * 90), text=text)
    FieldBackfillFactory.create(organization=org, status="failed", next_attempt_at=None, total=3, done=1, refused=1)
    return mapping


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_the_access_rules_and_fits(
    browser: Browser, live_server: LiveServer, alice: User, mapping: AIFieldMapping, scheme: str, size: str
) -> None:
    page = open_as(browser, live_server, alice, scheme=scheme, size=size)
    handoff = handoff_of(mapping.organization.links.get())
    editor = f"{PAGE}?field={mapping.field.zendesk_id}"
    for path in (PAGE, editor, f"{editor}#tried", f"{PAGE}backfill/", handoff.get_absolute_url()):
        page.goto(path)
        if path.endswith("#tried"):
            page.get_by_role("button", name="Try on past sessions").click()
            expect(page.locator("#dry-run")).to_be_visible()
        for summary in page.locator("details.more > summary").all():
            summary.click()
        page.evaluate("scrollTo(0, 0)")  # the top bar stays and would cover what was scrolled under it
        answer = Axe().run(page, options=RULES).response
        assert [f"{fault['id']}: {fault['nodes'][0]['target']}" for fault in answer["violations"]] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], path


def test_the_remarks_follow_the_typing_and_saving_leads_to_the_list(
    browser: Browser, live_server: LiveServer, alice: User, mapping: AIFieldMapping
) -> None:
    page = open_as(browser, live_server, alice)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(PAGE)
    page.get_by_role("link", name="Contact reason", exact=True).first.click()
    expect(page.locator('[data-lint="clear"]')).to_be_visible()
    text = page.get_by_label("When does which value fit?")
    text.fill("")
    text.press_sequentially("Refunds")
    expect(page.locator('[data-lint="too_short"]')).to_be_visible()
    assert text.input_value() == "Refunds"
    page.get_by_role("button", name="Save the AI field").click()
    expect(page.locator(".toast-line")).to_contain_text("the next handoff fills it")
    assert page.url == f"{live_server.url}{PAGE}"
    assert AIFieldMapping.objects.get(pk=mapping.pk).description == "Refunds"
    assert faults == []


def test_without_javascript_the_same_forms_do_it(
    browser: Browser, live_server: LiveServer, alice: User, mapping: AIFieldMapping
) -> None:
    page = open_as(browser, live_server, alice, scripts=False)
    page.goto(f"{PAGE}?field={mapping.field.zendesk_id}")
    page.get_by_label("When does which value fit?").fill("Refund: when they want their money back.")
    page.get_by_role("button", name="Try on past sessions").click()
    expect(page.locator("#dry-run")).to_contain_text("Would be filled")
    expect(page.locator('[data-lint="options_missing"]')).to_be_visible()
    page.get_by_role("button", name="Save the AI field").click()
    expect(page.locator("body")).to_contain_text("the next handoff fills it")
