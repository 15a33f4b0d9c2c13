"""`manage.py doctor`."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations.models import EventResult, WebhookEndpoint, ZendeskConnection
from integrations.provisioning.wanted import REFERENCE_BODY
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Heartbeat, Organization
from tests.factories import (
    PlatformConnectionFactory,
    PlatformEventFactory,
    WebhookEventFactory,
    ZendeskConnectionFactory,
)
from tests.integrations.recorded import REFUSED, Account

pytestmark = pytest.mark.django_db


def run(*args: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of the command."""
    out, code = io.StringIO(), 0
    try:
        call_command("doctor", "--json", *args, stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    found: dict[str, Any] = json.loads(out.getvalue())
    return code, found


def verdict(found: dict[str, Any], check_id: str) -> str:
    return str(next(check["verdict"] for check in found["checks"] if check["id"] == check_id))


@pytest.fixture
def healthy(org: Organization, settings: Any, account: Account) -> Organization:
    """Everything is connected and proven."""
    settings.OUTBOUND_ALLOW_HOSTS = frozenset({"203.0.113.7"})
    ZendeskConnectionFactory.create(organization=org)
    PlatformConnectionFactory.create(organization=org, events_url="https://203.0.113.7/events")
    PlatformEventFactory.create(organization=org, is_delivered=True)
    endpoint = WebhookEndpoint.current(org)
    endpoint.last_called_at = timezone.now()
    endpoint.signing_secret = Secret.hide("signing-secret")
    endpoint.save()
    Heartbeat.beat("worker")
    is_set_up(account, endpoint.url)
    return org


def is_set_up(account: Account, url: str) -> None:
    """The account has a webhook that calls us, and a trigger that calls the webhook."""
    webhook = {
        "id": "01HANAHAFTBVF1NA2AVFK4W763",
        "name": "OpenCX",
        "endpoint": url,
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
        "subscriptions": ["conditional_ticket_events"],
    }
    action = {"field": "notification_webhook", "value": [webhook["id"], REFERENCE_BODY]}
    trigger = {"id": 25, "title": "Tell OpenCX", "active": True, "conditions": {"all": [], "any": []}}
    secret = {"signing_secret": {"secret": "signing-secret", "algorithm": "SHA256"}}
    account.answer("GET", "/api/v2/webhooks", 200, {"webhooks": [webhook]})
    account.answer("GET", f"/api/v2/webhooks/{webhook['id']}/signing_secret", 200, secret)
    account.answer("GET", "/api/v2/triggers", 200, {"triggers": [trigger | {"actions": [action]}]})


def test_a_healthy_organization_ends_with_0_and_the_contracts_json(healthy: Organization, account: Account) -> None:
    account.put_up()

    code, found = run("--organization", healthy.slug)

    assert code == 0, [check for check in found["checks"] if check["verdict"] != "ok"]
    assert set(found) == {"organization", "checked_at", "checks"}
    assert found["organization"] == "acme-outfitters"
    assert dt.datetime.fromisoformat(found["checked_at"]).tzinfo is not None
    assert all(set(c) == {"id", "question", "verdict", "evidence", "owner", "fix"} for c in found["checks"])
    assert {check["verdict"] for check in found["checks"]} <= {"ok", "unknown", "skipped"}
    assert verdict(found, "messaging.connected") == "skipped"


def test_without_a_name_the_only_organization_is_examined(healthy: Organization, account: Account) -> None:
    account.put_up()
    assert run()[1]["organization"] == "acme-outfitters"


def test_refused_credentials_end_with_1(healthy: Organization, account: Account) -> None:
    account.answer("POST", "/oauth/tokens", 401, REFUSED)
    account.put_up()

    code, found = run()

    assert code == 1
    assert verdict(found, "ticketing.authenticated") == "problem"
    assert verdict(found, "ticketing.read_tickets") == "skipped"
    assert "secret-of-acme" not in json.dumps(found)


def test_an_agent_that_may_not_manage_webhooks_is_no_failure(healthy: Organization, account: Account) -> None:
    account.answer("GET", "/api/v2/webhooks", 403, {})
    account.put_up()

    code, found = run()

    assert code == 0
    assert verdict(found, "ticketing.manage_webhooks") == "skipped"


def test_nothing_set_up_ends_with_1_and_says_what_to_do(org: Organization) -> None:
    code, found = run()

    assert code == 1
    assert verdict(found, "ticketing.connected") == "problem"
    assert verdict(found, "events.url") == "problem"
    assert verdict(found, "events.last") == "skipped"
    assert verdict(found, "webhook.called") == "unknown"
    assert verdict(found, "parts.worker") == "problem"


def test_a_secret_that_no_key_opens_is_a_problem_not_a_crash(healthy: Organization) -> None:
    ZendeskConnection.objects.update(client_secret=Secret("gAAAA-broken"))
    assert verdict(run()[1], "ticketing.connected") == "problem"


@pytest.mark.parametrize("check_id", ["events.failed", "events.last"])
def test_a_failed_event_is_a_problem(healthy: Organization, account: Account, check_id: str) -> None:
    account.put_up()
    PlatformEventFactory.create(organization=healthy, is_failed=True)
    code, found = run()
    assert (code, verdict(found, check_id)) == (1, "problem")


def test_calls_that_need_a_person_are_a_problem(healthy: Organization, account: Account) -> None:
    account.put_up()
    WebhookEventFactory.create(organization=healthy, result=EventResult.NO_MATCH)
    code, found = run()
    assert (code, verdict(found, "webhook.calls")) == (1, "problem")


def test_calls_to_an_old_url_are_a_problem(healthy: Organization, account: Account) -> None:
    account.put_up()
    old = WebhookEndpoint.current(healthy)
    WebhookEndpoint.objects.filter(pk=old.pk).update(
        is_current=False, expires_at=timezone.now(), calls_after_rotation=1
    )
    WebhookEndpoint.current(healthy)
    code, found = run()
    assert (code, verdict(found, "webhook.old_url")) == (1, "problem")


def test_refused_signatures_are_a_problem(healthy: Organization, account: Account) -> None:
    account.put_up()
    WebhookEndpoint.objects.update(last_refused_at=timezone.now(), calls_refused=1)
    code, found = run()
    assert (code, verdict(found, "webhook.signature")) == (1, "problem")


def test_a_good_call_after_the_last_refused_one_makes_the_signature_well_again(
    healthy: Organization, account: Account
) -> None:
    account.put_up()
    refused = timezone.now() - dt.timedelta(seconds=20)
    WebhookEventFactory.create(organization=healthy, received_at=refused - dt.timedelta(seconds=5))
    WebhookEndpoint.objects.update(last_refused_at=refused, calls_refused=1, last_called_at=refused)
    assert verdict(run()[1], "webhook.signature") == "problem"
    WebhookEventFactory.create(organization=healthy, received_at=refused + dt.timedelta(seconds=5))
    assert verdict(run()[1], "webhook.signature") == "ok"


def test_a_worker_that_is_silent_is_a_problem(healthy: Organization, account: Account) -> None:
    account.put_up()
    Heartbeat.objects.update(beat_at=timezone.now() - dt.timedelta(minutes=5))
    code, found = run()
    assert (code, verdict(found, "parts.worker")) == (1, "problem")


def test_without_json_a_person_reads_lines(org: Organization) -> None:
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=out)
    assert "problem  Is a Zendesk account connected? No account is connected." in out.getvalue()


def test_an_unknown_organization_is_a_sentence(org: Organization) -> None:
    with pytest.raises(CommandError, match="No organization has the slug nobody"):
        call_command("doctor", "--organization", "nobody")


def test_several_organizations_are_one_list_of_their_objects(org: Organization, other_org: Organization) -> None:
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=out)
    assert [said["organization"] for said in json.loads(out.getvalue())] == ["acme-outfitters", "globex"]
    assert run("--organization", "globex")[1]["organization"] == "globex"
