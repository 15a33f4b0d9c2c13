"""PUT, GET and PATCH of a session (contract 3)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from opencx_admin.orgs.models import Organization
from tests.api_client import SESSION, ApiClient
from tests.factories import ContactFactory, HandoffFactory, SessionFactory, SessionTicketLinkFactory
from ticketing.models import Channel, Contact, Session

WHOLE: dict[str, Any] = {
    "channel": "whatsapp",
    "contact": {
        "id": "c-1",
        "name": "Carla Contact",
        "email": "carla@customer.example",
        "email_verified": True,
        "phone": "+49 30 1234567",
        "custom_data": {"plan": "gold", "orders": [1, 2]},
    },
    "language": "de",
    "sentiment": "angry",
    "subject": "Where is my order?",
    "custom_data": {"cart": {"total": 12.5}},
}
ODD_IDS = [
    "plain",
    "with space",
    "with/slash",
    "a/messages/b",
    "with%2Fpercent",
    "with?question#hash&and=equals",
    "ünïcødé 名前 🙂",
    "..",
    "trailing/",
    "https://platform.example/sessions/1",
    "'; DROP TABLE session; --",
    "<script>alert(1)</script>",
    "x" * 255,
    "ü" * 255,
]


def test_a_new_session_is_created_whole(api: ApiClient, org: Organization) -> None:
    answer = api.put_session("s-1", WHOLE)

    assert answer.status == 201
    session = Session.objects.get()
    assert (session.organization, session.external_id, session.channel) == (org, "s-1", Channel.WHATSAPP)
    assert answer.body == WHOLE | {
        "id": "s-1",
        "status": "open",
        "handed_off": False,
        "handoff": None,
        "ticketing_system": None,
        "created_at": answer.body["created_at"],
        "updated_at": answer.body["updated_at"],
    }
    assert dt.datetime.fromisoformat(answer.body["created_at"]).tzinfo is not None
    assert api.get_session("s-1").body == answer.body


def test_the_smallest_session_is_enough(api: ApiClient) -> None:
    answer = api.put_session("s-1", {"channel": "web", "contact": {"id": "c-1"}})

    assert answer.status == 201
    assert answer.body["contact"] == {
        "id": "c-1",
        "name": "",
        "email": "",
        "email_verified": False,
        "phone": "",
        "custom_data": {},
    }
    assert answer.body["sentiment"] is None


@pytest.mark.parametrize("channel", Channel.values)
def test_every_channel_is_known(api: ApiClient, channel: str) -> None:
    assert api.put_session("s-1", SESSION | {"channel": channel}).body["channel"] == channel


def test_a_repeat_answers_the_same_with_200(api: ApiClient) -> None:
    first = api.put_session("s-1", WHOLE)
    again = api.put_session("s-1", WHOLE)

    assert (again.status, again.body) == (200, first.body)
    assert (Session.objects.count(), Contact.objects.count()) == (1, 1)


def test_a_repeat_brings_up_to_date_what_it_says_and_keeps_the_rest(api: ApiClient) -> None:
    api.put_session("s-1", WHOLE)
    said = {"channel": "whatsapp", "contact": {"id": "c-1", "name": "Carla C."}, "sentiment": "happy"}
    answer = api.put_session("s-1", said)

    assert answer.body["contact"] == WHOLE["contact"] | {"name": "Carla C."}
    assert answer.body["sentiment"] == "happy"
    assert answer.body["subject"] == WHOLE["subject"]


def test_null_and_empty_text_mean_not_said(api: ApiClient) -> None:
    api.put_session("s-1", WHOLE)
    contact = {"id": "c-1", "name": None, "email": None, "email_verified": None, "phone": None, "custom_data": None}
    nothing = {"language": None, "sentiment": None, "subject": "", "custom_data": None}
    answer = api.put_session("s-1", {"channel": "whatsapp", "contact": contact} | nothing)

    assert answer.body["contact"] == WHOLE["contact"]
    assert answer.body["custom_data"] == WHOLE["custom_data"]


def test_a_changed_email_is_not_verified_any_more(api: ApiClient) -> None:
    api.put_session("s-1", WHOLE)
    answer = api.put_session("s-1", SESSION | {"contact": {"id": "c-1", "email": "other@customer.example"}})

    assert answer.body["contact"]["email_verified"] is False


def test_a_contact_has_one_row_for_all_sessions(api: ApiClient, org: Organization) -> None:
    api.put_session("s-1")
    api.put_session("s-2")

    contact = Contact.objects.get()
    assert {session.contact for session in Session.objects.filter(organization=org)} == {contact}


@pytest.mark.parametrize("session_id", ODD_IDS)
def test_an_id_may_be_any_text(api: ApiClient, session_id: str) -> None:
    assert api.put_session(session_id).status == 201
    assert api.get_session(session_id).body["id"] == session_id
    assert api.post_messages(session_id, {}).status == 202
    assert api.patch_session(session_id, {"status": "open"}).status == 200


@pytest.mark.parametrize("session_id", ["x" * 256, "line\nbreak", "nul\x00", "escape\x1b"])
def test_an_id_that_cannot_be_is_refused(api: ApiClient, session_id: str) -> None:
    answer = api.put_session(session_id)

    assert (answer.status, answer.body["error"], list(answer.body["fields"])) == (422, "invalid", ["session_id"])
    for refused in (api.get_session(session_id), api.post_messages(session_id, {}), api.hand_off(session_id)):
        assert (refused.status, refused.body["error"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"channel": "fax"}, "channel"),
        ({"channel": None}, "channel"),
        ({"channel": ["web"]}, "channel"),
        ({"contact": None}, "contact"),
        ({"contact": "c-1"}, "contact"),
        ({"contact": {}}, "contact.id"),
        ({"contact": {"id": ""}}, "contact.id"),
        ({"contact": {"id": 7}}, "contact.id"),
        ({"contact": {"id": "x" * 256}}, "contact.id"),
        ({"contact": {"id": "a\nb"}}, "contact.id"),
        ({"contact": {"id": "c", "email": "no-address"}}, "contact.email"),
        ({"contact": {"id": "c", "email": "a@b"}}, "contact.email"),
        ({"contact": {"id": "c", "email": ""}}, "contact.email"),
        ({"contact": {"id": "c", "email": " a@b.example"}}, "contact.email"),
        ({"contact": {"id": "c", "email": "two@at@signs.example"}}, "contact.email"),
        ({"contact": {"id": "c", "email": f"{'x' * 250}@customer.example"}}, "contact.email"),
        ({"contact": {"id": "c", "email": 5}}, "contact.email"),
        ({"contact": {"id": "c", "email_verified": "yes"}}, "contact.email_verified"),
        ({"contact": {"id": "c", "phone": "1" * 65}}, "contact.phone"),
        ({"contact": {"id": "c", "custom_data": [1]}}, "contact.custom_data"),
        ({"contact": {"id": "c", "name": {"first": "C"}}}, "contact.name"),
        ({"sentiment": "sad"}, "sentiment"),
        ({"subject": "x" * 1001}, "subject"),
        ({"language": "x" * 36}, "language"),
        ({"custom_data": "text"}, "custom_data"),
        ({"custom_data": {"key": "half \ud800"}}, "custom_data.key"),
        ({"subject": "nul \x00"}, "subject"),
    ],
)
def test_what_does_not_fit_is_named(api: ApiClient, change: dict[str, Any], path: str) -> None:
    answer = api.put_session("s-1", SESSION | change)

    assert (answer.status, answer.body["error"]) == (422, "invalid")
    assert list(answer.body["fields"]) == [path]
    assert answer.body["fields"][path].endswith(".")
    assert not Session.objects.exists()


def test_unknown_keys_are_passed_over(api: ApiClient) -> None:
    assert api.put_session("s-1", SESSION | {"later": {"invented": True}}).status == 201


def test_closing_and_reopening_a_session(api: ApiClient) -> None:
    api.put_session("s-1")
    for status in ("closed_resolved", "closed_unresolved", "open"):
        answer = api.patch_session("s-1", {"status": status, "reflect_status_change_for_integration": True})
        assert (answer.status, answer.body["status"]) == (200, status)
        assert api.get_session("s-1").body["status"] == status


@pytest.mark.parametrize(
    "body",
    [{}, {"status": "solved"}, {"status": None}, {"status": "open", "reflect_status_change_for_integration": "yes"}],
)
def test_a_status_that_does_not_fit_changes_nothing(api: ApiClient, body: dict[str, Any]) -> None:
    api.put_session("s-1")

    assert api.patch_session("s-1", body).status == 422
    assert api.get_session("s-1").body["status"] == "open"


def test_a_linked_session_names_its_ticket(api: ApiClient, org: Organization) -> None:
    link = SessionTicketLinkFactory.create(organization=org, session__external_id="s-1", ticket_id=35436)
    answer = api.get_session("s-1")

    assert answer.body["handed_off"] is True
    assert answer.body["ticketing_system"] == {
        "name": "zendesk",
        "external_id": "35436",
        "id_type": "ticket_id",
        "url": link.url,
    }
    assert (answer.body["handoff"]["status"], answer.body["handoff"]["next_attempt_at"]) == ("linked", None)


def test_an_ended_link_is_not_shown(api: ApiClient, org: Organization) -> None:
    SessionTicketLinkFactory.create(organization=org, session__external_id="s-1", is_active=False)

    assert api.get_session("s-1").body["ticketing_system"] is None


@pytest.mark.parametrize(
    ("trait", "status", "reason", "has_next"),
    [
        ("is_retrying", "retrying", "zendesk_unavailable", True),
        ("is_failed", "failed", "contact_has_no_email", False),
        ("is_linked", "linked", None, False),
    ],
)
def test_the_handoff_shows_its_state(
    api: ApiClient, org: Organization, trait: str, status: str, reason: str | None, has_next: bool
) -> None:
    session = SessionFactory.create(organization=org, external_id="s-1")
    handoff = HandoffFactory.create(session=session, **{trait: True})
    shown = api.get_session("s-1").body["handoff"]

    assert (shown["id"], shown["status"], shown["reason_code"]) == (str(handoff.pk), status, reason)
    assert (shown["detail"] is not None) is (reason is not None)
    assert (shown["next_attempt_at"] is not None) is has_next
    assert shown["attempts"] == handoff.attempts


def test_a_cancelled_handoff_is_shown_until_a_new_one_begins(api: ApiClient, org: Organization) -> None:
    session = SessionFactory.create(organization=org, external_id="s-1")
    HandoffFactory.create(session=session, is_cancelled=True)
    before = api.get_session("s-1").body
    live = HandoffFactory.create(session=session)

    assert (before["handed_off"], before["handoff"]["status"]) == (False, "cancelled")
    assert api.get_session("s-1").body["handoff"]["id"] == str(live.pk)


def test_an_email_that_a_person_entered_survives_a_repeat(api: ApiClient, org: Organization) -> None:
    ContactFactory.create(organization=org, external_id="c-1", email="entered@customer.example")
    answer = api.put_session("s-1", {"channel": "web", "contact": {"id": "c-1", "email": None}})

    assert answer.body["contact"]["email"] == "entered@customer.example"
