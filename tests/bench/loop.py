"""What the loop costs at Zendesk and in time: a handoff, a reply, a bell that rings while all is quiet."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from functools import partial

import requests

from tests.bench.figures import Figure, share
from tests.processes.product import Product
from tests.sandbox.receiver import Receiver
from tests.sandbox.server import Desk, Json, wait_until

SESSIONS = 20
SAMPLES = 120
REPLY = "conversation.third_party_agent_response"


def measure_cost(product: Product, desk: Desk, tickets: dict[str, int]) -> Iterator[Figure]:
    """Hand sessions off and have each answered once, counting the calls that reach the stand-in."""
    product.open_session("warm-up")
    product.hand_off("warm-up")
    product.wait_for_ticket("warm-up")
    begun = count(desk)
    for number in range(SESSIONS):
        product.open_session(f"bench-{number}")
        product.hand_off(f"bench-{number}")
    for number in range(SESSIONS):
        tickets[f"bench-{number}"] = product.wait_for_ticket(f"bench-{number}")
    made = count(desk)
    yield Figure("handoff_zendesk_calls", (made - begun) / SESSIONS, "calls", "=1")
    for number, (session_id, ticket) in enumerate(tickets.items()):
        desk.reply(ticket, f"Answer {number}.")
        wait_until(partial(product.sandbox.events, session_id, REPLY, desk.subdomain))
    wait_until(lambda: all(call["status"] != "in progress" for call in desk.invocations()))
    yield Figure("reply_zendesk_calls", (count(desk) - made) / SESSIONS, "calls", "<=1")


def count(desk: Desk) -> int:
    """How many calls of the product's have reached the account; the tests' own carry Basic credentials."""
    return sum(call["headers"]["Authorization"] == "Bearer" for call in desk.requests())


def measure_latency(product: Product, desk: Desk, tickets: dict[str, int]) -> Iterator[Figure]:
    """From ringing the bell to the signed event's arrival, one at a time, at random moments."""
    platform = Receiver()
    try:
        desk.set_webhook(active=False)
        product.submit("/settings/integrations/opencx/", action="save", events_url=f"{platform.url}/events")
        times = [measure_once(product, desk, platform, number, tickets) for number in range(SAMPLES)]
    finally:
        platform.stop()
    yield Figure("bell_to_event_idle_p50", share(times, 0.5), "s")
    yield Figure("bell_to_event_idle_p99", share(times, 0.99), "s", "<2")


def measure_once(product: Product, desk: Desk, platform: Receiver, number: int, tickets: dict[str, int]) -> float:
    """Seconds from the call to the event of one reply."""
    session_id, ticket = list(tickets.items())[number % len(tickets)]
    desk.reply(ticket, f"Sample {number}.")
    time.sleep(random.uniform(0.02, 0.12))
    came = len(platform.received)
    body: Json = {"ticket_id": str(ticket), "external_id": session_id, "status": "open"}
    rang_at = time.monotonic()
    answer = requests.post(product.webhook_url, json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    event = platform.wait_for(came + 1, 30)[came]
    assert event.json["data"]["response"].strip() == f"Sample {number}.", event.json
    return event.at - rang_at
