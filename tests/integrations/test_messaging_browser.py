"""The Messaging tab in Chromium: typing a key, choosing who looks users up, and readable for everyone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from integrations.models import SunshineConnection
from opencx_admin.orgs.models import Organization, User
from tests.factories import SunshineConnectionFactory, ZendeskConnectionFactory
from tests.factories.people import PASSWORD
from tests.sandbox.server import Desk, Sandbox, start_sandbox

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("plain_static_names"),
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIZES = {"wide": (1440, 1000), "phone": (390, 844)}
URL = "/settings/integrations/zendesk/messaging/"
SENTENCE = "This is an Integration key. Use an App key; it starts with app_."


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    started = start_sandbox(tmp_path_factory.mktemp("desk"))
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def desk(sandbox: Sandbox, settings: Any) -> Desk:
    settings.ZENDESK_URL = f"{sandbox.url}/{{subdomain}}"
    settings.SUNSHINE_URL = f"{sandbox.url}/{{subdomain}}/sc"
    settings.OUTBOUND_ALLOW_HOSTS = frozenset({"127.0.0.1"})
    return sandbox.account("acme")


def open_as(
    browser: Browser, live_server: LiveServer, person: User, *, scheme: str = "light", size: str = "wide"
) -> Page:
    """A window in which `person` is logged in."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=live_server.url,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": height},
    )
    page = context.new_page()
    page.goto("/login/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


def check(page: Page, size: str, name: str) -> None:
    """Accessible, and nothing pushes the page sideways."""
    if os.environ.get("SHOTS"):
        page.screenshot(path=Path(os.environ["SHOTS"]) / f"{name}.png", full_page=True)
    answer = Axe().run(page, options=RULES).response
    assert [f"{fault['id']}: {[node['target'] for node in fault['nodes']]}" for fault in answer["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


def fill(page: Page, desk: Desk, secret: str = "") -> None:
    key_id, own = desk.sunshine_key()
    page.get_by_label("Subdomain").fill("acme")
    page.get_by_label("App ID").fill(desk.app_id)
    page.get_by_label("Key ID").fill(key_id)
    page.locator("#id_secret").fill(secret or own)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_state_is_readable_for_everyone(
    browser: Browser, live_server: LiveServer, alice: User, org: Organization, desk: Desk, scheme: str, size: str
) -> None:
    page, suffix = open_as(browser, live_server, alice, scheme=scheme, size=size), f"{scheme}-{size}"
    page.goto(URL)
    check(page, size, f"empty-{suffix}")

    fill(page, desk, secret="wrong")
    page.get_by_role("button", name="Verify", exact=True).click()
    expect(page.get_by_text("Failed to verify credentials: key or secret rejected")).to_be_visible()
    check(page, size, f"failed-{suffix}")

    page.locator("#id_secret").fill(desk.sunshine_key()[1])
    page.get_by_role("button", name="Verify & Save").click()
    expect(page.get_by_text("go to the Agent Workspace from now on")).to_be_visible()
    expect(page.get_by_text(re.compile("Active since .+, last proven"))).to_be_visible()
    check(page, size, f"saved-{suffix}")

    ZendeskConnectionFactory.create(organization=org)
    SunshineConnection.objects.update(
        refused_at=timezone.now(),
        refused_reason="It refuses our credentials (401).",
        webhook_problem="It said: too many requests.",
    )
    for name, where in (
        ("refused", URL),
        ("disconnect", f"{URL}?ask=disconnect"),
        ("webhook", "/settings/integrations/zendesk/webhook/"),
        ("integrations", "/settings/integrations/"),
        ("overview", "/"),
    ):
        page.goto(where)
        check(page, size, f"{name}-{suffix}")


def test_an_integration_key_is_refused_while_it_is_typed(
    browser: Browser, live_server: LiveServer, alice: User, desk: Desk
) -> None:
    page = open_as(browser, live_server, alice)
    page.goto(URL)
    fill(page, desk)
    box, said = page.get_by_label("Key ID"), page.locator("#key-said")
    box.fill("")
    bodies: list[str] = []
    page.on("request", lambda request: bodies.append(request.post_data or ""))

    box.press_sequentially("int_5")
    expect(said).to_have_text(SENTENCE)
    assert bodies
    assert not any("secret" in body or "app_id" in body for body in bodies)

    before = len(bodies)
    page.get_by_role("button", name="Verify & Save").click()
    assert box.evaluate("box => box.validity.patternMismatch")
    box.fill("app_5")
    expect(said).to_have_text("")
    assert not any("action=save" in body for body in bodies[before:])


def test_only_the_fields_of_the_choice_show(browser: Browser, live_server: LiveServer, alice: User, desk: Desk) -> None:
    page = open_as(browser, live_server, alice)
    page.goto(URL)
    expect(page.get_by_label("Client identifier")).to_be_hidden()
    page.get_by_label("Use the Ticketing credentials").uncheck()
    expect(page.get_by_label("Client identifier")).to_be_visible()
    expect(page.get_by_label("API token").nth(1)).to_be_hidden()
    page.get_by_label("API token").first.check()
    expect(page.get_by_label("Client identifier")).to_be_hidden()
    expect(page.locator("#id_api_token")).to_be_visible()


def test_a_viewer_sees_it_and_may_change_nothing(
    browser: Browser, live_server: LiveServer, vera: User, org: Organization
) -> None:
    SunshineConnectionFactory.create(organization=org)
    page = open_as(browser, live_server, vera)
    page.goto(URL)
    expect(page.get_by_label("App ID")).to_be_disabled()
    expect(page.get_by_role("button", name="Verify & Save")).to_be_disabled()
    check(page, "wide", "viewer")
