"""Settings → Integrations → OpenCX."""

from __future__ import annotations

import re
from typing import Any

import pytest
import responses
from django.test import Client

from integrations.models import PlatformConnection, PlatformEvent
from opencx_admin.orgs.models import ApiKey, AuditEntry, Organization, Role, User
from tests.factories import ApiKeyFactory, MembershipFactory, PlatformConnectionFactory, PlatformEventFactory

URL = "/settings/integrations/opencx/"
EVENTS = "https://203.0.113.7/events"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def the_platform_may_be_called(settings: Any) -> None:
    settings.OUTBOUND_ALLOW_HOSTS = frozenset({"203.0.113.7"})


@pytest.fixture
def connection(org: Organization) -> PlatformConnection:
    return PlatformConnectionFactory.create(organization=org, events_url=EVENTS)


def shown_once(text: str) -> str:
    found = re.search(r'<input id="shown-once"[^>]*value="([^"]*)"', text)
    return found.group(1) if found else ""


def test_the_first_save_leads_to_the_signing_secret_and_shows_it_once(as_alice: Client, org: Organization) -> None:
    response = as_alice.post(URL, {"action": "save", "events_url": EVENTS})
    assert (response.status_code, response["Location"]) == (302, URL)

    page = as_alice.get(URL)
    text = shown_once(page.content.decode())
    kept = PlatformConnection.objects.get(organization=org)
    assert page["Cache-Control"] == "no-store"
    assert text.startswith("whsec_")
    assert kept.signing_secret.reveal() == text
    assert kept.events_url == EVENTS
    assert text not in as_alice.get(URL).content.decode()


def test_the_secret_waits_for_a_whole_page(as_alice: Client) -> None:
    as_alice.post(URL, {"action": "save", "events_url": EVENTS})
    as_alice.head(URL)
    assert shown_once(as_alice.get(URL).content.decode()).startswith("whsec_")


def test_htmx_gets_the_secret_in_the_changed_part(as_alice: Client, org: Organization) -> None:
    response = as_alice.post(URL, {"action": "save", "events_url": EVENTS}, headers={"HX-Request": "true"})
    text = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in text
    assert shown_once(text) == PlatformConnection.objects.get(organization=org).signing_secret.reveal()
    assert not shown_once(as_alice.get(URL).content.decode())

    again = as_alice.post(URL, {"action": "save", "events_url": EVENTS}, headers={"HX-Request": "true"})
    assert again.status_code == 200
    assert "Saved. Send a test event to prove it." in again.content.decode()


def test_the_secret_is_shown_only_to_who_saved_it_and_in_its_organization(
    as_alice: Client, as_olga: Client, alice: User, other_org: Organization
) -> None:
    MembershipFactory.create(organization=other_org, user=alice, role=Role.ADMIN)
    as_alice.post(URL, {"action": "save", "events_url": EVENTS})
    assert not shown_once(as_olga.get(URL).content.decode())
    assert as_alice.post("/switch/", {"organization": other_org.slug}).status_code == 302
    assert not shown_once(as_alice.get(URL).content.decode())


def test_a_secret_replaced_meanwhile_is_not_shown(as_alice: Client, as_olga: Client) -> None:
    as_alice.post(URL, {"action": "save", "events_url": EVENTS})
    as_olga.post(URL, {"action": "rotate_secret"})
    assert not shown_once(as_alice.get(URL).content.decode())


def test_the_session_keeps_no_secret_that_can_be_read(as_alice: Client, org: Organization) -> None:
    as_alice.post(URL, {"action": "save", "events_url": EVENTS})
    text = PlatformConnection.objects.get(organization=org).signing_secret.reveal()
    assert text not in str(dict(as_alice.session))


def test_a_name_that_does_not_resolve_is_kept_with_a_warning(as_alice: Client, org: Organization) -> None:
    url = "https://events.customer.example/opencx"
    as_alice.post(URL, {"action": "save", "events_url": url})
    assert "The name events.customer.example does not resolve now." in as_alice.get(URL).content.decode()
    assert PlatformConnection.objects.get(organization=org).events_url == url


def test_a_name_that_resolves_gets_no_warning(as_alice: Client) -> None:
    as_alice.post(URL, {"action": "save", "events_url": EVENTS})
    assert "does not resolve" not in as_alice.get(URL).content.decode()


def test_a_later_save_shows_no_secret_and_keeps_it(as_alice: Client, connection: PlatformConnection) -> None:
    before = connection.signing_secret.reveal()

    response = as_alice.post(URL, {"action": "save", "events_url": f"{EVENTS}/new"})

    assert response.status_code == 302
    connection.refresh_from_db()
    assert connection.signing_secret.reveal() == before
    assert connection.events_url == f"{EVENTS}/new"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://127.0.0.1/events",
        "http://localhost:8001/events",
        "http://10.0.0.8/events",
        "http://[::1]/events",
        "http://169.254.169.254/latest/meta-data",
        "https://user:secret@203.0.113.7/events",
        "ftp://203.0.113.7/events",
        "javascript:alert(1)",
        "203.0.113.7/events",
        "https://",
        "https://203.0.113.7/a b",
        "https://203.0.113.7:99999/",
        "https://" + "x" * 600,
    ],
)
def test_a_url_that_may_not_be_called_is_422(as_alice: Client, url: str) -> None:
    response = as_alice.post(URL, {"action": "save", "events_url": url})

    assert response.status_code == 422
    assert not PlatformConnection.objects.exclude(events_url="").exists()


def test_a_private_host_on_the_allow_list_is_taken(as_alice: Client, settings: Any) -> None:
    settings.OUTBOUND_ALLOW_HOSTS = frozenset({"localhost"})
    assert as_alice.post(URL, {"action": "save", "events_url": "http://localhost:8001/x"}).status_code == 302


def test_events_that_waited_for_a_url_are_due_when_it_is_saved(as_alice: Client, org: Organization) -> None:
    event = PlatformEventFactory.create(organization=org, next_attempt_at=None)
    as_alice.post(URL, {"action": "save", "events_url": EVENTS})
    event.refresh_from_db()
    assert event.next_attempt_at is not None


def test_a_new_secret_is_shown_once_and_replaces_the_old(as_alice: Client, connection: PlatformConnection) -> None:
    before = connection.signing_secret.reveal()

    response = as_alice.post(URL, {"action": "rotate_secret"})

    text = shown_once(response.content.decode())
    connection.refresh_from_db()
    assert response.status_code == 200
    assert connection.signing_secret.reveal() == text != before
    assert text not in as_alice.get(URL).content.decode()
    assert text not in str(AuditEntry.objects.get(action="platform.rotate_secret").after)


def test_replacing_the_secret_asks_first(as_alice: Client, connection: PlatformConnection) -> None:
    before = connection.signing_secret.reveal()
    text = as_alice.get(f"{URL}?ask=rotate_secret").content.decode()
    connection.refresh_from_db()
    assert "Replace the signing secret?" in text
    assert connection.signing_secret.reveal() == before


def test_a_new_key_is_shown_once_beside_the_old_ones(as_alice: Client, org: Organization) -> None:
    ApiKeyFactory.create(organization=org, text="ocx_the-old-key")

    response = as_alice.post(URL, {"action": "new_api_key", "name": "production"})

    text = shown_once(response.content.decode())
    found = ApiKey.find(text)
    assert found is not None
    assert (found.organization, found.name, found.created_by) == (org, "production", "Alice")
    assert ApiKey.find("ocx_the-old-key") is not None
    page = as_alice.get(URL).content.decode()
    assert text not in page
    assert found.prefix in page
    assert text not in str(AuditEntry.objects.get(action="api_key.create").after)


def test_a_revoked_key_ends_and_stays_in_the_list(as_alice: Client, org: Organization) -> None:
    key = ApiKeyFactory.create(organization=org, text="ocx_the-old-key")

    assert "Revoke the key" in as_alice.get(f"{URL}?ask=revoke_api_key&key={key.pk}").content.decode()
    as_alice.post(URL, {"action": "revoke_api_key", "key": key.pk})

    assert ApiKey.find("ocx_the-old-key") is None
    assert "Revoked" in as_alice.get(URL).content.decode()


def test_a_key_of_another_organization_is_not_there(as_alice: Client, other_org: Organization) -> None:
    key = ApiKeyFactory.create(organization=other_org, text="ocx_of-globex")
    assert as_alice.post(URL, {"action": "revoke_api_key", "key": key.pk}).status_code == 404
    assert ApiKey.find("ocx_of-globex") is not None


@pytest.mark.parametrize("key", ["", "x", "9" * 40, "-1"])
def test_a_key_that_is_no_number_is_not_there(as_alice: Client, key: str) -> None:
    assert as_alice.post(URL, {"action": "revoke_api_key", "key": key}).status_code == 404


@responses.activate
def test_a_test_event_goes_out_now_and_its_outcome_is_shown(as_alice: Client, connection: PlatformConnection) -> None:
    responses.post(EVENTS, status=204)

    text = as_alice.post(URL, {"action": "send_test"}).content.decode()

    assert "The platform took the test event: 204" in text
    assert responses.calls[0].request.headers["webhook-signature"].startswith("v1,")


@responses.activate
def test_a_refused_test_event_says_so_and_is_not_queued(as_alice: Client, connection: PlatformConnection) -> None:
    responses.post(EVENTS, status=401)

    text = as_alice.post(URL, {"action": "send_test"}).content.decode()

    assert "The platform refused the test event with 401" in text
    assert PlatformEvent.objects.get().next_attempt_at is None


def test_a_test_without_a_url_is_422(as_alice: Client) -> None:
    assert as_alice.post(URL, {"action": "send_test"}).status_code == 422


def test_a_lead_retries_an_event(as_lea: Client, org: Organization) -> None:
    event = PlatformEventFactory.create(organization=org, is_failed=True)

    assert as_lea.post(URL, {"action": "retry", "event": event.pk}).status_code == 302
    event.refresh_from_db()
    assert event.status == PlatformEvent.Status.QUEUED
    assert AuditEntry.objects.get(action="event.retry").before == {"status": "failed"}


@pytest.mark.parametrize("action", ["save", "rotate_secret", "new_api_key", "revoke_api_key", "send_test"])
def test_a_lead_changes_nothing_else(as_lea: Client, connection: PlatformConnection, action: str) -> None:
    response = as_lea.post(URL, {"action": action, "events_url": f"{EVENTS}/evil"})

    connection.refresh_from_db()
    assert response.status_code == 403
    assert connection.events_url == EVENTS
    assert not ApiKey.objects.exists()


def test_a_viewer_reads_and_posts_nothing(as_vera: Client, connection: PlatformConnection) -> None:
    page = as_vera.get(URL)
    assert page.status_code == 200
    assert "needs the role admin" in page.content.decode()
    assert as_vera.post(URL, {"action": "retry", "event": 1}).status_code == 403


def test_an_event_of_another_organization_is_not_there(as_lea: Client, other_org: Organization) -> None:
    event = PlatformEventFactory.create(organization=other_org, is_failed=True)
    assert as_lea.post(URL, {"action": "retry", "event": event.pk}).status_code == 404


def test_an_unknown_button_is_422(as_alice: Client) -> None:
    assert as_alice.post(URL, {"action": "explode"}).status_code == 422


def test_the_page_leads_to_the_api_description(as_vera: Client) -> None:
    assert "/api/v1/openapi.json" in as_vera.get(URL).content.decode()


def test_no_secret_is_in_the_log(as_alice: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        as_alice.post(URL, {"action": "save", "events_url": EVENTS})
        secret = shown_once(as_alice.get(URL).content.decode())
        key = shown_once(as_alice.post(URL, {"action": "new_api_key"}).content.decode())
    assert secret
    assert key
    assert secret not in caplog.text
    assert key not in caplog.text
