"""Setting up somebody's Zendesk: planned, applied, watched and undone, against the stand-in over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from integrations import tasks
from integrations.models import ProvisionedObject, ProvisioningRun, TestCall, WebhookEndpoint, WebhookEvent
from integrations.provisioning import plan, runs
from opencx_admin.due import due
from opencx_admin.orgs.models import AuditEntry, Organization, User
from tests.flows.between import Between, stand_between
from tests.sandbox.server import Desk, Sandbox

pytestmark = pytest.mark.django_db(transaction=True)
MADE = ["webhook", "reply_trigger", "status_trigger", "view"]


@pytest.fixture
def bare(desk: Desk) -> Desk:
    """The account without a webhook or trigger that anybody made."""
    for trigger in desk.api("GET", "triggers").json()["triggers"]:
        desk.api("DELETE", f"triggers/{trigger['id']}")
    for webhook in desk.api("GET", "webhooks").json()["webhooks"]:
        desk.api("DELETE", f"webhooks/{webhook['id']}")
    return desk


@pytest.fixture
def between(desk: Desk, sandbox: Sandbox, settings: Settings) -> Iterator[Between]:
    """Somebody between us and Zendesk."""
    with stand_between(sandbox.url) as found:
        settings.ZENDESK_URL = f"{found.url}/{{subdomain}}"
        yield found


def begin(organization: Organization, action: str, person: User, **said: Any) -> ProvisioningRun:
    """Alice presses a button."""
    request = RequestFactory().post("/")
    request.user = person
    return runs.start(organization, action, request=request, **said)[0]


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


def webhooks(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.api("GET", "webhooks").json()["webhooks"]
    return found


def triggers(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.api("GET", "triggers").json()["triggers"]
    return found


def views(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.api("GET", "views").json()["views"]
    return found


def writes(desk: Desk, since: int = 0) -> list[str]:
    """Our writes that reached the account, as `POST /webhooks`."""
    calls = desk.requests(since=since)
    return [f"{c['method']} {c['path']}" for c in calls if c["method"] != "GET" and "/oauth/" not in c["path"]]


def no_token(organization: Organization, *values: Any) -> None:
    """No token of our URLs stands in what is stored or shown."""
    for endpoint in WebhookEndpoint.objects.filter(organization=organization):
        assert endpoint.token.reveal() not in json.dumps(values, default=str)


def test_what_was_made_by_hand_is_adopted_and_what_is_missing_is_made(desk: Desk, org: Organization) -> None:
    assert actions(org) == {
        "webhook": "adopt",
        "reply_trigger": "adopt",
        "status_trigger": "create",
        "view": "create",
    }
    no_token(org, [item.differences for item in plan.build(org).items])


def test_a_bare_account_is_set_up_and_proven(bare: Desk, org: Organization, alice: User) -> None:
    run = done(act(org, "apply", alice))

    assert [(step["kind"], step["action"], step["status"]) for step in run.steps] == [
        *((kind, "create", "done") for kind in MADE),
        ("webhook", "test", "done"),
    ]
    assert kinds(org) == set(MADE)
    webhook = webhooks(bare)[0]
    assert (webhook["name"], webhook["endpoint"]) == ("OpenCX", WebhookEndpoint.current(org).url)
    assert {trigger["title"] for trigger in triggers(bare)} == {
        "OpenCX: an agent replied publicly",
        "OpenCX: the status changed",
    }
    secret = bare.api("GET", f"webhooks/{webhook['id']}/signing_secret").json()["signing_secret"]["secret"]
    assert WebhookEndpoint.current(org).signing_secret.reveal() == secret
    call, event = TestCall.objects.get(), WebhookEvent.objects.get()
    assert call.is_proof and call.event == event
    assert (event.result, event.reason, event.http_status, event.is_signed) == ("ignored", "test_call", 200, True)
    assert set(actions(org).values()) == {"none"}
    no_token(org, run.steps, list(ProvisionedObject.objects.values()), list(AuditEntry.objects.values()))
    assert secret not in json.dumps([run.steps, list(AuditEntry.objects.values())], default=str)
