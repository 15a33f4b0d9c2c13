"""Which call belongs to which update, and what is left without one."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from integrations.clients.zendesk_audits import Audit, AuditEvent
from integrations.invocations import Record, SentCall
from integrations.models import WebhookEvent
from ticketing.models import Session
from ticketing.reading.joined import Person, Side
from ticketing.reading.joined_gaps import find_gaps
from ticketing.reading.timeline import Story

AT = dt.datetime(2026, 11, 23, 14, 0, tzinfo=dt.UTC)
OUR_TRIGGER, AGENT = "501", 77


def after(seconds: float) -> dt.datetime:
    return AT + dt.timedelta(seconds=seconds)


def fired(number: int, seconds: float, times: int = 1) -> Audit:
    """An agent's public reply that made our trigger fire."""
    rang = [AuditEvent(None, "External", rule=OUR_TRIGGER) for _time in range(times)]
    return Audit(number, after(seconds), AGENT, "web", (AuditEvent(number, "Comment", is_public=True), *rang))


def story(*received: float) -> Story:
    """A session to which calls came so many seconds after."""
    empty: dict[str, Any] = {field.name: [] for field in dataclasses.fields(Story)}
    calls = [WebhookEvent(pk=n, kind="zendesk", received_at=after(at)) for n, at in enumerate(received, start=1)]
    return Story(**{**empty, "session": Session(), "webhooks": calls, "echoes": None})


def side(audits: Sequence[Audit], *calls: SentCall, read: float = 600, is_whole: bool = True) -> Side:
    windows = ((after(-5), after(900)),) if is_whole else ()
    return Side(after(read), tuple(audits), {AGENT: Person("Ana", True)}, Record(tuple(calls), windows), (OUR_TRIGGER,))


def held(name: str, seconds: float) -> SentCall:
    return SentCall(name, "throttled", None, after(seconds))


def times(found: Story, zendesk: Side) -> list[tuple[float, str]]:
    return [((gap.at - AT).total_seconds(), gap.call.id if gap.call else "") for gap in find_gaps(found, zendesk)]


def test_a_call_for_each_update_leaves_no_gap() -> None:
    assert times(story(0.4, 60.2), side([fired(1, 0), fired(2, 60)])) == []


def test_two_replies_in_one_second_and_two_calls_leave_none() -> None:
    assert times(story(0.5, 0.9), side([fired(1, 0), fired(2, 0)])) == []


def test_the_update_without_a_call_is_the_gap_not_its_neighbour() -> None:
    assert times(story(20.3), side([fired(1, 0), fired(2, 20)])) == [(0, "")]


def test_what_was_held_back_fills_the_gap_of_its_second() -> None:
    assert times(story(20.3), side([fired(1, 0), fired(2, 20)], held("01A", 0))) == [(0, "01A")]


def test_what_was_held_back_for_other_tickets_is_no_gap_here() -> None:
    assert times(story(0.3), side([fired(1, 0)], held("01A", 1), held("01B", 300))) == []


def test_a_late_call_counts() -> None:
    assert times(story(480), side([fired(1, 0)], read=900)) == []


def test_a_trigger_that_fires_twice_needs_two_calls_to_be_told_apart_but_one_proves_it_works() -> None:
    assert times(story(0.4), side([fired(1, 0, times=2)])) == []


def test_nothing_is_missing_within_the_first_minute() -> None:
    assert times(story(), side([fired(1, 0)], read=30)) == []


def test_nothing_is_called_missing_where_zendesks_list_was_not_read_whole() -> None:
    assert times(story(), side([fired(1, 0)], is_whole=False)) == []


def test_a_call_that_zendesk_still_tries_is_no_gap_yet() -> None:
    trying = SentCall("01A", "retrying", None, after(1), ticket_id="7", tries=1)
    assert times(story(), side([fired(1, 0)], trying)) == []


def test_a_call_that_was_made_and_never_came_is_a_gap_at_its_own_time() -> None:
    lost = SentCall("01A", "terminated", None, after(2), ticket_id="7", tries=3, tried="timeout")
    assert times(story(), side([fired(1, 0)], lost)) == [(2, "01A")]
