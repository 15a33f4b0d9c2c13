"""The frame around every page: navigation, organizations, theme, time zone, errors."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django.views.defaults import bad_request, server_error

from opencx_admin.orgs.models import Organization, Role, User
from opencx_admin.orgs.nav import NavItem, build_nav, register_count
from tests.factories.people import AuditEntryFactory, MembershipFactory

pytestmark = pytest.mark.django_db
TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))


def nav_items(organization: Organization, here: str = "/audit/") -> dict[str, NavItem]:
    return {item.url: item for group in build_nav(organization, here) for item in group.items}


def test_the_navigation_names_only_pages_that_exist(org: Organization, as_alice: Client) -> None:
    items = nav_items(org)
    assert {"/settings/team/", "/audit/"} <= set(items)
    for url in items:
        assert as_alice.get(url).status_code == 200, url


def test_the_page_one_is_on_is_marked(org: Organization) -> None:
    items = nav_items(org, "/settings/team/")
    assert items["/settings/team/"].is_here
    assert not items["/audit/"].is_current


def test_a_count_stands_beside_its_page_and_on_the_phone_menu(
    org: Organization, as_lea: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opencx_admin.orgs.nav._counts", {})
    register_count("/audit/", lambda organization: 7 if organization == org else 0)
    page = as_lea.get("/audit/").content.decode()
    assert page.count("need a person") >= 2
    assert nav_items(org)["/audit/"].count == 7


def test_one_organization_is_named_and_not_offered_to_switch(as_lea: Client) -> None:
    page = as_lea.get("/audit/").content.decode()
    assert "Acme Outfitters" in page
    assert reverse("switch") not in page


def test_a_person_of_two_organizations_switches_and_sees_only_the_chosen_one(
    lea: User, as_lea: Client, org: Organization, other_org: Organization
) -> None:
    MembershipFactory.create(organization=other_org, user=lea, role=Role.VIEWER)
    AuditEntryFactory.create(organization=org, object_label="a change at Acme")
    AuditEntryFactory.create(organization=other_org, object_label="a change at Globex")
    assert as_lea.post("/switch/", {"organization": "globex"})["Location"] == "/"
    page = as_lea.get("/audit/").content.decode()
    assert "a change at Globex" in page
    assert "a change at Acme" not in page


def test_nobody_switches_to_an_organization_that_is_not_theirs(as_lea: Client, other_org: Organization) -> None:
    assert as_lea.post("/switch/", {"organization": other_org.slug}).status_code == 404


def test_the_theme_is_kept_with_the_person_and_comes_back(as_lea: Client, lea: User) -> None:
    assert "data-theme" not in as_lea.get("/audit/").content.decode().split(">", 2)[1]
    assert as_lea.post("/theme/", {"theme": "dark", "next": "/audit/"})["Location"] == "/audit/"
    lea.refresh_from_db()
    assert lea.theme == "dark"
    assert '<html lang="en" data-theme="dark">' in as_lea.get("/audit/").content.decode()


def test_the_theme_before_login_is_a_cookie_and_only_a_known_one(client: Client) -> None:
    client.post("/theme/", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/login/").content.decode()
    client.cookies["theme"] = 'x" onload="'
    assert "onload" not in client.get("/login/").content.decode()


def test_times_stand_in_the_persons_own_zone_with_the_zone_in_the_hover_text(
    lea: User, as_lea: Client, org: Organization
) -> None:
    User.objects.filter(pk=lea.pk).update(time_zone="Asia/Kolkata")
    entry = AuditEntryFactory.create(organization=org)
    type(entry).objects.filter(pk=entry.pk).update(at=dt.datetime(2026, 3, 4, 12, 0, tzinfo=dt.UTC))
    page = as_lea.get("/audit/").content.decode()
    assert "4 Mar 2026, 17:30</time>" in page
    assert 'title="Wed 4 Mar 2026, 17:30:00 IST"' in page
    assert "Kolkata" in page


def test_a_missing_page_keeps_the_frame_for_who_is_logged_in(as_lea: Client, client: Client) -> None:
    page = as_lea.get("/no-such-page/")
    assert page.status_code == 404
    assert "There is no such page" in page.content.decode()
    assert 'aria-label="Main"' in page.content.decode()
    stranger = Client().get("/no-such-page/")
    assert 'aria-label="Main"' not in stranger.content.decode()


def test_somebody_without_an_organization_is_told_so(as_lea: Client, lea: User) -> None:
    lea.memberships.all().delete()
    page = as_lea.get("/audit/")
    assert page.status_code == 403
    assert "You belong to no organization yet" in page.content.decode()


def test_error_pages_need_no_request_at_all(rf: RequestFactory) -> None:
    assert "Our mistake" in server_error(rf.get("/")).content.decode()
    assert "could not be read" in bad_request(rf.get("/"), ValueError("x")).content.decode()


def test_the_style_guide_is_only_there_for_who_builds(as_lea: Client) -> None:
    assert as_lea.get("/style/").status_code == 404
    with override_settings(DEMO=True):
        assert as_lea.get("/style/").status_code == 200


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_template_carries_what_the_content_policy_forbids(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert text.count("\n") <= 150
