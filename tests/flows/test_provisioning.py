"""Setting up somebody's Zendesk: planned, applied, proven and undone, against the stand-in over real HTTP."""

from __future__ import annotations

import json

import pytest
from pytest_django import Settings

from integrations import hooks
from integrations.messaging import open_sunshine, register_webhook
from integrations.models import (
    EndpointKind,
    ProvisionedObject,
    SunshineConnection,
    TestCall,
    WebhookEndpoint,
    WebhookEvent,
    ZendeskConnection,
)
from integrations.provisioning import by_hand, plan
from integrations.provisioning.prove import send_test_call
from integrations.provisioning.wanted import REFERENCE_BODY
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import AuditEntry, Organization, User
from tests.api_client import ApiClient
from tests.factories import SunshineConnectionFactory
from tests.flows.conftest import Worker
from tests.flows.provisioning import (
    MADE,
    act,
    actions,
    bare,
    begin,
    done,
    id_of,
    kinds,
    no_token,
    show_drift,
    trigger_of,
    work,
    writes,
)
from tests.flows.test_handoff import hand_off
from tests.sandbox.server import Desk, Sandbox
from ticketing.models import SessionTicketLink

__all__ = ["bare"]


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
    webhook = bare.webhooks()[0]
    assert (webhook["name"], webhook["endpoint"]) == ("OpenCX", WebhookEndpoint.current(org).url)
    assert {trigger["title"] for trigger in bare.triggers()} == {
        "OpenCX: an agent replied publicly",
        "OpenCX: the status changed",
    }
    assert [view["title"] for view in bare.views()] == ["Handoff problems"]
    secret = webhook["signing_secret"]
    assert WebhookEndpoint.current(org).signing_secret.reveal() == secret
    call, event = TestCall.objects.get(), WebhookEvent.objects.get()
    assert (call.is_proof, call.event) == (True, event)
    assert (event.result, event.reason, event.http_status, event.is_signed) == ("ignored", "test_call", 200, True)
    assert set(actions(org).values()) == {"none"}
    no_token(org, run.steps, list(ProvisionedObject.objects.values()), list(AuditEntry.objects.values()))
    assert secret not in json.dumps([run.steps, list(AuditEntry.objects.values())], default=str)


def test_applying_twice_writes_nothing(bare: Desk, org: Organization, alice: User) -> None:
    done(act(org, "apply", alice))
    before = writes(bare)

    run = done(act(org, "apply", alice))

    assert writes(bare) == before
    assert {step["action"] for step in run.steps} == {"none"}


def test_hand_made_objects_keep_their_names_and_get_what_they_lack(desk: Desk, org: Organization, alice: User) -> None:
    mail = {"field": "notification_user", "value": ["requester_id", "Hello", "Hi"]}
    webhook, trigger = desk.webhooks()[0], desk.triggers()[0]
    desk.change_by_hand("webhook", webhook["id"], name="Nina’s hook", http_method="PUT")
    desk.change_by_hand("trigger", trigger["id"], title="Nina’s trigger", actions=[mail, *trigger["actions"]])

    done(act(org, "apply", alice))

    assert [(one["name"], one["http_method"]) for one in desk.webhooks()] == [("Nina’s hook", "POST")]
    adopted = trigger_of(desk, org, "reply_trigger")
    assert (adopted["title"], adopted["actions"][0]) == ("Nina’s trigger", mail)
    assert len(desk.triggers()) == 2
    row = ProvisionedObject.objects.get(kind="reply_trigger")
    assert row.is_adopted
    assert row.former is not None
    assert row.former["conditions"] == trigger["conditions"]
    no_token(org, list(ProvisionedObject.objects.values()))


def test_uninstall_removes_what_we_made_and_gives_back_what_we_adopted(
    desk: Desk, org: Organization, alice: User
) -> None:
    desk.change_by_hand("webhook", http_method="PUT", name="Nina’s hook")
    stranger = desk.make_by_hand("trigger", title="Mail", actions=[{"field": "status", "value": "open"}], all=[])
    names = ("name", "endpoint", "http_method", "request_format", "status")
    before = [{name: one[name] for name in names} for one in desk.webhooks()]
    shapes = [{name: one[name] for name in ("id", "title", "conditions", "actions")} for one in desk.triggers()]
    done(act(org, "apply", alice))

    run = done(act(org, "uninstall", alice))

    assert [step["action"] for step in run.steps] == ["remove", "restore", "restore", "remove"]
    assert [{name: one[name] for name in names} for one in desk.webhooks()] == before
    after = [{name: one[name] for name in ("id", "title", "conditions", "actions")} for one in desk.triggers()]
    assert after == shapes
    assert stranger["id"] in [one["id"] for one in desk.triggers()]
    assert desk.views() == []
    assert kinds(org) == set()


def test_a_set_up_account_is_bare_again_after_uninstall_and_can_be_set_up_anew(
    bare: Desk, org: Organization, alice: User
) -> None:
    done(act(org, "apply", alice))
    done(act(org, "uninstall", alice))
    assert (bare.webhooks(), bare.triggers(), bare.views()) == ([], [], [])
    assert not WebhookEndpoint.current(org).signing_secret
    done(act(org, "apply", alice))
    assert len(bare.triggers()) == 2


def test_undoing_the_webhook_takes_its_triggers_along(bare: Desk, org: Organization, alice: User) -> None:
    done(act(org, "apply", alice))
    done(act(org, "undo", alice, kinds=["webhook"]))
    assert (bare.webhooks(), bare.triggers()) == ([], [])
    assert kinds(org) == {"view"}


def test_a_second_webhook_that_calls_us_is_shown_and_left_alone(desk: Desk, org: Organization, alice: User) -> None:
    url = WebhookEndpoint.current(org).url
    other = desk.make_by_hand(
        "webhook",
        name="Old one",
        endpoint=f"{url}/?from=old",
        http_method="POST",
        request_format="json",
        status="active",
        subscriptions=["conditional_ticket_events"],
    )
    trigger = desk.make_by_hand(
        "trigger",
        title="Rings twice",
        conditions={"all": [{"field": "comment_is_public", "operator": "is", "value": "true"}], "any": []},
        actions=[{"field": "notification_webhook", "value": [other["id"], REFERENCE_BODY]}],
    )

    done(act(org, "apply", alice))

    others = {(one.kind, one.external_id) for one in plan.build(org).others}
    assert others == {("webhook", other["id"]), ("trigger", str(trigger["id"]))}
    assert trigger["title"] in [one["title"] for one in desk.triggers()]
    done(act(org, "uninstall", alice))
    assert other["id"] in [one["id"] for one in desk.webhooks()]


def test_a_name_alone_is_no_reason_to_touch_anything(bare: Desk, org: Organization, alice: User) -> None:
    webhook = bare.make_by_hand(
        "webhook",
        name="OpenCX",
        endpoint="https://elsewhere.example/hook",
        http_method="POST",
        request_format="json",
        status="active",
        subscriptions=["conditional_ticket_events"],
    )
    bare.make_by_hand(
        "trigger",
        title="OpenCX: an agent replied publicly",
        conditions={"all": [], "any": []},
        actions=[{"field": "notification_webhook", "value": [webhook["id"], "{}"]}],
    )
    assert {actions(org)[kind] for kind in MADE} == {"create"}
    done(act(org, "apply", alice))
    done(act(org, "uninstall", alice))
    assert [one["endpoint"] for one in bare.webhooks()] == ["https://elsewhere.example/hook"]
    assert len(bare.triggers()) == 1


def test_the_trigger_for_tickets_opened_in_zendesk_is_there_while_assist_is_on(
    bare: Desk, org: Organization, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_on = [True]
    monkeypatch.setattr(hooks, "is_assist_on", [lambda organization: is_on[0]])
    done(act(org, "apply", alice))
    assert trigger_of(bare, org, "assist_trigger")["active"] is True
    is_on[0] = False
    assert actions(org)["assist_trigger"] == "patch"
    done(act(org, "apply", alice))
    assert trigger_of(bare, org, "assist_trigger")["active"] is False


def test_an_agents_reply_rings_once_and_a_note_and_our_own_writes_do_not(
    bare: Desk, org: Organization, alice: User, api: ApiClient, worker: Worker
) -> None:
    done(act(org, "apply", alice))
    hand_off(api)
    worker.rest()
    ticket_id = SessionTicketLink.objects.get().ticket_id
    bare.note(ticket_id, "Between us")
    bare.api("PUT", f"tickets/{ticket_id}", json={"ticket": {"comment": {"body": "By API", "public": True}}})
    bare.reply(ticket_id, "Hello")
    bare.wait_for_calls(1)
    assert [json.loads(one["payload"])["ticket_id"] for one in bare.invocations()] == [str(ticket_id)]
    bare.api("PUT", f"tickets/{ticket_id}/tags", json={"tags": ["opencx_canary"]})
    bare.api("PUT", f"tickets/{ticket_id}", json={"ticket": {"comment": {"body": "By API", "public": True}}})
    bare.wait_for_calls(2)
    assert len(bare.invocations()) == 2


def test_unsigned_calls_are_refused_once_it_is_set_up(bare: Desk, org: Organization, alice: User) -> None:
    done(act(org, "apply", alice))
    bare.change_by_hand("webhook", signing=False)
    call = send_test_call(org)
    assert not call.problem  # a test call is always signed
    bare.reset_secret_by_hand()
    call = send_test_call(org)
    assert "(401)" in call.problem
    assert (call.http_status, call.event) == (401, None)
    assert actions(org)["webhook"] == "patch"
    done(act(org, "repair", alice, kinds=["webhook"]))
    assert not send_test_call(org).problem


def test_a_nonce_that_we_never_issued_is_a_call_like_any_other(bare: Desk, org: Organization, alice: User) -> None:
    done(act(org, "apply", alice))
    body = json.dumps({"ticket_id": "0", "external_id": "opencx-test-made-up", "status": "test"})
    webhook_id = id_of(org, "webhook")
    bare.api("POST", f"webhooks/test?webhook_id={webhook_id}", json={"request": {"payload": body}})
    assert [one.reason for one in WebhookEvent.objects.order_by("pk")] == ["test_call", "unmatched_ticket"]


def test_messagings_webhook_is_part_of_the_plan(
    bare: Desk, org: Organization, alice: User, sandbox: Sandbox, settings: Settings
) -> None:
    settings.SUNSHINE_URL = f"{sandbox.url}/{{subdomain}}/sc"
    key_id, secret = bare.sunshine_key()
    SunshineConnectionFactory.create(
        organization=org, subdomain="acme", app_id=bare.app_id, key_id=key_id, secret=Secret.hide(secret)
    )
    done(act(org, "apply", alice))
    url = WebhookEndpoint.current(org, EndpointKind.SUNSHINE).url
    assert [hook["target"] for hook in bare.sunshine()["webhooks"]] == [url]
    connection = SunshineConnection.objects.select_related("organization").get()
    client = open_sunshine(connection)
    client.update_webhook(client.webhooks()[0], target="https://elsewhere.example/", triggers=["conversation:message"])
    item = plan.build(org).find("sunshine_webhook")
    assert item is not None
    assert (item.action, [one.field for one in item.differences]) == ("patch", ["target", "triggers"])
    done(act(org, "repair", alice, kinds=["sunshine_webhook"]))
    assert [hook.target for hook in client.webhooks()] == [url]
    client.delete_integration(client.webhooks()[0].integration_id)
    assert show_drift(org) == {"sunshine_webhook": ["deleted"]}
    register_webhook(connection, client)
    assert show_drift(org) == {}
    done(act(org, "uninstall", alice))
    assert client.webhooks() == []


def test_the_same_plan_is_told_for_a_persons_hands(bare: Desk, org: Organization) -> None:
    bare.set_options(manages_webhooks=False)
    found = plan.build(org)
    assert not found.may_manage
    assert "(403)" in found.problem
    assert {item.action for item in found.items if item.kind != "view"} == {"cannot"}
    for item in found.items:
        steps = by_hand.steps(item)
        assert steps.path.startswith("Admin Center › ")
        assert steps.url.startswith(bare.url + "/admin/")
        assert json.loads(steps.json_body)
    webhook = found.find("webhook")
    assert webhook is not None
    assert WebhookEndpoint.current(org).url in by_hand.steps(webhook).json_body


def test_what_we_may_not_see_is_told_by_the_calls_that_come(
    desk: Desk, org: Organization, api: ApiClient, worker: Worker
) -> None:
    desk.set_options(manages_rules=False)

    def evidence() -> list[str]:
        return [item.evidence.partition(",")[2] or item.evidence for item in plan.build(org).items[:2]]

    assert evidence() == [
        " and no call has come to this URL yet.",
        " and no call has come yet: reply publicly in a ticket that was handed off.",
    ]
    hand_off(api)
    worker.rest()
    ticket_id = SessionTicketLink.objects.get().ticket_id
    desk.reply(ticket_id, "Hello")
    desk.wait_for_calls(1)
    webhook, trigger = evidence()
    assert webhook.startswith(" but a call came to this URL")
    assert trigger.startswith(f" but a call for ticket #{ticket_id} came")


def test_every_act_stands_in_the_audit_log_with_before_and_after(desk: Desk, org: Organization, alice: User) -> None:
    done(act(org, "apply", alice))
    done(act(org, "uninstall", alice))
    entries = {(entry.action, entry.object_label): entry for entry in AuditEntry.objects.all()}
    assert {action for action, _label in entries} >= {
        "provisioning.apply",
        "provisioning.uninstall",
        "zendesk_object.adopt",
        "zendesk_object.create",
        "zendesk_object.restore",
        "zendesk_object.remove",
        "zendesk_object.test",
        "webhook.signing_secret",
    }
    adopted = entries["zendesk_object.adopt", "OpenCX: public reply or status change"]
    assert adopted.before["conditions"] != adopted.after["conditions"]
    assert {entry.actor_label for entry in entries.values()} == {str(alice)}


def test_without_an_account_there_is_a_sentence(org: Organization, alice: User) -> None:
    ZendeskConnection.objects.all().delete()
    run = begin(org, "apply", alice)
    assert (run.status, run.problem) == ("failed", "No Zendesk account is connected.")
    assert work(run).status == "failed"
