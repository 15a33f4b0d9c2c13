"""The canary through the real way: green, red at each hop, and nothing left behind, whoever dies on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import PlatformEvent
from opencx_admin.orgs.models import Organization
from tests.flows.conftest import Worker
from tests.sandbox.server import Desk, wait_until
from ticketing import tasks
from ticketing.canary import runs
from ticketing.canary.hops import WORDS
from ticketing.models import AgentReply, CanaryRun, Contact, Handoff, Session, SessionTicketLink

CANARY_RINGS = {
    "all": [
        {"field": "update_type", "operator": "is", "value": "Change"},
        {"field": "comment_is_public", "operator": "is", "value": "true"},
        {"field": "role", "operator": "is", "value": "agent"},
        {"field": "current_tags", "operator": "includes", "value": "opencx_handedoff"},
    ],
    "any": [
        {"field": "current_via_id", "operator": "is_not", "value": "5"},
        {"field": "current_tags", "operator": "includes", "value": "opencx_canary"},
    ],
}


def statuses(run: CanaryRun) -> dict[str, str]:
    return {hop["name"]: hop["status"] for hop in run.hops}


def hop(run: CanaryRun, name: str) -> dict[str, Any]:
    return next(one for one in run.hops if one["name"] == name)


class Bird:
    """One run and the hands to move it."""

    def __init__(self, organization: Organization, worker: Worker) -> None:
        self.organization, self.worker = organization, worker
        self.run, _new = runs.start(organization)

    def step(self) -> CanaryRun:
        self.worker.step()
        CanaryRun.objects.filter(pk=self.run.pk, next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
        tasks.advance_canary(self.run.pk)
        self.run.refresh_from_db()
        return self.run

    def until(self, look: Callable[[CanaryRun], bool], seconds: float = 20) -> CanaryRun:
        wait_until(lambda: look(self.step()), seconds)
        return self.run

    def fly(self, seconds: float = 20) -> CanaryRun:
        """Until it is over."""
        return self.until(lambda run: not run.is_moving, seconds)

    def lose_patience(self) -> None:
        CanaryRun.objects.filter(pk=self.run.pk).update(stage_at=timezone.now() - dt.timedelta(seconds=61))


@pytest.fixture
def bird(desk: Desk, org: Organization, worker: Worker) -> Bird:
    return Bird(org, worker)


def assert_nothing_is_left(desk: Desk, run: CanaryRun) -> None:
    for model in (Session, Contact, Handoff, SessionTicketLink, AgentReply, PlatformEvent):
        assert not model._default_manager.exists(), model
    assert all(ticket["deleted"] for ticket in desk.tickets())
    assert desk.api("GET", "users/search", params={"query": "opencx-canary"}).json()["users"] == []


def test_a_green_round_trip_proves_each_hop_and_leaves_nothing(desk: Desk, bird: Bird) -> None:
    run = bird.fly()
    assert run.status == "passed", (run.problem, run.hops)
    assert statuses(run) == dict.fromkeys(WORDS, "ok")
    assert all(one["ms"] is not None for one in run.hops)
    sent = desk.sandbox.events(run.session_ref)
    kinds = [event["event"] for event in sent]
    assert kinds == ["conversation.handoff_to_human", "conversation.third_party_agent_response"]
    assert "public reply" in sent[1]["body"]["data"]["response"]
    assert_nothing_is_left(desk, run)
