"""Assist in Chromium: readable for everyone, in both themes and widths, with a draft, a silence and a failure."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from opencx_admin.orgs.models import Organization, User
from tests.factories import ZendeskConnectionFactory
from tests.ticketing.test_pages_browser import RULES, SIZES, open_as
from ticketing.models import AssistCase, AssistSettings

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("plain_static_names"),
]
SOURCES = [
    {"id": "1:en-us", "title": "Send something back " * 6, "url": "https://acme.example/hc/1", "is_public": True},
    {"id": "2:en-us", "title": "Goodwill budget", "url": "https://acme.example/hc/2", "is_public": False},
]


def fill(org: Organization) -> list[str]:
    """The pages of a draft, a silence and a failure."""
    ZendeskConnectionFactory.create(organization=org)
    AssistSettings.objects.create(organization=org, is_enabled=True, no_assist_topics="Legal threats")
    told = {"organization": org, "comment_id": 5, "done_at": timezone.now(), "subject": "Where is " + "my parcel " * 20}
    rows = [
        AssistCase.objects.create(
            **told,
            ticket_id=1,
            status="drafted",
            draft="Thirty days.\n\nhttps://acme.example/hc/" + "x" * 90,
            sources=SOURCES,
            confidence=0.8,
            body={"comment": {"html_body": "<p>…</p>", "public": False}},
            sent_at=timezone.now(),
            note_comment_id=17953769499276,
            repeats=3,
        ),
        AssistCase.objects.create(
            **told,
            ticket_id=2,
            status="quiet",
            reason="topic_in_no_assist_list",
            detail="It is about “Legal threats”.",
            topic="Legal threats",
            tag="opencx_skipped_assist_mode_because_of_the_topic_in_no_assist_list",
        ),
        AssistCase.objects.create(**told, ticket_id=3, status="failed", reason="engine_failed", detail="No answer."),
    ]
    return [row.get_absolute_url() for row in rows]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_the_access_rules_and_fits(
    browser: Browser, live_server: LiveServer, alice: User, org: Organization, scheme: str, size: str
) -> None:
    page = open_as(browser, live_server, alice, scheme=scheme, size=size)
    empty = ["/settings/assist/", "/assist/"]
    for path in [*empty, None, *empty, "/assist/?status=drafted&reason=status"]:
        cases = fill(org) if path is None else []
        for where in cases if path is None else [path]:
            page.goto(where)
            answer = Axe().run(page, options=RULES).response
            assert [f"{fault['id']}: {fault['nodes'][0]['target']}" for fault in answer["violations"]] == [], where
            assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], where
    page.goto(AssistCase.objects.get(ticket_id=3).get_absolute_url())
    page.get_by_role("button", name="Draft again on screen").click()
    page.get_by_text("A fresh draft, on this screen only").wait_for()
    assert Axe().run(page, options=RULES).response["violations"] == []
