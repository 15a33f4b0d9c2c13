"""The contact's later words reach the ticket once, in order, whatever stops the one before them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.models import ZendeskConnection
from opencx_admin.orgs.models import Organization
from tests.api_client import ApiClient
from tests.factories import SessionFactory
from tests.flows.between import Between, interrupt, stand_between
from tests.flows.conftest import Worker, connect, events_of
from tests.flows.test_handoff import hand_off
from tests.sandbox.server import Desk, Sandbox
from ticketing import handoff as handoffs
from ticketing import links, updates
from ticketing.models import Handoff, Session, SessionTicketLink, TicketUpdate

PUT = "/acme/api/v2/tickets/*"


@pytest.fixture
def between(desk: Desk, sandbox: Sandbox, settings: Settings) -> Iterator[Between]:
    with stand_between(sandbox.url) as found:
        settings.ZENDESK_URL = f"{found.url}/{{subdomain}}"
        yield found


@pytest.fixture
def ticket(desk: Desk, api: ApiClient, worker: Worker) -> int:
    """The number of a linked ticket."""
    hand_off(api)
    worker.rest()
    return int(desk.tickets()[0]["id"])


def said(desk: Desk, ticket: int) -> list[str]:
    """The public comments, oldest first."""
    return [row["plain_body"].strip() for row in desk.comments(ticket) if row["public"]]


def say(api: ApiClient, number: int, text: str) -> None:
    api.post_messages("ses-1", {"id": f"later-{number}", "text": text})


def refuse(between: Between, times: int) -> None:
    wrong = {"error": "RecordInvalid", "details": {"base": [{"description": "A required field is empty"}]}}
    between.answer("PUT", PUT, 422, wrong, times=times)


def test_a_message_without_words_holds_nobody_up(desk: Desk, api: ApiClient, worker: Worker, ticket: int) -> None:
    say(api, 1, " \n ")
    say(api, 2, "Hello?")
    worker.rest()
    assert said(desk, ticket) == ["Hello?"]


def test_what_zendesk_refuses_again_and_again_lets_the_next_go(
    between: Between, desk: Desk, api: ApiClient, worker: Worker, ticket: int
) -> None:
    refuse(between, updates.MOST_REFUSALS)
    api.patch_session("ses-1", {"status": "closed_resolved", "reflect_status_change_for_integration": True})
    say(api, 1, "Still broken.")
    for _try in range(updates.MOST_REFUSALS):
        worker.rest()
        worker.skip_waiting()
    worker.rest()
    assert said(desk, ticket) == ["Still broken."]
    failed = TicketUpdate.objects.get(kind="status")
    assert (failed.status, failed.reason_code) == ("failed", "rejected")
    assert updates.retry(failed)
    worker.rest()
    assert desk.tickets()[0]["status"] == "solved"


def test_a_link_stored_while_an_update_goes_to_rest_wakes_it(
    desk: Desk, api: ApiClient, worker: Worker, ticket: int
) -> None:
    session = Session.objects.get()
    link = SessionTicketLink.objects.get()
    say(api, 1, "Hello?")
    SessionTicketLink.objects.filter(pk=link.pk).update(is_active=False)

    def link_again() -> None:
        SessionTicketLink.objects.filter(pk=link.pk).update(is_active=True)
        links._release(link)

    with interrupt(link_again, '"is_active"', "ticketing_sessionticketlink", after=True):
        updates.advance_session(session.pk)
    worker.rest()
    assert said(desk, ticket) == ["Hello?"]


@pytest.mark.parametrize("moment", ["before it is sent", "while it is sent"])
def test_a_deleted_tickets_open_message_is_in_the_next_transcript_and_nowhere_else(
    between: Between, desk: Desk, api: ApiClient, worker: Worker, ticket: int, moment: str
) -> None:
    def retry() -> None:
        desk.play("delete", ticket)
        links.end_deleted(SessionTicketLink.objects.select_related("session").get())
        assert handoffs.retry(Handoff.objects.get())

    if moment == "while it is sent":
        between.act("PUT", PUT, before=retry)
        say(api, 1, "Hello?")
    else:
        desk.fault("drop_before_write", method="PUT", path="/api/v2/tickets/*", times=1)
        say(api, 1, "Hello?")
        worker.step()
        retry()
    worker.rest()
    worker.skip_waiting()
    worker.rest()
    new = max(row["id"] for row in desk.tickets())
    assert new != ticket
    whole = " ".join(row["plain_body"] for row in desk.comments(new))
    assert whole.count("Hello?") == 1


def test_many_who_wait_for_their_turn_do_not_hide_another_session(
    desk: Desk, api: ApiClient, worker: Worker, ticket: int, org: Organization
) -> None:
    session = Session.objects.get()
    now = timezone.now()

    def row(of: Session, at: dt.datetime) -> TicketUpdate:
        return TicketUpdate(organization=org, session=of, kind="message", content="x", next_attempt_at=at)

    other = SessionFactory.create(organization=org)
    waiting = [row(session, now - dt.timedelta(minutes=1)) for _number in range(30)]
    TicketUpdate.objects.bulk_create([row(session, now + dt.timedelta(minutes=5)), *waiting, row(other, now)])
    assert updates.list_due_sessions(10) == [other.pk]


def test_the_same_words_twice_are_two_comments_though_zendesk_tells_no_ids(
    between: Between, desk: Desk, api: ApiClient, worker: Worker, ticket: int
) -> None:
    def forget(body: dict[str, Any]) -> None:
        body.pop("audit", None)

    def forget_markers(body: dict[str, Any]) -> None:
        for row in body["comments"]:
            row.pop("metadata", None)

    between.change("PUT", PUT, forget)
    between.change("GET", f"{PUT}/comments", forget_markers)
    say(api, 1, "Hello?")
    worker.rest()
    desk.fault("drop_before_write", method="PUT", path="/api/v2/tickets/*", times=1)
    say(api, 2, "Hello?")
    worker.rest()
    worker.skip_waiting()
    worker.rest()
    desk.fault("drop_after_write", method="PUT", path="/api/v2/tickets/*", times=1)
    say(api, 3, "Hello?")
    worker.rest()
    worker.skip_waiting()
    worker.rest()
    assert said(desk, ticket) == ["Hello?"] * 3


def test_the_next_verify_queues_messages_that_waited_for_it(
    desk: Desk, api: ApiClient, worker: Worker, ticket: int, org: Organization
) -> None:
    desk.fault("403", method="PUT", path="/api/v2/tickets/*", times=2)
    say(api, 1, "One.")
    say(api, 2, "Two.")
    worker.rest()
    assert said(desk, ticket) == []
    handoffs.queue_waiting(ZendeskConnection.objects.get(organization=org))
    worker.rest()
    assert said(desk, ticket) == ["One.", "Two."]


def test_a_status_that_was_given_up_does_not_silence_the_agents(
    desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker, ticket: int
) -> None:
    desk.fault("drop_before_write", method="PUT", path="/api/v2/tickets/*", times=1)
    api.patch_session("ses-1", {"status": "closed_resolved", "reflect_status_change_for_integration": True})
    TicketUpdate.objects.update(queued_at=timezone.now() - dt.timedelta(hours=25))
    worker.step()
    assert TicketUpdate.objects.get().status == "failed"
    desk.play("solve", ticket)
    worker.until(lambda: events_of(sandbox, "ses-1", "conversation.closed"))


def test_on_a_shared_account_a_follow_up_is_never_the_other_organizations_ticket(
    desk: Desk, api: ApiClient, other_api: ApiClient, other_org: Organization, worker: Worker, ticket: int
) -> None:
    connect(other_org, desk, platform="other")
    hand_off(other_api)
    worker.rest()
    theirs = max(row["id"] for row in desk.tickets())
    desk.play("close", ticket)
    worker.rest()
    desk.fault("drop_before_write", method="POST", path="/api/v2/tickets", times=1)
    say(api, 1, "One more thing.")
    worker.rest()
    worker.skip_waiting()
    worker.rest()
    mine = SessionTicketLink.objects.get(session__organization__slug="acme-outfitters", is_active=True)
    assert mine.ticket_id not in (ticket, theirs)
    assert said(desk, mine.ticket_id) == ["One more thing."]


def test_a_worker_that_dies_after_the_link_moved_makes_no_second_follow_up(
    desk: Desk, api: ApiClient, worker: Worker, ticket: int
) -> None:
    desk.play("close", ticket)
    worker.rest()
    say(api, 1, "One more thing.")

    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), interrupt(die, 'UPDATE "ticketing_ticketupdate"', '"done_at"'):
        worker.step()
    assert SessionTicketLink.objects.get(is_active=True).ticket_id == ticket, "link and update change together"
    worker.skip_waiting()
    worker.rest()
    assert len(desk.tickets()) == 2
    assert said(desk, SessionTicketLink.objects.get(is_active=True).ticket_id) == ["One more thing."]


def test_a_claim_is_kept_over_many_slow_reads_and_a_lost_one_stops_the_write(
    between: Between, desk: Desk, api: ApiClient, worker: Worker, ticket: int
) -> None:
    desk.fault("drop_before_write", method="PUT", path="/api/v2/tickets/*", times=1)
    say(api, 1, "Hello?")
    worker.step()

    def take_it() -> None:
        later = timezone.now() + dt.timedelta(seconds=40)
        TicketUpdate.objects.update(next_attempt_at=later)

    between.act("GET", f"{PUT}/comments", after=take_it)
    worker.skip_waiting()
    worker.step()
    assert said(desk, ticket) == [], "the other worker writes it"
    worker.skip_waiting()
    worker.rest()
    assert said(desk, ticket) == ["Hello?"]
