"""The first run, walked by a person from nothing to a proven round trip, left, resumed, skipped and refused."""

from __future__ import annotations

import re
import time

import pytest
from django.test import Client

from integrations.models import PlatformConnection, ProvisioningRun, ZendeskConnection
from opencx_admin.orgs.models import AuditEntry, Organization
from tests.flows.conftest import Worker
from tests.flows.provisioning import work
from tests.sandbox.server import Desk, Sandbox
from tests.ticketing.views.pages import read, words
from ticketing import tasks
from ticketing.models import CanaryRun, CanarySchedule, SetUp

URL = "/setup/"


@pytest.fixture
def account(product: object, sandbox: Sandbox) -> Desk:
    """An account that nobody prepared, and an organization that knows nothing of it."""
    return sandbox.account("acme", trigger=False)


def connect(person: Client, account: Desk, **said: str) -> str:
    """Fill in the first form and press Verify & Save; where it leads."""
    client = account.client
    form = {"subdomain": "acme", "auth_method": "oauth", "client_id": client["client_id"]}
    form |= {"client_secret": client["client_secret"], "action": "save"} | said
    answer = person.post(f"{URL}?step=connect", form)
    return answer["Location"] if answer.status_code == 303 else words(answer.content)


def states(person: Client, url: str = URL) -> list[str]:
    """The line of steps as it is shown."""
    return re.findall(r'data-step="(\w+)"', person.get(url).content.decode())


def current(person: Client) -> str:
    """The step that opens by itself."""
    found = re.search(r'href="/setup/\?step=(\w+)"[^>]*aria-current', person.get(URL).content.decode())
    return found.group(1) if found else ""


def set_up_objects(person: Client) -> None:
    """Look at the plan, press its button, let the worker do it."""
    page = person.get(f"{URL}?step=objects").content.decode()
    button = re.search(r'action="(/setup/\?step=objects[^"]*)"[^>]*>.{0,200}?value="apply"', page, re.DOTALL)
    assert button, words(page.encode())
    answer = person.post(button.group(1).replace("&amp;", "&"), {"action": "apply"})
    assert answer.status_code == 303
    run = work(ProvisioningRun.objects.get())
    assert (run.status, run.problem) == ("done", "")


def fly(person: Client, worker: Worker) -> CanaryRun:
    """Press the button and let the workers do it."""
    assert person.post(f"{URL}?step=canary", {"action": "start"}).status_code == 303
    run = CanaryRun.objects.get()
    end = time.monotonic() + 20
    while run.is_moving and time.monotonic() < end:
        worker.step()
        tasks.advance_canary(run.pk)
        run.refresh_from_db()
        time.sleep(0.05)
    return run


def test_from_nothing_to_a_proven_round_trip(
    account: Desk, sandbox: Sandbox, org: Organization, as_olga: Client, worker: Worker
) -> None:
    assert current(as_olga) == "connect"
    assert connect(as_olga, account) == "/setup/?step=verify"
    page = as_olga.get(f"{URL}?step=verify").content.decode()
    assert re.findall(r'data-check="\w+" data-verdict="(\w+)"', page) == ["ok"] * 9

    assert current(as_olga) == "opencx"
    answer = as_olga.post(f"{URL}?step=opencx", {"action": "save_url", "events_url": sandbox.events_url()})
    secret = re.search(r'id="shown-once"[^>]*value="(whsec_[^"]+)"', answer.content.decode())
    assert secret
    sandbox.platform(events_secret=secret.group(1).replace("&#x27;", "'"))
    assert "whsec_" not in as_olga.get(f"{URL}?step=opencx").content.decode()

    assert current(as_olga) == "objects"
    set_up_objects(as_olga)
    assert current(as_olga) == "canary"
    assert "Everything is in place" in read(as_olga, f"{URL}?step=objects")

    run = fly(as_olga, worker)
    assert (run.status, run.problem) == ("passed", "")
    assert states(as_olga) == ["ok"] * 6
    page = read(as_olga, URL)
    assert "Ready: the way to Zendesk and back is proven" in page
    assert "The round trip works, in" in page
    assert "Round trip Proven" in read(as_olga, "/")


def test_a_wrong_secret_saves_nothing_and_says_what_zendesk_answered(account: Desk, as_olga: Client) -> None:
    page = connect(as_olga, account, client_secret="wrong")
    assert "Failed to verify credentials: credentials rejected" in page
    assert not ZendeskConnection.objects.exists()
    assert current(as_olga) == "connect"


def test_a_skipped_step_is_kept_with_its_price_and_taken_up_again(account: Desk, as_alice: Client) -> None:
    assert connect(as_alice, account) == "/setup/?step=verify"
    answer = as_alice.post(f"{URL}?step=opencx", {"action": "skip"}, follow=True)
    assert "OpenCX is left out for now. Without it agents’ replies are read, wait here, and reach nobody." in words(
        answer.content
    )
    assert states(as_alice)[:3] == ["ok", "ok", "skipped"]
    assert current(as_alice) == "objects"
    as_alice.post(f"{URL}?step=opencx", {"action": "take_up"})
    assert current(as_alice) == "opencx"
    assert SetUp.objects.get().skipped == []
    acts = AuditEntry.objects.filter(action__startswith="setup.").order_by("pk")
    assert [(act.action, act.object_label) for act in acts] == [("setup.skip", "OpenCX"), ("setup.unskip", "OpenCX")]


def test_steps_that_need_the_account_say_so_and_lead_to_it(account: Desk, as_olga: Client) -> None:
    for step in ("verify", "objects", "canary"):
        page = as_olga.get(f"{URL}?step={step}").content.decode()
        assert "This needs a connected Zendesk account" in page
        assert "/setup/?step=connect" in page
    answer = as_olga.post(f"{URL}?step=canary", {"action": "start"}, follow=True)
    assert "Nothing was started: no Zendesk account is connected." in words(answer.content)
    assert as_olga.post(f"{URL}?step=objects", {"action": "apply"})["Location"] == "/setup/?step=connect"
    assert not CanaryRun.objects.exists()


def test_without_the_right_to_webhooks_the_plan_is_offered_by_hand(
    product: object, sandbox: Sandbox, as_olga: Client
) -> None:
    account = sandbox.account("acme", trigger=False, has_webhooks=False)
    connect(as_olga, account)
    page = as_olga.get(f"{URL}?step=objects").content.decode()
    assert "Show the steps by hand" in page
    assert 'value="apply"' not in page


def test_after_a_green_test_a_daily_one_is_offered_and_kept(
    account: Desk, org: Organization, as_olga: Client, worker: Worker
) -> None:
    connect(as_olga, account)
    set_up_objects(as_olga)
    assert fly(as_olga, worker).status == "passed"
    assert "Test it once a day" in read(as_olga, f"{URL}?step=canary")
    as_olga.post(f"{URL}?step=canary", {"action": "schedule", "every": "daily"})
    assert CanarySchedule.objects.get().every == "daily"
    assert "Test it once a day" not in read(as_olga, f"{URL}?step=canary")


def test_leads_and_viewers_look_but_do_not_press(account: Desk, as_alice: Client, as_vera: Client) -> None:
    connect(as_alice, account)
    PlatformConnection.objects.all().delete()
    for step in ("connect", "verify", "opencx", "objects", "canary", "done"):
        page = as_vera.get(f"{URL}?step={step}").content.decode()
        assert "Skip for now" not in page
        assert 'value="apply"' not in page
        assert 'name="action" value="start"' not in page
    assert as_vera.post(f"{URL}?step=opencx", {"action": "skip"}).status_code == 403


def test_an_unknown_button_changes_nothing(account: Desk, as_alice: Client) -> None:
    assert as_alice.post(f"{URL}?step=canary", {"action": "explode"}).status_code == 422
    assert as_alice.post(f"{URL}?step=nowhere", {"action": "save"}).status_code == 422


def test_who_has_nothing_yet_is_led_in_from_the_overview(as_olga: Client, org: Organization) -> None:
    page = as_olga.get("/").content.decode()
    assert "Connect Zendesk" in page
    assert 'href="/setup/?step=connect"' in page
