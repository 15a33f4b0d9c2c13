"""Settings → Integrations → Zendesk → Webhook."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import EndpointKind, WebhookEndpoint
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import AuditEntry, Organization

URL = "/settings/integrations/zendesk/webhook/"
SECRET = "dGhlLXNpZ25pbmctc2VjcmV0"

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(org: Organization) -> WebhookEndpoint:
    return WebhookEndpoint.current(org)


def shown_url(client: Client) -> str:
    found = re.search(r'<input id="webhook-url"[^>]*value="([^"]*)"[^>]*readonly', client.get(URL).content.decode())
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize("who", ["as_alice", "as_olga"])
def test_admins_see_the_whole_url(request: pytest.FixtureRequest, endpoint: WebhookEndpoint, who: str) -> None:
    assert shown_url(request.getfixturevalue(who)) == endpoint.url


@pytest.mark.parametrize("who", ["as_lea", "as_vera"])
def test_others_see_it_masked_and_cannot_change_it(
    request: pytest.FixtureRequest, endpoint: WebhookEndpoint, who: str
) -> None:
    client: Client = request.getfixturevalue(who)

    assert shown_url(client).endswith("/webhooks/zendesk/••••••••")
    assert endpoint.token.reveal() not in client.get(URL).content.decode()
    assert client.post(URL, {"action": "rotate"}).status_code == 403
    assert client.post(URL, {"action": "save", "signing_secret": SECRET}).status_code == 403


def test_the_page_leads_to_the_plan_and_to_the_steps_by_hand(as_alice: Client) -> None:
    text = as_alice.get(URL).content.decode()

    assert 'href="/settings/integrations/zendesk/objects/"' in text
    assert 'href="/settings/integrations/zendesk/objects/?by_hand=1"' in text


def test_rotating_gives_a_new_url_and_the_old_one_an_end(as_alice: Client, endpoint: WebhookEndpoint) -> None:
    before = timezone.now()

    response = as_alice.post(URL, {"action": "rotate", "overlap_hours": "48"})

    assert response.status_code == 302
    endpoint.refresh_from_db()
    assert not endpoint.is_current
    assert endpoint.expires_at is not None
    assert dt.timedelta(hours=48) <= endpoint.expires_at - before < dt.timedelta(hours=48, minutes=1)
    assert shown_url(as_alice) != endpoint.url
    assert WebhookEndpoint.objects.filter(kind=endpoint.kind, is_current=True).count() == 1


def test_the_overlap_is_a_day_when_nothing_is_chosen(as_alice: Client, endpoint: WebhookEndpoint) -> None:
    as_alice.post(URL, {"action": "rotate"})
    endpoint.refresh_from_db()
    assert endpoint.expires_at is not None
    assert round((endpoint.expires_at - timezone.now()).total_seconds() / 3600) == 24


def test_no_overlap_ends_the_old_url_at_once(as_alice: Client, endpoint: WebhookEndpoint) -> None:
    as_alice.post(URL, {"action": "rotate", "overlap_hours": "0"})
    endpoint.refresh_from_db()
    assert endpoint.has_ended


@pytest.mark.parametrize("kind", EndpointKind.values)
def test_a_shorter_overlap_shortens_that_of_older_urls_too(
    as_alice: Client, org: Organization, other_org: Organization, kind: str
) -> None:
    action = {EndpointKind.ZENDESK: "rotate", EndpointKind.SUNSHINE: "rotate_sunshine"}[EndpointKind(kind)]
    rows = WebhookEndpoint.objects.filter(organization=org, kind=kind)
    untouched = [
        WebhookEndpoint.current(other_org, kind),
        *(WebhookEndpoint.current(org, k) for k in EndpointKind.values if k != kind),
    ]
    oldest = WebhookEndpoint.current(org, kind)
    as_alice.post(URL, {"action": action, "overlap_hours": "48"})
    as_alice.post(URL, {"action": action, "overlap_hours": "1"})
    as_alice.post(URL, {"action": action, "overlap_hours": "24"})
    hours = [
        round((row.expires_at - timezone.now()).total_seconds() / 3600) for row in rows.order_by("pk") if row.expires_at
    ]
    assert hours == [1, 1, 24]

    as_alice.post(URL, {"action": action, "overlap_hours": "0"})

    assert [row.has_ended for row in rows.order_by("pk")] == [True, True, True, True, False]
    token = oldest.token.reveal()
    assert Client().post(f"/webhooks/{kind}/{token}", "{}", content_type="application/json").status_code == 410
    for row in untouched:
        row.refresh_from_db()
        assert (row.is_current, row.expires_at) == (True, None)


@pytest.mark.parametrize("hours", ["-1", "721", "a day", "1.5"])
def test_an_overlap_outside_its_bounds_is_422(as_alice: Client, endpoint: WebhookEndpoint, hours: str) -> None:
    assert as_alice.post(URL, {"action": "rotate", "overlap_hours": hours}).status_code == 422
    endpoint.refresh_from_db()
    assert endpoint.is_current


def test_the_signing_secret_moves_to_the_new_url(as_alice: Client, endpoint: WebhookEndpoint) -> None:
    as_alice.post(URL, {"action": "save", "signing_secret": SECRET})
    as_alice.post(URL, {"action": "rotate"})
    assert WebhookEndpoint.objects.get(is_current=True).signing_secret.reveal() == SECRET


def test_a_signing_secret_is_kept_and_never_shown(
    as_alice: Client, endpoint: WebhookEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        response = as_alice.post(URL, {"action": "save", "signing_secret": f" {SECRET} "}, follow=True)

    endpoint.refresh_from_db()
    assert endpoint.signing_secret.reveal() == SECRET
    entry = AuditEntry.objects.get(action="webhook.signing_secret")
    for text in (response.content.decode(), as_alice.get(URL).content.decode(), str(entry.after), caplog.text):
        assert SECRET not in text
    assert "Leave empty to keep." in as_alice.get(URL).content.decode()


def test_an_empty_secret_keeps_the_stored_one(as_alice: Client, endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.update(signing_secret=Secret.hide(SECRET))
    assert as_alice.post(URL, {"action": "save", "signing_secret": ""}).status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.signing_secret.reveal() == SECRET


def test_a_stored_secret_can_be_forgotten(as_alice: Client, endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.update(signing_secret=Secret.hide(SECRET))
    as_alice.post(URL, {"action": "save", "remove_signing_secret": "on"})
    endpoint.refresh_from_db()
    assert not endpoint.signing_secret


def test_entering_and_forgetting_at_once_is_422(as_alice: Client, endpoint: WebhookEndpoint) -> None:
    fields = {"action": "save", "signing_secret": SECRET, "remove_signing_secret": "on"}
    assert as_alice.post(URL, fields).status_code == 422


def test_calls_to_the_old_url_are_shown(as_alice: Client, endpoint: WebhookEndpoint) -> None:
    as_alice.post(URL, {"action": "rotate"})
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(calls_after_rotation=3, last_called_at=timezone.now())

    text = as_alice.get(URL).content.decode()

    assert "Zendesk still calls the old URL" in text
    assert "3 calls came to it after it was replaced" in text


def test_refused_calls_are_counted(as_alice: Client, endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.update(calls_refused=4, last_refused_at=timezone.now())
    assert re.search(r"Refused calls</dt><dd>4, the last", as_alice.get(URL).content.decode())


def test_rotating_is_written_down_without_the_url(as_alice: Client, endpoint: WebhookEndpoint) -> None:
    as_alice.post(URL, {"action": "rotate", "overlap_hours": "2"})
    entry = AuditEntry.objects.get(action="webhook.rotate")
    assert entry.after["overlap_hours"] == 2
    assert "whk_" not in f"{entry.before} {entry.after} {entry.object_label}"


def test_an_unknown_button_is_422(as_alice: Client) -> None:
    assert as_alice.post(URL, {"action": "explode"}).status_code == 422


def test_organizations_have_urls_of_their_own(as_alice: Client, as_mallory: Client) -> None:
    assert shown_url(as_alice) != shown_url(as_mallory)
