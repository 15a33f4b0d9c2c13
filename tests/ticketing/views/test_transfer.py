"""A chat's way into a live conversation on its handoff's page: folded when all went well, step by step when not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from integrations.models import EventResult, ProviderCall
from opencx_admin.orgs.models import Organization
from tests.factories import (
    ConversationTransferFactory,
    HandoffFactory,
    MessageFactory,
    ProviderCallFactory,
    SessionFactory,
    SessionTicketLinkFactory,
    TicketUpdateFactory,
    WebhookEventFactory,
)
from tests.ticketing.views.pages import handoff_of, read
from ticketing.models import Channel, ConversationTransfer, Handoff, ReasonCode

pytestmark = pytest.mark.django_db
APP = "/v2/apps/{appId}"
FOLDED = "live conversation opened, control passed to agents"
Merge = ConversationTransfer.Merge


def chat(
    org: Organization, *, posts: int = 3, state: dict[str, Any] | None = None, **fields: Any
) -> ConversationTransfer:
    """A transfer with the calls that a worker leaves behind; `state` is the handoff's."""
    session = SessionFactory.create(organization=org, channel=Channel.WHATSAPP)
    handoff = HandoffFactory.create(
        session=session, **(state or {"is_linked": True, "route": Handoff.Route.CONVERSATION})
    )
    row = ConversationTransferFactory.create(handoff=handoff, **fields)
    call(row, "GET", "/api/v2/users/search", provider="zendesk", status=200)
    call(row, "PUT", "/api/v2/users/{id}", provider="zendesk", status=200)
    call(row, "POST", f"{APP}/users")
    call(row, "POST", f"{APP}/conversations")
    for _number in range(posts):
        call(row, "POST", f"{APP}/conversations/{{id}}/messages")
    if row.control_passed_at:
        call(row, "POST", f"{APP}/conversations/{{id}}/passControl", status=200)
    return row


def call(row: ConversationTransfer, method: str, path: str, *, status: int = 201, **fields: Any) -> ProviderCall:
    given = {"provider": "sunshine", **fields}
    return ProviderCallFactory.create(
        organization=row.handoff.organization,
        subject=f"handoff:{row.handoff_id}",
        method=method,
        path=path,
        status=status,
        **given,
    )


def link_to(row: ConversationTransfer, **fields: Any) -> Any:
    return SessionTicketLinkFactory.create(
        handoff=row.handoff, ticket_id=0, url="", conversation_id=row.conversation_id, **fields
    )


def page_of(client: Client, row: ConversationTransfer) -> str:
    return read(client, row.handoff.get_absolute_url())


def test_a_transfer_that_went_well_is_one_item_with_its_steps_and_calls_behind_it(
    as_lea: Client, org: Organization
) -> None:
    row = chat(org)
    link_to(row)
    response = as_lea.get(row.handoff.get_absolute_url())
    (item,) = [event for event in response.context["events"] if event.kind == "call_out"]
    assert item.what == FOLDED
    assert "3 messages" in item.note
    steps, calls = item.mores
    assert [line.split("  ", 1)[1] for line in steps.text.splitlines()] == [
        "contact joined with their user in Support",
        "user made in Messaging",
        "conversation made",
        "3 of 3 messages posted",
        "control passed to agents",
    ]
    assert f"POST {APP}/conversations/{{id}}/messages  201  540 ms  × 3" in calls.text
    assert len(calls.text.splitlines()) == 6


def test_the_session_s_page_tells_the_same(as_lea: Client, org: Organization) -> None:
    row = chat(org)
    assert FOLDED in read(as_lea, row.handoff.session.get_absolute_url())


def test_a_user_who_was_there_already_is_no_trouble(as_lea: Client, org: Organization) -> None:
    row = chat(org)
    ProviderCall.objects.filter(path=f"{APP}/users").update(status=409)
    call(row, "GET", f"{APP}/users/{{externalId}}", status=200)
    page = page_of(as_lea, row)
    assert FOLDED in page
    assert "user found in Messaging" in page


def test_a_call_that_failed_on_the_way_unfolds_the_steps(as_lea: Client, org: Organization) -> None:
    row = chat(org)
    call(row, "POST", f"{APP}/conversations/{{id}}/messages", status=503)
    page = page_of(as_lea, row)
    assert FOLDED not in page
    assert "503" in page
    assert "3 of 3 messages posted OK" in page
    assert "control passed to agents OK" in page


@pytest.mark.parametrize(
    ("state", "word"),
    [({"status": "working"}, "Working"), ({"is_retrying": True}, "Retrying"), ({"is_failed": True}, "stopped")],
)
def test_a_transfer_on_its_way_says_how_far_it_is(
    as_lea: Client, org: Organization, state: dict[str, Any], word: str
) -> None:
    row = chat(org, posts=1, state=state, messages_sent=1, control_passed_at=None, control_asked_at=None)
    page = page_of(as_lea, row)
    assert f"1 of 3 messages posted {word}" in page
    assert "control passed" not in page
    assert row.conversation_id in page


@pytest.mark.parametrize(
    ("fields", "looked", "words", "owner"),
    [
        ({}, False, "turn on the Zendesk API credentials in Messaging", "You, here"),
        ({"merge_detail": "Zendesk answered 403."}, True, "the look-up in Zendesk failed", "You, here"),
        ({"support_user_id": 77, "merge_detail": "User 77 …"}, True, "merge them in Zendesk", "You, in Zendesk"),
    ],
)
def test_a_missed_join_says_what_may_come_of_it_and_whose_move_it_is(
    as_lea: Client, org: Organization, fields: dict[str, Any], looked: bool, words: str, owner: str
) -> None:
    row = chat(org, **{"merge": Merge.MISSED, "support_user_id": None, **fields})
    if not looked:
        ProviderCall.objects.filter(provider="zendesk").delete()
    content = as_lea.get(row.handoff.get_absolute_url()).content.decode()
    page = page_of(as_lea, row)
    assert f"One person may become two contacts: {words}" in page
    assert owner in page
    assert fields.get("merge_detail", "") in page
    assert ("/settings/integrations/zendesk/messaging/" in content) is (owner == "You, here")
    assert FOLDED not in page
    assert "one person may become two contacts not joined" in page


def test_a_joined_contact_and_the_conversation_s_id_stand_beside_it(as_vera: Client, org: Organization) -> None:
    row = chat(org)
    content = as_vera.get(row.handoff.get_absolute_url()).content.decode()
    assert f'data-copy="{row.conversation_id}"' in content
    assert "with the contact’s user there" in content


def test_a_chat_that_went_as_a_ticket_says_why_and_where_to_mend_it(as_lea: Client, org: Organization) -> None:
    handoff = HandoffFactory.create(organization=org, is_linked=True, fell_back="Messaging is not active.")
    content = as_lea.get(handoff.get_absolute_url()).content.decode()
    assert "Went as a ticket: Messaging is not active." in content
    assert "/settings/integrations/zendesk/messaging/" in content


def test_a_deleted_conversation_keeps_its_story_beside_the_new_one(as_lea: Client, org: Organization) -> None:
    row = chat(org)
    before = timezone.now() - dt.timedelta(hours=1)
    ProviderCall.objects.update(at=before)
    link_to(row, is_active=False, ended_as="deleted", ended_at=before + dt.timedelta(minutes=1))
    ConversationTransfer.objects.filter(pk=row.pk).update(conversation_id="conversation-anew")
    call(row, "POST", f"{APP}/conversations")
    call(row, "POST", f"{APP}/conversations/{{id}}/passControl", status=200)
    assert page_of(as_lea, row).count(FOLDED) == 2


def test_messages_that_came_back_are_one_item_with_a_way_to_them(as_lea: Client, org: Organization) -> None:
    row = chat(org)
    link_to(row)
    for reason in ("own_echo", "own_echo", "contact_message"):
        WebhookEventFactory.create(
            organization=org, is_of_sunshine=True, conversation_id=row.conversation_id, reason=reason,
            result=EventResult.IGNORED,
        )  # fmt: skip
    WebhookEventFactory.create(
        organization=org, is_of_sunshine=True, conversation_id=row.conversation_id,
        event_type="switchboard:releaseControl", effects=["Agents ended the chat."],
    )  # fmt: skip
    content = as_lea.get(row.handoff.get_absolute_url()).content.decode()
    page = page_of(as_lea, row)
    assert "3 messages of the AI or the contact came back known here, nothing to do 3 calls" in page
    assert f"view=ignored&amp;conversation={row.conversation_id}" in content
    assert page.count("message in a conversation") == 0
    assert "control given back: agents ended the chat 200" in page


@pytest.mark.parametrize(
    ("detail", "words"),
    [("", "contact has no user in Support yet"), ("Nothing was given.", "nothing to look the contact up by")],
)
def test_a_contact_without_a_user_is_no_trouble(as_lea: Client, org: Organization, detail: str, words: str) -> None:
    row = chat(org, merge=Merge.NOBODY, merge_detail=detail, support_user_id=None)
    ProviderCall.objects.all().delete()
    page = page_of(as_lea, row)
    assert words in page
    assert FOLDED in page
    assert (detail or "No user to join with yet") in page


def test_a_later_message_is_in_the_conversation_not_in_a_ticket(as_lea: Client, org: Organization) -> None:
    row = chat(org)
    link_to(row)
    message = MessageFactory.create(session=row.handoff.session)
    TicketUpdateFactory.create(message=message, status="done", next_attempt_at=None)
    page = page_of(as_lea, row)
    assert "in the conversation" in page
    assert "in the ticket" not in page


def test_a_plain_ticket_keeps_its_calls_and_has_no_conversation(as_lea: Client, org: Organization) -> None:
    link = SessionTicketLinkFactory.create(organization=org)
    ProviderCallFactory.create(organization=org, subject=f"handoff:{handoff_of(link).pk}")
    page = read(as_lea, handoff_of(link).get_absolute_url())
    assert "POST /api/v2/tickets 201 made" in page
    assert "Live conversation" not in page


def test_a_long_transcript_costs_no_more_queries(
    as_lea: Client, org: Organization, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    row = chat(org, posts=40, messages_sent=40)
    link_to(row)
    with django_assert_max_num_queries(24):
        page = as_lea.get(row.handoff.get_absolute_url()).content.decode()
    assert "40 messages" in page


@pytest.mark.parametrize(
    ("state", "words", "absent"),
    [
        (
            {"is_failed": True, "reason_code": ReasonCode.CREDENTIALS_REJECTED},
            "Zendesk does not know our Messaging key",
            "never a second one",
        ),
        (
            {"is_retrying": True, "reason_code": ReasonCode.OUTCOME_UNKNOWN},
            "its step may be done already",
            "ticket may exist",
        ),
        (
            {"is_failed": True, "reason_code": ReasonCode.ZENDESK_UNAVAILABLE},
            "nothing stands in it twice",
            "Make the ticket",
        ),
        (
            {"is_retrying": True, "reason_code": ReasonCode.CONVERSATION_LIMIT},
            "Show how, in Messaging",
            "Make the ticket",
        ),
    ],
)
def test_the_next_step_of_a_chat_speaks_of_the_conversation(
    as_lea: Client, org: Organization, state: dict[str, Any], words: str, absent: str
) -> None:
    page = page_of(as_lea, chat(org, state=state, control_passed_at=None, messages_sent=1))
    assert words in page
    assert absent not in page


def test_a_refused_messaging_key_leads_to_messaging_and_a_refused_token_to_ticketing(
    as_lea: Client, org: Organization
) -> None:
    refused = {"is_failed": True, "reason_code": ReasonCode.CREDENTIALS_REJECTED}
    of_chat = chat(org, state=refused, control_passed_at=None, messages_sent=1, merge=Merge.FOUND).handoff
    of_ticket = HandoffFactory.create(organization=org, **refused)
    urls = [
        action.url
        for handoff in (of_chat, of_ticket)
        for action in as_lea.get(handoff.get_absolute_url()).context["step"].banner.actions
        if "/settings/" in action.url
    ]
    assert [url.rsplit("/", 2)[1] for url in urls] == ["messaging", "ticketing"]


def test_a_deleted_conversation_is_not_called_a_ticket(as_lea: Client, org: Organization) -> None:
    row = chat(org, state={"is_failed": True, "reason_code": ReasonCode.TICKET_DELETED})
    link_to(row, is_active=False, ended_as="deleted", ended_at=timezone.now())
    page = page_of(as_lea, row)
    assert "Conversation was deleted, the link has ended" in page
    assert "Begin a new conversation" in page
    assert "The conversation was deleted in Zendesk" in page
    assert "The ticket was deleted" not in page


def test_a_message_missing_in_a_chat_is_written_into_the_conversation(as_lea: Client, org: Organization) -> None:
    row = chat(org)
    link_to(row)
    TicketUpdateFactory.create(session=row.handoff.session, is_failed=True)
    page = page_of(as_lea, row)
    assert "A contact’s message is not in the conversation" in page
    assert "Write it into the conversation" in page
