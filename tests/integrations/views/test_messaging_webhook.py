"""Settings → Integrations → Zendesk → Webhook, Sunshine's part."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from integrations.clients.sunshine import TRIGGERS
from integrations.models import EndpointKind, SunshineConnection, WebhookEndpoint
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import SunshineConnectionFactory, WebhookEventFactory
from tests.integrations.recorded_sunshine import APP, HOOK_SECRET, App

URL = "/settings/integrations/zendesk/webhook/"
SECRET = "the-secret-of-a-webhook-made-by-hand"

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(org: Organization) -> WebhookEndpoint:
    return WebhookEndpoint.current(org, EndpointKind.SUNSHINE)


@pytest.fixture
def connection(org: Organization) -> SunshineConnection:
    return SunshineConnectionFactory.create(organization=org)


def shown_url(client: Client) -> str:
    text = client.get(URL).content.decode()
    found = re.search(r'<input id="sunshine-webhook-url"[^>]*value="([^"]*)"[^>]*readonly', text)
    assert found is not None
    return found.group(1)


def current(org: Organization) -> WebhookEndpoint:
    return WebhookEndpoint.objects.get(organization=org, kind=EndpointKind.SUNSHINE, is_current=True)


@pytest.mark.parametrize("who", ["as_alice", "as_olga"])
def test_admins_see_the_whole_url(request: pytest.FixtureRequest, endpoint: WebhookEndpoint, who: str) -> None:
    assert shown_url(request.getfixturevalue(who)) == endpoint.url


@pytest.mark.parametrize("who", ["as_lea", "as_vera"])
def test_others_see_it_masked_and_cannot_change_it(
    request: pytest.FixtureRequest, endpoint: WebhookEndpoint, who: str
) -> None:
    client: Client = request.getfixturevalue(who)

    assert shown_url(client).endswith("/webhooks/sunshine/••••••••")
    assert endpoint.token.reveal() not in client.get(URL).content.decode()
    assert client.post(URL, {"action": "rotate_sunshine"}).status_code == 403
    assert client.post(URL, {"action": "save", "sunshine_webhook_secret": SECRET}).status_code == 403


def test_organizations_have_urls_of_their_own(as_alice: Client, as_mallory: Client) -> None:
    assert shown_url(as_alice) != shown_url(as_mallory)


def test_a_pasted_secret_is_kept_and_never_shown(
    as_alice: Client, org: Organization, endpoint: WebhookEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        page = as_alice.post(URL, {"action": "save", "sunshine_webhook_secret": f" {SECRET} "}, follow=True)

    assert current(org).signing_secret.reveal() == SECRET
    assert not WebhookEndpoint.current(org).signing_secret
    entry = AuditEntry.objects.get(action="webhook.sunshine_secret")
    for text in (page.content.decode(), as_alice.get(URL).content.decode(), f"{entry.before} {entry.after}"):
        assert SECRET not in text
    assert SECRET not in caplog.text
    assert "Leave empty to keep." in as_alice.get(URL).content.decode()


def test_the_former_secret_opens_for_a_day_more_at_every_address(
    as_alice: Client, org: Organization, endpoint: WebhookEndpoint
) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(signing_secret=Secret.hide("former"), is_current=False)
    WebhookEndpoint.issue(org, EndpointKind.SUNSHINE)

    as_alice.post(URL, {"action": "save", "sunshine_webhook_secret": SECRET})

    endpoint.refresh_from_db()
    assert (endpoint.signing_secret.reveal(), endpoint.former_secret.reveal()) == (SECRET, "former")
    assert endpoint.former_secret_until is not None
    assert current(org).signing_secret.reveal() == SECRET


def test_both_secrets_may_come_in_one_post(as_alice: Client, org: Organization) -> None:
    as_alice.post(URL, {"action": "save", "sunshine_webhook_secret": SECRET, "signing_secret": "of-zendesk"})
    assert current(org).signing_secret.reveal() == SECRET
    assert WebhookEndpoint.current(org).signing_secret.reveal() == "of-zendesk"


def test_empty_secrets_change_nothing(as_alice: Client, org: Organization, endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.update(signing_secret=Secret.hide(SECRET))
    as_alice.post(URL, {"action": "save", "sunshine_webhook_secret": "", "signing_secret": ""})
    assert current(org).signing_secret.reveal() == SECRET


def test_rotating_replaces_the_url_here_and_in_sunshine(
    as_alice: Client, app: App, org: Organization, endpoint: WebhookEndpoint, connection: SunshineConnection
) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(signing_secret=Secret.hide(HOOK_SECRET))
    app.has_webhook(endpoint.url, *TRIGGERS)
    app.put_up()
    before = timezone.now()

    page = as_alice.post(URL, {"action": "rotate_sunshine", "overlap_hours": "48"}, follow=True)

    new = current(org)
    assert new.url != endpoint.url
    assert app.sent[-1]["target"] == new.url
    assert new.signing_secret.reveal() == HOOK_SECRET
    endpoint.refresh_from_db()
    assert endpoint.expires_at is not None
    assert dt.timedelta(hours=48) <= endpoint.expires_at - before < dt.timedelta(hours=48, minutes=1)
    assert "Sunshine’s webhook already calls it" in page.content.decode()
    entry = AuditEntry.objects.get(action="webhook.rotate")
    assert "whk_" not in f"{entry.before} {entry.after} {entry.object_label}"


def test_zendesks_own_url_is_another_matter(
    as_alice: Client, app: App, org: Organization, connection: SunshineConnection
) -> None:
    zendesk = WebhookEndpoint.current(org)
    app.put_up()
    as_alice.post(URL, {"action": "rotate_sunshine"})
    zendesk.refresh_from_db()
    assert zendesk.is_current


@pytest.mark.parametrize(("typed", "hours"), [("", 24), ("0", 0), ("720", 720)])
def test_the_overlap_is_a_day_unless_chosen(
    as_alice: Client, app: App, endpoint: WebhookEndpoint, connection: SunshineConnection, typed: str, hours: int
) -> None:
    app.put_up()
    as_alice.post(URL, {"action": "rotate_sunshine", "overlap_hours": typed})
    endpoint.refresh_from_db()
    assert endpoint.expires_at is not None
    assert round((endpoint.expires_at - timezone.now()).total_seconds() / 3600) == hours


@pytest.mark.parametrize("hours", ["-1", "721", "a day", "1.5"])
def test_an_overlap_outside_its_bounds_is_422(as_alice: Client, endpoint: WebhookEndpoint, hours: str) -> None:
    response = as_alice.post(URL, {"action": "rotate_sunshine", "overlap_hours": hours})
    assert response.status_code == 422
    assert 'aria-describedby="id_sunshine_overlap_hours' in response.content.decode()
    endpoint.refresh_from_db()
    assert endpoint.is_current


def test_a_webhook_that_could_not_be_told_is_said_loudly(
    as_alice: Client, app: App, org: Organization, endpoint: WebhookEndpoint, connection: SunshineConnection
) -> None:
    app.answer("GET", f"{APP}/integrations", 503, "")
    app.put_up()

    page = as_alice.post(URL, {"action": "rotate_sunshine"}, follow=True).content.decode()

    assert "Sunshine still calls the old one: It answered 503" in page
    assert "Register again under Messaging" in page
    connection.refresh_from_db()
    assert "503" in connection.webhook_problem
    assert current(org).pk != endpoint.pk


def test_without_messaging_the_url_is_copied_by_hand(as_alice: Client, endpoint: WebhookEndpoint) -> None:
    page = as_alice.post(URL, {"action": "rotate_sunshine"}, follow=True).content.decode()
    assert "Copy the new URL into the webhook in Zendesk." in page


def test_the_tab_shows_each_sides_own_calls(as_alice: Client, org: Organization, endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        last_called_at=timezone.now(), calls_refused=4, last_refused_at=timezone.now()
    )
    event = WebhookEventFactory.create(organization=org, kind=EndpointKind.SUNSHINE, ticket_id="", external_id="")

    zendesk, sunshine = as_alice.get(URL).content.decode().split('id="sunshine-webhook"')

    assert f"/webhooks/{event.pk}/" in sunshine
    assert f"/webhooks/{event.pk}/" not in zendesk
    assert "none has ever come" in zendesk
    assert re.search(r"Refused calls</dt><dd>4, the last", sunshine)


def test_calls_to_sunshines_old_url_are_shown_as_sunshines(
    as_alice: Client, app: App, endpoint: WebhookEndpoint, connection: SunshineConnection
) -> None:
    app.put_up()
    as_alice.post(URL, {"action": "rotate_sunshine", "overlap_hours": "0"})
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(calls_after_rotation=3, last_called_at=timezone.now())

    text = as_alice.get(URL).content.decode()

    assert "Sunshine still calls the old URL" in text
    assert "agents’ messages are lost" in text
    assert "Zendesk still calls the old URL" not in text
