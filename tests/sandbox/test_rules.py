"""Triggers, views and who changed them, as Zendesk's API tells it."""

import json
from typing import Any

import pytest
import requests

from tests.sandbox.receiver import Receiver
from tests.sandbox.server import Desk, Sandbox
from tests.sandbox.test_tickets import make

UNSOLVED = {"field": "status", "operator": "less_than", "value": "solved"}
TAGGED = {"field": "current_tags", "operator": "includes", "value": "opencx_handoff_problem"}
PUBLIC = {"field": "comment_is_public", "operator": "is", "value": "true"}


def call_action(webhook_id: str, body: str = "{}") -> dict[str, Any]:
    return {"field": "notification_webhook", "value": [webhook_id, body]}


def new_trigger(desk: Desk, **said: Any) -> requests.Response:
    action = call_action(desk.webhooks()[0]["id"])
    return desk.api(
        "POST", "triggers", json={"trigger": {"title": "Ours", "all": [PUBLIC], "actions": [action], **said}}
    )


def new_view(desk: Desk, **said: Any) -> requests.Response:
    view = {"title": "Handoff problems", "all": [UNSOLVED, TAGGED], **said}
    return desk.api("POST", "views", json={"view": view})


@pytest.fixture
def enterprise(sandbox: Sandbox) -> Desk:
    """An account whose plan tells who changed what."""
    return sandbox.account("acme", enterprise=True)


@pytest.mark.parametrize(
    ("operator", "value", "rings"),
    [
        ("less_than", "solved", 1), ("less_than", "open", 0), ("greater_than", "new", 1), ("greater_than", "open", 0),
        ("less_than_equal", "open", 1), ("greater_than_equal", "pending", 0), ("less_than", "nonsense", 0),
    ],
)  # fmt: skip
def test_statuses_have_an_order(desk: Desk, receiver: Receiver, operator: str, value: str, rings: int) -> None:
    desk.set_webhook(endpoint=receiver.url)
    status = {"field": "status", "operator": operator, "value": value}
    desk.order("/trigger", {"conditions": {"all": [PUBLIC, status], "any": []}})
    desk.reply(make(desk, status="open"), "Hello")
    assert len(desk.wait_for_calls(rings)) == rings


def test_a_role_can_be_left_out(desk: Desk, receiver: Receiver) -> None:
    desk.set_webhook(endpoint=receiver.url)
    desk.order(
        "/trigger", {"conditions": {"all": [{"field": "role", "operator": "is_not", "value": "agent"}], "any": []}}
    )
    number = make(desk)
    desk.reply(number, "by an agent")
    desk.play("end_user", number, text="by mail")
    assert len(desk.wait_for_calls(1)) == 1


def test_a_trigger_of_a_deleted_webhook_rings_nothing(desk: Desk, receiver: Receiver) -> None:
    desk.set_webhook(endpoint=receiver.url)
    number = make(desk, tags=["opencx_handedoff"])
    desk.delete_by_hand("webhook", force=True)
    desk.reply(number, "Hello")
    assert (desk.webhooks(), desk.invocations()) == ([], [])
    assert len(desk.triggers()) == 1


def test_a_webhook_that_a_trigger_names_is_not_deleted(desk: Desk) -> None:
    webhook, trigger = desk.webhooks()[0]["id"], desk.triggers()[0]
    answer = desk.api("DELETE", f"webhooks/{webhook}")
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (400, trigger["title"])
    assert desk.api("DELETE", f"triggers/{trigger['id']}").status_code == 204
    assert desk.api("DELETE", f"webhooks/{webhook}").status_code == 204


def test_a_webhook_says_who_made_it_and_who_changed_it(desk: Desk) -> None:
    names = {str(one["id"]): one["name"] for one in desk.description["people"]}
    made = desk.webhooks()[0]
    assert (names[made["created_by"]], names[made["updated_by"]]) == ("Mara Admin", "Mara Admin")
    desk.api("PATCH", f"webhooks/{made['id']}", json={"webhook": {"endpoint": "https://example.com/a"}})
    assert names[desk.webhooks()[0]["updated_by"]] == "Ada Admin"
    desk.change_by_hand("webhook", by="grace@acme.example", http_method="PUT")
    changed = desk.webhooks()[0]
    assert (names[changed["updated_by"]], changed["http_method"]) == ("Grace Agent", "PUT")
    assert changed["updated_at"] > made["updated_at"]


def test_a_plan_without_webhooks_refuses_them_all(desk: Desk) -> None:
    webhook = desk.webhooks()[0]["id"]
    desk.set_options(has_webhooks=False)
    for method, path in (("GET", "webhooks"), ("POST", "webhooks"), ("PATCH", f"webhooks/{webhook}"),
                         ("GET", f"webhooks/{webhook}/signing_secret"), ("POST", "webhooks/test")):  # fmt: skip
        answer = desk.api(method, path, json={"webhook": {}})
        assert (answer.status_code, answer.json()["error"]["title"]) == (403, "Forbidden"), path
    assert new_trigger(desk).status_code == 403
    assert new_trigger(desk, actions=[{"field": "status", "value": "open"}]).status_code == 201


def test_rights_to_manage_can_be_taken_away_and_given_back(desk: Desk) -> None:
    desk.set_options(manages_webhooks=False)
    assert [desk.api("GET", path).status_code for path in ("webhooks", "triggers")] == [403, 200]
    me = desk.api("GET", "users/me").json()["user"]
    role = desk.api("GET", f"custom_roles/{me['custom_role_id']}").json()["custom_role"]
    assert role["configuration"]["manage_extensions_and_channels"] is False
    desk.set_options(manages_webhooks=False, manages_rules=False)
    assert [desk.api("GET", path).status_code for path in ("webhooks", "triggers")] == [403, 403]
    assert new_view(desk).status_code == 403
    desk.set_options(manages_webhooks=True)
    assert [desk.api("GET", path).status_code for path in ("webhooks", "triggers")] == [200, 200]


def test_a_trial_has_few_webhooks_and_few_calls(sandbox: Sandbox, receiver: Receiver) -> None:
    desk = sandbox.account("trial", limits={"webhooks": 1, "webhook_calls": 1, "webhook_tests": 1})
    said = {"name": "Second", "endpoint": receiver.url, "http_method": "POST", "request_format": "json"}
    assert desk.api("POST", "webhooks", json={"webhook": said}).status_code == 400
    assert [desk.api("POST", "webhooks/test", json={"request": said}).status_code for _turn in "ab"] == [200, 429]
    desk.set_webhook(endpoint=receiver.url)
    number = make(desk, tags=["opencx_handedoff"])
    desk.reply(number, "one")
    desk.reply(number, "two")
    assert [one["status"] for one in desk.wait_for_calls(2)] == ["success", "throttled"]


def test_a_webhook_by_get_carries_no_body(desk: Desk, receiver: Receiver) -> None:
    desk.set_webhook(endpoint=receiver.url)
    desk.change_by_hand("webhook", http_method="GET")
    desk.reply(make(desk, tags=["opencx_handedoff"]), "Hello")
    call = receiver.wait_for(1)[0]
    assert (call.method, call.body) == ("GET", b"")


# -- revisions and the audit log ---------------------------------------------------------------------


def test_revisions_tell_who_changed_what(enterprise: Desk) -> None:
    trigger = new_trigger(enterprise).json()["trigger"]
    enterprise.change_by_hand("trigger", trigger["id"], by="Mara Admin", active=False, body='{"text": "{{ticket.id}}"}')
    path = f"triggers/{trigger['id']}/revisions"
    answer = enterprise.api("GET", f"{path}?include=users").json()
    newest, first = answer["trigger_revisions"]
    authors = {one["id"]: one["name"] for one in answer["users"]}
    assert [authors[one["author_id"]] for one in (newest, first)] == ["Mara Admin", "Ada Admin"]
    assert newest["diff"]["active"] == [{"change": "-", "content": True}, {"change": "+", "content": False}]
    assert newest["diff"]["title"] == [{"change": "=", "content": "Ours"}]
    assert newest["snapshot"]["actions"][0]["value"][1] == '{"text": "{{ticket.id}}"}'
    one = enterprise.api("GET", f"{path}/{first['id']}.json").json()["trigger_revision"]
    assert one["snapshot"] == first["snapshot"]
    assert enterprise.api("GET", f"{path}/1").status_code == 404


def test_revisions_are_paged_backwards(enterprise: Desk) -> None:
    trigger = new_trigger(enterprise).json()["trigger"]["id"]
    for turn in range(3):
        enterprise.api("PUT", f"triggers/{trigger}", json={"trigger": {"title": f"Ours {turn}"}})
    first = enterprise.api("GET", f"triggers/{trigger}/revisions?limit=3").json()
    titles = [one["snapshot"]["title"] for one in first["trigger_revisions"]]
    assert (titles, first["after_url"], first["count"]) == (["Ours 2", "Ours 1", "Ours 0"], None, 4)
    older = requests.get(first["before_url"], auth=enterprise.credentials, timeout=10).json()
    assert [one["snapshot"]["title"] for one in older["trigger_revisions"]] == ["Ours"]
    assert older["before_url"] is None
    newer = requests.get(older["after_url"], auth=enterprise.credentials, timeout=10).json()
    assert [one["snapshot"]["title"] for one in newer["trigger_revisions"]] == titles


def test_other_plans_have_neither_revisions_nor_the_audit_log(desk: Desk) -> None:
    trigger = desk.triggers()[0]["id"]
    assert desk.api("GET", f"triggers/{trigger}/revisions").status_code == 404
    assert desk.api("GET", "audit_logs").status_code == 403


def test_a_change_of_nothing_makes_no_revision(enterprise: Desk) -> None:
    trigger = enterprise.triggers()[0]
    enterprise.api("PUT", f"triggers/{trigger['id']}", json={"trigger": {"title": trigger["title"]}})
    found = enterprise.api("GET", f"triggers/{trigger['id']}/revisions").json()
    assert found["count"] == 1


def test_the_audit_log_has_a_line_for_each_change(enterprise: Desk) -> None:
    webhook = enterprise.webhooks()[0]["id"]
    enterprise.change_by_hand("webhook", webhook, endpoint="https://example.com/one")
    enterprise.change_by_hand("webhook", webhook, endpoint="https://example.com/two", by="linus@acme.example")
    newest = enterprise.api("GET", f"audit_logs?filter[source_type]=webhook&filter[source_id]={webhook}").json()
    line = newest["audit_logs"][0]
    assert (line["actor_name"], line["action"], line["source_label"]) == ("Linus Agent", "update", "OpenCX")
    assert line["change_description"] == "Endpoint changed from https://example.com/one to https://example.com/two"
    view = new_view(enterprise).json()["view"]["id"]
    enterprise.delete_by_hand("view", view)
    lines = enterprise.api("GET", f"audit_logs?filter[source_type]=rule&filter[source_id]={view}").json()["audit_logs"]
    assert [(one["action"], one["actor_name"]) for one in lines] == [("destroy", "Mara Admin"), ("create", "Ada Admin")]
    assert enterprise.api("GET", f"audit_logs/{lines[0]['id']}").json()["audit_log"] == lines[0]
    assert enterprise.api("GET", "audit_logs?filter[source_id]=1").status_code == 400


def test_secrets_stay_out_of_the_audit_log(enterprise: Desk) -> None:
    data = {"username": "u", "password": "hush-hush"}
    enterprise.change_by_hand("webhook", endpoint="https://example.com/a")
    enterprise.change_by_hand("webhook", authentication={"type": "basic_auth", "data": data, "add_position": "header"})
    secret = enterprise.reset_secret_by_hand()
    said = json.dumps(enterprise.audit_log())
    assert ("hush-hush" in said, secret in said, "basic_auth" in said) == (False, False, True)


# -- views -------------------------------------------------------------------------------------------


def test_a_view_is_made_found_changed_and_deleted(desk: Desk) -> None:
    answer = new_view(desk, output={"columns": ["nice_id", "subject"], "sort_by": "created", "sort_order": "asc"})
    view = answer.json()["view"]
    assert answer.status_code == 200
    assert view["conditions"] == {"all": [UNSOLVED, TAGGED], "any": []}
    assert [one["id"] for one in view["execution"]["columns"]] == ["nice_id", "subject"]
    path = f"views/{view['id']}"
    assert [one["id"] for one in desk.api("GET", "views/search?query=handoff").json()["views"]] == [view["id"]]
    changed = desk.api("PUT", path, json={"view": {"title": "Mine", "all": [UNSOLVED]}}).json()["view"]
    assert (changed["title"], changed["conditions"]["all"]) == ("Mine", [UNSOLVED])
    assert desk.api("GET", f"{path}.json").json()["view"]["title"] == "Mine"
    by_cursor = desk.api("GET", "views?page[size]=1").json()
    assert (len(by_cursor["views"]), by_cursor["meta"]["has_more"]) == (1, False)
    assert desk.api("DELETE", path).status_code == 204
    assert desk.api("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("said", "field"),
    [({"title": ""}, "title"), ({"all": []}, "base"), ({"all": [TAGGED]}, "base"), ({"all": "x"}, "base")],
)
def test_a_view_needs_a_title_and_a_telling_condition(desk: Desk, said: dict[str, Any], field: str) -> None:
    answer = new_view(desk, **said)
    assert (answer.status_code, list(answer.json()["details"])) == (422, [field])


def test_a_view_lists_the_tickets_that_meet_it(desk: Desk) -> None:
    numbers = [make(desk, tags=["opencx_handoff_problem"], status=status) for status in ("open", "pending", "solved")]
    make(desk, status="open")
    desk.api("DELETE", f"tickets/{make(desk, tags=['opencx_handoff_problem'])}")
    view = new_view(desk, output={"columns": ["nice_id", "status"], "sort_by": "nice_id", "sort_order": "asc"})
    path = f"views/{view.json()['view']['id']}"
    listed = desk.api("GET", f"{path}/tickets").json()
    assert ([one["id"] for one in listed["tickets"]], listed["count"]) == (numbers[:2], 2)
    assert desk.api("GET", f"{path}/count").json()["view_count"]["value"] == 2
    rows = desk.api("GET", f"{path}/execute").json()["rows"]
    assert [(one["nice_id"], one["status"]) for one in rows] == [(numbers[0], "open"), (numbers[1], "pending")]
    page = desk.api("GET", f"{path}/tickets?page[size]=1").json()
    rest = requests.get(page["links"]["next"], auth=desk.credentials, timeout=10).json()
    assert ([one["id"] for one in rest["tickets"]], rest["meta"]["has_more"]) == ([numbers[1]], False)


def test_a_view_may_be_read_five_times_a_minute(desk: Desk) -> None:
    path = f"views/{new_view(desk).json()['view']['id']}/count"
    assert [desk.api("GET", path).status_code for _turn in range(6)] == [200] * 5 + [429]


def test_agents_have_views_of_their_own_only(sandbox: Sandbox) -> None:
    tokens = [{"email": f"{name}@acme.example", "token": f"{name}-token"} for name in ("grace", "linus")]
    desk = sandbox.account("acme", api_tokens=tokens)
    grace, linus = [(f"{name}@acme.example/token", f"{name}-token") for name in ("grace", "linus")]
    me = desk.api("GET", "users/me", auth=grace).json()["user"]["id"]
    said = {"title": "Mine", "all": [UNSOLVED]}
    assert desk.api("POST", "views", json={"view": said}, auth=grace).status_code == 403
    own = {**said, "restriction": {"type": "User", "id": me}}
    made = desk.api("POST", "views", json={"view": own}, auth=grace)
    assert made.status_code == 200
    path = f"views/{made.json()['view']['id']}"
    assert [desk.api("GET", path, auth=who).status_code for who in (grace, linus)] == [200, 404]
    assert desk.api("PUT", path, json={"view": {"restriction": None}}, auth=grace).status_code == 403


# -- by hand -----------------------------------------------------------------------------------------


def test_an_admin_makes_the_pair_by_hand(sandbox: Sandbox, receiver: Receiver) -> None:
    desk = sandbox.account("acme", trigger=False)
    assert (desk.webhooks(), desk.triggers()) == ([], [])
    said = {"endpoint": receiver.url, "http_method": "POST", "request_format": "json"}
    webhook = desk.make_by_hand("webhook", name="Mine", subscriptions=["conditional_ticket_events"], **said)
    desk.make_by_hand("trigger", title="Mine", all=[PUBLIC], actions=[call_action(webhook["id"])])
    desk.reply(make(desk), "Hello")
    assert len(desk.wait_for_calls(1)) == 1


def test_what_zendesk_refuses_is_refused_by_hand_too(desk: Desk) -> None:
    answer = requests.post(
        f"{desk.sandbox.url}/_control/accounts/acme/by_hand",
        json={"do": "delete", "kind": "webhook", "id": desk.webhooks()[0]["id"]},
        timeout=10,
    )
    assert (answer.status_code, answer.json()["refused"]["errors"][0]["code"]) == (409, "WebhookInUse")


@pytest.mark.parametrize(
    "said",
    [{"do": "change", "kind": "macro"}, {"do": "juggle", "kind": "webhook"},
     {"do": "change", "kind": "webhook", "by": "Nobody"}, {"kind": "webhook"}],
)  # fmt: skip
def test_an_order_that_makes_no_sense_is_refused(desk: Desk, said: dict[str, str]) -> None:
    where = f"{desk.sandbox.url}/_control/accounts/acme/by_hand"
    assert requests.post(where, json=said, timeout=10).status_code == 400


# -- what a test leaves behind -----------------------------------------------------------------------


def test_a_requester_with_a_ticket_still_open_is_not_deleted(desk: Desk) -> None:
    number = make(desk)
    requester = desk.api("GET", f"tickets/{number}").json()["ticket"]["requester_id"]
    refused = desk.api("DELETE", f"users/{requester}")
    assert (refused.status_code, "not closed" in refused.text) == (422, True)
    assert desk.api("DELETE", f"tickets/{number}").status_code == 204
    gone = desk.api("DELETE", f"users/{requester}")
    assert (gone.status_code, gone.json()["user"]["active"]) == (200, False)


def test_only_an_admin_deletes_staff(sandbox: Sandbox) -> None:
    desk = sandbox.account("acme", api_tokens=[{"email": "grace@acme.example", "token": "t"}])
    linus = next(one["id"] for one in desk.description["people"] if one["name"] == "Linus Agent")
    assert desk.api("DELETE", f"users/{linus}").status_code == 403
