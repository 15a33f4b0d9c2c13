"""Setting up where others have their hands too: what is theirs stays as it is, and no good call is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations import credentials, endpoints, tasks
from integrations.budget import Lane
from integrations.clients.errors import BadResponse
from integrations.clients.zendesk_rules import ZendeskRules
from integrations.connect import open_zendesk
from integrations.models import ProvisionedObject, ProvisioningRun, WebhookEndpoint, ZendeskConnection
from integrations.provisioning import drift, plan, runs
from integrations.provisioning.prove import send_test_call
from integrations.provisioning.wanted import REFERENCE_BODY
from integrations.views.objects_run import last_run
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization, User
from tests.flows.between import Between, interrupt
from tests.flows.provisioning import act, actions, bare, begin, between, done, id_of, pressed_by, show_drift, work
from tests.sandbox.server import Desk

__all__ = ["bare", "between"]
OBJECTS = "/settings/integrations/zendesk/objects/"
PUBLIC = {"field": "comment_is_public", "operator": "is", "value": "true"}
FORBIDDEN = {"error": {"title": "Forbidden", "message": "No."}}


@pytest.fixture
def kept(bare: Desk, org: Organization, alice: User) -> Desk:
    """The account as we set it up."""
    done(act(org, "apply", alice))
    return bare


def ring_too(desk: Desk, organization: Organization, *conditions: dict[str, Any]) -> dict[str, Any]:
    """A trigger of somebody else's that calls our webhook."""
    return desk.make_by_hand(
        "trigger",
        title="VIP desk",
        conditions={"all": list(conditions), "any": []},
        actions=[{"field": "notification_webhook", "value": [id_of(organization, "webhook"), REFERENCE_BODY]}],
    )


def find_trigger(desk: Desk, pk: int) -> dict[str, Any]:
    return next(one for one in desk.triggers() if one["id"] == pk)


def secret_of(organization: Organization) -> str:
    return WebhookEndpoint.current(organization).signing_secret.reveal()


# -- what is others' --------------------------------------------------------------------------------


def test_a_strangers_trigger_does_not_take_the_place_of_ours(kept: Desk, org: Organization, as_alice: Client) -> None:
    vip = {"field": "current_tags", "operator": "includes", "value": "vip"}
    other = ring_too(kept, org, PUBLIC, vip)
    kept.delete_by_hand("trigger", id_of(org, "reply_trigger"))
    assert actions(org)["reply_trigger"] == "create"
    as_alice.post(OBJECTS, {"action": "repair_all"})
    done(work(ProvisioningRun.objects.latest("pk")))
    assert find_trigger(kept, other["id"])["conditions"]["all"] == [PUBLIC, vip]
    assert len(kept.triggers()) == 3


def test_repair_all_mends_what_is_ours_and_begins_nothing_new(
    desk: Desk, org: Organization, alice: User, as_alice: Client
) -> None:
    done(act(org, "apply", alice, kinds=["webhook"]))
    former = desk.triggers()
    desk.change_by_hand("webhook", status="inactive")
    as_alice.post(OBJECTS, {"action": "repair_all"})
    done(work(ProvisioningRun.objects.latest("pk")))
    assert desk.webhooks()[0]["status"] == "active"
    assert (desk.triggers(), desk.views()) == (former, [])


def test_a_hand_made_trigger_for_other_tickets_is_not_taken_for_the_replies(
    kept: Desk, org: Organization, alice: User
) -> None:
    without = {"field": "current_tags", "operator": "not_includes", "value": "opencx_handedoff"}
    other = ring_too(kept, org, PUBLIC, without)
    done(act(org, "undo", alice, kinds=["reply_trigger"]))
    assert actions(org)["reply_trigger"] == "create"
    done(act(org, "apply", alice))
    assert find_trigger(kept, other["id"])["conditions"]["all"] == [PUBLIC, without]


def test_a_persons_own_view_of_that_name_is_theirs(between: Between, bare: Desk, org: Organization) -> None:
    def add(said: dict[str, Any]) -> None:
        said["views"].append({"id": 7, "title": "Handoff problems", "restriction": {"type": "User", "id": 1}})

    between.change("GET", "/acme/api/v2/views", add)
    assert actions(org)["view"] == "create"


def test_a_list_that_is_too_long_to_read_is_no_proof_that_something_was_deleted(
    between: Between, kept: Desk, org: Organization
) -> None:
    more = {"triggers": [], "meta": {"has_more": True, "after_cursor": "on"}, "links": {"next": "on"}}
    between.answer("GET", "/acme/api/v2/triggers", 200, more)
    connection = ZendeskConnection.objects.get(organization=org)
    with pytest.raises(BadResponse):
        ZendeskRules(open_zendesk(connection, lane=Lane.ASSIST, subject="test")).triggers()


def test_what_signs_in_elsewhere_is_kept_nowhere(between: Between, desk: Desk, org: Organization, alice: User) -> None:
    def add(said: dict[str, Any]) -> None:
        for hook in said["webhooks"]:
            hook["custom_headers"] = {"X-Gate": "open-sesame"}
            hook["authentication"] = {"type": "api_key", "data": {"name": "K", "value": "open-sesame"}}

    between.change("GET", "/acme/api/v2/webhooks", add)
    done(act(org, "apply", alice))
    rows = [list(model._default_manager.values()) for model in (ProvisioningRun, ProvisionedObject)]
    assert "X-Gate" in str(rows)
    assert "open-sesame" not in str(rows)


# -- no good call is refused ------------------------------------------------------------------------


def test_a_new_webhook_whose_secret_is_not_shown_is_not_refused_for_the_former_ones(
    between: Between, kept: Desk, org: Organization, alice: User
) -> None:
    kept.delete_by_hand("webhook", force=True)
    between.answer("GET", "/acme/api/v2/webhooks/*/signing_secret", 403, FORBIDDEN)
    done(act(org, "repair", alice, kinds=["webhook"]))
    assert secret_of(org) == ""
    assert send_test_call(org).is_proof


def test_a_secret_that_could_not_be_compared_is_fetched_when_a_webhook_is_adopted(
    between: Between, desk: Desk, org: Organization, alice: User
) -> None:
    WebhookEndpoint.objects.update(signing_secret=Secret.hide("of another webhook"))
    run = begin(org, "apply", alice)
    between.answer("GET", "/acme/api/v2/webhooks/*/signing_secret", 503, times=1)
    done(work(run))
    assert secret_of(org) == desk.webhooks()[0]["signing_secret"]


def test_an_adopted_webhook_that_was_deleted_takes_its_secret_with_it(
    desk: Desk, org: Organization, alice: User
) -> None:
    done(act(org, "apply", alice))
    assert secret_of(org)
    desk.delete_by_hand("webhook", force=True)
    done(act(org, "uninstall", alice))
    assert secret_of(org) == ""


def test_what_is_given_back_after_a_rotation_calls_the_present_url(desk: Desk, org: Organization, alice: User) -> None:
    done(act(org, "apply", alice))
    endpoints.rotate(org, 0, request=pressed_by(alice))
    run = runs.find_moving(org)
    assert run is not None
    done(work(run))
    gone = act(org, "uninstall", alice)
    done(gone)
    assert desk.webhooks()[0]["endpoint"] == WebhookEndpoint.current(org).url
    assert "Given back as it was, but with the present URL." in [step["said"] for step in gone.steps]


# -- a new URL is told --------------------------------------------------------------------------------


def test_a_run_that_ends_while_the_url_is_replaced_does_not_swallow_it(
    kept: Desk, org: Organization, alice: User
) -> None:
    """The run still moves when the rotation looks, and saw the former URL when it ended."""
    other = ProvisioningRun.objects.create(organization=org, action="apply", status="working")

    def end() -> None:
        ProvisioningRun.objects.filter(pk=other.pk).update(status="done")

    with interrupt(end, "SELECT", "provisioningrun", after=True):
        endpoints.rotate(org, 24, request=pressed_by(alice))
    run = runs.find_moving(org)
    assert run is not None
    done(work(run))
    assert kept.webhooks()[0]["endpoint"] == WebhookEndpoint.current(org).url


def test_a_url_that_zendesk_could_not_be_told_is_told_within_the_hour(
    kept: Desk, org: Organization, alice: User
) -> None:
    kept.set_options(manages_webhooks=False)
    endpoints.rotate(org, 24, request=pressed_by(alice))
    run = runs.find_moving(org)
    assert run is not None
    assert work(run).status == "failed"
    kept.set_options(manages_webhooks=True)
    tasks.check_organization(org.pk)
    again = runs.find_moving(org)
    assert again is not None
    done(work(again))
    assert kept.webhooks()[0]["endpoint"] == WebhookEndpoint.current(org).url
    assert not ProvisionedObject.objects.exclude(drift=[]).exists()  # and nobody is told of a change any more


def test_a_url_that_somebody_put_elsewhere_is_not_overwritten_by_the_hourly_look(
    kept: Desk, org: Organization, alice: User
) -> None:
    kept.change_by_hand("webhook", endpoint="https://elsewhere.example/")
    assert show_drift(org) == {"webhook": ["endpoint"]}
    assert runs.find_moving(org) is None


def test_a_page_read_before_a_rotation_does_not_tell_of_a_change_after_it(
    kept: Desk, org: Organization, alice: User
) -> None:
    began = timezone.now()
    endpoints.rotate(org, 24, request=pressed_by(alice))
    seen = plan.build(org)
    run = runs.find_moving(org)
    assert run is not None
    done(work(run))
    drift.note(org, seen, began)
    assert not ProvisionedObject.objects.exclude(drift=[]).exists()


def test_what_was_left_out_is_told_without_being_asked_for(
    between: Between, bare: Desk, org: Organization, alice: User
) -> None:
    between.answer("GET", "/acme/api/v2/views", 403, FORBIDDEN)
    run = act(org, "apply", alice)
    assert (run.status, [step["status"] for step in run.steps][3]) == ("done", "skipped")
    box = last_run(org)
    assert box is not None
    assert not box.is_quiet


# -- leaving ------------------------------------------------------------------------------------------


def test_who_disconnects_stops_the_run(kept: Desk, org: Organization, alice: User) -> None:
    kept.change_by_hand("webhook", status="inactive")
    run = begin(org, "repair", alice)
    credentials.disconnect(ZendeskConnection.objects.get(organization=org), request=pressed_by(alice))
    run.refresh_from_db()
    assert (run.status, run.problem) == ("failed", "The account was disconnected meanwhile.")


def test_while_zendesk_is_silent_no_step_blames_messaging(kept: Desk, org: Organization, alice: User) -> None:
    kept.fault("503", path="/api/v2/*", times=None)
    run = begin(org, "uninstall", alice)
    assert (run.status, run.problem) == ("failed", "It answered 503: not available now.")
    assert "Messaging" not in str(run.steps)
