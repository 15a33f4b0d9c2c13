"""Zendesk's side of a session over real HTTP: updates, triggers, calls that never came, and the bundle of it all."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from integrations.clients.zendesk_audits import Audit, AuditEvent
from integrations.models import WebhookEndpoint, WebhookEvent
from opencx_admin.orgs.models import AuditEntry, Organization, User
from tests.api_client import ApiClient
from tests.flows.conftest import Worker
from tests.flows.provisioning import act, bare, done
from tests.flows.test_handoff import hand_off
from tests.sandbox.server import Desk
from ticketing.models import AgentReply, Session
from ticketing.reading import joined_read
from ticketing.reading.joined import read_side, write_side
from ticketing.reading.joined_gaps import find_gaps
from ticketing.reading.joined_read import ask_zendesk
from ticketing.reading.timeline import Story, read_story

__all__ = ["bare"]


@pytest.fixture
def ticket(bare: Desk, org: Organization, alice: User, api: ApiClient, worker: Worker) -> int:
    """A linked ticket in the account as we set it up."""
    done(act(org, "apply", alice))
    hand_off(api)
    worker.rest()
    return int(bare.tickets()[0]["id"])


def the_story(org: Organization) -> Story:
    return read_story(Session.objects.select_related("contact", "organization").get(organization=org))


def the_page(browser: Client, org: Organization) -> str:
    return browser.get(the_story(org).session.get_absolute_url(), {"zendesk": "1"}).content.decode()


@pytest.fixture
def reply(bare: Desk, ticket: int, worker: Worker) -> Callable[[str], int]:
    """An agent answers, and the call arrives."""

    def answer(text: str) -> int:
        calls = WebhookEvent.objects.count()
        comment = bare.reply(ticket, text)
        worker.until(lambda: WebhookEvent.objects.count() > calls)
        worker.rest()
        return comment

    return answer


def test_the_page_asks_zendesk_only_when_it_is_told_to(
    bare: Desk, ticket: int, org: Organization, as_lea: Client
) -> None:
    page = as_lea.get(the_story(org).session.get_absolute_url()).content.decode()
    assert "What Zendesk says" in page
    assert not bare.requests("GET", f"/api/v2/tickets/{ticket}/audits")


def test_the_trigger_that_fired_and_zendesks_record_stand_in_the_line(
    reply: Callable[[str], int], org: Organization, as_lea: Client
) -> None:
    reply("It is on its way.")
    page = the_page(as_lea, org)
    assert "fired for our webhook" in page
    assert "What Zendesk recorded" in page
    assert WebhookEvent.objects.latest("pk").invocation_id in page
    assert "Gap:" not in page
    assert "made the ticket" in page


def test_a_throttled_call_is_a_gap_that_zendesk_did_not_send(
    bare: Desk, ticket: int, reply: Callable[[str], int], org: Organization, as_lea: Client
) -> None:
    reply("First.")
    bare.fault("webhook_lost")
    bare.reply(ticket, "Second, nobody rings.")
    page = the_page(as_lea, org)
    assert page.count("Gap: Zendesk did not send: throttled") == 1
    assert "It does not record for which ticket" in page
    assert "had waited" in page


def test_the_best_action_delivers_what_the_gap_kept_back(
    bare: Desk, ticket: int, org: Organization, as_lea: Client, as_vera: Client
) -> None:
    bare.fault("webhook_lost")
    bare.reply(ticket, "Nobody rings.")
    name = the_story(org).session.external_id
    page = the_page(as_lea, org)
    assert "has not reached" in page
    assert "Deliver the reply" in page
    assert "needs" in the_page(as_vera, org)
    address = f"/doctor/?session={name}&repair=replies.session"
    assert address.replace("&", "&amp;") in page
    assert as_lea.get(address).status_code == 200
    as_lea.post(f"/doctor/?session={name}", {"action": "repair", "check": "replies.session"})
    assert AgentReply.objects.get().text == "Nobody rings."
    page = the_page(as_lea, org)
    assert "has not reached" not in page
    assert "by a person" in page


def test_a_call_to_a_dead_address_is_a_gap_that_never_arrived(
    bare: Desk, ticket: int, org: Organization, as_lea: Client
) -> None:
    bare.set_webhook(endpoint="http://127.0.0.1:9/gone")
    bare.reply(ticket, "Nobody hears this.")
    bare.wait_for_calls(1)
    page = the_page(as_lea, org)
    assert "Gap: it never arrived" in page
    assert "got no answer (no connection)" in page
    assert "another address than our present one" in page
    assert "127.0.0.1:9" not in page


def test_a_deleted_trigger_is_a_gap_once_a_minute_is_over(
    bare: Desk, ticket: int, org: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    for trigger in bare.triggers():
        bare.delete_by_hand("trigger", trigger["id"])
    bare.reply(ticket, "No trigger sees this.")
    story = the_story(org)
    assert find_gaps(story, ask_zendesk(story)) == []
    later = timezone.now() + dt.timedelta(minutes=3)
    monkeypatch.setattr(timezone, "now", lambda: later)
    story = the_story(org)
    assert [gap.call for gap in find_gaps(story, ask_zendesk(story))] == [None]


def test_a_gap_says_who_found_the_reply_after_all(
    bare: Desk, ticket: int, reply: Callable[[str], int], org: Organization, as_lea: Client
) -> None:
    bare.fault("webhook_lost")
    bare.reply(ticket, "Lost.")
    reply("Heard.")
    assert AgentReply.objects.count() == 2
    page = the_page(as_lea, org)
    assert "Gap: Zendesk did not send" in page
    assert "The reply was found at" in page
    assert "had waited" not in page


def test_a_reading_is_kept_and_read_anew_when_asked(bare: Desk, ticket: int, org: Organization, as_lea: Client) -> None:
    the_page(as_lea, org)
    the_page(as_lea, org)
    assert len(bare.requests("GET", f"/api/v2/tickets/{ticket}/audits")) == 1
    newer = {"zendesk": str(int(timezone.now().timestamp()) + 5)}
    as_lea.get(the_story(org).session.get_absolute_url(), newer)
    assert len(bare.requests("GET", f"/api/v2/tickets/{ticket}/audits")) == 2


def test_zendesk_out_of_order_leaves_our_side_and_says_why(
    bare: Desk, ticket: int, org: Organization, as_lea: Client
) -> None:
    bare.fault("500", times=50)
    page = the_page(as_lea, org)
    assert f"What happened in ticket #{ticket} could not be read" in page
    assert "Linked" in page


def test_a_kept_reading_comes_back_as_it_was(ticket: int, org: Organization) -> None:
    side = ask_zendesk(the_story(org))
    assert side.audits
    assert read_side(write_side(side)) == side
    assert read_side("[]") is None


def test_values_of_other_fields_are_not_read_in() -> None:
    at = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
    secret = AuditEvent(1, "Change", "subject", "old words", "new words")
    status = AuditEvent(2, "Change", "status", "open", "solved")
    slim = joined_read._slim(Audit(1, at, 2, "web", (secret, status)))
    assert (slim.events[0].before, slim.events[0].after) == (None, None)
    assert slim.events[1] == status


def test_the_line_of_time_is_plain_text_too(
    reply: Callable[[str], int], org: Organization, as_lea: Client, as_vera: Client
) -> None:
    reply("It is on its way.")
    address = f"{the_story(org).session.get_absolute_url()}timeline.txt"
    answer = as_lea.get(address, {"zendesk": "1"})
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    text = answer.content.decode()
    assert "fired for our webhook" in text
    assert "It is on its way." in text
    contact = the_story(org).session.contact
    assert contact.name in text
    assert contact.name not in as_vera.get(address).content.decode()


def test_the_bundle_holds_all_and_names_nobody(reply: Callable[[str], int], org: Organization, as_lea: Client) -> None:
    reply("It is on its way.")
    session = the_story(org).session
    answer = as_lea.post("/bundle/", {"session": [session.external_id, ""], "with_zendesk": "1"})
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert sorted(archive.namelist()) == [
        "doctor.json",
        "provisioning.json",
        "session-1/calls.json",
        "session-1/session.json",
        "session-1/timeline.txt",
        "session-1/webhook-calls.json",
    ]
    whole = "\n".join(archive.read(name).decode() for name in archive.namelist())
    for hidden in (session.contact.name, session.contact.email, "It is on its way.", *_words(session)):
        assert hidden not in whole
    assert WebhookEndpoint.current(org).token.reveal() not in whole
    assert "fired for our webhook" in whole
    calls = json.loads(archive.read("session-1/webhook-calls.json"))
    assert calls[0]["invocation_id"] == WebhookEvent.objects.latest("pk").invocation_id
    entry = AuditEntry.objects.get(action="session.bundle")
    assert (entry.organization, entry.object_label) == (org, session.external_id)


def _words(session: Session) -> list[str]:
    return [message.text for message in session.messages.all() if len(message.text) > 8]


def test_a_bundle_of_a_strange_session_is_refused(
    ticket: int, org: Organization, as_lea: Client, as_mallory: Client
) -> None:
    name = the_story(org).session.external_id
    assert as_mallory.post("/bundle/", {"session": name}).status_code == 422
    answer = as_lea.post("/bundle/", {"session": [name, "nobody"]})
    assert answer.status_code == 422
    assert "No session here has the id “nobody”" in answer.content.decode()
    assert as_lea.post("/bundle/").status_code == 422
    assert as_lea.get("/bundle/", {"session": name}).status_code == 200
