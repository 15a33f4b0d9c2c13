"""Many calls at the same moment: the database decides, nothing is made twice (contract 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from tests.api_client import SESSION, Answer, ApiClient
from ticketing.models import Contact, Handoff, Message, Session, TicketUpdate

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

AT_ONCE = 20


def at_once(call: Callable[[ApiClient, int], Answer], api: ApiClient, times: int = AT_ONCE) -> list[Answer]:
    """Make `times` calls in threads that start together, each with its own connection to the database."""
    start = Barrier(times)

    def run(number: int) -> Answer:
        start.wait()
        try:
            return call(ApiClient(api.key), number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def test_20_handoff_calls_begin_one_handoff(api: ApiClient) -> None:
    api.put_session("s-1")
    answers = at_once(lambda caller, _: caller.hand_off("s-1"), api)

    assert statuses(answers) == {202: 1, 200: AT_ONCE - 1}
    assert {answer.body["handoff_id"] for answer in answers} == {str(Handoff.objects.get().pk)}


def test_20_puts_of_a_session_make_one(api: ApiClient) -> None:
    answers = at_once(lambda caller, _: caller.put_session("s-1"), api)

    assert statuses(answers) == {201: 1, 200: AT_ONCE - 1}
    assert (Session.objects.count(), Contact.objects.count()) == (1, 1)


def test_20_sessions_of_a_new_contact_make_one_contact(api: ApiClient) -> None:
    answers = at_once(lambda caller, number: caller.put_session(f"s-{number}", SESSION), api)

    assert statuses(answers) == {201: AT_ONCE}
    assert Contact.objects.count() == 1


def test_the_same_message_20_times_is_stored_and_carried_once(api: ApiClient) -> None:
    api.put_session("s-1")
    api.hand_off("s-1")
    answers = at_once(lambda caller, number: caller.post_messages("s-1", {"text": f"take {number}"}), api)

    assert statuses(answers) == {202: AT_ONCE}
    assert len({str(answer.body) for answer in answers}) == 1
    assert TicketUpdate.objects.get().message == Message.objects.get()


def test_overlapping_batches_lose_and_double_nothing(api: ApiClient) -> None:
    api.put_session("s-1")
    batches = [[{"id": f"m{first + step}"} for step in range(10)] for first in range(AT_ONCE)]
    answers = at_once(lambda caller, number: caller.post_messages("s-1", *batches[number]), api)

    assert statuses(answers) == {202: AT_ONCE}
    assert Message.objects.count() == AT_ONCE + 9


def test_a_message_beside_a_handoff_is_in_the_transcript_or_carried(api: ApiClient) -> None:
    """Ten messages race with the handoff: each is told to the agent in exactly one way."""
    api.put_session("s-1")

    def call(caller: ApiClient, number: int) -> Answer:
        return caller.hand_off("s-1") if number == 5 else caller.post_messages("s-1", {"id": f"m{number}"})

    at_once(call, api, 11)
    handoff = Handoff.objects.get()
    last = handoff.last_message.pk if handoff.last_message else 0
    in_transcript = set(Message.objects.filter(pk__lte=last).values_list("external_id", flat=True))
    carried = set(TicketUpdate.objects.values_list("message__external_id", flat=True))

    assert in_transcript.isdisjoint(carried)
    assert in_transcript | carried == {f"m{number}" for number in range(11) if number != 5}


def test_no_request_gets_through_over_the_rate(api: ApiClient, settings: Settings) -> None:
    settings.API_RATE_PER_MINUTE = 8
    answers = at_once(lambda caller, _: caller.get_session("unknown"), api)

    assert statuses(answers) == {404: 8, 429: AT_ONCE - 8}
