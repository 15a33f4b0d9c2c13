"""Webhooks, triggers and views broken by hand, in Admin Center's own places."""

import re

import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.server import Desk, Json, Sandbox
from tests.sandbox.test_pages import Browser
from tests.sandbox.test_tickets import make

WEBHOOKS = "/acme/admin/apps-integrations/webhooks/webhooks"
TRIGGERS = "/acme/admin/objects-rules/rules/triggers"
VIEWS = "/acme/admin/workspaces/agent-workspace/views"
MESSAGING = "/acme/admin/apps-integrations/integrations/conversations-integrations"
UNSOLVED = [{"field": "status", "operator": "less_than", "value": "solved"}]


@pytest.fixture
def visitor(sandbox: Sandbox) -> Browser:
    """Somebody at the stand-in's pages."""
    return Browser(sandbox.url)


@pytest.fixture
def desk(sandbox: Sandbox) -> Desk:
    """The account ``acme``, its webhook live."""
    desk = sandbox.account("acme")
    desk.change_by_hand("webhook", endpoint="https://example.com/hook", status="active")
    return desk


def webhook_page(desk: Desk) -> str:
    return f"{WEBHOOKS}/{desk.webhooks()[0]['id']}/details"


def trigger_page(desk: Desk) -> str:
    return f"{TRIGGERS}/{desk.triggers()[0]['id']}"


def webhook_form(**said: str) -> dict[str, str]:
    """The form as it stands, with what is changed; `untick` unticks."""
    form = {
        "name": "OpenCX",
        "endpoint": "https://example.com/hook",
        "http_method": "POST",
        "request_format": "json",
        "auth": "",
        "active": "on",
        "signing": "on",
        "action": "save",
    }
    return {name: value for name, value in (form | said).items() if value != "untick"}


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ({"endpoint": "https://example.com/other"}, "endpoint", "https://example.com/other"),
        ({"active": "untick"}, "status", "inactive"),
        ({"http_method": "PUT"}, "http_method", "PUT"),
        ({"request_format": "form_encoded"}, "request_format", "form_encoded"),
        ({"signing": "untick"}, "signs", False),
        ({"name": "Renamed by somebody"}, "name", "Renamed by somebody"),
        ({"auth": "basic_auth", "auth_name": "u", "auth_secret": "p"}, "authentication",
         {"type": "basic_auth", "add_position": "header", "data": {"username": "u"}}),
    ],
)  # fmt: skip
def test_a_webhook_is_broken_by_hand(
    visitor: Browser, desk: Desk, said: dict[str, str], field: str, value: object
) -> None:
    answer = visitor.post(webhook_page(desk), **webhook_form(**said))
    assert (answer.status_code, desk.webhooks()[0][field]) == (200, value)
    assert "Mara Admin" in answer.text


def test_an_authentication_keeps_its_secret_until_it_is_taken_off(
    visitor: Browser, desk: Desk, receiver: Receiver
) -> None:
    form = webhook_form(endpoint=receiver.url, auth="bearer_token", auth_secret="hush")
    visitor.post(webhook_page(desk), **form)
    assert "hush" not in visitor.post(webhook_page(desk), **{**form, "auth_secret": ""}).text
    desk.reply(make(desk, tags=["opencx_handedoff"]), "Hello")
    assert receiver.wait_for(1)[0].headers["Authorization"] == "Bearer hush"
    visitor.post(webhook_page(desk), **{**form, "auth": ""})
    assert "authentication" not in desk.webhooks()[0]


def test_a_signing_secret_is_reset(visitor: Browser, desk: Desk) -> None:
    before = desk.webhooks()[0]["signing_secret"]
    assert visitor.post(webhook_page(desk), action="reset_secret").status_code == 200
    assert desk.webhooks()[0]["signing_secret"] != before


def test_a_webhook_in_use_is_deleted_only_when_told_so(visitor: Browser, desk: Desk) -> None:
    refused = visitor.post(webhook_page(desk), action="delete")
    assert (refused.status_code, "connected to triggers" in refused.text) == (422, True)
    trigger = trigger_page(desk)
    visitor.post(webhook_page(desk), action="delete", force="on")
    assert desk.webhooks() == []
    assert "one that was deleted" in visitor.open(trigger)


def test_what_the_api_would_refuse_is_said_on_the_page(visitor: Browser, desk: Desk) -> None:
    answer = visitor.post(webhook_page(desk), **webhook_form(endpoint="example.com"))
    assert (answer.status_code, "endpoint must be a URL" in answer.text) == (422, True)


def save_trigger(visitor: Browser, desk: Desk, **said: str | list[str]) -> Json:
    """Posts the trigger's form as the page gives it, with what is changed; the trigger afterwards."""
    text = visitor.open(trigger_page(desk))
    groups = re.findall(r'<select name="group".*?</select>', text, re.DOTALL)
    operators = re.findall(r'<select name="operator".*?</select>', text, re.DOTALL)
    form: dict[str, object] = {
        "title": desk.triggers()[0]["title"], "active": "on", "webhook": desk.webhooks()[0]["id"],
        "body": desk.triggers()[0]["actions"][0]["value"][1], "action": "save",
        "group": ["any" if 'value="any" selected' in one else "all" for one in groups],
        "field": re.findall(r'<input name="field"[^>]*? value="([^"]*)"', text),
        "operator": [(re.findall(r"<option selected>(\w+)", one) or ["is"])[0] for one in operators],
        "value": re.findall(r'<input name="value"[^>]*? value="([^"]*)"', text),
    } | said  # fmt: skip
    kept = {name: value for name, value in form.items() if value != "untick"}
    assert visitor.post(trigger_page(desk), **kept).status_code == 200  # type: ignore[arg-type]
    return desk.triggers()[0]


def test_a_trigger_saved_untouched_stays_as_it_was(visitor: Browser, desk: Desk) -> None:
    before = desk.triggers()[0]
    after = save_trigger(visitor, desk)
    assert {**after, "updated_at": ""} == {**before, "updated_at": ""}


def test_a_trigger_is_switched_off_and_its_body_edited(visitor: Browser, desk: Desk) -> None:
    after = save_trigger(visitor, desk, active="untick", body='{"text":\r\n"{{ticket.latest_comment}}"}')
    assert (after["active"], after["actions"][0]["value"][1]) == (False, '{"text":\n"{{ticket.latest_comment}}"}')


def test_conditions_are_removed_edited_and_added(visitor: Browser, desk: Desk) -> None:
    said = {"group": ["all", "all", "any", "any", "all"], "operator": ["is", "not_includes", "is", "changed", "is_not"],
            "field": ["update_type", "current_tags", "comment_is_public", "status", "role"],
            "value": ["Change", "vip", "true", "", "end_user"], "remove": ["0", "2"]}  # fmt: skip
    after = save_trigger(visitor, desk, **said)
    assert after["conditions"] == {
        "all": [
            {"field": "current_tags", "operator": "not_includes", "value": "vip"},
            {"field": "role", "operator": "is_not", "value": "end_user"},
        ],
        "any": [{"field": "status", "operator": "changed", "value": None}],
    }


def test_a_trigger_is_pointed_elsewhere_copied_and_deleted(visitor: Browser, desk: Desk) -> None:
    form = webhook_form(name="Another", action="create")
    visitor.post(WEBHOOKS, **form)
    other = desk.webhooks()[1]
    assert (other["name"], other["subscriptions"]) == ("Another", ["conditional_ticket_events"])
    assert save_trigger(visitor, desk, webhook=other["id"])["actions"][0]["value"][0] == other["id"]
    visitor.post(trigger_page(desk), action="copy")
    assert [one["conditions"] for one in desk.triggers()] == [desk.triggers()[0]["conditions"]] * 2
    visitor.post(trigger_page(desk), action="delete")
    assert [one["title"] for one in desk.triggers()] == ["OpenCX: public reply or status change (copy)"]


def test_a_view_is_made_renamed_and_deleted(visitor: Browser, desk: Desk) -> None:
    conditions = {"group": ["all"], "field": ["status"], "operator": ["less_than"], "value": ["solved"]}
    made = visitor.post(VIEWS, title="Handoff problems", active="on", action="create", **conditions)
    assert (made.status_code, desk.views()[0]["conditions"]["all"]) == (200, UNSOLVED)
    page = f"{VIEWS}/{desk.views()[0]['id']}"
    visitor.post(page, title="Mine", action="save", **conditions)
    assert (desk.views()[0]["title"], desk.views()[0]["active"]) == ("Mine", False)
    refused = visitor.post(page, title="Mine", action="save", **{**conditions, "remove": ["0"]})
    assert (refused.status_code, "ALL section" in refused.text) == (422, True)
    assert visitor.post(page, action="delete").url.endswith(VIEWS)
    assert desk.views() == []


def test_a_messaging_webhook_is_broken_by_hand(visitor: Browser, desk: Desk) -> None:
    visitor.post(MESSAGING, action="make", name="OpenCX", target="https://example.com/sunshine")
    hook = desk.sunshine()["webhooks"][0]
    ids = {"integration": hook["integrationId"], "webhook": hook["id"]}
    form = {**ids, "action": "save", "name": "Renamed", "target": "https://example.com/elsewhere", "add": "user:merge"}
    visitor.post(MESSAGING, **form, triggers=["switchboard:releaseControl"])
    hook = desk.sunshine()["webhooks"][0]
    assert (hook["target"], hook["displayName"]) == ("https://example.com/elsewhere", "Renamed")
    assert hook["triggers"] == ["switchboard:releaseControl", "user:merge"]
    refused = visitor.post(MESSAGING, **{**form, "add": ""})
    assert (refused.status_code, len(desk.sunshine()["webhooks"])) == (422, 1)
    visitor.post(MESSAGING, **ids, action="delete_webhook")
    assert desk.sunshine()["webhooks"] == []
    assert "no event leaves" in visitor.open(MESSAGING)
    visitor.post(MESSAGING, **ids, action="delete_integration")
    assert "No custom integration" in visitor.open(MESSAGING)
    assert visitor.post(MESSAGING, **ids, action="delete_webhook").status_code == 422


def test_the_accounts_options_are_checkboxes(visitor: Browser, desk: Desk) -> None:
    visitor.post("/acme/admin/", action="account", enterprise="on", token_access="on", manages_rules="on")
    assert [desk.order("")[name] for name in ("enterprise", "has_webhooks")] == [True, False]
    assert [desk.api("GET", path).status_code for path in ("webhooks", "triggers")] == [403, 200]
    everything = {"has_webhooks": "on", "token_access": "on", "manages_rules": "on", "manages_webhooks": "on"}
    visitor.post("/acme/admin/", action="account", **everything)
    assert [desk.api("GET", path).status_code for path in ("webhooks", "audit_logs")] == [200, 403]


def test_links_into_admin_center_lead_somewhere(visitor: Browser, desk: Desk) -> None:
    for place in (WEBHOOKS, TRIGGERS, VIEWS, MESSAGING, webhook_page(desk), trigger_page(desk)):
        assert "Stand-in Zendesk" in visitor.open(place), place
    assert visitor.session.get(f"{visitor.url}/acme/admin/people/team/roles/77", timeout=10).url.endswith(
        "/acme/admin/"
    )
    for gone in (f"{TRIGGERS}/12", f"{VIEWS}/none", f"{WEBHOOKS}/none/details"):
        assert visitor.session.get(f"{visitor.url}{gone}", timeout=10).status_code == 404, gone


def test_a_name_full_of_markup_stays_words(visitor: Browser, desk: Desk) -> None:
    desk.change_by_hand("webhook", name="<script>alert(1)</script>" * 5)
    assert "&lt;script&gt;" in visitor.session.get(f"{visitor.url}{WEBHOOKS}", timeout=10).text
