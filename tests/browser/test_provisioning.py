"""Zendesk is set up from the Objects tab, broken by hand in the stand-in's Admin Center, and mended with one click."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, Open
from tests.orgs.processes import eventually

pytestmark = pytest.mark.browser
SOON = 20_000
OBJECTS = "/settings/integrations/zendesk/objects/"
IN_PLACE = "Everything is in place"


class Break(NamedTuple):
    """What somebody does in Admin Center, to which object, and what the tab then says of it."""

    kind: str
    act: Callable[[Page], None]
    says: str


def save(page: Page) -> None:
    page.get_by_role("button", name="Save the").click()


def edit_endpoint(page: Page) -> None:
    page.get_by_label("Endpoint").fill("https://old.example.com/hook")
    save(page)


def deactivate(page: Page) -> None:
    page.get_by_label("Active").uncheck()
    save(page)


def change_method(page: Page) -> None:
    page.get_by_label("Request method").select_option("PUT")
    save(page)


def change_format(page: Page) -> None:
    page.get_by_label("Request format").select_option("form_encoded")
    save(page)


def reset_secret(page: Page) -> None:
    page.get_by_role("button", name="Reset the signing secret").click()


def send_the_comment(page: Page) -> None:
    page.get_by_label("Body").fill("{{ticket.latest_comment}}")
    save(page)


def drop_the_external_id(page: Page) -> None:
    page.get_by_label("Body").fill('{"ticket_id": "{{ticket.id}}"}')
    save(page)


def remove_a_condition(page: Page) -> None:
    page.get_by_label("remove").nth(1).check()
    save(page)


def delete(page: Page) -> None:
    page.get_by_role("button", name="Delete the").click()


def delete_with_force(page: Page) -> None:
    page.get_by_label("Delete although triggers ring it").check()
    delete(page)


def rename(page: Page) -> None:
    page.get_by_label("Title").fill("Somebody’s view")
    save(page)


BREAKS = [
    Break("webhook", edit_endpoint, "1 field differs: URL"),
    Break("webhook", deactivate, "1 field differs: status"),
    Break("webhook", change_method, "1 field differs: method"),
    Break("webhook", change_format, "1 field differs: format"),
    Break("webhook", reset_secret, "1 field differs: signing secret"),
    Break("reply_trigger", deactivate, "1 field differs: active"),
    Break("reply_trigger", send_the_comment, "1 field differs: body"),
    Break("reply_trigger", remove_a_condition, "1 field differs: conditions (all)"),
    Break("status_trigger", drop_the_external_id, "1 field differs: body"),
    Break("status_trigger", delete, "Somebody deleted it in Zendesk."),
    Break("view", rename, "1 field differs: title"),
    Break("webhook", delete_with_force, "Somebody deleted it in Zendesk."),
]


def set_up(page: Page) -> None:
    """From the plan to the proof; nothing is done when that was done before."""
    if page.get_by_role("link", name="Set up").count():
        page.get_by_role("link", name="Set up").click()
        page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name=IN_PLACE)).to_be_visible(timeout=SOON)


def open_in_zendesk(page: Page, kind: str) -> str:
    """Where the object's own link leads to: its page in the stand-in's Admin Center."""
    return page.locator(f"#{kind} + tr a", has_text="Open it in Zendesk").get_attribute("href") or ""


@pytest.mark.usefixtures("morning")
def test_without_javascript_it_is_removed_and_set_up_again(open_page: Open) -> None:
    page = open_page(OBJECTS, scripts=False)
    look_again = page.get_by_role("link", name="Look again")

    def says(title: str) -> bool:
        if look_again.count():
            look_again.click()
        return page.get_by_role("heading", name=title).count() == 1

    assert eventually(lambda: says(IN_PLACE) or not page.reload(), within=20)
    page.get_by_role("link", name="Remove ours from Zendesk").click()
    page.get_by_role("button", name="Remove them from Zendesk").click()
    assert eventually(lambda: says("Removed from Zendesk"), within=20)
    page.get_by_role("link", name="Set up").click()
    page.get_by_role("button", name="Set up").click()
    assert eventually(lambda: says(IN_PLACE), within=20)


@pytest.mark.usefixtures("morning")
def test_twelve_ways_to_break_it_are_each_mended_with_one_click(demo: Demo, open_page: Open) -> None:
    page, admin = open_page(OBJECTS), open_page(demo.stand_in)
    set_up(page)
    for one in BREAKS:
        admin.goto(open_in_zendesk(page, one.kind))
        one.act(admin)

        page.goto(OBJECTS)
        row = page.locator(f'tr[data-object="{one.kind}"]')
        expect(row).to_contain_text(one.says)
        row.get_by_role("button").click()

        expect(page.get_by_role("heading", name=IN_PLACE)).to_be_visible(timeout=SOON)
        expect(page.get_by_role("heading", name="Repaired")).to_be_visible()
    page.goto("/")
    expect(page.locator(".tile", has_text="Webhook")).to_contain_text("Proven")


@pytest.mark.usefixtures("morning")
def test_the_steps_by_hand_carry_what_is_to_be_copied(demo: Demo, open_page: Open) -> None:
    page = open_page(f"{OBJECTS}?by_hand=1")
    trigger = page.locator("#reply_trigger")
    expect(trigger.locator("#body-reply_trigger")).to_contain_text('"external_id": "{{ticket.external_id}}"')
    there = trigger.get_by_role("link", name="Open that page").get_attribute("href") or ""
    assert there.startswith(f"{demo.stand_in}/acme/admin/objects-rules/rules/triggers")
    trigger.get_by_role("button", name="Check whether it is done").click()
    page.wait_for_url("**/?by_hand=1#reply_trigger")
    expect(trigger).to_contain_text("Done")
