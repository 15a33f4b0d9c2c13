"""What the tests of the canary share: one bird, the hands that move it, and looks at what it leaves."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.utils import timezone

from integrations.models import PlatformEvent, WebhookEvent
from opencx_admin.orgs.models import Organization
from tests.flows.conftest import Worker
from tests.sandbox.server import Desk, wait_until
from ticketing import tasks
from ticketing.canary import runs
from ticketing.models import AgentReply, CanaryRun, Contact, Handoff, Session, SessionTicketLink, TicketUpdate

LEFT = (Session, Contact, Handoff, SessionTicketLink, AgentReply, TicketUpdate, PlatformEvent, WebhookEvent)


def statuses(run: CanaryRun) -> dict[str, str]:
    """Each hop's status."""
    return {hop["name"]: hop["status"] for hop in run.hops}


def hop(run: CanaryRun, name: str) -> dict[str, Any]:
    """One hop."""
    return next(one for one in run.hops if one["name"] == name)


class Bird:
    """One run and the hands to move it."""

    def __init__(self, organization: Organization, worker: Worker) -> None:
        self.organization, self.worker = organization, worker
        self.run, _new = runs.start(organization)

    def wake(self) -> None:
        """Let every wait be over: back-offs, and the leases of workers that died."""
        CanaryRun.objects.filter(pk=self.run.pk, next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())

    def step(self) -> CanaryRun:
        """The workers do what is due, then the canary takes its next look."""
        self.worker.step()
        self.wake()
        tasks.advance_canary(self.run.pk)
        self.run.refresh_from_db()
        return self.run

    def until(self, look: Callable[[CanaryRun], bool], seconds: float = 20) -> CanaryRun:
        """Step until `look` is true of the run."""
        wait_until(lambda: look(self.step()), seconds)
        return self.run

    def fly(self, seconds: float = 20) -> CanaryRun:
        """Until it is over."""
        return self.until(lambda run: not run.is_moving, seconds)

    def lose_patience(self) -> None:
        """A minute passes."""
        CanaryRun.objects.filter(pk=self.run.pk).update(stage_at=timezone.now() - dt.timedelta(seconds=61))

    def give_up_at(self, stage: str) -> CanaryRun:
        """Go to this stage, wait a minute in vain, and on to the end."""
        self.until(lambda run: run.stage == stage)
        self.lose_patience()
        return self.fly()


class Died(BaseException):
    """The worker's process is gone."""


@contextmanager
def dying(seed: int, *, after: bool) -> Iterator[None]:
    """Now and then the process dies before (or `after`) a change of the run's row."""
    dice = random.Random(seed)

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        is_fatal = "UPDATE" in sql and "ticketing_canaryrun" in sql and dice.random() < 0.3
        if is_fatal and not after:
            raise Died
        result = execute(sql, params, many, context)
        if is_fatal:
            raise Died
        return result

    with connection.execute_wrapper(watch):
        yield


def assert_nothing_is_left(desk: Desk) -> None:
    """Neither here nor in Zendesk."""
    assert [model.__name__ for model in LEFT if model._default_manager.exists()] == []
    assert [ticket["id"] for ticket in desk.tickets() if not ticket["deleted"]] == []
    assert desk.api("GET", "users/search", params={"query": "opencx-canary"}).json()["users"] == []
