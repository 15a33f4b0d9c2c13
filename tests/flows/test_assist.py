"""Assist over real HTTP: one note a comment or the tag that says why not, whatever rings, repeats or dies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integrations.budget import Lane, spend
from integrations.hooks import tell_verified, wants_assist
from integrations.models import ProviderCall, RateBudget, WebhookEvent, ZendeskConnection
from integrations.provisioning.wanted import ASSIST, want_trigger
from opencx_admin.due import due
from opencx_admin.orgs.models import AuditEntry, Organization
from tests.ai_service import ChatService, Reply, run_chat_service
from tests.api_client import HANDOFF, ApiClient
from tests.flows.between import Between, stand_between
from tests.flows.conftest import Worker
from tests.sandbox.server import Desk, Sandbox
from ticketing.assist.tasks import advance_assist
from ticketing.knowledge.sources import add_source
from ticketing.knowledge.sync import advance as advance_source
from ticketing.models import Article, AssistCase, AssistSettings, KnowledgeSource

NOT_HELPFUL = "opencx_skipped_not_helpful_answer"
TOPIC = "opencx_skipped_assist_mode_because_of_the_topic_in_no_assist_list"
RETURNS = {"title": "Send something back", "body": "<p>You can send parcels back within thirty days.</p>"}
BUDGET = {"title": "Goodwill budget", "body": "<p>Agents may spend twenty euros on goodwill.</p>", "restricted": True}
QUESTION = "How many days do I have to send parcels back?"
CONTACT = {"name": "Nadia Native", "email": "nadia@customer.example"}
PUT = "/*/api/v2/tickets/*"


class Hands(Worker):
    """The worker, Assist's rows too."""

    def step(self) -> int:
        rows = super().step()
        for case in due(AssistCase.objects.all()):
            advance_assist(case.pk)
            rows += 1
        return rows

    def skip_waiting(self) -> None:
        super().skip_waiting()
        AssistCase.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def assist(desk: Desk, org: Organization) -> AssistSettings:
    """Assist on, its trigger in Zendesk, two articles known."""
    desk.help_center(replace=True, is_on=True, default_locale="en-us", locales=["en-us"])
    desk.add_articles(RETURNS, BUDGET)
    source = add_source(org)
    while (row := due(KnowledgeSource.objects.filter(pk=source.pk)).first()) is not None:
        advance_source(row)
    desk.make_by_hand("trigger", **want_trigger(ASSIST, desk.webhooks()[0]["id"]))
    return AssistSettings.objects.create(organization=org, is_enabled=True)


@pytest.fixture
def between(desk: Desk, sandbox: Sandbox, settings: Settings) -> Iterator[Between]:
    with stand_between(sandbox.url) as found:
        settings.ZENDESK_URL = f"{found.url}/{{subdomain}}"
        yield found


def open_ticket(desk: Desk, hands: Hands, text: str = QUESTION, **said: Any) -> int:
    """A contact writes a mail to Zendesk; its call has arrived and everything due was done."""
    number = int(desk.play("new_ticket", **{**CONTACT, "subject": "A question", "text": text} | said)["ticket_id"])
    settle(desk, hands)
    return number


def settle(desk: Desk, hands: Hands) -> None:
    """Every call that Zendesk makes has arrived, and nothing is left to do, also of what these acts rang for."""
    for _round in range(3):
        desk.wait_for_calls(0)
        hands.rest()


def notes(desk: Desk, ticket_id: int) -> list[dict[str, Any]]:
    return [comment for comment in desk.comments(ticket_id) if not comment["public"]]


def tags(desk: Desk, ticket_id: int) -> list[str]:
    found: list[str] = desk.api("GET", f"tickets/{ticket_id}").json()["ticket"]["tags"]
    return found


def writes(desk: Desk) -> list[str]:
    return [call["path"] for call in desk.requests() if call["method"] in ("PUT", "POST") and "oauth" not in call["path"]]


def only_case(org: Organization) -> AssistCase:
    return AssistCase.objects.get(organization=org)


def test_a_ticket_opened_in_zendesk_gets_one_internal_note(
    desk: Desk, org: Organization, assist: AssistSettings, hands: Hands
) -> None:
    ticket = open_ticket(desk, hands)
    (note,) = notes(desk, ticket)
    assert note["public"] is False
    assert "within thirty days" in note["body"]
    article = Article.objects.get(title=RETURNS["title"])
    assert article.url in note["html_body"]
    assert "Written by AI from the article above" in note["body"]
    case = only_case(org)
    assert (case.status, case.reason, case.ticket_id, case.note_comment_id) == ("drafted", "", ticket, note["id"])
    assert str(case.uid) in note["html_body"]
    assert case.sources[0]["title"] == RETURNS["title"]
    assert case.confidence > 0.5
    assert not {NOT_HELPFUL, TOPIC} & set(tags(desk, ticket))
    assert article.last_cited_at is not None
    assert len(desk.comments(ticket)) == 2
