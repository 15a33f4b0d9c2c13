"""The whole loop on the running product, by HTTP alone; and everybody at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.processes.conftest import tickets_of
from tests.processes.product import Product
from tests.sandbox.server import Desk, wait_until


def events(product: Product, desk: Desk, session_id: str, kind: str) -> list[dict[str, Any]]:
    """The `data` of the events of this kind which the platform took, their signatures checked."""
    found = product.sandbox.events(session_id, f"conversation.{kind}", desk.subdomain)
    assert all(event["verified"] for event in found)
    return [event["body"]["data"] for event in found]


def test_a_session_goes_to_people_and_their_answers_come_back(product: Product, desk: Desk) -> None:
    product.open_session("loop")
    assert product.hand_off("loop")["http"] == 202
    ticket = product.wait_for_ticket("loop")
    (told,) = wait_until(lambda: events(product, desk, "loop", "handoff_to_human"))
    assert told["integration_metadata"] == {"ticket_id": str(ticket)}

    desk.note(ticket, "Careful, an angry one.")
    desk.reply(ticket, "It left our house this morning.")
    (reply,) = wait_until(lambda: events(product, desk, "loop", "third_party_agent_response"))
    assert reply["response"].strip() == "It left our house this morning."

    product.say("loop", "m2", "Thank you, that is all.")
    wait_until(lambda: any("that is all" in comment["body"] for comment in desk.comments(ticket)))
    desk.play("solve", ticket)
    (closed,) = wait_until(lambda: events(product, desk, "loop", "closed"))
    assert closed["human_resolution_status"] == "resolved"
    assert product.call("GET", "sessions/loop")["status"] == "closed_resolved"
    assert len(events(product, desk, "loop", "third_party_agent_response")) == 1


def test_twenty_handoffs_of_one_session_at_once_are_one(product: Product, desk: Desk) -> None:
    product.open_session("popular")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(product.hand_off, ["popular"] * 20))
    assert sorted(answer["http"] for answer in answers) == [200] * 19 + [202]
    assert len({answer["handoff_id"] for answer in answers}) == 1
    ticket = product.wait_for_ticket("popular")
    assert tickets_of(desk, "popular") == [ticket]


def test_twenty_sessions_at_once_get_a_ticket_each(product: Product, desk: Desk) -> None:
    names = [f"crowd-{number}" for number in range(20)]

    def bring(session_id: str) -> int:
        product.open_session(session_id)
        product.hand_off(session_id)
        return product.wait_for_ticket(session_id, 40)

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(bring, names))
    assert len(set(found)) == 20
    assert [tickets_of(desk, name) for name in names] == [[ticket] for ticket in found]
