"""Settings → Integrations → Zendesk → Ticketing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from integrations import hooks
from integrations.models import ProviderCall, ZendeskConnection
from opencx_admin.orgs.models import AuditEntry, Organization, User
from tests.factories import ZendeskConnectionFactory
from tests.integrations.recorded import FORBIDDEN, REFUSED, Account

URL = "/settings/integrations/zendesk/ticketing/"
SECRET = "a-new-secret-of-the-client"
OAUTH = {"subdomain": "acme", "auth_method": "oauth", "client_id": "opencx", "client_secret": SECRET}
TOKEN = {"subdomain": "acme", "auth_method": "api_token", "email": "a@acme.example", "api_token": SECRET}

pytestmark = pytest.mark.django_db


def post(client: Client, fields: dict[str, Any], action: str, **headers: Any) -> Any:
    return client.post(URL, {**fields, "action": action}, **headers)


def verdicts(response: Any) -> dict[str, str]:
    """Check code to verdict, as the page's elements carry them."""
    return dict(re.findall(r'data-check="(\w+)" data-verdict="(\w+)"', response.content.decode()))


@pytest.fixture
def verified() -> Iterator[list[int]]:
    """The connections whose credentials were proven, as another room is told."""
    told: list[int] = []
    before = list(hooks.after_verify)
    hooks.after_verify[:] = [lambda connection: told.append(connection.pk)]
    yield told
    hooks.after_verify[:] = before


@pytest.fixture
def saved(org: Organization) -> ZendeskConnection:
    return ZendeskConnectionFactory.create(organization=org, subdomain="acme", client_id="opencx", proven_at=None)


@pytest.mark.parametrize("fields", [OAUTH, TOKEN])
def test_verify_shows_nine_rows_and_saves_nothing(as_alice: Client, account: Account, fields: dict[str, str]) -> None:
    account.put_up()

    response = post(as_alice, fields, "verify")

    assert response.status_code == 200
    assert set(verdicts(response).values()) == {"ok"}
    assert len(verdicts(response)) == 9
    assert not ZendeskConnection.objects.exists()


def test_verify_and_save_keeps_what_passed(
    as_alice: Client,
    account: Account,
    org: Organization,
    verified: list[int],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    account.put_up()

    with django_capture_on_commit_callbacks(execute=True):
        response = post(
            as_alice, {**OAUTH, "subdomain": "https://ACME.zendesk.com/agent", "default_agent_id": "42"}, "save"
        )

    assert response.status_code == 302
    assert response["Location"] == URL
    kept = ZendeskConnection.objects.get(organization=org)
    assert (kept.subdomain, kept.auth_method, kept.client_id, kept.default_agent_id) == ("acme", "oauth", "opencx", 42)
    assert kept.client_secret.reveal() == SECRET
    assert kept.access_token.reveal() == "an-access-token"
    assert kept.user_name == "OpenCX Service"
    assert kept.proven_at is not None
    assert kept.secret_set_by == "Alice"
    assert verified == [kept.pk]


def test_after_saving_the_page_shows_the_evidence_and_no_secret(as_alice: Client, account: Account) -> None:
    account.put_up()
    page = as_alice.post(URL, {**OAUTH, "action": "save"}, follow=True)

    assert "passed every required check" in page.content.decode()
    assert set(verdicts(page).values()) == {"ok"}
    assert SECRET not in page.content.decode()
    assert "Leave empty to keep." in page.content.decode()


@pytest.mark.parametrize("action", ["verify", "save"])
def test_a_failed_check_is_422_and_says_what_failed(as_alice: Client, account: Account, action: str) -> None:
    account.answer("GET", "/api/v2/users/me", 401, REFUSED)
    account.put_up()

    response = post(as_alice, TOKEN, action)

    text = response.content.decode()
    assert response.status_code == 422
    assert "Failed to verify credentials: credentials rejected" in text
    assert "Nothing was saved." in text
    assert "Couldn&#x27;t authenticate you" in text
    assert verdicts(response)["authenticated"] == "problem"
    assert verdicts(response)["read_tickets"] == "skipped"
    assert not ZendeskConnection.objects.exists()
    assert SECRET not in text


def test_a_warning_does_not_keep_from_saving(as_alice: Client, account: Account) -> None:
    account.answer("GET", "/api/v2/webhooks", 403, FORBIDDEN)
    account.put_up()

    assert post(as_alice, TOKEN, "save").status_code == 302
    assert ZendeskConnection.objects.get().can_manage_webhooks is False


def test_a_subdomain_of_another_host_is_refused_without_a_request(as_alice: Client, account: Account) -> None:
    response = post(as_alice, {**TOKEN, "subdomain": "acme.example.com"}, "save")

    assert response.status_code == 422
    assert verdicts(response)["subdomain"] == "problem"
    assert "Failed to verify credentials" in response.content.decode()
    assert account.asked == []


def test_an_empty_secret_keeps_the_stored_one(as_alice: Client, account: Account, saved: ZendeskConnection) -> None:
    account.put_up()

    response = post(as_alice, {**OAUTH, "client_secret": "", "default_agent_id": "7"}, "save")

    assert response.status_code == 302
    saved.refresh_from_db()
    assert saved.client_secret.reveal() == "secret-of-acme"
    assert saved.default_agent_id == 7
    assert "secret-of-acme" in str(account.wire.calls[0].request.body)


@pytest.mark.parametrize("action", ["verify", "save"])
def test_a_stored_secret_never_goes_to_another_account(
    as_alice: Client, account: Account, saved: ZendeskConnection, action: str
) -> None:
    response = post(as_alice, {**OAUTH, "subdomain": "evil", "client_secret": ""}, action)

    assert response.status_code == 422
    assert "the subdomain changed, and the stored one is only ever sent to acme" in response.content.decode()
    assert "Failed to verify credentials" in response.content.decode()
    assert account.asked == []
    saved.refresh_from_db()
    assert saved.subdomain == "acme"


def test_a_new_account_forgets_the_secret_of_the_other_way_to_sign_in(
    as_alice: Client, account: Account, org: Organization
) -> None:
    ZendeskConnectionFactory.create(organization=org, subdomain="old", with_token=True)
    account.put_up()

    assert post(as_alice, OAUTH, "save").status_code == 302
    kept = ZendeskConnection.objects.get()
    assert kept.api_token.reveal() == ""
    assert kept.client_secret.reveal() == SECRET


def test_the_other_way_to_sign_in_needs_its_own_secret(
    as_alice: Client, account: Account, saved: ZendeskConnection
) -> None:
    response = post(as_alice, {**TOKEN, "api_token": ""}, "verify")

    assert response.status_code == 422
    assert "Enter it once; nothing is stored yet." in response.content.decode()
    assert account.asked == []


@pytest.mark.parametrize("typed", ["abc", "12a", "-4", "0", "1.5", "9" * 24, "٣"])
def test_a_default_agent_is_digits(as_alice: Client, account: Account, typed: str) -> None:
    response = post(as_alice, {**OAUTH, "default_agent_id": typed}, "save")

    text = response.content.decode()
    assert response.status_code == 422
    assert re.search(r'name="default_agent_id"[^>]*aria-invalid="true"', text)
    assert "Digits only" in text
    assert "Failed to verify credentials" not in text
    assert verdicts(response) == {}
    assert account.asked == []


def test_an_unknown_way_to_sign_in_is_an_error_of_its_field(as_alice: Client, account: Account) -> None:
    response = post(as_alice, OAUTH | {"auth_method": "password"}, "save")

    assert response.status_code == 422
    assert "Select a valid choice" not in response.content.decode()
    assert "Choose OAuth client or API token." in response.content.decode()
    assert "Failed to verify credentials" not in response.content.decode()
    assert verdicts(response) == {}
    assert account.asked == []


AGENT_42 = ("GET", "/api/v2/users/42")
NO_SUCH_RECORD = {"error": "RecordNotFound", "description": "Not found"}


@pytest.mark.parametrize("action", ["verify", "save"])
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, NO_SUCH_RECORD, "Zendesk knows no user 42."),
        (200, {"user": Account.user(id=42, role="end-user", name="Mara")}, "Mara is no agent"),
        (200, {"user": Account.user(id=42, role="agent", name="Jonas", active=False)}, "Jonas was deleted in Zendesk."),
    ],
)
def test_a_default_agent_that_zendesk_does_not_have_is_an_error_of_its_field(
    as_alice: Client, account: Account, action: str, status: int, body: Any, said: str
) -> None:
    account.answer(*AGENT_42, status, body)
    account.put_up()

    response = post(as_alice, OAUTH | {"default_agent_id": "42"}, action)

    text = response.content.decode()
    assert response.status_code == 422
    assert re.search(r'name="default_agent_id"[^>]*aria-invalid="true"', text)
    assert said in text
    assert "Failed to verify credentials" not in text
    assert set(verdicts(response).values()) == {"ok"}
    assert not ZendeskConnection.objects.exists()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"user": Account.user(id=42, role="agent")}),
        (200, {"user": Account.user(id=42, role="")}),
        (200, {"user": Account.user(id=7, role="end-user")}),
        (200, "<html>"),
        (404, ""),
        (404, {"error": "InvalidEndpoint", "description": "Not found"}),
        (403, FORBIDDEN),
        (429, {}),
        (500, ""),
    ],
)
def test_an_agent_that_may_be_there_is_taken(as_alice: Client, account: Account, status: int, body: Any) -> None:
    account.answer(*AGENT_42, status, body)
    account.put_up()

    assert post(as_alice, OAUTH | {"default_agent_id": "42"}, "save").status_code == 302
    assert ZendeskConnection.objects.get().default_agent_id == 42


def test_without_a_default_agent_no_user_is_asked_for(as_alice: Client, account: Account) -> None:
    account.put_up()
    post(as_alice, OAUTH, "save")
    assert "/api/v2/users/" not in " ".join(account.asked).replace("/api/v2/users/me", "")


def test_a_wrong_agent_does_not_hide_that_the_saved_credentials_work(
    as_alice: Client, account: Account, saved: ZendeskConnection
) -> None:
    account.answer(*AGENT_42, 404, NO_SUCH_RECORD)
    account.put_up()

    assert post(as_alice, OAUTH | {"client_secret": "", "default_agent_id": "42"}, "save").status_code == 422

    saved.refresh_from_db()
    assert saved.proven_at is not None
    assert saved.default_agent_id is None


@pytest.mark.parametrize(
    "broken",
    [{"subdomain": ""}, {"client_id": ""}, {"auth_method": "api_token", "email": "x"}],
)
def test_a_missing_field_is_422_and_nothing_is_sent(as_alice: Client, account: Account, broken: dict[str, str]) -> None:
    response = post(as_alice, OAUTH | broken, "save")

    assert response.status_code == 422
    assert "Failed to verify credentials" in response.content.decode()
    assert account.asked == []


def test_an_unknown_button_is_422(as_alice: Client, account: Account) -> None:
    assert post(as_alice, OAUTH, "explode").status_code == 422
    assert account.asked == []


def test_verifying_the_saved_credentials_proves_the_connection(
    as_alice: Client,
    account: Account,
    saved: ZendeskConnection,
    verified: list[int],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    account.put_up()

    with django_capture_on_commit_callbacks(execute=True):
        response = post(as_alice, {**OAUTH, "client_secret": ""}, "verify")

    assert response.status_code == 200
    saved.refresh_from_db()
    assert saved.proven_at is not None
    assert saved.verified_by == "Alice"
    assert verified == [saved.pk]


def test_verifying_other_credentials_proves_nothing(
    as_alice: Client,
    account: Account,
    saved: ZendeskConnection,
    verified: list[int],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    account.put_up()

    with django_capture_on_commit_callbacks(execute=True):
        post(as_alice, OAUTH, "verify")

    saved.refresh_from_db()
    assert saved.proven_at is None
    assert verified == []


def test_saved_credentials_that_are_refused_now_are_noted(
    as_alice: Client, account: Account, saved: ZendeskConnection
) -> None:
    account.answer("POST", "/oauth/tokens", 401, REFUSED)
    account.put_up()

    assert post(as_alice, {**OAUTH, "client_secret": ""}, "verify").status_code == 422
    saved.refresh_from_db()
    assert saved.refused_at is not None
    assert "Credentials refused" in as_alice.get(URL).content.decode()


def test_a_secret_that_no_key_opens_is_asked_for_again(
    as_alice: Client, account: Account, saved: ZendeskConnection
) -> None:
    ZendeskConnection.objects.filter(pk=saved.pk).update(client_secret=type(saved.client_secret)("gAAAA-broken"))

    response = post(as_alice, {**OAUTH, "client_secret": ""}, "verify")

    assert response.status_code == 422
    assert "cannot be opened with the present keys" in response.content.decode()


def test_htmx_gets_the_fragment(as_alice: Client, account: Account) -> None:
    account.put_up()

    response = post(as_alice, OAUTH, "save", headers={"HX-Request": "true"})

    text = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in text
    assert "passed every required check" in text
    assert ZendeskConnection.objects.exists()


def test_the_transcript_may_be_shown_to_the_contact(as_alice: Client, account: Account) -> None:
    account.put_up()
    post(as_alice, {**OAUTH, "first_comment_public": "on"}, "save")
    assert ZendeskConnection.objects.get().is_first_comment_public is True


def test_a_stored_token_shows_its_end(as_alice: Client, org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org, with_token=True)
    assert "30 Apr 2027" in as_alice.get(URL).content.decode()


@pytest.mark.parametrize("who", ["as_lea", "as_vera"])
def test_who_may_only_read_sees_disabled_buttons_and_cannot_post(
    request: pytest.FixtureRequest, saved: ZendeskConnection, account: Account, who: str
) -> None:
    client: Client = request.getfixturevalue(who)

    page = client.get(URL)

    assert page.status_code == 200
    assert "needs the role admin" in page.content.decode()
    assert 'value="save"' not in page.content.decode()
    for action in ("verify", "save", "disconnect"):
        assert post(client, OAUTH, action).status_code == 403
    assert ZendeskConnection.objects.count() == 1
    assert account.asked == []


def test_another_organization_sees_nothing_of_it(as_mallory: Client, saved: ZendeskConnection) -> None:
    text = as_mallory.get(URL).content.decode()
    assert "opencx_" not in text
    assert 'value="acme"' not in text


def test_disconnecting_asks_first_and_lists_what_stops(as_alice: Client, saved: ZendeskConnection) -> None:
    question = as_alice.get(f"{URL}?ask=disconnect").content.decode()

    assert "Disconnect acme?" in question
    assert "New handoffs fail" in question
    response = post(as_alice, {}, "disconnect")
    assert response.status_code == 302
    assert not ZendeskConnection.objects.exists()
    assert AuditEntry.objects.get(action="zendesk.disconnect").before["subdomain"] == "acme"


def test_no_secret_is_left_anywhere(
    as_alice: Client, account: Account, org: Organization, caplog: pytest.LogCaptureFixture
) -> None:
    account.put_up()
    with caplog.at_level("DEBUG"):
        post(as_alice, OAUTH, "verify")
        post(as_alice, OAUTH, "save")
        page = as_alice.get(URL).content.decode()

    entry = AuditEntry.objects.get(action="zendesk.save")
    kept = ZendeskConnection.objects.get()
    calls = [f"{call.path} {call.answer} {call.rate}" for call in ProviderCall.objects.all()]
    for text in (page, caplog.text, str(entry.before), str(entry.after), repr(kept.__dict__), str(calls)):
        assert SECRET not in text
        assert "an-access-token" not in text
    assert entry.after["secret"] == "entered again"
    assert "POST /oauth/tokens" in {f"{call.method} {call.path}" for call in ProviderCall.objects.all()}


def test_a_failed_post_gives_no_secret_back(as_alice: Client, account: Account) -> None:
    account.answer("POST", "/oauth/tokens", 401, REFUSED)
    account.put_up()
    assert SECRET not in post(as_alice, OAUTH, "verify").content.decode()


def test_zendesk_itself_leads_to_the_first_tab(as_vera: Client) -> None:
    response = as_vera.get("/settings/integrations/zendesk/")
    assert response.status_code == 302
    assert response["Location"] == URL


def test_the_integrations_say_how_they_stand(as_vera: Client, org: Organization, alice: User) -> None:
    before = as_vera.get("/settings/integrations/").content.decode()
    ZendeskConnectionFactory.create(organization=org)
    after = as_vera.get("/settings/integrations/").content.decode()

    assert before.count("Not set up") == 3
    assert "Proven" in after
    assert "Connected" not in after
