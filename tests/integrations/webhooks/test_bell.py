"""The bell rings soon, for many rows at once, and beside the request."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from celery.signals import after_task_publish

from integrations.webhooks.bell import AT_ONCE, Bell
from tests.orgs.processes import eventually

OURS = 10_000_000


class Messages:
    """What is sent to the broker: the rows each message names, and the threads that sent them."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self.threads: set[int] = set()

    def note(self, sender: str, body: Any, **more: object) -> None:
        # Other tests' calls may still be rung for.
        if sender == "integrations.process_events" and min(body[0][0]) >= OURS:
            self.threads.add(threading.get_ident())
            self.rows.append(body[0][0])

    @property
    def all_rows(self) -> list[int]:
        return [pk for rows in self.rows for pk in rows]


@pytest.fixture
def messages() -> Iterator[Messages]:
    found = Messages()
    after_task_publish.connect(found.note)
    yield found
    after_task_publish.disconnect(found.note)


def test_one_call_is_rung_for_from_another_thread(messages: Messages) -> None:
    Bell().ring(OURS)
    assert eventually(lambda: messages.rows == [[OURS]])
    assert threading.get_ident() not in messages.threads


def test_a_burst_is_rung_for_together_and_whole(messages: Messages) -> None:
    bell = Bell()
    pks = list(range(OURS, OURS + 200))
    for pk in pks:
        bell.ring(pk)
    assert eventually(lambda: len(messages.all_rows) == 200)
    assert messages.all_rows == pks
    assert len(messages.rows) < 50
    assert max(map(len, messages.rows)) <= AT_ONCE


def test_after_a_silence_it_rings_again(messages: Messages) -> None:
    bell = Bell()
    bell.ring(OURS)
    assert eventually(lambda: not any(each.name.endswith("(_ring_until_quiet)") for each in threading.enumerate()))
    bell.ring(OURS + 1)
    assert eventually(lambda: messages.all_rows == [OURS, OURS + 1])
