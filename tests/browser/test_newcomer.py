"""What the README promises to somebody who runs `make run` for the first time, walked in Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo, Open, environment, log_in
from tests.orgs.processes import ROOT, eventually

pytestmark = pytest.mark.browser
SOON = 20_000  # ms: a reply takes under a second; a shared machine may be slow
CHECKS = [
    "subdomain",
    "reachable",
    "authenticated",
    "role",
    "active",
    "read_tickets",
    "create_users",
    "create_tickets",
    "manage_webhooks",
]
NOTE = "Between us: check the card's country first."
REPLY = "Your refund of 64,90 went out this morning."


def begin(page: Page, demo: Demo, name: str, *, email: str = "", channel: str = "email") -> None:
    """Play a contact who writes to the AI and then asks for a person. By email that makes a ticket."""
    page.goto(demo.stand_in)
    page.get_by_role("link", name="Be the contact").click()
    page.get_by_label("Channel").select_option(channel)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Write to the AI").click()
    expect(page.locator(".bubble--ai")).to_contain_text("I can see your order")
    page.get_by_role("button", name="Talk to a human").click()
    expect(page.get_by_text("I am passing you to a colleague")).to_be_visible()


def wait_for_handoff(page: Page, status: str) -> None:
    """The contact's window says by itself how the handoff went."""
    expect(page.locator("#session")).to_contain_text(status, timeout=SOON)


def row_of(page: Page, name: str) -> str:
    """The text of the contact's row in the list that is open."""
    return page.locator("tr", has=page.get_by_role("link", name=name)).inner_text()


def answer(page: Page, words: str, button: str) -> None:
    """Play an agent on the ticket that is open."""
    page.get_by_label("Your words").fill(words)
    page.get_by_role("button", name=button).click()
    expect(page.locator("#comments")).to_contain_text(words)


def test_the_demo_has_the_environment_of_make_run(demo: Demo) -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\nrun:")[2].partition("manage.py demo")[0]
    assert set(re.findall(r"([A-Z_]+)=", recipe)) == set(environment(ROOT, 0, 0))


def test_a_reply_comes_back_once_and_a_note_never_does(demo: Demo, open_page: Open) -> None:
    contact = open_page(demo.stand_in)
    begin(contact, demo, "Dana Field", email="dana@example.com")
    wait_for_handoff(contact, "linked")

    lead = open_page("/")
    lead.get_by_role("link", name="Handoffs").first.click()
    lead.get_by_role("link", name=re.compile("^Linked")).click()
    assert re.search(r"Linked.+Dana Field.+Email.+#\d+", row_of(lead, "Dana Field"), re.DOTALL)

    agent = open_page(demo.stand_in)
    agent.get_by_role("link", name="Be the agent").click()
    agent.get_by_role("row", name="Dana Field").get_by_role("link").click()
    answer(agent, NOTE, "Add internal note")
    answer(agent, REPLY, "Send public reply")

    expect(contact.locator(".bubble--agent")).to_have_count(1, timeout=SOON)
    expect(contact.locator(".bubble--agent")).to_contain_text(REPLY)

    agent.get_by_role("link", name="View session in OpenCX").click()
    agent.wait_for_url(f"{demo.url}/sessions/**")
    page = open_page(agent.url)
    expect(page.locator(".timeline")).to_contain_text("receipt: delivered", timeout=SOON)
    story = page.locator(".timeline").inner_text()
    beats = ["Where is my refund", "I am passing you", "POST /api/v2/tickets", REPLY, "receipt"]
    assert [beat for beat in sorted(beats, key=story.find) if beat in story] == beats

    contact.get_by_label("Your words").fill("Thank you.")
    contact.get_by_role("button", name="Send").click()
    agent.go_back()
    expect(agent.locator("#comments")).to_contain_text("Thank you.", timeout=SOON)
    agent.get_by_role("button", name="Solve").click()
    wait_for_handoff(contact, "closed_resolved")
    expect(page.locator(".pill").first).to_have_text("Resolved", timeout=SOON)

    expect(contact.locator("#events summary", has_text="third_party_agent_response")).to_have_count(1)
    assert NOTE in (agent.locator("main").text_content() or "")
    assert not [page for page in (contact, page) if NOTE in (page.locator("main").text_content() or "")]


def test_on_the_web_an_agent_answers_in_a_live_chat(demo: Demo, open_page: Open) -> None:
    contact = open_page(demo.stand_in)
    begin(contact, demo, "Chatty Charlie", channel="web")
    wait_for_handoff(contact, "linked")
    agent = open_page(demo.stand_in)
    agent.get_by_role("link", name="Be the agent").click()
    agent.get_by_role("link", name=re.compile("^Chats")).click()
    agent.get_by_role("link", name="Chatty Charlie").click()
    expect(agent.locator("#messages")).to_contain_text("I am passing you to a colleague")
    agent.get_by_label("Your words").fill(REPLY)
    agent.get_by_role("button", name="Send", exact=True).click()
    expect(contact.locator(".bubble--agent")).to_have_count(1, timeout=SOON)
    expect(contact.locator(".bubble--agent")).to_contain_text(REPLY)


def test_a_connection_that_drops_after_the_write_makes_one_ticket(demo: Demo, open_page: Open) -> None:
    admin = open_page(f"{demo.stand_in}/acme/admin/")
    admin.get_by_label("Fault").select_option(label="Connection dropped")
    admin.get_by_label("Method").select_option("POST")
    admin.get_by_label("Only after the write is done").check()
    admin.get_by_role("button", name="Start the fault").click()
    expect(admin.locator("#faults")).to_contain_text("after the write")

    contact = open_page(demo.stand_in)
    begin(contact, demo, "Dora Dropped", email="dora@example.com")
    wait_for_handoff(contact, "linked")
    expect(admin.locator("#faults")).to_contain_text("Nothing", timeout=SOON)

    contact.goto(f"{demo.stand_in}/acme/agent/?view=all")
    expect(contact.get_by_role("row", name="Dora Dropped")).to_have_count(1)
    lead = open_page("/handoffs/?view=all")
    lead.get_by_role("link", name="Dora Dropped").click()
    lead.get_by_role("link", name="Full timeline").click()
    expect(lead.locator(".timeline .event", has_text="POST /api/v2/tickets")).to_contain_text("dropped")
    expect(lead.locator(".timeline")).to_contain_text("Handed off")


@pytest.mark.usefixtures("morning")
def test_every_printed_login_opens_an_overview_that_says_how_things_stand(
    browser: Browser, demo: Demo, open_page: Open
) -> None:
    for email in ("lea@example.com", "vera@example.com", "noor@example.com"):
        other = log_in(browser, demo, email)
        said = "Not set up yet" if email.startswith("noor") else "Working, with"
        expect(other.get_by_role("heading", level=1)).to_contain_text(said, timeout=SOON)
        other.context.close()
    page = open_page("/")
    verdict = page.get_by_role("heading", level=1)
    said = "Working, with 2 problems that need a person"
    assert eventually(lambda: verdict.inner_text() == said or not page.reload(), within=30), verdict.inner_text()
    expect(page.locator(".tile", has_text="Reply to contact")).to_contain_text("Proven")
    expect(page.get_by_role("navigation").get_by_role("link", name="Handoffs")).to_contain_text("2")


@pytest.mark.usefixtures("morning")
def test_a_contact_without_an_address_is_mended_in_the_list(demo: Demo, open_page: Open) -> None:
    contact = open_page(demo.stand_in)
    begin(contact, demo, "Nameless Nora")
    wait_for_handoff(contact, "failed contact_has_no_email")

    lead = open_page("/handoffs/")
    preview = lead.locator("#preview")
    first = preview.element_handle()
    lead.get_by_role("link", name="Nameless Nora").click()
    first.wait_for_element_state("hidden")
    expect(preview.get_by_role("heading", name="Nameless Nora")).to_be_visible()
    preview.get_by_label("Email or phone number").fill("not an address")
    preview.get_by_role("button", name="Save and retry").click()
    expect(preview.locator(".error")).to_contain_text("neither an email address nor a phone number")
    preview.get_by_label("Email or phone number").fill("nora@example.com")
    preview.get_by_role("button", name="Save and retry").click()
    expect(preview.locator(".pill")).to_have_text("Linked", timeout=SOON)
    expect(lead.get_by_role("link", name=re.compile("^Needs a person"))).to_contain_text("2")
    expect(lead.locator("#side")).to_contain_text("2")
    assert re.search(r"Linked.+#\d+", row_of(lead, "Nameless Nora"), re.DOTALL)
    wait_for_handoff(contact, "linked")


def test_verify_shows_nine_checks_and_none_fails(open_page: Open) -> None:
    page = open_page("/")
    page.get_by_role("link", name="Integrations").first.click()
    page.get_by_role("link", name="Open Zendesk Ticketing").click()
    page.get_by_role("button", name="Verify", exact=True).click()
    expect(page.get_by_text("All required checks passed")).to_be_visible(timeout=SOON)
    rows = page.locator("[data-check]")
    assert [(row.get_attribute("data-check"), row.get_attribute("data-verdict")) for row in rows.all()] == [
        (code, "ok") for code in CHECKS
    ]


def test_without_javascript_the_same_pages_work(demo: Demo, open_page: Open) -> None:
    contact = open_page(demo.stand_in, scripts=False)
    begin(contact, demo, "Plain Paula")
    assert eventually(lambda: contact.reload() is not None and "failed" in contact.locator("#session").inner_text())

    lead = open_page("/", scripts=False)
    lead.get_by_role("link", name="Handoffs").first.click()
    lead.get_by_role("link", name="Plain Paula").click()
    lead.get_by_role("link", name="Whole session").wait_for()
    lead.get_by_label("Email or phone number").fill("paula@example.com")
    lead.get_by_role("button", name="Save and retry").click()
    expect(lead.get_by_text("Saved.")).to_be_visible()
    assert eventually(lambda: lead.reload() is not None and lead.locator(".pill").first.inner_text() == "Linked")
    expect(lead.get_by_role("link", name=re.compile(r"^Ticket #\d+"))).to_be_visible()
    lead.goto("/handoffs/?view=linked")
    assert re.search(r"Linked.+#\d+", row_of(lead, "Plain Paula"), re.DOTALL)
