"""Setting up under fire: answers that get lost, workers that die, hands that meddle, two admins at once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from integrations import endpoints, tasks
from integrations.models import ProvisionedObject, ProvisioningRun, WebhookEndpoint
from integrations.provisioning import plan, runs
from opencx_admin.orgs.models import AuditEntry, Organization, User
from tests.flows.between import Between, interrupt
from tests.flows.provisioning import (
    MADE,
    act,
    actions,
    bare,
    begin,
    between,
    done,
    id_of,
    kinds,
    pressed_by,
    trigger_of,
    work,
    writes,
)
from tests.flows.test_together import at_once
from tests.sandbox.server import Desk

__all__ = ["bare", "between"]


class Killed(BaseException):
    """The worker's process ends here."""


def kill() -> None:
    raise Killed


def assert_whole(desk: Desk, organization: Organization) -> None:
    """Everything is there, once, and known by its id."""
    assert (len(desk.webhooks()), len(desk.triggers()), len(desk.views())) == (1, 2, 1)
    assert kinds(organization) == set(MADE)
    assert set(actions(organization).values()) == {"none"}
    assert {row.is_adopted for row in ProvisionedObject.objects.all()} == {False}
    assert WebhookEndpoint.current(organization).signing_secret.reveal() == desk.webhooks()[0]["signing_secret"]


NOTED = [(at, False) for at in (1, 2, 3, 4, 5, 6, 10, 11, 13, 14)] + [(at, True) for at in (1, 2, 4, 10, 13)]


@pytest.mark.parametrize(("at", "after"), NOTED)
def test_a_worker_may_die_at_any_line(bare: Desk, org: Organization, alice: User, at: int, after: bool) -> None:
    """Before or after the `at`th note of what will be sent or of what came back."""
    run = begin(org, "apply", alice)

    with pytest.raises(Killed), interrupt(kill, "UPDATE", "provisioningrun", '"steps"', at=at, after=after):
        tasks.advance_run(run.pk)
    ProvisioningRun.objects.update(next_attempt_at=timezone.now())

    done(work(run))
    assert_whole(bare, org)


@pytest.mark.parametrize("at", [1, 2, 3, 6, 7, 8])
def test_a_worker_may_die_while_it_takes_away(bare: Desk, org: Organization, alice: User, at: int) -> None:
    done(act(org, "apply", alice))
    run = begin(org, "uninstall", alice)
    with pytest.raises(Killed), interrupt(kill, "UPDATE", "provisioningrun", '"steps"', at=at):
        tasks.advance_run(run.pk)
    ProvisioningRun.objects.filter(pk=run.pk).update(next_attempt_at=timezone.now())
    done(work(run))
    assert (bare.webhooks(), bare.triggers(), bare.views(), kinds(org)) == ([], [], [], set())


@pytest.mark.parametrize("path", ["webhooks", "triggers", "views"])
@pytest.mark.parametrize("fault", ["drop_after_write", "drop_before_write", "503", "500", "429"])
def test_an_answer_may_get_lost(bare: Desk, org: Organization, alice: User, path: str, fault: str) -> None:
    bare.fault(fault, method="POST", path=f"/api/v2/{path}", times=1)
    run = begin(org, "apply", alice)
    tasks.advance_run(run.pk)
    run.refresh_from_db()
    assert run.status == "working"
    assert any(step["status"] != "done" for step in run.steps)
    ProvisioningRun.objects.update(next_attempt_at=timezone.now())
    done(work(run))
    assert_whole(bare, org)


@pytest.mark.parametrize("fault", ["drop_after_write", "drop_before_write"])
def test_a_lost_answer_to_an_adoption_keeps_what_was_there(
    desk: Desk, org: Organization, alice: User, fault: str
) -> None:
    former = desk.triggers()[0]["conditions"]
    desk.fault(fault, method="PUT", path="/api/v2/triggers/*", times=1)
    done(act(org, "apply", alice))
    row = ProvisionedObject.objects.get(kind="reply_trigger")
    assert row.is_adopted
    assert row.former is not None
    assert row.former["conditions"] == former
    done(act(org, "uninstall", alice))
    assert desk.triggers()[0]["conditions"] == former


def test_zendesks_silence_ends_a_run_after_a_while_and_the_next_one_goes_on(
    bare: Desk, org: Organization, alice: User
) -> None:
    bare.fault("503", method="POST", path="/api/v2/triggers", times=None)
    run = begin(org, "apply", alice)
    ProvisioningRun.objects.update(created_at=timezone.now() - dt.timedelta(minutes=16))
    work(run)
    assert (run.status, run.problem) == ("failed", "It answered 503: not available now.")
    assert [step["status"] for step in run.steps] == ["done", "failed", "skipped", "skipped", "skipped"]
    assert len(bare.webhooks()) == 1
    bare.heal()
    done(act(org, "apply", alice))
    assert_whole(bare, org)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"manages_webhooks": False}, "You do not have access"),
        ({"manages_rules": False}, "You do not have access"),
        ({"has_webhooks": False}, ""),
    ],
)
def test_what_we_may_not_is_said_in_zendesks_words_and_nothing_is_written(
    bare: Desk, org: Organization, alice: User, options: dict[str, Any], words: str
) -> None:
    bare.set_options(**options)
    run = act(org, "apply", alice)
    assert run.status == "failed"
    assert words in run.problem
    assert "(403)" in run.problem
    assert writes(bare) == []
    assert kinds(org) == set()
    bare.set_options(manages_rules=True, manages_webhooks=True, has_webhooks=True)
    done(act(org, "apply", alice))
    assert_whole(bare, org)


def test_a_refusal_in_the_midst_stops_there_and_a_later_run_goes_on(
    between: Between, bare: Desk, org: Organization, alice: User
) -> None:
    forbidden = {"error": {"title": "Forbidden", "message": "Rules are closed."}}
    between.answer("POST", "/acme/api/v2/triggers", 403, forbidden, times=1)
    between.act("POST", "/acme/api/v2/triggers", after=lambda: bare.delete_by_hand("trigger"), times=1)
    run = act(org, "apply", alice)
    assert (run.status, run.problem) == ("failed", "Rules are closed. (403)")
    assert [step["status"] for step in run.steps] == ["done", "failed", "skipped", "skipped", "skipped"]
    assert id_of(org, "webhook") == bare.webhooks()[0]["id"]
    last = AuditEntry.objects.filter(action="provisioning.apply").first()
    assert last is not None
    assert last.after == {"result": "Rules are closed. (403)"}
    done(act(org, "apply", alice))
    assert_whole(bare, org)


def meddle_with_the_trigger(desk: Desk) -> None:
    desk.change_by_hand("trigger", title="Mine now")


@pytest.mark.parametrize(
    ("meddle", "kind"),
    [
        (meddle_with_the_trigger, "reply_trigger"),
        (lambda desk: desk.change_by_hand("trigger", active=False), "reply_trigger"),
        (lambda desk: desk.change_by_hand("webhook", http_method="PUT"), "webhook"),
        (lambda desk: desk.delete_by_hand("webhook", force=True), "webhook"),
        (lambda desk: desk.delete_by_hand("trigger"), "reply_trigger"),
    ],
    ids=["title", "active", "webhook method", "webhook deleted", "trigger deleted"],
)
def test_what_was_changed_after_the_plan_was_shown_is_not_overwritten(
    desk: Desk, org: Organization, alice: User, meddle: Callable[[Desk], Any], kind: str
) -> None:
    run = begin(org, "apply", alice)
    meddle(desk)
    before = desk.webhooks(), desk.triggers()
    work(run)
    failed = next(step for step in run.steps if step["status"] == "failed")
    assert (run.status, failed["kind"]) == ("failed", kind)
    assert "meanwhile" in run.problem
    assert before[1] == desk.triggers()
    assert before[0] == desk.webhooks()
    done(act(org, "apply", alice))
    assert set(actions(org).values()) == {"none"}


def test_a_plan_that_was_looked_at_long_ago_is_not_carried_out(bare: Desk, org: Organization, alice: User) -> None:
    seen = plan.build(org).fingerprint
    bare.make_by_hand("view", title="Handoff problems", all=[{"field": "status", "operator": "is", "value": "open"}])
    with pytest.raises(runs.PlanChanged):
        begin(org, "apply", alice, seen=seen)
    assert not ProvisioningRun.objects.exists()
    done(begin_and_work(org, alice, plan.build(org).fingerprint))


def begin_and_work(organization: Organization, person: User, seen: str) -> ProvisioningRun:
    return work(begin(organization, "apply", person, seen=seen))


def test_a_webhook_deleted_under_the_run_is_a_sentence(bare: Desk, org: Organization, alice: User) -> None:
    run = begin(org, "apply", alice)
    with interrupt(
        lambda: bare.delete_by_hand("webhook", force=True), "UPDATE", "provisioningrun", '"steps"', at=3, after=True
    ):
        tasks.advance_run(run.pk)
    run.refresh_from_db()
    assert run.status == "failed"
    assert run.problem == "The webhook that it should call is not there: set it up first."
    done(act(org, "apply", alice))
    assert_whole(bare, org)


@pytest.mark.services
def test_two_admins_at_once_meet_the_same_run(bare: Desk, org: Organization, alice: User, olga: User) -> None:
    began: list[tuple[ProvisioningRun, bool]] = []

    def press(person: User) -> Callable[[], None]:
        return lambda: began.append(runs.start(org, "apply", request=pressed_by(person)))

    at_once(press(alice), press(olga), press(alice))

    assert len({run.pk for run, _is_new in began}) == 1
    assert sorted(is_new for _run, is_new in began) == [False, False, True]
    run = began[0][0]
    at_once(*[lambda: tasks.advance_run(run.pk)] * 3)
    done(work(run))
    assert_whole(bare, org)


@pytest.mark.services
def test_a_rotation_in_the_midst_of_a_run_is_told_after_it(bare: Desk, org: Organization, alice: User) -> None:
    run = begin(org, "apply", alice)

    def rotate() -> None:
        endpoints.rotate(org, 24, request=pressed_by(alice))

    with interrupt(rotate, "UPDATE", "provisioningrun", '"steps"', at=5, after=True):
        tasks.advance_run(run.pk)
    work(run)
    last = runs.find_last(org)
    assert last is not None
    done(work(last))
    assert bare.webhooks()[0]["endpoint"] == WebhookEndpoint.current(org).url


def test_repair_sends_exactly_what_differs(bare: Desk, org: Organization, alice: User) -> None:
    done(act(org, "apply", alice))
    bare.change_by_hand("webhook", status="inactive", http_method="PUT")
    bare.change_by_hand("trigger", trigger_of(bare, org, "status_trigger")["id"], active=False)
    bare.change_by_hand("view", title="Renamed")
    since = len(bare.requests())
    run = done(act(org, "repair", alice))
    sent = [c for c in bare.requests()[since:] if c["method"] in ("PUT", "PATCH", "POST") and "/test" not in c["path"]]
    assert [(c["method"], sorted(next(iter(json.loads(c["body"]).values())))) for c in sent] == [
        ("PATCH", ["http_method", "status"]),
        ("PUT", ["actions", "active", "conditions"]),
        ("PUT", ["title"]),
    ]
    assert [step["kind"] for step in run.steps] == ["webhook", "status_trigger", "view", "webhook"]
    assert run.steps[0]["before"] == {"http_method": "PUT", "status": "inactive"}
    assert run.steps[0]["after"] == {"http_method": "POST", "status": "active"}
