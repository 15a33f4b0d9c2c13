"""Settings → Integrations → Zendesk → Objects, against the stand-in over real HTTP."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import ObjectKind, ProvisionedObject, ProvisioningRun, TestCall, WebhookEndpoint
from integrations.models.provisioning import ProvisioningRun as Run
from integrations.provisioning import drift, plan
from opencx_admin.orgs.models import Organization, User
from tests.flows.provisioning import MADE, act, bare, kinds, work, writes
from tests.sandbox.server import Desk

__all__ = ["bare"]
URL = "/settings/integrations/zendesk/objects/"
TAB = "/settings/integrations/zendesk/webhook/"
HTMX = {"HX-Request": "true", "HX-Target": "panel"}
VIEW = [
    {"field": "status", "operator": "less_than", "value": "solved"},
    {"field": "current_tags", "operator": "includes", "value": "opencx_handoff_problem"},
]


def source(client: Client, url: str = URL) -> str:
    return client.get(url).content.decode()


def read(client: Client, url: str = URL) -> str:
    """The words of the page."""
    main = source(client, url).partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def actions(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-object="(\w+)" data-action="(\w+)"', page))


@pytest.fixture
def kept(bare: Desk, org: Organization, alice: User) -> Desk:
    """An account that we set up."""
    act(org, "apply", alice)
    return bare


def run_of(org: Organization) -> Run:
    return ProvisioningRun.objects.filter(organization=org).latest("pk")


# -- setting up -----------------------------------------------------------------------------------


def test_without_an_account_the_page_leads_to_the_connection(as_alice: Client, db: None) -> None:
    assert "No Zendesk account is connected" in read(as_alice)
    assert as_alice.post(URL, {"action": "apply"}).status_code == 422


def test_the_plan_is_shown_before_anything_is_written(bare: Desk, org: Organization, as_alice: Client) -> None:
    before = writes(bare)
    page = source(as_alice)
    assert actions(page) == dict.fromkeys(MADE, "create")
    assert "Nothing is set up yet" in page
    assert f'href="{URL}?ask=apply"' in page
    question = read(as_alice, f"{URL}?ask=apply")
    assert "Set up 4 objects in Zendesk?" in question
    assert "Trigger: the status changed: Create it" in question
    assert writes(bare) == before


def test_a_run_is_followed_while_it_moves_and_the_looking_ends_with_it(
    bare: Desk, org: Organization, as_alice: Client
) -> None:
    assert as_alice.post(URL, {"action": "apply"}).status_code == 302
    page = source(as_alice)
    assert "Setting up Zendesk: 0 of 5" in page
    poll = re.search(r'hx-get="([^"]+)" hx-trigger="every 1s"', page)
    assert poll is not None
    assert as_alice.get(unescape(poll.group(1)), headers=HTMX).status_code == 204
    assert "Look again" in page  # without JavaScript

    work(run_of(org))

    last = as_alice.get(unescape(poll.group(1)), headers=HTMX)
    assert last.status_code == 286
    said = last.content.decode()
    assert "Everything is in place, proven" in said
    assert "every 1s" not in said
    assert re.search(r'<span class="words">Set up. Everything is in place', said)  # read out once
    assert actions(said) == dict.fromkeys(MADE, "none")


def test_who_comes_second_meets_the_run_of_the_first(
    bare: Desk, org: Organization, as_alice: Client, as_olga: Client
) -> None:
    as_alice.post(URL, {"action": "apply"})
    text = as_olga.post(URL, {"action": "apply"}, follow=True).content.decode()
    assert "Alice started something" in text
    assert "Setting up Zendesk" in text
    assert ProvisioningRun.objects.count() == 1


def test_a_plan_that_changed_meanwhile_is_shown_again_and_not_carried_out(
    bare: Desk, org: Organization, as_alice: Client
) -> None:
    page = source(as_alice, f"{URL}?ask=apply")
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    bare.make_by_hand("view", title="Handoff problems", all=VIEW)
    text = as_alice.post(URL, {"action": "apply", "seen": seen.group(1)}, follow=True).content.decode()
    assert "Look at it again" in text
    assert not ProvisioningRun.objects.exists()


def test_zendesks_refusal_in_the_midst_is_told_in_its_words(bare: Desk, org: Organization, as_alice: Client) -> None:
    bare.fault("403", method="POST", path="/api/v2/triggers")
    as_alice.post(URL, {"action": "apply"})
    run = work(run_of(org))
    assert run.status == "failed"
    page = read(as_alice)
    assert "Setting up stopped" in page
    assert "(403)" in page
    assert "3 objects are still to be set up" in page


# -- watching and mending -------------------------------------------------------------------------


def test_a_change_is_shown_line_by_line_and_mended_with_one_click(
    kept: Desk, org: Organization, as_alice: Client
) -> None:
    kept.change_by_hand("webhook", status="inactive", by="Mara Admin")
    page = source(as_alice)
    assert "1 object was changed in Zendesk" in page
    assert "by Mara Admin" in page
    assert '<li class="del">' in page
    action = re.search(rf'action="({re.escape(URL)}\?kind=webhook[^"]*)"', page)
    assert action is not None

    as_alice.post(unescape(action.group(1)), {"action": "repair"})
    work(run_of(org))

    assert kept.webhooks()[0]["status"] == "active"
    assert "Everything is in place" in read(as_alice)
    assert "status: active" in read(as_alice)  # what the repair changed


def test_a_deleted_webhook_is_made_again_together_with_what_names_it(
    kept: Desk, org: Organization, as_alice: Client
) -> None:
    kept.delete_by_hand("webhook", kept.webhooks()[0]["id"], force=True)
    assert "Somebody deleted it in Zendesk." in read(as_alice)
    as_alice.post(URL, {"action": "repair", "kind": "webhook"})
    work(run_of(org))
    assert "Everything is in place" in read(as_alice)


def test_a_run_that_still_moves_holds_nothing_open_that_would_stop_the_looking(
    kept: Desk, org: Organization, as_alice: Client
) -> None:
    kept.change_by_hand("webhook", status="inactive")
    as_alice.post(URL, {"action": "repair", "kind": "webhook"})
    run = work(run_of(org))
    ProvisioningRun.objects.filter(pk=run.pk).update(status="working", finished_at=None)
    page = source(as_alice)
    assert "every 1s" in page
    assert "<details" not in page.partition('id="panel"')[2]


def test_all_changes_are_mended_at_once(kept: Desk, org: Organization, as_alice: Client) -> None:
    for trigger in kept.triggers():
        kept.change_by_hand("trigger", trigger["id"], active=False)
    assert "Repair all 2" in read(as_alice)
    as_alice.post(URL, {"action": "repair_all"})
    work(run_of(org))
    assert all(trigger["active"] for trigger in kept.triggers())


def test_comparing_stores_what_the_overview_shows(kept: Desk, org: Organization, as_alice: Client) -> None:
    kept.change_by_hand("view", kept.views()[0]["id"], title="Somebody’s view")
    as_alice.post(URL, {"action": "check"})
    assert ProvisionedObject.objects.get(kind=ObjectKind.VIEW).drift[0]["field"] == "title"
    assert "The view of handoff problems was changed in Zendesk: 1 field" in read(as_alice, "/")


def test_what_the_page_saw_the_overview_says_too(kept: Desk, org: Organization, as_lea: Client) -> None:
    kept.change_by_hand("webhook", status="inactive")
    read(as_lea)
    assert "The webhook was changed in Zendesk: 1 field" in read(as_lea, "/")
    kept.change_by_hand("webhook", status="active")
    read(as_lea)
    assert "was changed in Zendesk" not in read(as_lea, "/")


def test_a_page_that_was_read_before_a_repair_does_not_bring_the_change_back(
    kept: Desk, org: Organization, alice: User
) -> None:
    kept.change_by_hand("webhook", status="inactive")
    began, seen = timezone.now(), plan.build(org)
    act(org, "repair", alice, kinds=["webhook"])
    drift.note(org, seen, began)
    assert not ProvisionedObject.objects.exclude(drift=[]).exists()


def test_while_zendesk_is_silent_the_last_comparison_stands(kept: Desk, org: Organization, as_alice: Client) -> None:
    kept.fault("503", path="/api/v2/*", times=None)
    page = read(as_alice)
    assert "Zendesk could not be asked what is there now" in page
    assert "OpenCX: an agent replied publicly" in page
    assert "As compared" in page


def test_a_test_call_is_sent_and_told(kept: Desk, org: Organization, as_alice: Client) -> None:
    text = as_alice.post(URL, {"action": "test_call"}, follow=True).content.decode()
    assert "The test call went from Zendesk through its webhook to us." in text
    assert TestCall.objects.count() == 2


# -- taking away ----------------------------------------------------------------------------------


def test_removing_lists_each_object_and_what_stops_before_it_is_done(
    kept: Desk, org: Organization, as_alice: Client
) -> None:
    question = read(as_alice, f"{URL}?ask=uninstall")
    assert "Remove our 4 objects from Zendesk?" in question
    assert "Removed Webhook, “OpenCX”: it was made here." in question
    assert "Agents’ replies are found by the hourly reading only." in question
    as_alice.post(URL, {"action": "uninstall"})
    work(run_of(org))
    assert (kept.webhooks(), kept.triggers(), kept.views()) == ([], [], [])
    assert kinds(org) == set()


def test_one_object_is_given_back_after_a_question(
    desk: Desk, org: Organization, alice: User, as_alice: Client
) -> None:
    former = desk.triggers()[0]["conditions"]
    act(org, "apply", alice)
    question = read(as_alice, f"{URL}?ask=undo&kind=reply_trigger")
    assert "it gets the fields that it had before us" in question
    as_alice.post(URL, {"action": "undo", "kind": "reply_trigger"})
    work(run_of(org))
    assert former in [trigger["conditions"] for trigger in desk.triggers()]
    assert "reply_trigger" not in kinds(org)


def test_the_question_about_the_webhook_names_the_triggers_that_go_with_it(kept: Desk, as_alice: Client) -> None:
    question = read(as_alice, f"{URL}?ask=undo&kind=webhook")
    assert "Removed Trigger: the status changed, “OpenCX: the status changed”" in question


# -- by hand --------------------------------------------------------------------------------------


def test_who_may_not_manage_webhooks_gets_the_steps_by_hand(bare: Desk, org: Organization, as_alice: Client) -> None:
    bare.fault("403", path="/api/v2/webhooks", times=None)
    page, words = source(as_alice), read(as_alice)
    assert "Zendesk does not let this identity manage webhooks and triggers" in words
    assert "Choose another identity" in words
    assert "Create webhook" in words
    assert 'id="body-reply_trigger"' in page
    assert "&quot;ticket_id&quot;: &quot;{{ticket.id}}&quot;" in page
    assert "Tags › Contains at least one of › opencx_handedoff" in words
    assert "POST /api/v2/triggers" in words


def test_each_step_by_hand_says_whether_it_is_done(bare: Desk, org: Organization, as_alice: Client) -> None:
    def done(kind: str) -> str:
        found = re.search(rf'data-object="{kind}" data-done="(\w+)"', source(as_alice, f"{URL}?by_hand=1"))
        assert found is not None
        return found.group(1)

    assert done("view") == "no"
    bare.make_by_hand("view", title="Handoff problems", all=VIEW)
    answer = as_alice.post(URL, {"action": "check", "by_hand": "1", "kind": "view"})
    assert answer["Location"] == f"{URL}?by_hand=1#view"
    assert done("view") == "yes"


# -- rights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["as_lea", "as_vera"])
def test_others_read_without_the_end_of_our_url(
    kept: Desk, org: Organization, request: pytest.FixtureRequest, who: str
) -> None:
    client: Client = request.getfixturevalue(who)
    kept.change_by_hand("webhook", endpoint="https://old.example.com/hook")
    for url in (URL, f"{URL}?by_hand=1", f"{URL}?ask=uninstall", TAB):
        assert WebhookEndpoint.current(org).token.reveal() not in source(client, url)
    assert "needs the role admin" in read(client)
    assert "Remove our 4 objects" not in read(client, f"{URL}?ask=uninstall")
    for action in ("apply", "repair", "check", "uninstall", "test_call"):
        assert client.post(URL, {"action": action, "kind": "webhook"}).status_code == 403


@pytest.mark.parametrize(
    "said", [{}, {"action": "explode"}, {"action": "repair"}, {"action": "undo", "kind": "ticket"}]
)
def test_what_names_no_act_or_no_object_is_422(kept: Desk, as_alice: Client, said: dict[str, str]) -> None:
    runs = ProvisioningRun.objects.count()
    assert as_alice.post(URL, said).status_code == 422
    assert ProvisioningRun.objects.count() == runs


def test_another_organization_sees_and_moves_nothing_of_it(kept: Desk, as_mallory: Client) -> None:
    assert "No Zendesk account is connected" in read(as_mallory)
    assert as_mallory.post(URL, {"action": "uninstall"}).status_code == 422
    assert len(kept.webhooks()) == 1


# -- the Webhook tab ------------------------------------------------------------------------------


def test_a_new_url_is_told_to_zendesk_and_the_tab_says_so(kept: Desk, org: Organization, as_alice: Client) -> None:
    text = as_alice.post(TAB, {"action": "rotate"}, follow=True).content.decode()
    assert "You need not copy anything." in text
    assert "Telling Zendesk the new URL" in text
    poll = {"HX-Request": "true", "HX-Target": "rotation"}
    assert as_alice.get(TAB, headers=poll).status_code == 200

    work(run_of(org))

    last = as_alice.get(TAB, headers=poll)
    assert (last.status_code, last["HX-Refresh"]) == (286, "true")
    assert "Zendesk was told the new URL" in source(as_alice, TAB)
    assert kept.webhooks()[0]["endpoint"] == WebhookEndpoint.current(org).url


def test_the_tab_says_what_stands_behind_the_url(kept: Desk, org: Organization, as_lea: Client) -> None:
    page = read(as_lea, TAB)
    assert "In place Webhook OpenCX" in page
    ProvisionedObject.objects.filter(kind="reply_trigger").update(is_gone=True)
    assert "Deleted Trigger: an agent’s public reply" in read(as_lea, TAB)


def test_a_forgotten_old_url_is_mended_from_the_tab(kept: Desk, org: Organization, as_alice: Client) -> None:
    old = WebhookEndpoint.current(org)
    as_alice.post(TAB, {"action": "rotate"})
    work(run_of(org))
    kept.change_by_hand("webhook", endpoint=old.url)
    now = timezone.now()
    WebhookEndpoint.objects.update(last_called_at=now - dt.timedelta(minutes=1))
    WebhookEndpoint.objects.filter(pk=old.pk).update(calls_after_rotation=2, last_called_at=now)
    page = source(as_alice, TAB)
    assert "Zendesk still calls the old URL" in page
    assert "Update the endpoint in Zendesk" in page
    as_alice.post(URL, {"action": "repair", "kind": "webhook"})
    work(run_of(org))
    assert kept.webhooks()[0]["endpoint"] == WebhookEndpoint.current(org).url
    WebhookEndpoint.objects.filter(pk=old.pk).update(last_called_at=now - dt.timedelta(seconds=30))
    assert "Zendesk still calls the old URL" not in source(as_alice, TAB)
