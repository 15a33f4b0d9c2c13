"""Every URL × role × method: outsiders see nothing, the weak may not act, wrong methods are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from opencx_admin.orgs.models import Organization, Role, User
from tests.conftest import browser_of
from tests.factories import HandoffFactory, PlatformEventFactory, SessionFactory, WebhookEventFactory
from tests.ticketing.knowledge.copies import Copy
from tests.ticketing.problems.rows import make_problem
from ticketing.models import AssistCase, ReplayJob

# Open to everybody or to every person, or guarded by a key of their own; tested there.
OPEN = {
    "login",
    "logout",
    "theme",
    "healthz",
    "readyz",
    "metrics",
    "api",
    "api-description",
    "receive-zendesk",
    "receive-sunshine",
    "style",
    "account",
}


# A POST that names no object or no act: 404 or 403 come after the role was let in.
NEEDS_MORE = {"switch": 404, "team": 404, "opencx": 403}


def routes(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern)
        else:
            yield pattern


def guarded() -> list[tuple[str, dict[str, Role | None]]]:
    """The name of each page and which role each method needs."""
    return [(str(r.name), getattr(r.callback, "access", {})) for r in routes() if str(r.name) not in OPEN]


@pytest.fixture
def addresses(org: Organization) -> dict[str, str]:
    """A real address for each page that names an object."""
    session = SessionFactory.create(organization=org, external_id="ses-1")
    handoff = HandoffFactory.create(organization=org, session=session)
    event = WebhookEventFactory.create(organization=org)
    sent = PlatformEventFactory.create(organization=org)
    article = Copy(org).add("Returns", "<p>Thirty days.</p>")
    return {
        "article": article.get_absolute_url(),
        "session": "/sessions/ses-1/",
        "timeline-text": "/sessions/ses-1/timeline.txt",
        "handoff": f"/handoffs/{handoff.pk}/",
        "webhook": f"/webhooks/{event.pk}/",
        "webhook-event": f"/webhooks/events/{sent.pk}/",
        "assist-case": AssistCase.objects.create(organization=org, ticket_id=7).get_absolute_url(),
        "problem": make_problem(org).get_absolute_url(),
        "replay-job": ReplayJob.objects.create(organization=org, label="Some").get_absolute_url(),
    }


def address(name: str, addresses: dict[str, str]) -> str:
    if name in addresses:
        return addresses[name]
    route = next(r for r in routes() if str(r.name) == name)
    return f"/{route.pattern}"


@pytest.mark.parametrize(("name", "access"), guarded(), ids=[name for name, _access in guarded()])
def test_the_page_says_who_may_open_it(name: str, access: dict[str, Role | None]) -> None:
    assert access, f"{name} carries no @page"


@pytest.mark.parametrize("name", [name for name, _access in guarded()])
def test_nobody_is_sent_to_the_login(name: str, addresses: dict[str, str], client: Client) -> None:
    for method in ("get", "post"):
        answer = getattr(client, method)(address(name, addresses))
        assert answer.status_code in (302, 403, 405)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/login/")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("name", "access"), guarded(), ids=[name for name, _access in guarded()])
def test_a_role_opens_what_it_may_and_nothing_else(
    name: str, access: dict[str, Any], role: Role, addresses: dict[str, str], request: pytest.FixtureRequest
) -> None:
    person: User = request.getfixturevalue(
        {Role.OWNER: "olga", Role.ADMIN: "alice", Role.LEAD: "lea", Role.VIEWER: "vera"}[role]
    )
    browser, where = browser_of(person), address(name, addresses)
    for method in ("GET", "POST"):
        answer = browser.generic(method, where, data="", content_type="application/x-www-form-urlencoded")
        needed = access.get(method)
        if needed is None:
            assert answer.status_code == 405
        elif not role.allows(needed):
            assert answer.status_code == 403
        else:
            refused = {401, 403, 404, 405, 500} - ({NEEDS_MORE.get(name)} if method == "POST" else set())
            assert answer.status_code not in refused, f"{method} {where}: {answer.status_code}"
    assert browser.put(where).status_code in (403, 405)
    assert browser.delete(where).status_code in (403, 405)


@pytest.mark.parametrize("name", ["article", "session", "handoff", "webhook", "webhook-event", "problem", "replay-job"])
def test_another_organizations_objects_are_not_there(name: str, addresses: dict[str, str], as_mallory: Client) -> None:
    assert as_mallory.get(addresses[name]).status_code == 404
    assert as_mallory.post(addresses[name], {"action": "retry"}).status_code in (404, 405)


def test_somebody_without_an_organization_is_told_so(db: None) -> None:
    answer = browser_of(User.objects.create_user("lost@example.com", "a password of hers")).get("/")
    assert answer.status_code == 403
    assert "belong to no organization" in answer.content.decode()
