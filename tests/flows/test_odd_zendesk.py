"""Replies arrive once and in order though Zendesk answers oddly, late, or about others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from integrations.models import WebhookEvent, ZendeskConnection
from opencx_admin.orgs.models import Organization
from tests.api_client import ApiClient
from tests.flows.between import Between, stand_between
from tests.flows.conftest import Worker, events_of
from tests.flows.test_handoff import hand_off
from tests.sandbox.server import Desk, Sandbox
from ticketing.models import AgentReply, SessionTicketLink

RESPONSE = "conversation.third_party_agent_response"
COMMENTS = "/acme/api/v2/tickets/*/comments"


@pytest.fixture
def between(desk: Desk, sandbox: Sandbox, settings: Settings) -> Iterator[Between]:
    """Zendesk, with somebody between."""
    with stand_between(sandbox.url) as found:
        settings.ZENDESK_URL = f"{found.url}/{{subdomain}}"
        yield found


@pytest.fixture
def ticket(between: Between, desk: Desk, api: ApiClient, worker: Worker) -> int:
    """The number of a linked ticket."""
    hand_off(api)
    worker.rest()
    return int(desk.tickets()[0]["id"])


def responses(sandbox: Sandbox, session_id: str = "ses-1") -> list[str]:
    return [event["response"].strip() for event in events_of(sandbox, session_id, RESPONSE)]


def rings(worker: Worker, desk: Desk, count: int) -> None:
    """Wait until so many calls came and were processed."""
    desk.wait_for_calls(count)
    worker.until(lambda: WebhookEvent.objects.exclude(processed_at=None).count() >= count)
    worker.rest()


def test_a_mention_of_a_deleted_ticket_ends_that_tickets_link_only(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    hand_off(api, "ses-2")
    worker.rest()
    other = max(row["id"] for row in desk.tickets())
    desk.play("delete", other)
    desk.reply(ticket, f"As in #{other}, it is on its way.")
    worker.until(lambda: responses(sandbox))
    worker.rest()
    assert api.get_session("ses-1").body["handoff"]["status"] == "linked"
    assert api.get_session("ses-2").body["handoff"]["reason_code"] == "ticket_deleted"


def test_an_author_who_cannot_be_found_does_not_end_the_link(
    between: Between, desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    between.change("GET", COMMENTS, lambda body: {**body, "users": []})
    missing = {"error": "RecordNotFound", "description": "Not found"}
    between.answer("GET", "/acme/api/v2/users/*", 404, missing)
    desk.reply(ticket, "Who am I?")
    worker.until(lambda: responses(sandbox))
    assert api.get_session("ses-1").body["handoff"]["status"] == "linked"
    assert responses(sandbox) == ["Who am I?"]


def test_without_a_side_load_the_authors_are_asked_for(
    between: Between, desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int
) -> None:
    between.change("GET", COMMENTS, lambda body: {key: value for key, value in body.items() if key != "users"})
    desk.reply(ticket, "Hello.")
    desk.play("end_user", ticket, text="From the contact.", email="carla@customer.example")
    desk.play("new_ticket", email="friend@customer.example", text="Of my own.")
    desk.play("end_user", ticket, text="From a friend.", email="friend@customer.example")
    worker.until(lambda: responses(sandbox))
    worker.rest()
    assert responses(sandbox) == ["Hello."]


def test_side_loaded_people_without_a_role_are_asked_for(
    between: Between, desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int
) -> None:
    def drop_roles(body: dict[str, Any]) -> None:
        for user in body.get("users", []):
            user.pop("role")

    between.change("GET", COMMENTS, drop_roles)
    desk.reply(ticket, "Hello.")
    worker.until(lambda: responses(sandbox))
    assert responses(sandbox) == ["Hello."]


def test_an_answer_without_an_audit_costs_nothing(
    between: Between, desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, org: Organization
) -> None:
    def drop_audit(body: dict[str, Any]) -> None:
        body.pop("audit", None)

    ZendeskConnection.objects.filter(organization=org).update(is_first_comment_public=True)
    between.change("*", "/acme/api/v2/tickets*", drop_audit)
    hand_off(api)
    worker.rest()
    number = desk.tickets()[0]["id"]
    api.post_messages("ses-1", {"id": "m3", "text": "Are you there?"})
    worker.rest()
    desk.reply(number, "Yes.")
    worker.until(lambda: responses(sandbox))
    worker.rest()
    assert responses(sandbox) == ["Yes."]


def test_an_answer_with_the_id_alone_is_enough(
    between: Between, desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, org: Organization
) -> None:
    ZendeskConnection.objects.filter(organization=org).update(is_first_comment_public=True)
    between.change("POST", "/acme/api/v2/tickets", lambda body: {"ticket": {"id": str(body["ticket"]["id"])}})
    hand_off(api)
    worker.rest()
    number = desk.tickets()[0]["id"]
    api.post_messages("ses-1", {"id": "m3", "text": "Are you there?"})
    worker.rest()
    requester = desk.api("GET", f"tickets/{number}").json()["ticket"]["requester_id"]
    assert desk.comments(number)[-1]["author_id"] == requester
    desk.reply(number, "Yes.")
    worker.until(lambda: responses(sandbox))
    worker.rest()
    assert responses(sandbox) == ["Yes."]


def test_a_merged_targets_own_session_still_hears(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    hand_off(api, "ses-2")
    worker.rest()
    other = max(row["id"] for row in desk.tickets())
    desk.play("merge", ticket, into=other)
    desk.reply(other, "Both of you.")
    worker.until(lambda: responses(sandbox) and responses(sandbox, "ses-2"))
    worker.rest()
    desk.reply(other, "Again.")
    worker.until(lambda: len(responses(sandbox)) + len(responses(sandbox, "ses-2")) == 4)
    assert responses(sandbox) == responses(sandbox, "ses-2") == ["Both of you.", "Again."]


@pytest.mark.parametrize("kind", ["cursor", "offset", "sort ignored", "one by one, sort ignored"])
def test_a_hundred_comments_and_our_own_among_them_hide_no_reply(
    between: Between, desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int, kind: str
) -> None:
    desk.fault("webhook_lost", times=50)
    page_of(between, kind)
    desk.reply(ticket, "The first.")
    for number in range(6):
        desk.note(ticket, f"Note {number}")
    api.post_messages("ses-1", {"id": "m3", "text": "Are you there?"})
    worker.rest()
    for number in range(3):
        desk.note(ticket, f"Later note {number}")
    desk.reply(ticket, "The last.")
    call_command("reconcile")
    assert responses(sandbox) == ["The first.", "The last."]


def page_of(between: Between, kind: str) -> None:
    """Page the comments by four, in one of Zendesk's ways."""
    size = 1 if kind.startswith("one") else 4
    held: list[dict[str, Any]] = []

    def cut(body: dict[str, Any]) -> dict[str, Any]:
        rows = sorted(body["comments"], key=lambda row: row["id"], reverse="ignored" not in kind)
        held[:] = rows
        return {"comments": rows, "users": body["users"]}

    between.change("GET", COMMENTS, cut)
    between.pager = lambda body, query: next_page(body, query, size, is_offset=kind == "offset")


def next_page(body: dict[str, Any], query: dict[str, str], size: int, *, is_offset: bool) -> dict[str, Any]:
    number = int(query.get("page" if is_offset else "page[after]", "1" if is_offset else "0"))
    assert not (is_offset and "page[size]" in query and "page" in query), "two ways to page at once"
    at = (number - 1) * size if is_offset else number
    rows = body["comments"]
    more = at + size < len(rows)
    body["comments"] = rows[at : at + size]
    if is_offset:
        body["next_page"] = f"https://x/api?page={number + 1}&per_page={size}" if more else None
    else:
        body["meta"] = {"has_more": more, "after_cursor": str(at + size)}
        body["links"] = {"next": f"https://x/api?page[after]={at + size}"}
    return body


def test_replies_of_one_second_keep_their_order_and_string_ids_are_ids(
    between: Between, desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int
) -> None:
    def blur(body: dict[str, Any]) -> None:
        newest = max(row["created_at"] for row in body["comments"])
        for row in body["comments"]:
            row["created_at"] = newest
            row["id"], row["author_id"] = str(row["id"]), str(row["author_id"])
        for user in body["users"]:
            user["id"] = str(user["id"])

    desk.fault("webhook_lost", times=1)
    desk.reply(ticket, "First.")
    between.change("GET", COMMENTS, blur)
    desk.reply(ticket, "Second.")
    worker.until(lambda: len(responses(sandbox)) == 2)
    desk.reply(ticket, "Third.")
    worker.until(lambda: len(responses(sandbox)) == 3)
    assert responses(sandbox) == ["First.", "Second.", "Third."]


def test_half_characters_and_nul_are_no_reason_to_lose_a_reply(
    between: Between, desk: Desk, sandbox: Sandbox, worker: Worker, ticket: int
) -> None:
    def spoil(body: dict[str, Any]) -> None:
        for row in body["comments"]:
            row["plain_body"] = row["plain_body"].replace("BAD", "\ud800\x00")

    between.change("GET", COMMENTS, spoil)
    desk.reply(ticket, "A BAD reply.")
    worker.until(lambda: AgentReply.objects.exists() and responses(sandbox))
    (text,) = responses(sandbox)
    assert text.startswith("A ")
    assert text.endswith(" reply.")


def test_a_deleted_ticket_that_is_answered_with_200_is_deleted(
    between: Between, desk: Desk, api: ApiClient, worker: Worker, ticket: int
) -> None:
    def delete(body: dict[str, Any]) -> None:
        for row in body.get("tickets", [body.get("ticket")]):
            row["status"] = "deleted"

    between.change("GET", "/acme/api/v2/tickets/show_many", delete)
    between.change("GET", f"/acme/api/v2/tickets/{ticket}", delete)
    call_command("reconcile")
    assert api.get_session("ses-1").body["handoff"]["reason_code"] == "ticket_deleted"
    assert not SessionTicketLink.objects.filter(is_active=True).exists()


@pytest.mark.parametrize("who", ["agent", "contact"])
def test_a_merge_without_a_note_never_leads_to_a_ticket_that_somebody_mentioned(
    between: Between, desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int, who: str
) -> None:
    hand_off(api, "ses-2")
    worker.rest()
    stranger = max(row["id"] for row in desk.tickets())
    if who == "agent":
        desk.reply(ticket, f"As in #{stranger}.")
    else:
        desk.play("end_user", ticket, text=f"Is it #{stranger}?")
    worker.until(lambda: WebhookEvent.objects.exclude(processed_at=None).exists())
    worker.rest()

    def merge(body: dict[str, Any]) -> None:
        for row in body.get("tickets", [body.get("ticket")]):
            if row["id"] == ticket:
                row["tags"], row["status"] = [*row["tags"], "closed_by_merge"], "closed"
                row["updated_at"] = "2030-01-01T00:00:00Z" if who == "agent" else row["updated_at"]

    between.change("GET", f"/acme/api/v2/tickets/{ticket}", merge)
    between.change("GET", "/acme/api/v2/tickets/show_many", merge)
    call_command("reconcile")
    desk.reply(stranger, "For the second contact only.")
    worker.until(lambda: responses(sandbox, "ses-2"))
    assert "For the second contact only." not in responses(sandbox)
    assert api.get_session("ses-1").body["ticketing_system"]["external_id"] == str(ticket)
