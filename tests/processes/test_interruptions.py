"""What is killed, deleted or restarted costs time, never work."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import threading
from contextlib import closing

import requests

from tests.processes.conftest import Interruption, tickets_of
from tests.processes.product import Product
from tests.sandbox.server import Desk, wait_until


class Caller:
    """Calls the webhook over and over, from another thread, and keeps the ids of what was accepted."""

    def __init__(self, url: str) -> None:
        self.accepted: list[int] = []
        self.failures = 0
        self._url = url
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._call)

    def __enter__(self) -> Caller:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        self._thread.join()

    def wait_for_more(self, count: int) -> None:
        """Wait until that many more calls were accepted."""
        enough = len(self.accepted) + count
        wait_until(lambda: len(self.accepted) >= enough, 20)

    def _call(self) -> None:
        while not self._is_over.is_set():
            try:
                answer = requests.post(self._url, json={"ticket_id": "77", "external_id": ""}, timeout=20)
                self.accepted.append(answer.json()["id"])
            except requests.RequestException:
                self.failures += 1
                self._is_over.wait(0.05)


def calls_in(product: Product, where: str = "1 = 1") -> set[int]:
    """The ids of stored calls, read from the database file as it lies there."""
    with closing(sqlite3.connect(product.folder / "db.sqlite3")) as database:
        rows = database.execute(f"SELECT id FROM integrations_webhookevent WHERE {where}")  # noqa: S608
        return {pk for (pk,) in rows}


def test_no_accepted_call_is_lost_when_the_web_server_is_killed(product: Product) -> None:
    with Caller(product.webhook_url) as caller:
        for _kill in range(2):
            caller.wait_for_more(20)
            product.kill_children("granian")
            wait_until(lambda: product.find_children("granian"))
        caller.wait_for_more(1)
    assert caller.failures, "no call met the dead server"
    assert set(caller.accepted) <= calls_in(product)
    wait_until(lambda: not calls_in(product, "next_attempt_at IS NOT NULL AND ticket_id = '77'"), 20)


def test_a_deleted_broker_costs_time_only(product: Product, desk: Desk) -> None:
    deaths = product.output.count(" ended ")
    shutil.rmtree(product.folder / "broker")
    product.open_session("no-broker")
    assert product.hand_off("no-broker")["http"] == 202
    ticket = product.wait_for_ticket("no-broker", 20)
    desk.reply(ticket, "Here we are.")
    wait_until(lambda: product.sandbox.events("no-broker", "conversation.third_party_agent_response", "acme"))
    assert tickets_of(desk, "no-broker") == [ticket]
    assert product.output.count(" ended ") == deaths


def test_everything_killed_and_started_again_goes_on(product: Product, desk: Desk) -> None:
    desk.fault("503", method="POST", path="/api/v2/tickets", times=1)
    product.open_session("outage")
    product.hand_off("outage")
    wait_until(lambda: product.call("GET", "sessions/outage")["handoff"]["status"] == "retrying")
    product.kill()
    product.start()
    ticket = product.wait_for_ticket("outage", 30)
    assert tickets_of(desk, "outage") == [ticket]


def test_a_worker_killed_between_the_write_and_its_answer_leaves_one_ticket(
    product: Product, desk: Desk, interruption: Interruption
) -> None:
    ticket = product.wait_for_ticket(interruption.session_id, 60)
    assert tickets_of(desk, interruption.session_id) == [ticket]
    looked = [call for call in desk.requests("GET", "/api/v2/tickets") if interruption.session_id in call["query"]]
    seconds = dt.datetime.fromisoformat(looked[0]["at"]).timestamp() - interruption.killed_at
    assert 0 < seconds < 60
