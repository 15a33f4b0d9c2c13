"""An unmodified client library works against the stand-in: zdesk, pointed at its URL."""

from typing import Any

import pytest
import zdesk

from tests.sandbox.server import Desk

BOB = {"name": "Bob Smith", "email": "bob@example.com"}
ORDER = {
    "requester": BOB,
    "subject": "My order",
    "description": "Where is it?",
    "external_id": "session-7",
    "tags": ["a"],
}


@pytest.fixture
def zendesk(desk: Desk) -> Any:
    """The library, with the account's API token."""
    email, token = desk.credentials
    return zdesk.Zendesk(desk.url, zdesk_email=email.removesuffix("/token"), zdesk_api=token)


@pytest.fixture
def number(zendesk: Any) -> str:
    """A ticket made through it; the library reads the id from Location."""
    return str(zdesk.get_id_from_url(zendesk.ticket_create(data={"ticket": ORDER})))


def test_a_ticket_is_read_answered_and_deleted(zendesk: Any, number: str) -> None:
    assert zendesk.ticket_show(number)["ticket"]["subject"] == "My order"
    change = {"ticket": {"comment": {"body": "On its way", "public": True}, "status": "pending"}}
    assert zendesk.ticket_update(number, data=change)["ticket"]["status"] == "pending"
    assert [one["body"] for one in zendesk.ticket_comments(number)["comments"]] == ["Where is it?", "On its way"]
    assert len(zendesk.ticket_audits(number)["audits"]) == 2
    assert zendesk.ticket_tags_update(number, data={"tags": ["b"]})["tags"] == ["a", "b"]
    zendesk.ticket_delete(number)
    with pytest.raises(zdesk.ZendeskError) as caught:
        zendesk.ticket_show(number)
    assert caught.value.error_code == 404


def test_tickets_are_found(zendesk: Any, number: str) -> None:
    assert zendesk.search(query="type:ticket external_id:session-7")["count"] == 1
    assert [str(one["id"]) for one in zendesk.tickets_list(external_id="session-7")["tickets"]] == [number]
    assert [str(one["id"]) for one in zendesk.incremental_tickets_cursor_list(start_time=1)["tickets"]] == [number]


def test_users_are_made_and_found(zendesk: Any) -> None:
    made = zendesk.user_create(data={"user": BOB})
    found = zendesk.users_search(query="email:bob@example.com")["users"]
    assert str(found[0]["id"]) == zdesk.get_id_from_url(made)
    assert zendesk.users_me()["user"]["role"] == "admin"


def test_tickets_are_merged(zendesk: Any, number: str) -> None:
    other = zdesk.get_id_from_url(zendesk.ticket_create(data={"ticket": ORDER}))
    assert zendesk.ticket_merge(number, data={"ids": [other]})["job_status"]["status"] == "queued"
    assert zendesk.ticket_show(other)["ticket"]["status"] == "closed"


def test_a_file_is_sent_ahead(zendesk: Any) -> None:
    sent = zendesk.upload_create(filename="a.txt", data=b"hello", mime_type="application/binary")
    assert sent


def test_rules_are_listed(zendesk: Any) -> None:
    assert len(zendesk.triggers_list()["triggers"]) == 1
    assert {one["type"] for one in zendesk.ticket_fields_list()["ticket_fields"]} >= {"subject", "status"}


def test_pages_are_walked(zendesk: Any) -> None:
    for turn in range(5):
        zendesk.ticket_create(data={"ticket": {"subject": str(turn), "comment": {"body": "x"}}})
    assert len(zendesk.tickets_list(per_page=2, get_all_pages=True)["tickets"]) == 5


def test_a_wrong_token_is_an_authentication_error(desk: Desk) -> None:
    stranger = zdesk.Zendesk(desk.url, zdesk_email="admin@acme.example", zdesk_api="wrong")
    with pytest.raises(zdesk.AuthenticationError):
        stranger.tickets_list()


def test_a_full_minute_is_a_rate_limit_error(desk: Desk, zendesk: Any) -> None:
    desk.fault("429", seconds=1)
    with pytest.raises(zdesk.RateLimitError):
        zendesk.tickets_list()
    assert zendesk.tickets_list()["tickets"] == []


def test_an_oauth_token_works_as_well(desk: Desk) -> None:
    said = {"grant_type": "client_credentials", **desk.client, "scope": "read"}
    token = desk.api("POST", "../../oauth/tokens", json=said).json()["access_token"]
    assert zdesk.Zendesk(desk.url, zdesk_oauth=token).users_me()["user"]["email"] == "admin@acme.example"
