"""The hops of a round trip: begun once, ended with their milliseconds, left out when something before them fails."""

from __future__ import annotations

import datetime as dt

from ticketing.canary import hops

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def later(ms: int) -> dt.datetime:
    return NOON + dt.timedelta(milliseconds=ms)


def test_a_hop_takes_the_time_since_it_was_begun_first() -> None:
    found = hops.begin(hops.all_waiting(), hops.REPLY, NOON)
    found = hops.begin(found, hops.REPLY, later(900))  # another worker, after a crash
    found = hops.end(found, hops.REPLY, later(1500))
    assert hops.find_hop(found, hops.REPLY) | {"at": ""} == {
        "name": "reply", "status": "ok", "began": NOON.isoformat(), "ms": 1500, "at": "",
    }  # fmt: skip


def test_a_call_that_came_before_our_write_was_answered_took_no_time() -> None:
    found = hops.end(hops.begin(hops.all_waiting(), hops.RANG, NOON), hops.RANG, later(-20))
    assert hops.find_hop(found, hops.RANG)["ms"] == 0


def test_what_is_over_is_not_skipped_afterwards() -> None:
    found = hops.end(hops.begin(hops.all_waiting(), hops.TICKET, NOON), hops.TICKET, later(5))
    found = hops.skip(found, hops.WORDS, "not reached")
    assert [hop["status"] for hop in found] == ["ok", *["skipped"] * 8]
    assert hops.find_hop(found, hops.NOTE)["said"] == "not reached"


def test_a_hop_that_an_older_run_does_not_know_waits() -> None:
    assert hops.find_hop([], hops.HELD) == {"name": "held", "status": "waiting"}


def test_changes_leave_the_former_list_as_it_was() -> None:
    former = hops.all_waiting()
    hops.mark(former, hops.TICKET, hops.FAILED, said="no")
    assert former == hops.all_waiting()
