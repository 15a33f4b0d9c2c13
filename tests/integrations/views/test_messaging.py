"""Settings → Integrations → Zendesk → Messaging."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations import hooks
from integrations.models import EndpointKind, ProviderCall, SunshineConnection, WebhookEndpoint
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import SunshineConnectionFactory, ZendeskConnectionFactory
from tests.integrations import recorded_sunshine as sunshine
from tests.integrations.recorded import REFUSED
from tests.integrations.recorded_sunshine import APP, APP_ID, HOOK_SECRET, KEY_ID, App

URL = "/settings/integrations/zendesk/messaging/"
SECRET = "a-new-secret-of-the-key"
SUPPORT_SECRET = "a-secret-of-the-look-up"
FIELDS = {
    "subdomain": "acme",
    "app_id": APP_ID,
    "key_id": KEY_ID,
    "secret": SECRET,
    "use_ticketing_credentials": "on",
    "auth_method": "oauth",
}
KEPT = FIELDS | {"secret": ""}
OWN = {name: text for name, text in FIELDS.items() if name != "use_ticketing_credentials"}
OWN_OAUTH = OWN | {"client_id": "opencx", "client_secret": SUPPORT_SECRET}
OWN_TOKEN = OWN | {"auth_method": "api_token", "email": "a@acme.example", "api_token": SUPPORT_SECRET}

pytestmark = pytest.mark.django_db


def post(client: Client, fields: dict[str, Any], action: str, **headers: Any) -> Any:
    return client.post(URL, {**fields, "action": action}, **headers)


def verdicts(response: Any) -> dict[str, str]:
    """Check code to verdict, as the page's elements carry them."""
    return dict(re.findall(r'data-check="(\w+)" data-verdict="(\w+)"', response.content.decode()))


@pytest.fixture(autouse=True)
def ticketing(org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org, subdomain="acme")


@pytest.fixture
def saved(org: Organization) -> SunshineConnection:
    return SunshineConnectionFactory.create(organization=org, proven_at=None)


@pytest.fixture
def verified() -> Iterator[list[str]]:
    """The kinds of connections whose credentials were proven, as another room is told."""
    told: list[str] = []
    before = list(hooks.after_verify)
    hooks.after_verify[:] = [lambda connection: told.append(type(connection).__name__)]
    yield told
    hooks.after_verify[:] = before


def test_verify_shows_five_rows_and_saves_nothing(as_alice: Client, app: App) -> None:
    app.put_up()

    response = post(as_alice, FIELDS, "verify")

    assert response.status_code == 200
    assert verdicts(response) == dict.fromkeys(("key_id", "authenticated", "app", "switchboard", "support_api"), "ok")
    assert not SunshineConnection.objects.exists()
    assert app.sent == []


def test_verify_and_save_keeps_what_passed_and_registers_the_webhook(
    as_alice: Client,
    app: App,
    org: Organization,
    verified: list[str],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    app.put_up()

    with django_capture_on_commit_callbacks(execute=True):
        response = post(as_alice, FIELDS | {"subdomain": "https://ACME.zendesk.com/agent"}, "save")

    assert response.status_code == 302
    assert response["Location"] == URL
    kept = SunshineConnection.objects.get(organization=org)
    assert (kept.subdomain, kept.app_id, kept.key_id) == ("acme", APP_ID, KEY_ID)
    assert kept.secret.reveal() == SECRET
    assert kept.secret_set_by == "Alice"
    assert kept.agent_workspace_id == "seat-of-agents"
    assert kept.use_ticketing_credentials
    assert kept.is_active
    assert kept.active_since is not None
    endpoint = WebhookEndpoint.objects.get(kind=EndpointKind.SUNSHINE)
    assert endpoint.signing_secret.reveal() == HOOK_SECRET
    assert app.sent[0]["webhooks"][0]["target"] == endpoint.url
    assert "conversation:message" in app.sent[0]["webhooks"][0]["triggers"]
    assert (kept.integration_id, kept.webhook_id, kept.webhook_problem) == ("integration-of-ours", "hook-of-ours", "")
    assert verified == ["SunshineConnection"]
    assert {entry.action for entry in AuditEntry.objects.all()} == {"sunshine.save", "sunshine.register"}


def test_after_saving_the_page_says_since_when_and_shows_no_secret(as_alice: Client, app: App) -> None:
    app.put_up()
    page = as_alice.post(URL, FIELDS | {"action": "save"}, follow=True)

    text = page.content.decode()
    assert re.search(r"Active since .+, last proven .+ by .+\.", text)
    assert set(verdicts(page).values()) == {"ok"}
    assert SECRET not in text
    assert HOOK_SECRET not in text
    assert "Leave empty to keep." in text


@pytest.mark.parametrize("action", ["verify", "save"])
def test_a_failed_check_is_422_and_says_what_failed(as_alice: Client, app: App, action: str) -> None:
    app.answer("GET", APP, 401, sunshine.UNAUTHORIZED)
    app.put_up()

    response = post(as_alice, FIELDS, action)

    text = response.content.decode()
    assert response.status_code == 422
    assert "Failed to verify credentials: key or secret rejected" in text
    assert "Nothing was saved." in text
    assert "Authorization is required" in text
    assert "Conversations API: make a new key" in text
    assert verdicts(response)["authenticated"] == "problem"
    assert verdicts(response)["switchboard"] == "skipped"
    assert not SunshineConnection.objects.exists()
    assert SECRET not in text


@pytest.mark.parametrize("action", ["verify", "save"])
def test_an_integration_key_is_422_without_a_request(as_alice: Client, app: App, action: str) -> None:
    response = post(as_alice, FIELDS | {"key_id": "int_5f00", "app_id": ""}, action)

    text = response.content.decode()
    assert response.status_code == 422
    assert "Failed to verify credentials: an Integration key" in text
    assert text.count("This is an Integration key. Use an App key; it starts with app_.") >= 2
    assert verdicts(response)["key_id"] == "problem"
    assert len(app.wire.calls) == 0


@pytest.mark.parametrize(
    ("typed", "is_wrong"),
    [("", False), ("a", False), ("app", False), ("app_", False), (" app_5f", False), ("b", True), ("int_5f", True)],
)
def test_a_key_is_refused_while_it_is_typed(as_alice: Client, typed: str, is_wrong: bool) -> None:
    response = post(as_alice, {"key_id": typed}, "check_key", headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert ("Use an App key; it starts with app_." in response.content.decode()) is is_wrong


def test_the_browser_knows_the_pattern_of_an_app_key(as_alice: Client) -> None:
    assert re.search(r'name="key_id"[^>]*pattern="\\s\*app_\.\*"', as_alice.get(URL).content.decode())


def test_another_host_is_refused_without_a_request(as_alice: Client, app: App) -> None:
    response = post(as_alice, FIELDS | {"subdomain": "acme.example.com"}, "save")
    assert response.status_code == 422
    assert verdicts(response)["authenticated"] == "problem"
    assert len(app.wire.calls) == 0


def test_an_empty_secret_keeps_the_stored_one(as_alice: Client, app: App, saved: SunshineConnection) -> None:
    app.put_up()
    assert post(as_alice, KEPT, "save").status_code == 302
    saved.refresh_from_db()
    assert saved.secret.reveal() == "secret-of-the-app-key"


@pytest.mark.parametrize("action", ["verify", "save"])
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"subdomain": "evil"}, "the subdomain changed"),
        ({"app_id": "5f9"}, "the App ID changed"),
        ({"key_id": "app_other"}, "the Key ID changed"),
    ],
)
def test_a_stored_secret_never_goes_elsewhere(
    as_alice: Client, app: App, saved: SunshineConnection, action: str, changed: dict[str, str], said: str
) -> None:
    response = post(as_alice, KEPT | changed, action)

    assert response.status_code == 422
    assert f"{said}, and the stored one is only ever sent to acme" in response.content.decode()
    assert "Failed to verify credentials" in response.content.decode()
    assert len(app.wire.calls) == 0


@pytest.mark.parametrize(
    ("fields", "name"), [(OWN_OAUTH, "client_secret"), (OWN_TOKEN, "api_token")], ids=["oauth", "api_token"]
)
def test_the_secret_of_the_look_up_never_goes_elsewhere(
    as_alice: Client, app: App, saved: SunshineConnection, fields: dict[str, str], name: str
) -> None:
    SunshineConnection.objects.update(
        client_secret=Secret.hide("c"), api_token=Secret.hide("t"), use_ticketing_credentials=False
    )
    response = post(as_alice, fields | {"subdomain": "evil", name: ""}, "save")
    assert response.status_code == 422
    assert "the stored one is only ever sent to acme" in response.content.decode()
    assert len(app.wire.calls) == 0


def test_another_account_forgets_the_look_ups_stored_secrets(
    as_alice: Client, app: App, saved: SunshineConnection
) -> None:
    SunshineConnection.objects.update(subdomain="old", client_secret=Secret.hide("c"), api_token=Secret.hide("t"))
    app.put_up()
    assert post(as_alice, FIELDS, "save").status_code == 302
    saved.refresh_from_db()
    assert (saved.client_secret.reveal(), saved.api_token.reveal()) == ("", "")


@pytest.mark.parametrize("broken", [{"subdomain": ""}, {"app_id": ""}, {"key_id": ""}, {"secret": ""}])
def test_a_missing_field_is_422_and_nothing_is_sent(as_alice: Client, app: App, broken: dict[str, str]) -> None:
    response = post(as_alice, FIELDS | broken, "save")
    assert response.status_code == 422
    assert "Failed to verify credentials" in response.content.decode()
    assert len(app.wire.calls) == 0


@pytest.mark.parametrize(
    "broken", [OWN_OAUTH | {"client_id": ""}, OWN_TOKEN | {"api_token": ""}, OWN | {"client_id": "x"}]
)
def test_half_a_sign_in_of_the_look_up_is_422(as_alice: Client, app: App, broken: dict[str, str]) -> None:
    response = post(as_alice, broken, "save")
    assert response.status_code == 422
    assert verdicts(response)["support_api"] == "problem"
    assert len(app.wire.calls) == 0


@pytest.mark.parametrize("fields", [OWN_OAUTH, OWN_TOKEN], ids=["oauth", "api_token"])
def test_the_look_up_may_have_credentials_of_its_own(as_alice: Client, app: App, fields: dict[str, str]) -> None:
    app.put_up()
    assert post(as_alice, fields, "save").status_code == 302
    kept = SunshineConnection.objects.get()
    assert not kept.use_ticketing_credentials
    assert SUPPORT_SECRET in (kept.client_secret.reveal(), kept.api_token.reveal())
    assert SUPPORT_SECRET not in as_alice.get(URL).content.decode()


def test_own_credentials_that_do_not_work_are_not_saved(as_alice: Client, app: App) -> None:
    app.account.answer("GET", "/api/v2/users/me", 401, REFUSED)
    app.put_up()
    response = post(as_alice, OWN_TOKEN, "save")
    assert response.status_code == 422
    assert verdicts(response)["support_api"] == "problem"
    assert not SunshineConnection.objects.exists()


def test_no_look_up_at_all_warns_and_saves(as_alice: Client, app: App) -> None:
    app.put_up()
    page = post(as_alice, OWN, "verify")
    assert verdicts(page)["support_api"] == "warning"
    assert "One person may become two contacts" in page.content.decode()
    assert post(as_alice, OWN, "save").status_code == 302


def test_who_says_nothing_of_the_look_up_gets_the_default(as_alice: Client, app: App) -> None:
    app.put_up()
    fields = {name: FIELDS[name] for name in ("subdomain", "app_id", "key_id", "secret")}
    assert post(as_alice, fields, "save").status_code == 302
    assert SunshineConnection.objects.get().use_ticketing_credentials is True


def test_an_unknown_button_is_422(as_alice: Client, app: App) -> None:
    assert post(as_alice, FIELDS, "explode").status_code == 422
    assert post(as_alice, FIELDS, "register").status_code == 422
    assert len(app.wire.calls) == 0


def test_verifying_the_saved_key_makes_it_active_again(
    as_alice: Client,
    app: App,
    saved: SunshineConnection,
    verified: list[str],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    long_ago = timezone.now() - dt.timedelta(days=9)
    SunshineConnection.objects.update(active_since=long_ago, refused_at=long_ago, refused_reason="It refuses our key.")
    assert "chats become tickets. It refuses our key." in as_alice.get(URL).content.decode()
    app.put_up()

    with django_capture_on_commit_callbacks(execute=True):
        assert post(as_alice, KEPT, "verify").status_code == 200

    saved.refresh_from_db()
    assert saved.is_active
    assert saved.active_since is not None
    assert saved.active_since > long_ago
    assert verified == ["SunshineConnection"]


def test_an_active_key_stays_active_since_then(as_alice: Client, app: App, saved: SunshineConnection) -> None:
    began = saved.active_since
    app.put_up()
    post(as_alice, KEPT, "save")
    saved.refresh_from_db()
    assert saved.active_since == began


def test_verifying_another_key_proves_nothing(
    as_alice: Client, app: App, saved: SunshineConnection, verified: list[str]
) -> None:
    app.put_up()
    post(as_alice, FIELDS, "verify")
    saved.refresh_from_db()
    assert saved.proven_at is None


def test_a_saved_key_that_is_refused_now_is_noted(as_alice: Client, app: App, saved: SunshineConnection) -> None:
    app.answer("GET", APP, 401, sunshine.UNAUTHORIZED)
    app.put_up()
    response = post(as_alice, KEPT, "verify")
    assert response.status_code == 422
    assert "Not active since" in response.content.decode()
    saved.refresh_from_db()
    assert not saved.is_active
    assert "one of them is wrong" in saved.refused_reason


def test_trouble_at_zendesk_keeps_messaging_active(as_alice: Client, app: App, saved: SunshineConnection) -> None:
    app.answer("GET", APP, 503, "")
    app.put_up()
    assert post(as_alice, KEPT, "save").status_code == 422
    saved.refresh_from_db()
    assert saved.is_active


def test_a_webhook_that_cannot_be_registered_does_not_lose_the_key(as_alice: Client, app: App) -> None:
    app.answer(
        "POST", f"{APP}/integrations", 400, {"errors": [{"code": "bad_request", "title": "Too many integrations"}]}
    )
    app.put_up()

    page = as_alice.post(URL, FIELDS | {"action": "save"}, follow=True).content.decode()

    kept = SunshineConnection.objects.get()
    assert kept.is_active
    assert "Too many integrations" in kept.webhook_problem
    assert "The webhook is not registered" in page
    assert "Too many integrations" in page
    assert 'value="register"' in page


def test_registering_again_mends_it(as_alice: Client, app: App, saved: SunshineConnection) -> None:
    SunshineConnection.objects.update(webhook_problem="It said: too many requests.")
    app.put_up()

    response = as_alice.post(URL, {"action": "register"}, follow=True)

    saved.refresh_from_db()
    assert (saved.webhook_problem, saved.webhook_id) == ("", "hook-of-ours")
    assert "The webhook is registered." in response.content.decode()
    assert AuditEntry.objects.get(action="sunshine.register").after == {"result": "ok"}


def test_registering_again_may_fail_again(as_alice: Client, app: App, saved: SunshineConnection) -> None:
    app.answer("GET", f"{APP}/integrations", 503, "")
    app.put_up()
    text = as_alice.post(URL, {"action": "register"}, follow=True).content.decode()
    assert "The webhook is not registered: It answered 503" in text
    assert "problem" in AuditEntry.objects.get(action="sunshine.register").after["result"]


def test_a_webhook_of_ours_is_adopted_not_doubled(
    as_alice: Client, app: App, org: Organization, saved: SunshineConnection
) -> None:
    app.has_webhook(WebhookEndpoint.current(org, EndpointKind.SUNSHINE).url, "conversation:message")
    app.put_up()
    as_alice.post(URL, {"action": "register"})
    saved.refresh_from_db()
    assert saved.webhook_id == "hook-there"
    assert not any(call.startswith("POST") for call in app.asked)
    assert "switchboard:releaseControl" in app.sent[0]["triggers"]


@pytest.mark.parametrize("action", ["verify", "register"])
def test_a_secret_that_no_key_opens_is_no_crash(
    as_alice: Client, app: App, saved: SunshineConnection, action: str
) -> None:
    SunshineConnection.objects.update(secret=Secret("gAAAA-broken"))
    response = as_alice.post(URL, KEPT | {"action": action}, follow=True)
    assert "cannot be opened with the present keys" in response.content.decode()
    assert len(app.wire.calls) == 0


def test_htmx_gets_the_fragment(as_alice: Client, app: App) -> None:
    app.put_up()
    response = post(as_alice, FIELDS, "save", headers={"HX-Request": "true"})
    text = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in text
    assert "Saved." in text
    assert SunshineConnection.objects.exists()


def test_multi_conversations_are_warned_of_with_the_click_path(as_alice: Client) -> None:
    text = as_alice.get(URL).content.decode()
    assert "Web Widget and Mobile SDKs › Multi-conversations" in text
    assert "Zendesk cannot turn them off again." in text
    assert "https://acme.zendesk.com/admin/channels/messaging_and_social/messaging/setup" in text


@pytest.mark.parametrize("who", ["as_lea", "as_vera"])
def test_who_may_only_read_sees_disabled_buttons_and_cannot_post(
    request: pytest.FixtureRequest, saved: SunshineConnection, app: App, who: str
) -> None:
    client: Client = request.getfixturevalue(who)
    SunshineConnection.objects.update(webhook_problem="It answered 503: not available now.")

    page = client.get(URL)

    assert page.status_code == 200
    assert "needs the role admin" in page.content.decode()
    assert 'value="save"' not in page.content.decode()
    assert 'value="register"' not in page.content.decode()
    for action in ("verify", "save", "disconnect", "register", "check_key"):
        assert post(client, FIELDS, action).status_code == 403
    assert SunshineConnection.objects.count() == 1
    assert len(app.wire.calls) == 0


def test_another_organization_sees_nothing_of_it(as_mallory: Client, saved: SunshineConnection) -> None:
    text = as_mallory.get(URL).content.decode()
    assert saved.app_id not in text
    assert "Not set up" in text


def test_disconnecting_asks_first_and_lists_what_stops(as_alice: Client, saved: SunshineConnection) -> None:
    question = as_alice.get(f"{URL}?ask=disconnect").content.decode()
    assert "Disconnect Messaging at acme?" in question
    assert "New chats become tickets" in question
    assert post(as_alice, {}, "disconnect").status_code == 302
    assert not SunshineConnection.objects.exists()
    assert AuditEntry.objects.get(action="sunshine.disconnect").before["app_id"] == saved.app_id


def test_no_secret_is_left_anywhere(as_alice: Client, app: App, caplog: pytest.LogCaptureFixture) -> None:
    app.answer("GET", f"{APP}/switchboards", 403, f"no {SECRET}")
    app.put_up()
    with caplog.at_level("DEBUG"):
        refused = post(as_alice, OWN_OAUTH, "save").content.decode()
    app.wire.reset()
    app.answer("GET", f"{APP}/switchboards", 200, {"switchboards": [{"id": "5ef21b132f21af34f088530d"}]})
    app.put_up()
    with caplog.at_level("DEBUG"):
        post(as_alice, OWN_OAUTH, "save")
        page = as_alice.get(URL).content.decode()

    entries = [f"{entry.before} {entry.after}" for entry in AuditEntry.objects.all()]
    kept = SunshineConnection.objects.get()
    for text in (refused, page, caplog.text, str(entries), repr(kept.__dict__)):
        assert SECRET not in text
        assert HOOK_SECRET not in text
    assert SUPPORT_SECRET not in f"{page} {caplog.text} {entries}"
    assert AuditEntry.objects.get(action="sunshine.save").after["secret"] == "entered again"
    assert ProviderCall.objects.filter(provider="sunshine", subject="verify").exists()


def test_the_integrations_name_messaging_and_how_it_stands(as_vera: Client, org: Organization) -> None:
    assert (
        "Chats become tickets until Messaging is connected." in as_vera.get("/settings/integrations/").content.decode()
    )
    row = SunshineConnectionFactory.create(organization=org)
    assert re.search(r"Active since .+, last proven", as_vera.get("/settings/integrations/").content.decode())
    SunshineConnection.objects.filter(pk=row.pk).update(webhook_problem="It answered 503.")
    assert "Agents’ messages do not arrive" in as_vera.get("/settings/integrations/").content.decode()
