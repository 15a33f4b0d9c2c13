"""Limits and faults: what a client meets on a bad day."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.sandbox.server import Desk, Sandbox
from tests.sandbox.test_tickets import make, post, put

TICKETS = "/api/v2/tickets"


def test_every_answer_tells_the_rate(desk: Desk) -> None:
    headers = desk.api("GET", "tickets").headers
    assert (headers["ratelimit-limit"], headers["X-Rate-Limit"]) == ("700", "700")
    assert int(headers["ratelimit-remaining"]) < 700
    assert 0 < int(headers["ratelimit-reset"]) <= 60


def test_over_the_accounts_minute_is_429_with_retry_after(sandbox: Sandbox) -> None:
    desk = sandbox.account("slow", limits={"per_minute": 2})
    answers = [desk.api("GET", "tickets") for _each in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].json()["error"] == "APIRateLimitExceeded"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60


def test_one_ticket_takes_thirty_updates(desk: Desk) -> None:
    number = make(desk)
    answers = [put(desk, number, tags=[str(n)]) for n in range(31)]
    assert {one.status_code for one in answers[:30]} == {200}
    assert answers[30].status_code == 429
    assert answers[29].headers["zendesk-ratelimit-per-ticket-updates"].startswith("total=30; remaining=0; resets=")


@pytest.mark.parametrize(
    ("kind", "status"), [("429", 429), ("500", 500), ("502", 502), ("503", 503), ("401", 401), ("403", 403)]
)
def test_a_fault_hits_the_next_call_and_then_is_over(desk: Desk, kind: str, status: int) -> None:
    desk.fault(kind, method="POST", path=TICKETS, seconds=7)
    assert desk.api("GET", "tickets").status_code == 200
    answer = post(desk)
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("7" if kind in ("429", "503") else None)
    assert desk.tickets() == []
    assert post(desk).status_code == 201


def test_a_fault_may_strike_always_until_healed(desk: Desk) -> None:
    desk.fault("500", path="/api/v2/*", times=None)
    assert [desk.api("GET", "tickets").status_code for _each in range(3)] == [500, 500, 500]
    desk.heal()
    assert desk.api("GET", "tickets").status_code == 200


def test_a_dropped_connection_before_the_write_leaves_nothing(desk: Desk) -> None:
    desk.fault("drop_before_write", method="POST", path=TICKETS)
    with pytest.raises(requests.ConnectionError):
        post(desk)
    assert desk.tickets() == []


def test_a_dropped_connection_after_the_write_leaves_the_ticket(desk: Desk) -> None:
    desk.fault("drop_after_write", method="POST", path=TICKETS)
    with pytest.raises(requests.ConnectionError):
        post(desk, key="k1")
    assert len(desk.tickets()) == 1
    assert post(desk, key="k1").headers["x-idempotency-lookup"] == "hit"
    assert desk.requests("POST", TICKETS)[0]["status"] == 0


def test_a_500_after_the_write_leaves_the_ticket_too(desk: Desk) -> None:
    desk.fault("500", method="POST", path=TICKETS, after_write=True)
    assert post(desk).status_code == 500
    assert len(desk.tickets()) == 1


def test_others_are_not_hit_by_a_drop(desk: Desk) -> None:
    desk.fault("drop_after_write", method="POST", path=TICKETS, times=5)

    def call(turn: int) -> int:
        try:
            return post(desk).status_code if turn % 2 else desk.api("GET", "tickets").status_code
        except requests.ConnectionError:
            return 0

    with ThreadPoolExecutor(10) as pool:
        found = sorted(pool.map(call, range(10)))
    assert found == [0] * 5 + [200] * 5


def test_a_slow_answer_is_late(desk: Desk) -> None:
    desk.fault("slow_after_write", method="POST", path=TICKETS, seconds=0.4)
    started = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{desk.url}{TICKETS}", json={"ticket": {"comment": {"body": "x"}}}, auth=desk.credentials, timeout=0.2
        )
    assert len(desk.tickets()) == 1
    assert time.monotonic() - started < 2


def test_html_and_empty_answers(desk: Desk) -> None:
    desk.fault("html", path=TICKETS)
    assert desk.api("GET", "tickets").text.startswith("<!DOCTYPE html>")
    desk.fault("empty", path=TICKETS)
    assert desk.api("GET", "tickets").content == b""


def test_a_suspended_requester_can_be_ordered(desk: Desk) -> None:
    desk.fault("suspended_requester", method="POST", path=TICKETS)
    assert post(desk).json()["details"]["requester"][0]["error"] == "UserSuspended"


def test_an_unknown_fault_is_refused(sandbox: Sandbox, desk: Desk) -> None:
    answer = requests.post(f"{sandbox.url}/_control/accounts/acme/faults", json={"kind": "flood"}, timeout=10)
    assert answer.status_code == 400


def test_every_call_is_remembered(desk: Desk) -> None:
    post(desk, key="k9")
    call = desk.requests("POST", TICKETS)[0]
    assert (call["idempotency_key"], call["status"], call["headers"]["Authorization"]) == ("k9", 201, "Basic")
    assert "Where is it" in call["body"]


def test_twenty_calls_at_once_with_one_key_make_one_ticket(desk: Desk) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _turn: post(desk, key="same"), range(20)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["ticket"]["id"] for one in answers}) == 1
    assert sorted(one.headers["x-idempotency-lookup"] for one in answers).count("miss") == 1
