"""Signed events keep the order of their session and are never forgotten, whatever races with them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from integrations import platform_events
from integrations.models import EventType, PlatformConnection, PlatformEvent
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization
from tests.flows.between import interrupt
from tests.flows.conftest import SIGNING_SECRET, Worker
from tests.sandbox.server import Desk, Sandbox

Status = PlatformEvent.Status


def queue(org: Organization, name: str, session_ref: str = "ses-1") -> PlatformEvent:
    event = platform_events.queue_event(
        org,
        EventType.AGENT_RESPONSE,
        {"conversation_id": session_ref, "response": name},
        session_ref=session_ref,
        once_key=name,
    )
    assert event is not None
    return event


def said(sandbox: Sandbox) -> list[str]:
    return [event["body"]["data"]["response"] for event in sandbox.events() if event["status"] < 300]


def state(event: PlatformEvent) -> str:
    event.refresh_from_db()
    return event.status


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 503])
def test_a_platform_that_refuses_everything_gets_all_in_order_later(
    desk: Desk, sandbox: Sandbox, org: Organization, worker: Worker, status: int
) -> None:
    sandbox.platform(failing_status=status, failing_times=8)
    _first, second = queue(org, "one"), queue(org, "two")
    for _try in range(8):
        worker.rest()
        worker.skip_waiting()
    assert (state(second), second.attempts) == ("queued", 0), "the second waits for the first"
    worker.skip_waiting()
    worker.rest()
    assert said(sandbox) == ["one", "two"]


def test_an_event_that_the_platform_cannot_take_lets_the_next_pass_at_once(
    desk: Desk, sandbox: Sandbox, org: Organization, worker: Worker
) -> None:
    sandbox.platform(failing_status=422, failing_times=4)
    first, second = queue(org, "one"), queue(org, "two")
    for _try in range(4):
        worker.rest()
        PlatformEvent.objects.filter(pk=first.pk).update(next_attempt_at=timezone.now())
    worker.rest()
    assert said(sandbox)[-1] == "two" or state(second) == "delivered"
    assert set(said(sandbox)) >= {"two"}


def test_the_next_one_goes_at_once_though_its_turn_came_while_it_was_put_off(
    desk: Desk, sandbox: Sandbox, org: Organization
) -> None:
    first, second = queue(org, "one"), queue(org, "two")
    assert first.claim(dt.timedelta(seconds=40), status=Status.WORKING)

    def finish_first() -> None:
        first.rest(status=Status.DELIVERED)
        platform_events._ring_next(first)

    with interrupt(finish_first, "UPDATE", "integrations_platformevent"):
        platform_events.deliver_event(PlatformEvent.objects.get(pk=second.pk))
    second.refresh_from_db()
    assert second.next_attempt_at is not None
    assert second.next_attempt_at <= timezone.now() + dt.timedelta(seconds=3)


def test_an_event_waits_no_longer_than_its_elders_next_attempt_is_known(
    desk: Desk, sandbox: Sandbox, org: Organization, worker: Worker
) -> None:
    first, second = queue(org, "one"), queue(org, "two")
    PlatformEvent.objects.filter(pk=first.pk).update(status=Status.FAILED, next_attempt_at=None)
    PlatformEvent.objects.filter(pk=second.pk).update(attempts=3)
    PlatformEvent.objects.filter(pk=second.pk).update(next_attempt_at=timezone.now() + dt.timedelta(hours=1))
    assert platform_events.retry(first)
    worker.rest()
    assert said(sandbox) == ["one", "two"]


def save_url(org: Organization, sandbox: Sandbox) -> None:
    PlatformConnection.objects.update_or_create(
        organization=org,
        defaults={"events_url": sandbox.events_url(), "signing_secret": Secret.hide(SIGNING_SECRET)},
    )
    platform_events.release_waiting(org)


def test_an_event_queued_while_the_url_is_saved_goes_out(
    desk: Desk, sandbox: Sandbox, org: Organization, worker: Worker
) -> None:
    PlatformConnection.objects.filter(organization=org).delete()
    with interrupt(lambda: save_url(org, sandbox), "integrations_platformconnection", after=True):
        queue(org, "one")
    worker.rest()
    assert said(sandbox) == ["one"]


def test_an_event_tried_while_the_url_is_saved_goes_out(
    desk: Desk, sandbox: Sandbox, org: Organization, worker: Worker
) -> None:
    event = queue(org, "one")
    PlatformConnection.objects.filter(organization=org).delete()
    with interrupt(lambda: save_url(org, sandbox), "integrations_platformconnection", after=True):
        platform_events.deliver_event(event)
    worker.rest()
    assert said(sandbox) == ["one"]


def test_events_that_waited_for_a_url_go_out_in_order(
    desk: Desk, sandbox: Sandbox, org: Organization, worker: Worker
) -> None:
    PlatformConnection.objects.filter(organization=org).delete()
    for name in ("one", "two", "three"):
        queue(org, name)
    worker.rest()
    assert said(sandbox) == []
    save_url(org, sandbox)
    worker.rest()
    assert said(sandbox) == ["one", "two", "three"]


def test_410_ends_that_event_at_once(desk: Desk, sandbox: Sandbox, org: Organization, worker: Worker) -> None:
    sandbox.platform(failing_status=410, failing_times=1)
    first, second = queue(org, "one"), queue(org, "two")
    worker.rest()
    assert (state(first), state(second)) == ("failed", "delivered")


def test_after_a_day_it_is_shown_as_failed(desk: Desk, sandbox: Sandbox, org: Organization, worker: Worker) -> None:
    sandbox.platform(failing_status=500, failing_times=1)
    event = queue(org, "one")
    PlatformEvent.objects.filter(pk=event.pk).update(first_attempt_at=timezone.now() - dt.timedelta(hours=24))
    worker.rest()
    assert state(event) == "failed"


@pytest.mark.parametrize("secret", [Secret("not a token"), Secret.hide("whsec_!!!"), Secret.hide("whsec_")])
def test_a_secret_that_cannot_sign_is_told_and_tried_again(
    desk: Desk, sandbox: Sandbox, org: Organization, worker: Worker, secret: Any
) -> None:
    PlatformConnection.objects.filter(organization=org).update(signing_secret=secret)
    event = queue(org, "one")
    worker.rest()
    assert state(event) == "retrying"
    assert event.last_error
    PlatformConnection.objects.filter(organization=org).update(signing_secret=Secret.hide(SIGNING_SECRET))
    worker.skip_waiting()
    worker.rest()
    assert state(event) == "delivered"
