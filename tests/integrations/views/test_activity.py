"""Webhook activity: the list, a call, an event."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import responses
from django.test import Client

from integrations.models import EventResult, PlatformEvent, WebhookEndpoint, WebhookEvent
from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import (
    PlatformEventFactory,
    ProviderCallFactory,
    SessionFactory,
    SessionTicketLinkFactory,
    WebhookEventFactory,
    ZendeskConnectionFactory,
)
from tests.ticketing.views.pages import words as plain_words

URL = "/webhooks/"
BODY = '{"ticket_id": "31877", "external_id": "legacy-1", "requester": "mariana@example.com"}'

pytestmark = pytest.mark.django_db


def make(org: Organization, **fields: Any) -> WebhookEvent:
    return WebhookEventFactory.create(organization=org, **fields)


def unmatched(org: Organization, **fields: Any) -> WebhookEvent:
    """A call that names a session we do not know."""
    return make(
        org,
        result=EventResult.NO_MATCH,
        reason="unmatched_ticket",
        http_status=500,
        ticket_id="31877",
        external_id="legacy-1",
        session_ref="",
        body=BODY,
        next_attempt_at=None,
        **fields,
    )


def page_of(event: WebhookEvent) -> str:
    return f"{URL}{event.pk}/"


def test_an_empty_activity_says_how_to_begin(as_vera: Client) -> None:
    text = as_vera.get(URL).content.decode()
    assert "No webhook call has ever come" in text
    assert "/settings/integrations/zendesk/webhook/" in text


def test_the_list_shows_every_call_of_the_organization_and_no_other(
    as_vera: Client, org: Organization, other_org: Organization
) -> None:
    mine, theirs = make(org, ticket_id="48219"), make(other_org, ticket_id="66666")

    text = as_vera.get(URL).content.decode()

    assert "#48219" in text
    assert "#66666" not in text
    assert as_vera.get(page_of(mine)).status_code == 200
    assert as_vera.get(page_of(theirs)).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("result=no_match", {"31877"}),
        ("view=person", {"31877"}),
        ("view=ignored", {"48221"}),
        ("ticket=48219", {"48219"}),
        ("ticket=%2348219", {"48219"}),
        ("session=ses_1", {"48219"}),
        ("session=legacy-1", {"31877"}),
        ("conversation=conversation-7", set()),
        ("when=hour", {"31877", "48219", "48221"}),
        ("result=nonsense", {"31877", "48219", "48221"}),
        ("view=nonsense&before=x", {"31877", "48219", "48221"}),
        ("view=ignored&result=delivered", set()),
    ],
)
def test_filters_live_in_the_url(as_vera: Client, org: Organization, query: str, found: set[str]) -> None:
    unmatched(org)
    make(org, ticket_id="48219", session_ref="ses_1", external_id="ses_1", result=EventResult.DELIVERED)
    make(org, ticket_id="48221", session_ref="ses_2", external_id="ses_2", result=EventResult.IGNORED)

    text = as_vera.get(f"{URL}?{query}").content.decode()

    assert {ticket for ticket in ("31877", "48219", "48221") if f"#{ticket}" in text} == found


def test_the_navigation_counts_what_needs_a_person(as_vera: Client, org: Organization, other_org: Organization) -> None:
    unmatched(org)
    make(org, result=EventResult.DELIVERED)
    unmatched(other_org)
    assert '<span class="count"><span>1</span>' in as_vera.get(URL).content.decode()


def test_pages_are_stable_and_older_rows_follow(as_vera: Client, org: Organization) -> None:
    made = [make(org, ticket_id=str(50000 + n)) for n in range(35)]

    first = as_vera.get(URL).content.decode()
    older = as_vera.get(f"{URL}?before={made[5].pk}").content.decode()

    assert f"?before={made[5].pk}" in first
    assert "#50004" not in first
    assert "#50004" in older
    assert "#50005" not in older


def test_queries_do_not_grow_with_rows(
    as_vera: Client, org: Organization, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _number in range(25):
        make(org)
        PlatformEventFactory.create(organization=org)
    with django_assert_max_num_queries(14):
        as_vera.get(URL)
    with django_assert_max_num_queries(14):
        as_vera.get(f"{URL}?view=events")


def test_new_calls_wait_behind_a_link(as_vera: Client, org: Organization) -> None:
    shown = make(org)
    make(org)
    make(org)

    answer = as_vera.get(f"{URL}?since={shown.pk}", headers={"HX-Request": "true"}).content.decode()

    assert "2 new, show" in answer
    assert "<table" not in answer
    assert as_vera.get(f"{URL}?since=x", headers={"HX-Request": "true"}).content.decode().strip() == ""


@pytest.mark.parametrize(
    ("result", "reason", "words"),
    [
        ("incomplete", "malformed_payload", "The body is no JSON object."),
        ("incomplete", "missing_ticket_id", "The body has no ticket_id."),
        ("incomplete", "missing_external_id", "The body has no external_id."),
        ("no_match", "unmatched_ticket", "names a session that we do not know."),
        ("ignored", "internal_note", "The newest comment is an internal note."),
        ("ignored", "native_ticket", "was opened in Zendesk."),
        ("ignored", "ticket_deleted", "was deleted in Zendesk."),
        ("duplicate", "read_already", "A later reading of the ticket has seen it already."),
        ("waiting", "waits_for_link", "ticket is not linked yet."),
        ("retrying", "unauthorized", "Zendesk refuses our credentials"),
        ("retrying", "unavailable", "Zendesk could not be read; we try again."),
        ("failed", "unavailable", "Zendesk could not be read for a day."),
        ("delivered", "", "The call did what it rang for."),
        ("queued", "", "The call is stored and about to be processed."),
        ("ignored", "a_reason_of_tomorrow", "Nothing had to be done."),
    ],
)
def test_each_reason_is_a_sentence(as_vera: Client, org: Organization, result: str, reason: str, words: str) -> None:
    event = make(org, result=result, reason=reason)
    assert words in as_vera.get(page_of(event)).content.decode()


@pytest.mark.parametrize(
    ("result", "reason", "words", "owner"),
    [
        ("ignored", "own_echo", "Our own message came back.", ""),
        ("ignored", "contact_message", "The contact’s own message.", ""),
        ("ignored", "bot", "A bot wrote it, no agent.", ""),
        ("ignored", "other_conversation", "The conversation belongs to no session.", ""),
        ("ignored", "not_used", "We do not use this event: conversation read.", ""),
        ("incomplete", "malformed_event", "The event is broken.", "Your move, in Zendesk: look who calls this webhook"),
        ("waiting", "waits_for_link", "The conversation is not linked yet.", "Us"),
        ("delivered", "fell_back", "The chat goes on as a ticket.", "Your move, here: verify"),
        ("duplicate", "nothing_new", "It changed nothing: we knew it already.", ""),
        ("ignored", "ticket_deleted", "The conversation was deleted in Zendesk.", ""),
        ("ignored", "link_ended", "The conversation’s link to its session has ended.", ""),
        ("delivered", "", "The event did what it told of.", ""),
        ("queued", "", "The event is stored and about to be processed.", "Us"),
        ("retrying", "unavailable", "It could not be processed; we try again.", "Us"),
        ("failed", "providererror", "It could not be processed for a day.", "Your move, here: replay it."),
        ("ignored", "a_reason_of_tomorrow", "Nothing had to be done.", ""),
    ],
)
def test_each_reason_of_a_chat_s_event_is_a_sentence_with_whose_move_it_is(
    as_vera: Client, org: Organization, result: str, reason: str, words: str, owner: str
) -> None:
    kind = "conversation:read" if reason == "not_used" else "conversation:message"
    event = make(org, is_of_sunshine=True, result=result, reason=reason, event_type=kind)
    page = as_vera.get(page_of(event)).content
    detail = plain_words(page.split(b'aria-label="What happened">')[1].split(b"</section>")[0])
    assert f"{words} " in detail
    assert owner in detail
    assert owner or "Your move" not in detail


def test_a_chat_s_events_name_their_kind_and_conversation_and_can_be_filtered_by_it(
    as_vera: Client, org: Organization
) -> None:
    told = make(org, is_of_sunshine=True, conversation_id="conversation-7", reason="bot", result=EventResult.IGNORED)
    make(org, is_of_sunshine=True, conversation_id="conversation-8", event_type="switchboard:releaseControl")
    make(org, ticket_id="48219")

    every = plain_words(as_vera.get(URL).content)
    one = plain_words(as_vera.get(f"{URL}?conversation=conversation-7").content)
    detail = as_vera.get(page_of(told)).content.decode()

    assert "A bot’s message message in a conversation conversation-7" in every
    assert "control given back: agents ended the chat conversation-8" in every
    assert "#48219" in every
    assert "conversation-8" not in one
    assert "#48219" not in one
    assert "?conversation=conversation-7" in detail
    assert "X-API-Key" in detail
    assert "POST /webhooks/sunshine/" in detail


@pytest.mark.parametrize(("reason", "is_replayed"), [("bot", True), ("not_used", False), ("malformed_event", False)])
def test_a_chat_s_event_can_be_replayed_when_there_is_something_in_it(
    as_lea: Client, org: Organization, reason: str, is_replayed: bool
) -> None:
    event = make(org, is_of_sunshine=True, reason=reason, result=EventResult.IGNORED, next_attempt_at=None)
    page = as_lea.get(page_of(event)).content.decode()
    as_lea.post(page_of(event), {"action": "replay"})
    event.refresh_from_db()
    assert (event.result == EventResult.QUEUED) is is_replayed
    assert ("A replay is not possible" in page) is not is_replayed


def test_a_chat_s_words_and_files_are_hidden_until_a_lead_asks(as_lea: Client, org: Organization) -> None:
    said = {"payload": {"message": {"author": {"displayName": "Sam"}, "content": {"mediaUrl": "https://f.example/1"}}}}
    page = as_lea.get(page_of(make(org, is_of_sunshine=True, body=json.dumps(said)))).content.decode()
    assert "Sam" not in page
    assert "f.example" not in page


def test_a_call_hides_people_until_a_lead_asks_and_that_is_written_down(
    as_lea: Client, as_vera: Client, org: Organization
) -> None:
    event = unmatched(org)

    assert "mariana" not in as_lea.get(page_of(event)).content.decode()
    assert "1 value hidden" in as_lea.get(page_of(event)).content.decode()
    assert as_vera.post(page_of(event), {"action": "reveal"}).status_code == 403
    assert not AuditEntry.objects.exists()
    assert "mariana@example.com" in as_lea.post(page_of(event), {"action": "reveal"}).content.decode()
    assert AuditEntry.objects.get().action == "webhook.reveal"


def test_the_url_of_the_webhook_is_not_shown_whole(as_lea: Client, as_vera: Client, org: Organization) -> None:
    endpoint = WebhookEndpoint.current(org)
    event, token = unmatched(org, endpoint=endpoint), endpoint.token.reveal()
    assert token not in as_lea.get(page_of(event)).content.decode()
    assert token[:6] not in as_vera.get(page_of(event)).content.decode()


def test_a_replay_queues_the_call_and_says_what_it_does(as_lea: Client, org: Organization) -> None:
    session = SessionFactory.create(organization=org, external_id="ses_1")
    SessionTicketLinkFactory.create(organization=org, session=session, ticket_id=48219)
    event = make(org, ticket_id="48219", external_id="ses_1", result=EventResult.IGNORED, next_attempt_at=None)
    assert "A replay now reads ticket #48219 again" in as_lea.get(page_of(event)).content.decode()

    response = as_lea.post(f"{page_of(event)}?view=ignored", {"action": "replay"})

    assert response.status_code == 302
    assert response["Location"] == f"{page_of(event)}?view=ignored"
    event.refresh_from_db()
    assert (event.result, event.replays) == (EventResult.QUEUED, 1)
    assert event.next_attempt_at is not None
    assert AuditEntry.objects.get(action="webhook.replay").before == {"result": "ignored"}


@pytest.mark.parametrize(("result", "is_live"), [("queued", True), ("working", True), ("delivered", False)])
def test_a_call_is_live_only_while_it_moves(as_vera: Client, org: Organization, result: str, is_live: bool) -> None:
    event = make(org, result=result)
    assert ('hx-trigger="every 2s"' in as_vera.get(page_of(event)).content.decode()) is is_live


def test_a_replay_of_a_strange_call_finds_no_session_again(as_lea: Client, org: Organization) -> None:
    assert "A replay now finds no session again." in as_lea.get(page_of(unmatched(org))).content.decode()


def test_a_call_without_a_ticket_cannot_be_replayed(as_lea: Client, org: Organization) -> None:
    event = make(org, result="incomplete", reason="missing_ticket_id", ticket_id="", next_attempt_at=None)

    page = as_lea.get(page_of(event)).content.decode()
    as_lea.post(page_of(event), {"action": "replay"})

    event.refresh_from_db()
    assert "A replay is not possible" in page
    assert event.result == EventResult.INCOMPLETE


@pytest.mark.parametrize("action", ["replay", "match", "reveal"])
def test_a_viewer_acts_on_nothing(as_vera: Client, org: Organization, action: str) -> None:
    event = unmatched(org)
    assert as_vera.post(page_of(event), {"action": action, "session_id": "x"}).status_code == 403
    assert "needs the role lead" in as_vera.get(page_of(event)).content.decode()


@pytest.mark.parametrize("session_id", ["", "no-such-session", "x" * 256, "a\x00b"])
def test_matching_to_no_session_is_422_and_changes_nothing(as_lea: Client, org: Organization, session_id: str) -> None:
    event = unmatched(org)
    assert as_lea.post(page_of(event), {"action": "match", "session_id": session_id}).status_code == 422
    event.refresh_from_db()
    assert event.result == EventResult.NO_MATCH


def test_a_session_of_another_organization_cannot_be_matched(
    as_lea: Client, org: Organization, other_org: Organization
) -> None:
    SessionFactory.create(organization=other_org, external_id="ses_theirs")
    event = unmatched(org)
    assert as_lea.post(page_of(event), {"action": "match", "session_id": "ses_theirs"}).status_code == 422


@responses.activate
def test_a_person_matches_a_call_to_a_session(as_lea: Client, org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org, with_token=True)
    SessionFactory.create(organization=org, external_id="ses_1")
    ticket = {
        "id": 31877,
        "external_id": "legacy-1",
        "status": "open",
        "tags": [],
        "created_at": "2026-11-01T00:00:00Z",
    }
    responses.get("https://acme.zendesk.com/api/v2/tickets/31877", json={"ticket": ticket})
    event = unmatched(org)

    response = as_lea.post(page_of(event), {"action": "match", "session_id": "ses_1"})

    assert response.status_code == 302
    event.refresh_from_db()
    assert event.result == EventResult.QUEUED
    assert AuditEntry.objects.get(action="webhook.match").after == {"session": "ses_1"}


def test_an_unknown_button_is_422(as_lea: Client, org: Organization) -> None:
    assert as_lea.post(page_of(make(org)), {"action": "explode"}).status_code == 422


def test_a_call_shows_what_it_caused_and_what_we_asked(as_vera: Client, org: Organization) -> None:
    event = make(org, result="delivered", effects=["Reply of Sam goes to the contact."])
    ProviderCallFactory.create(organization=org, subject=f"webhook:{event.pk}", path="/api/v2/tickets/{id}/comments")

    text = as_vera.get(page_of(event)).content.decode()

    assert "Reply of Sam goes to the contact." in text
    assert "/api/v2/tickets/{id}/comments" in text


def test_an_event_shows_its_attempts_and_can_be_sent_again(as_lea: Client, as_vera: Client, org: Organization) -> None:
    event = PlatformEventFactory.create(organization=org, is_failed=True)
    ProviderCallFactory.create(organization=org, provider="platform", subject=f"event:{event.pk}", status=503)
    url = f"{URL}events/{event.pk}/"

    text = as_vera.get(url).content.decode()

    assert event.webhook_id in text
    assert "503" in text
    assert as_vera.post(url, {"action": "retry"}).status_code == 403
    assert as_lea.post(url, {"action": "retry"}).status_code == 302
    event.refresh_from_db()
    assert event.status == PlatformEvent.Status.QUEUED


def test_a_delivered_event_is_not_sent_again(as_lea: Client, org: Organization) -> None:
    event = PlatformEventFactory.create(organization=org, is_delivered=True)
    as_lea.post(f"{URL}events/{event.pk}/", {"action": "retry"})
    event.refresh_from_db()
    assert event.status == PlatformEvent.Status.DELIVERED
    assert not AuditEntry.objects.exists()


def test_an_event_hides_the_reply_until_a_lead_asks(as_lea: Client, org: Organization) -> None:
    event = PlatformEventFactory.create(organization=org, body='{"data": {"response": "Your parcel, Mariana"}}')
    url = f"{URL}events/{event.pk}/"
    assert "Mariana" not in as_lea.get(url).content.decode()
    assert "Mariana" in as_lea.post(url, {"action": "reveal"}).content.decode()
    assert AuditEntry.objects.get().action == "event.reveal"


def test_an_event_of_another_organization_is_not_there(as_lea: Client, other_org: Organization) -> None:
    event = PlatformEventFactory.create(organization=other_org)
    assert as_lea.get(f"{URL}events/{event.pk}/").status_code == 404
    assert as_lea.post(f"{URL}events/{event.pk}/", {"action": "retry"}).status_code == 404
