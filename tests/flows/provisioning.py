"""What the tests of provisioning share: a bare account, a person who presses buttons, the worker, and looks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from integrations import tasks
from integrations.models import ProvisionedObject, ProvisioningRun, WebhookEndpoint
from integrations.provisioning import drift, plan, runs
from opencx_admin.due import due
from opencx_admin.orgs.models import Organization, User
from tests.flows.between import Between, stand_between
from tests.sandbox.server import Desk, Sandbox

MADE = ["webhook", "reply_trigger", "status_trigger", "view"]


@pytest.fixture
def bare(desk: Desk) -> Desk:
    """The account without a webhook or trigger that anybody made."""
    for trigger in desk.triggers():
        desk.delete_by_hand("trigger", trigger["id"])
    for webhook in desk.webhooks():
        desk.delete_by_hand("webhook", webhook["id"])
    return desk


@pytest.fixture
def between(desk: Desk, sandbox: Sandbox, settings: Settings) -> Iterator[Between]:
    """Somebody between us and Zendesk."""
    with stand_between(sandbox.url) as found:
        settings.ZENDESK_URL = f"{found.url}/{{subdomain}}"
        yield found


def pressed_by(person: User) -> HttpRequest:
    """The request of a button that this person presses."""
    request = RequestFactory().post("/")
    request.user = person
    return request


def begin(organization: Organization, action: str, person: User, **said: Any) -> ProvisioningRun:
    """A person begins a run."""
    return runs.start(organization, action, request=pressed_by(person), **said)[0]


def work(run: ProvisioningRun) -> ProvisioningRun:
    """The worker takes the run, and again when it was put off, until it is over."""
    for _try in range(6):
        for row in due(ProvisioningRun.objects.all()):
            tasks.advance_run(row.pk)
        run.refresh_from_db()
        if not run.is_moving:
            return run
        ProvisioningRun.objects.filter(pk=run.pk).update(next_attempt_at=timezone.now())
    return run


def act(organization: Organization, action: str, person: User, **said: Any) -> ProvisioningRun:
    """A run from its button to its end."""
    return work(begin(organization, action, person, **said))


def done(run: ProvisioningRun) -> ProvisioningRun:
    """The run, which must have gone well."""
    assert (run.status, run.problem) == ("done", ""), run.steps
    return run


def actions(organization: Organization) -> dict[str, str]:
    """What the plan would do with each object."""
    return {item.kind.value: item.action for item in plan.build(organization).items}


def kinds(organization: Organization) -> set[str]:
    return set(ProvisionedObject.objects.filter(organization=organization).values_list("kind", flat=True))


def id_of(organization: Organization, kind: str) -> str:
    return ProvisionedObject.objects.get(organization=organization, kind=kind).external_id


def writes(desk: Desk) -> list[str]:
    """Our writes that reached the account, as `POST /api/v2/webhooks`, without ids."""
    calls = [c for c in desk.requests() if c["method"] != "GET" and "/oauth/" not in c["path"]]
    return [f"{c['method']} {re.sub(r'/[0-9A-Z]{8,}$', '/{id}', c['path'])}" for c in calls]


def trigger_of(desk: Desk, organization: Organization, kind: str) -> dict[str, Any]:
    """The trigger as it is in Zendesk."""
    pk = id_of(organization, kind)
    return next(one for one in desk.triggers() if str(one["id"]) == pk)


def show_drift(organization: Organization) -> dict[str, list[str]]:
    """Which fields of which objects were changed, after a comparison."""
    drift.check(organization)
    rows = ProvisionedObject.objects.filter(organization=organization)
    return {
        row.kind: ["deleted"] if row.is_gone else [one["field"] for one in row.drift]
        for row in rows
        if row.is_gone or row.drift
    }


def no_token(organization: Organization, *values: Any) -> None:
    """No token of our URLs stands in what is stored or shown."""
    for endpoint in WebhookEndpoint.objects.filter(organization=organization):
        assert endpoint.token.reveal() not in json.dumps(values, default=str)
