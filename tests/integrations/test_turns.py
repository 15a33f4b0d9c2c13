"""The worker is shared among organizations."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from integrations.models import PlatformEvent
from integrations.turns import Turnstile, take_turns
from opencx_admin.due import due
from opencx_admin.orgs.models import Organization
from tests.factories import PlatformEventFactory


def test_thousands_of_one_organization_do_not_hide_another_one(org: Organization, other_org: Organization) -> None:
    now = timezone.now()
    for number in range(6):
        at = now - dt.timedelta(hours=number + 1)
        PlatformEventFactory.create(organization=org, next_attempt_at=at)
    PlatformEventFactory.create(organization=other_org, next_attempt_at=now - dt.timedelta(seconds=1))
    first = take_turns(due(PlatformEvent.objects.all()))[:2]
    assert {event.organization_id for event in first} == {org.pk, other_org.pk}
    assert next(iter(first)).next_attempt_at == now - dt.timedelta(hours=6), "the oldest first"


def test_a_slow_organization_takes_two_threads_and_a_quick_one_all() -> None:
    turnstile = Turnstile(slow_after=0.0, remember=60, most=2)
    with turnstile.enter(1) as first, turnstile.enter(1) as second, turnstile.enter(1) as third:
        assert (first, second, third) == (True, True, True), "nobody knows yet that it is slow"
    with turnstile.enter(1) as first, turnstile.enter(1) as second, turnstile.enter(1) as third:
        assert (first, second, third) == (True, True, False)
        with turnstile.enter(2) as other:
            assert other
    with turnstile.enter(1) as again:
        assert again, "who left made room"


def test_slowness_is_forgotten() -> None:
    turnstile = Turnstile(slow_after=0.0, remember=0.0, most=0)
    with turnstile.enter(1) as first:
        assert first
    with turnstile.enter(1) as second:
        assert second


def test_a_failure_leaves_the_turnstile_too() -> None:
    turnstile = Turnstile(slow_after=0.0, remember=60, most=1)
    with pytest.raises(KeyError), turnstile.enter(1):
        raise KeyError
    with turnstile.enter(1) as again:
        assert again
