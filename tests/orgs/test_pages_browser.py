"""The people's pages in Chromium: access rules in both themes and widths, and what JavaScript adds."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from opencx_admin.orgs.models import Organization, Role, User
from tests.factories.people import PASSWORD, AuditEntryFactory, MembershipFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("plain_static_names"),
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIZES = {"wide": (1440, 1000), "phone": (390, 844)}


def open_browser(
    browser: Browser, live_server: LiveServer, *, scheme: str = "light", size: str = "wide", scripts: bool = True
) -> Page:
    """A new window at the login page."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=live_server.url,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": height},
        java_script_enabled=scripts,
    )
    page = context.new_page()
    page.goto("/login/")
    return page


def log_in(page: Page, person: User) -> None:
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def faults(page: Page) -> list[str]:
    answer = Axe().run(page, options=RULES).response
    return [f"{fault['id']}: {[node['target'] for node in fault['nodes']]}" for fault in answer["violations"]]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_the_access_rules_and_fits(
    browser: Browser, live_server: LiveServer, olga: User, org: Organization, scheme: str, size: str
) -> None:
    AuditEntryFactory.create(organization=org, before={"agent": "1"}, after={"agent": "2" * 60}, object_label="x" * 80)
    page = open_browser(browser, live_server, scheme=scheme, size=size)
    assert faults(page) == []
    log_in(page, olga)
    for path in ("/account/", "/settings/team/", "/audit/", "/audit/?who=nobody", "/no-such-page/"):
        page.goto(path)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], path


def test_the_dark_theme_is_one_click_and_stays(browser: Browser, live_server: LiveServer, lea: User) -> None:
    page = open_browser(browser, live_server)
    log_in(page, lea)
    page.goto("/audit/")
    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/account/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Light theme")).to_be_visible()


def test_the_slash_goes_to_the_jump_box_unless_keys_are_off(
    browser: Browser, live_server: LiveServer, lea: User
) -> None:
    page = open_browser(browser, live_server)
    log_in(page, lea)
    page.goto("/audit/")
    page.keyboard.press("/")
    expect(page.locator("#jump")).to_be_focused()
    page.goto("/account/")
    page.get_by_label("Single-letter keys").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast-line", has_text="Saved.")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#jump")).not_to_be_focused()


def test_a_toast_is_read_out_once_and_can_be_dismissed(browser: Browser, live_server: LiveServer, lea: User) -> None:
    page = open_browser(browser, live_server)
    log_in(page, lea)
    page.goto("/account/")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#live")).to_have_text("Saved.")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".toast-line")).to_have_count(0)


def test_the_phone_menu_and_the_whole_team_page_work_without_javascript(
    browser: Browser, live_server: LiveServer, olga: User, lea: User
) -> None:
    page = open_browser(browser, live_server, size="phone", scripts=False)
    log_in(page, olga)
    page.goto("/audit/")
    page.locator("summary", has_text="Menu").click()
    page.get_by_role("link", name="Team").click()
    page.get_by_label("Role of Lea").select_option("admin")
    page.locator("tr", has_text="lea@example.com").get_by_role("button", name="Change").click()
    expect(page.locator(".toast-line", has_text="Lea is now admin.")).to_be_visible()
    page.locator("tr", has_text="lea@example.com").get_by_role("button", name="Remove Lea").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".toast-line", has_text="Lea is no longer in the team.")).to_be_visible()


def test_switching_organizations_by_the_header(
    browser: Browser, live_server: LiveServer, lea: User, other_org: Organization
) -> None:
    MembershipFactory.create(organization=other_org, user=lea, role=Role.LEAD)
    page = open_browser(browser, live_server)
    log_in(page, lea)
    page.goto("/audit/")
    page.locator("summary", has_text="Acme Outfitters").click()
    page.get_by_role("button", name="Globex").click()
    page.wait_for_url("**/")
    page.goto("/audit/")
    expect(page.locator("summary", has_text="Globex")).to_be_visible()
