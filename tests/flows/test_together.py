"""Several workers at once, with accidents: one ticket per session, each word once, in order."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import connections
from django.utils import timezone

from integrations.models import PlatformEvent, WebhookEvent
from tests.api_client import ApiClient
from tests.flows.conftest import Worker, events_of
from tests.flows.test_handoff import hand_off
from tests.sandbox.server import Desk, Sandbox
from ticketing.models import Handoff, TicketUpdate

RESPONSE = "conversation.third_party_agent_response"
SESSIONS, WORDS, WORKERS = 4, 4, 4
MODELS = (Handoff, TicketUpdate, WebhookEvent, PlatformEvent)
ACCIDENTS = ("drop_after_write", "drop_before_write", "500", "502")


def at_once(*acts: Callable[[], None]) -> None:
    """Run all of these in threads of their own; the first failure is the test's."""
    failures: list[BaseException] = []

    def run(act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failures:
        raise failures[0]


@dataclass
class Scene:
    """The stand-in, the platform and some sessions, played while workers work."""

    desk: Desk
    sandbox: Sandbox
    api: ApiClient
    worker: Worker
    names: list[str]
    is_over: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        while not self.is_over.is_set():
            self.worker.step()
            time.sleep(0.01)

    def hurry(self) -> None:
        """Let the waiting time of whatever nobody works on pass quickly."""
        while not self.is_over.is_set():
            time.sleep(0.3)
            for model in MODELS:
                busy = {"result" if model is WebhookEvent else "status": "working"}
                rows = model._default_manager.filter(next_attempt_at__isnull=False)
                rows.exclude(**busy).update(next_attempt_at=timezone.now())

    def play(self) -> None:
        try:
            for name in self.names:
                hand_off(self.api, name)
            chance = random.Random(4711)
            for number in range(WORDS):
                self.speak(number, chance)
                time.sleep(0.3)
            end = time.monotonic() + 40
            while time.monotonic() < end and not self.is_done():
                time.sleep(0.1)
        finally:
            self.is_over.set()

    def speak(self, number: int, chance: random.Random) -> None:
        """Everybody says something, and something goes wrong."""
        self.desk.fault(chance.choice(ACCIDENTS), method="PUT", path="/api/v2/tickets/*", times=1)
        self.desk.fault(chance.choice(ACCIDENTS), method="POST", path="/api/v2/tickets", times=1)
        self.sandbox.platform(failing_status=503, failing_times=1)
        for name in self.names:
            self.api.post_messages(name, {"id": f"later-{number}", "text": f"Word {number}."})
        for ticket in self.desk.tickets():
            self.desk.reply(ticket["id"], f"Answer {number}.")

    def is_done(self) -> bool:
        is_busy = any(one["status"] in ("in progress", "retrying") for one in self.desk.invocations())
        return not is_busy and not any(is_waiting(model) for model in MODELS)


@pytest.mark.services
def test_four_workers_with_accidents(desk: Desk, sandbox: Sandbox, api: ApiClient, worker: Worker) -> None:
    names = [f"ses-{number}" for number in range(SESSIONS)]
    scene = Scene(desk, sandbox, api, worker, names)
    at_once(scene.play, scene.hurry, *[scene.work] * WORKERS)
    tickets = {row["external_id"]: row["id"] for row in desk.tickets()}
    assert sorted(row["external_id"] for row in desk.tickets()) == names
    for name in names:
        said = [row["plain_body"].strip() for row in desk.comments(tickets[name])]
        words = [text for text in said if text.startswith("Word")]
        assert words == [f"Word {number}." for number in range(WORDS)], name
        answers = [text for text in said if text.startswith("Answer")]
        taken = [event for event in sandbox.events(name, RESPONSE) if event["status"] < 300]
        heard = [event["body"]["data"]["response"].strip() for event in taken]
        assert list(dict.fromkeys(heard)) == answers, name
        assert len({event["webhook_id"] for event in taken}) == len(answers), name
    assert not events_of(sandbox, names[0], "conversation.handoff_to_third_party_failed")


def is_waiting(model: type[Handoff | TicketUpdate | WebhookEvent | PlatformEvent]) -> bool:
    return model._default_manager.filter(next_attempt_at__isnull=False).exists()
