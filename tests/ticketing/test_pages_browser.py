"""The daily pages in Chromium: readable for everyone, in both themes and widths, and live."""

from __future__ import annotations

import datetime as dt

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from opencx_admin.orgs.models import Organization, User
from tests.factories import (
    AgentReplyFactory,
    ContactFactory,
    ConversationTransferFactory,
    HandoffFactory,
    MessageFactory,
    PlatformConnectionFactory,
    PlatformEventFactory,
    ProviderCallFactory,
    RateBudgetFactory,
    SessionFactory,
    SessionTicketLinkFactory,
    SunshineConnectionFactory,
    WebhookEventFactory,
    ZendeskConnectionFactory,
)
from tests.factories.people import PASSWORD
from ticketing.models import Channel, Handoff, ReasonCode, Sender

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("plain_static_names"),
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIZES = {"wide": (1440, 1000), "phone": (390, 844)}
LONG_NAME = "Wolfgang Amadeus Freiherr von Hohenstein-Schillingsfürst zu Waldburg"


def open_as(
    browser: Browser,
    live_server: LiveServer,
    person: User,
    *,
    scheme: str = "light",
    size: str = "wide",
    scripts: bool = True,
) -> Page:
    """A window in which `person` is logged in."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=live_server.url,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": height},
        java_script_enabled=scripts,
    )
    page = context.new_page()
    page.goto("/login/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


def without_email(org: Organization) -> Handoff:
    contact = ContactFactory.create(organization=org, name=LONG_NAME, email="")
    session = SessionFactory.create(contact=contact, channel=Channel.PHONE_VOICE, external_id="ses_" + "X" * 60)
    return HandoffFactory.create(session=session, is_failed=True)


def full_story(org: Organization) -> Handoff:
    """A linked handoff with a bit of everything, and a reply that did not arrive."""
    session = SessionFactory.create(organization=org, subject="x" * 120)
    MessageFactory.create(session=session, attachments=[{"name": "bill.pdf", "url": "https://files.example/1"}])
    MessageFactory.create(
        session=session, sender=Sender.AI, reasoning="Because.", tool_calls=[{"name": "look_up", "ms": 3}],
        knowledge=[{"title": "Refunds", "url": "https://help.example/1"}],
    )  # fmt: skip
    handoff = HandoffFactory.create(
        session=session, is_linked=True, sentiment="angry", summary="y" * 150, request_body='{"ticket": {}}'
    )
    link = SessionTicketLinkFactory.create(handoff=handoff, ticket_id=48213)
    ProviderCallFactory.create(organization=org, subject=f"handoff:{handoff.pk}", status=429, answer="{}")
    ProviderCallFactory.create(organization=org, subject=f"handoff:{handoff.pk}", answer='{"ticket": {"id": 48213}}')
    WebhookEventFactory.create(organization=org, ticket_id="48213")
    lost = PlatformEventFactory.create(organization=org, is_failed=True, session_ref=session.external_id)
    AgentReplyFactory.create(link=link, event=lost)
    return handoff


def live_chat(org: Organization, *, well: bool) -> Handoff:
    """A chat that agents have; not `well`: a call failed, and one person may be two contacts now."""
    contact = ContactFactory.create(organization=org, name="", email="", phone="+4915112345678")
    session = SessionFactory.create(contact=contact, channel=Channel.WHATSAPP if well else Channel.PHONE_VOICE)
    MessageFactory.create(session=session, sent_at=timezone.now() - dt.timedelta(hours=1 if well else 30))
    handoff = HandoffFactory.create(session=session, is_linked=True, route=Handoff.Route.CONVERSATION)
    row = ConversationTransferFactory.create(handoff=handoff, merge="found" if well else "missed", support_user_id=None)
    SessionTicketLinkFactory.create(handoff=handoff, ticket_id=0, url="", conversation_id=row.conversation_id)
    for status in (201,) if well else (503, 201):
        ProviderCallFactory.create(
            organization=org, provider="sunshine", subject=f"handoff:{handoff.pk}", path="/v2/apps/{appId}/users",
            status=status, answer="{}",
        )  # fmt: skip
    WebhookEventFactory.create(
        organization=org, is_of_sunshine=True, conversation_id=row.conversation_id, reason="own_echo", result="ignored"
    )
    return handoff


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_the_access_rules_and_fits(
    browser: Browser, live_server: LiveServer, lea: User, org: Organization, scheme: str, size: str
) -> None:
    connection = ZendeskConnectionFactory.create(organization=org, with_token=True)
    PlatformConnectionFactory.create(organization=org)
    RateBudgetFactory.create(account=connection.base_url)
    failed, linked = without_email(org), full_story(org)
    retrying = HandoffFactory.create(organization=org, is_retrying=True, fell_back="Messaging is not active.")
    SunshineConnectionFactory.create(organization=org, is_refused=True)
    chats = live_chat(org, well=True), live_chat(org, well=False)
    event = WebhookEventFactory.create(organization=org, is_of_sunshine=True, reason="fell_back")
    page = open_as(browser, live_server, lea, scheme=scheme, size=size)
    paths = (
        "/",
        "/?table=1",
        "/handoffs/",
        "/handoffs/?view=all&status=failed&reason=rejected",
        "/sessions/",
        "/jump/?q=x",
        "/webhooks/",
        f"/webhooks/{event.pk}/",
    )
    rows = [row.get_absolute_url() for row in (failed, linked, retrying, *chats)]
    for path in (*paths, *rows, linked.session.get_absolute_url()):
        page.goto(path)
        for summary in page.locator("details.more > summary").all():
            summary.click()
        page.evaluate("scrollTo(0, 0)")  # the top bar stays and would cover what was scrolled under it
        answer = Axe().run(page, options=RULES).response
        assert [f"{fault['id']}: {fault['nodes'][0]['target']}" for fault in answer["violations"]] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], path


def test_a_lead_mends_a_handoff_without_leaving_the_list(
    browser: Browser, live_server: LiveServer, lea: User, org: Organization
) -> None:
    mended = without_email(org)
    HandoffFactory.create(organization=org, is_failed=True, reason_code=ReasonCode.REJECTED)
    page = open_as(browser, live_server, lea)
    page.goto("/handoffs/")
    page.get_by_role("link", name=LONG_NAME).click()
    preview = page.locator("#preview")
    expect(preview.get_by_role("heading", name=LONG_NAME)).to_be_visible()
    expect(page.locator("tr[aria-current]")).to_contain_text(LONG_NAME)
    preview.get_by_label("Email or phone number").fill("nonsense")
    preview.get_by_role("button", name="Save and retry").click()
    expect(preview.locator(".error")).to_contain_text("neither an email address nor a phone number")
    preview.get_by_label("Email or phone number").fill("mara@customer.example")
    preview.get_by_role("button", name="Save and retry").click()
    expect(preview.locator(".pill")).to_have_text("Queued")
    expect(page.locator(f"#row-{mended.pk}")).to_contain_text("Queued")
    expect(page.locator("#live")).to_contain_text("Saved.")


def test_the_page_follows_what_moves_and_stops_at_the_end(
    browser: Browser, live_server: LiveServer, lea: User, org: Organization
) -> None:
    handoff = HandoffFactory.create(organization=org, next_attempt_at=timezone.now() + dt.timedelta(hours=1))
    page = open_as(browser, live_server, lea)
    page.goto(handoff.get_absolute_url())
    expect(page.locator(".pill").first).to_have_text("Queued")
    Handoff.objects.update(status=Handoff.Status.FAILED, reason_code=ReasonCode.REJECTED, next_attempt_at=None)
    expect(page.locator(".pill").first).to_have_text("Failed")
    expect(page.locator("[hx-trigger]")).to_have_count(0)


def test_on_a_small_screen_a_row_is_a_plain_link(
    browser: Browser, live_server: LiveServer, lea: User, org: Organization
) -> None:
    handoff = without_email(org)
    page = open_as(browser, live_server, lea, size="phone")
    page.goto("/handoffs/")
    page.get_by_role("link", name=LONG_NAME).click()
    page.wait_for_url(f"**{handoff.get_absolute_url()}")


def test_without_javascript_retry_is_a_form_and_a_page(
    browser: Browser, live_server: LiveServer, lea: User, org: Organization
) -> None:
    handoff = HandoffFactory.create(organization=org, is_failed=True, reason_code=ReasonCode.REJECTED)
    page = open_as(browser, live_server, lea, scripts=False)
    page.goto("/handoffs/")
    page.locator("#preview").get_by_role("button", name="Make the ticket").click()
    page.wait_for_url(f"**{handoff.get_absolute_url()}")
    expect(page.locator(".pill").first).to_have_text("Queued")
    expect(page.get_by_text("Queued. The ticket is made now")).to_be_visible()
