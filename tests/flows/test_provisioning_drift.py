"""Watching what was set up: what people change in Zendesk is found, told, repaired; a new URL is told at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from integrations import endpoints, tasks
from integrations.doctor import examine
from integrations.models import ProviderCall, ProvisionedObject, ProvisioningRun, WebhookEndpoint
from integrations.provisioning import drift, plan, runs
from integrations.provisioning.prove import send_test_call
from opencx_admin.orgs.models import AuditEntry, Organization, User
from tests.flows.between import Between, interrupt
from tests.flows.provisioning import (
    act,
    actions,
    bare,
    between,
    done,
    id_of,
    no_token,
    pressed_by,
    show_drift,
    trigger_of,
    work,
)
from tests.sandbox.server import Desk

__all__ = ["bare", "between"]
Hand = Callable[[Desk, Organization], object]


@pytest.fixture
def kept(bare: Desk, org: Organization, alice: User) -> Desk:
    """The account as we set it up."""
    done(act(org, "apply", alice))
    return bare


def on_webhook(**fields: object) -> Hand:
    return lambda desk, org: desk.change_by_hand("webhook", id_of(org, "webhook"), by="Mara Admin", **fields)


def on_trigger(**fields: object) -> Hand:
    return lambda desk, org: desk.change_by_hand("trigger", id_of(org, "reply_trigger"), by="Mara Admin", **fields)


def drop_the_tag(desk: Desk, org: Organization) -> None:
    conditions = trigger_of(desk, org, "reply_trigger")["conditions"]
    kept = [one for one in conditions["all"] if one["field"] != "current_tags"]
    on_trigger(conditions={"all": kept, "any": conditions["any"]})(desk, org)


BROKEN: dict[str, tuple[Hand, dict[str, list[str]]]] = {
    "webhook inactive": (on_webhook(status="inactive"), {"webhook": ["status"]}),
    "stale URL": (on_webhook(endpoint="https://elsewhere.example/old"), {"webhook": ["endpoint"]}),
    "method": (on_webhook(http_method="PUT"), {"webhook": ["http_method"]}),
    "format": (on_webhook(request_format="form_encoded"), {"webhook": ["request_format"]}),
    "name": (on_webhook(name="Somebody’s"), {"webhook": ["name"]}),
    "authentication": (
        on_webhook(authentication={"type": "bearer_token", "data": {"token": "hidden"}, "add_position": "header"}),
        {"webhook": ["authentication"]},
    ),
    "secret": (lambda d, o: d.reset_secret_by_hand(), {"webhook": ["signing_secret"]}),
    "webhook deleted": (
        lambda d, o: d.delete_by_hand("webhook", force=True),
        {"webhook": ["deleted"], "reply_trigger": ["actions.webhook"], "status_trigger": ["actions.webhook"]},
    ),
    "trigger inactive": (on_trigger(active=False), {"reply_trigger": ["active"]}),
    "latest comment": (on_trigger(body="{{ticket.latest_comment}}"), {"reply_trigger": ["actions.body"]}),
    "no external_id": (on_trigger(body='{"ticket_id": "{{ticket.id}}"}'), {"reply_trigger": ["actions.body"]}),
    "no tag": (drop_the_tag, {"reply_trigger": ["conditions.all"]}),
    "another webhook": (
        on_trigger(actions=[{"field": "notification_webhook", "value": ["01ELSEWHERE", "{}"]}]),
        {"reply_trigger": ["actions.webhook", "actions.body"]},
    ),
    "no webhook": (on_trigger(actions=[{"field": "status", "value": "open"}]), {"reply_trigger": ["actions"]}),
    "trigger deleted": (
        lambda d, o: d.delete_by_hand("trigger", id_of(o, "reply_trigger")),
        {"reply_trigger": ["deleted"]},
    ),
    "view renamed": (lambda d, o: d.change_by_hand("view", title="Ours"), {"view": ["title"]}),
    "view deleted": (lambda d, o: d.delete_by_hand("view"), {"view": ["deleted"]}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_was_broken_by_hand_is_found_and_repaired(kept: Desk, org: Organization, alice: User, name: str) -> None:
    break_it, expected = BROKEN[name]
    break_it(kept, org)

    assert show_drift(org) == expected
    no_token(org, list(ProvisionedObject.objects.values()))

    done(act(org, "repair", alice, kinds=list(expected)))
    assert show_drift(org) == {}
    assert set(actions(org).values()) == {"none"}
    assert not send_test_call(org).problem
    assert (len(kept.webhooks()), len(kept.triggers()), len(kept.views())) == (1, 2, 1)


@pytest.mark.parametrize(("enterprise", "name"), [(True, "Mara Admin"), (False, "")])
def test_who_changed_it_is_told_when_the_plan_tells(kept: Desk, org: Organization, enterprise: bool, name: str) -> None:
    kept.set_options(enterprise=enterprise)
    kept.change_by_hand("trigger", id_of(org, "reply_trigger"), by="Mara Admin", active=False)
    kept.delete_by_hand("view", by="Mara Admin")
    kept.change_by_hand("webhook", by="Mara Admin", name="Hers")

    drift.check(org)

    rows = {row.kind: row for row in ProvisionedObject.objects.all()}
    assert [rows[kind].changed_by for kind in ("reply_trigger", "view")] == [name, name]
    assert rows["webhook"].changed_by == "Mara Admin"  # every plan tells who changed a webhook
    assert rows["reply_trigger"].changed_at is not None
    assert rows["reply_trigger"].drift_found_at is not None
    assert rows["status_trigger"].drift_found_at is None


def test_the_first_finding_is_kept_and_forgotten_when_it_is_well_again(kept: Desk, org: Organization) -> None:
    kept.change_by_hand("view", title="Ours")
    tasks.check_organization(org.pk)
    first = ProvisionedObject.objects.get(kind="view").drift_found_at
    tasks.check_organization(org.pk)
    assert ProvisionedObject.objects.get(kind="view").drift_found_at == first
    kept.change_by_hand("view", title="Handoff problems")
    assert show_drift(org) == {}
    assert ProvisionedObject.objects.get(kind="view").drift_found_at is None


def test_trouble_of_an_account_is_noted_and_stops_nobody(
    kept: Desk, org: Organization, other_org: Organization
) -> None:
    kept.fault("503", times=None)
    drift.check(org)
    drift.check(other_org)
    problems = set(ProvisionedObject.objects.values_list("check_problem", flat=True))
    assert problems == {"It answered 503: not available now."}
    kept.heal()
    kept.set_options(manages_rules=False)
    drift.check(org)
    assert all("(403)" in row.check_problem for row in ProvisionedObject.objects.exclude(kind="view"))
    kept.set_options(manages_rules=True)
    drift.check(org)
    assert set(ProvisionedObject.objects.values_list("check_problem", flat=True)) == {""}
    assert show_drift(org) == {}


def test_a_new_url_is_told_to_zendesk_in_the_same_act(kept: Desk, org: Organization, alice: User) -> None:
    old = WebhookEndpoint.current(org)
    endpoints.rotate(org, 24, request=pressed_by(alice))
    run = runs.find_moving(org)
    assert run is not None
    done(work(run))
    assert (run.action, run.actor) == ("rotate", alice)
    new = WebhookEndpoint.current(org)
    assert new.pk != old.pk
    assert kept.webhooks()[0]["endpoint"] == new.url
    assert show_drift(org) == {}
    old.refresh_from_db()
    assert (old.has_ended, old.calls_after_rotation) == (False, 0)
    no_token(org, list(ProvisioningRun.objects.values()), list(ProvisionedObject.objects.values()))


def test_zendesks_refusal_of_the_new_url_leaves_the_old_one_working(
    between: Between, kept: Desk, org: Organization, alice: User
) -> None:
    between.answer("GET", "/acme/api/v2/webhooks", 403, {"error": {"title": "Forbidden", "message": "No."}})
    endpoints.rotate(org, 24, request=pressed_by(alice))
    run = runs.find_moving(org)
    assert run is not None
    work(run)
    assert (run.status, run.problem) == ("failed", "No. (403)")
    between.rules.clear()
    assert show_drift(org) == {"webhook": ["endpoint"]}
    call = send_test_call(org)
    assert call.event is not None
    assert call.event.is_via_old_url
    done(act(org, "repair", alice, kinds=["webhook"]))
    assert kept.webhooks()[0]["endpoint"] == WebhookEndpoint.current(org).url


def test_a_worker_that_died_before_the_new_url_was_told_is_made_good(
    kept: Desk, org: Organization, alice: User
) -> None:
    kept.fault("drop_after_write", method="PATCH", path="/api/v2/webhooks/*", times=1)
    endpoints.rotate(org, 0, request=pressed_by(alice))
    run = runs.find_moving(org)
    assert run is not None
    done(work(run))
    assert kept.webhooks()[0]["endpoint"] == WebhookEndpoint.current(org).url
    assert show_drift(org) == {}


def test_a_url_that_is_replaced_twice_in_a_row_is_told_as_it_is_last(
    kept: Desk, org: Organization, alice: User
) -> None:
    endpoints.rotate(org, 24, request=pressed_by(alice))
    run = runs.find_moving(org)
    assert run is not None

    def rotate() -> None:
        endpoints.rotate(org, 24, request=pressed_by(alice))

    with interrupt(rotate, "UPDATE", "provisionedobject", '"written"', after=True):
        tasks.advance_run(run.pk)
    last = runs.find_moving(org)
    assert last is not None
    done(work(last))
    assert kept.webhooks()[0]["endpoint"] == WebhookEndpoint.current(org).url
    assert runs.find_moving(org) is None


def test_a_refusal_that_repeats_our_url_is_kept_without_its_token(
    between: Between, kept: Desk, org: Organization, alice: User
) -> None:
    endpoints.rotate(org, 24, request=pressed_by(alice))
    said = {"errors": [{"code": "InvalidEndpoint", "title": f"{WebhookEndpoint.current(org).url} is not reachable"}]}
    between.answer("PATCH", "/acme/api/v2/webhooks/*", 400, said)
    run = runs.find_moving(org)
    assert run is not None
    work(run)
    assert (run.status, "is not reachable" in run.problem) == ("failed", True)
    rows = [list(model._default_manager.values()) for model in (ProvisioningRun, ProviderCall, AuditEntry)]
    no_token(org, rows)


def test_a_hand_made_webhook_is_not_told_a_new_url(desk: Desk, org: Organization, alice: User) -> None:
    endpoints.rotate(org, 24, request=pressed_by(alice))
    assert runs.find_moving(org) is None
    item = plan.build(org).find("webhook")
    assert item is not None
    assert item.differences[0].field == "endpoint"


def verdicts(organization: Organization) -> dict[str, str]:
    return {finding.id: finding.verdict for finding in examine(organization, "replies")}


def test_the_doctor_compares_what_we_keep_in_order(kept: Desk, org: Organization) -> None:
    found = verdicts(org)
    assert (found["webhook.object"], found["webhook.triggers"], found["webhook.body"]) == ("ok", "ok", "ok")
    kept.change_by_hand("webhook", status="inactive")
    kept.change_by_hand("trigger", id_of(org, "reply_trigger"), body="{{ticket.latest_comment}}")
    found = verdicts(org)
    assert (found["webhook.object"], found["webhook.triggers"], found["webhook.body"]) == (
        "problem",
        "ok",
        "problem",
    )
    kept.change_by_hand("trigger", id_of(org, "status_trigger"), active=False)
    assert verdicts(org)["webhook.triggers"] == "problem"


def test_the_doctor_looks_at_hand_made_objects_with_milder_eyes(desk: Desk, org: Organization) -> None:
    found = verdicts(org)
    assert (found["webhook.object"], found["webhook.triggers"], found["webhook.body"]) == ("ok", "ok", "ok")
    desk.change_by_hand("trigger", active=False)
    assert verdicts(org)["webhook.triggers"] == "problem"
    desk.change_by_hand("trigger", active=True, body='{"ticket_id": "{{ticket.id}}"}')
    assert verdicts(org)["webhook.body"] == "problem"
    desk.change_by_hand("webhook", status="inactive")
    assert verdicts(org)["webhook.object"] == "problem"
    desk.delete_by_hand("webhook", force=True)
    assert verdicts(org)["webhook.object"] == "problem"
    desk.set_options(manages_webhooks=False)
    assert verdicts(org)["webhook.object"] == "skipped"
