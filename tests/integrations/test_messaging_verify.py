"""Verify for Messaging, case by case: each failure has its own check and its own sentence."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests

from integrations.report import Check
from integrations.support_lookup import Lookup
from integrations.verify import Candidate
from integrations.verify_messaging import CODES, MessagingCandidate, MessagingReport, refuse_key, verify_messaging
from opencx_admin.crypto import Secret
from tests.integrations import recorded_sunshine as sunshine
from tests.integrations.recorded import ANONYMOUS, NO_HELP_DESK, REFUSED
from tests.integrations.recorded_sunshine import APP, APP_ID, KEY_ID, SEATS, App

SECRET = "a-secret-that-nobody-may-see"
TOKEN = Candidate("acme", "api_token", email="service@acme.example", secret=Secret.hide("token-of-support"))
OAUTH = Candidate("acme", "oauth", client_id="opencx", secret=Secret.hide("secret-of-the-client"))


def candidate(**changes: Any) -> MessagingCandidate:
    usual: dict[str, Any] = {
        "subdomain": "acme",
        "app_id": APP_ID,
        "key_id": KEY_ID,
        "secret": Secret.hide(SECRET),
        "lookup": Lookup(TOKEN),
    }
    return MessagingCandidate(**(usual | changes))


def run(app: App, **changes: Any) -> MessagingReport:
    app.put_up()
    return verify_messaging(candidate(**changes))


def problem_of(report: MessagingReport, code: str) -> Check:
    """The one problem: everything before it fine, everything after it skipped with its reason."""
    at = CODES.index(code)
    assert [check.code for check in report.checks] == list(CODES)
    verdicts = [check.verdict for check in report.checks]
    assert verdicts == ["ok"] * at + ["problem"] + ["skipped"] * (len(CODES) - 1 - at)
    assert all("needs the row above" in check.answer for check in report.checks[at + 1 :])
    assert report.problem is not None
    return report.problem


def support_row(report: MessagingReport) -> Check:
    return report.checks[-1]


def test_a_good_key_passes_every_check_and_names_the_seat_of_the_agents(app: App) -> None:
    report = run(app)

    assert {check.verdict for check in report.checks} == {"ok"}
    assert report.agent_workspace_id == "seat-of-agents"
    assert app.asked == [f"GET {APP}", f"GET {APP}/switchboards", f"GET {SEATS}"]


def test_the_key_goes_as_basic_to_sunshine_only(app: App) -> None:
    run(app)

    pair = base64.b64encode(f"{KEY_ID}:{SECRET}".encode()).decode()
    for call in app.wire.calls:
        is_sunshine = "/sc/" in str(call.request.url)
        assert (call.request.headers["Authorization"] == f"Basic {pair}") is is_sunshine


@pytest.mark.parametrize("typed", ["ACME ", "acme.zendesk.com", "https://acme.zendesk.com/agent"])
def test_a_subdomain_is_read_leniently(app: App, typed: str) -> None:
    report = run(app, subdomain=typed)
    assert report.passed
    assert report.subdomain == "acme"


@pytest.mark.parametrize("typed", ["acme.example.com", "acme.zendesk.com.evil.example", "user@acme.zendesk.com", ""])
def test_another_host_is_refused_without_a_request(app: App, typed: str) -> None:
    problem = problem_of(run(app, subdomain=typed), "authenticated")
    assert "is no Zendesk subdomain" in problem.failure
    assert app.asked == []


@pytest.mark.parametrize("key_id", ["int_5f00", "5f00", "act_5f00", "APP_5f00", ""])
def test_an_integration_key_is_refused_without_a_request(app: App, key_id: str) -> None:
    report = run(app, key_id=key_id)

    problem = problem_of(report, "key_id")
    assert problem.answer == "This is an Integration key. Use an App key; it starts with app_."
    assert problem.fix_url == "https://acme.zendesk.com/admin/apps-integrations/apis/conversations-api"
    assert len(app.wire.calls) == 0
    assert not report.is_refused


def test_a_refused_key_links_nowhere_while_the_subdomain_names_nothing() -> None:
    assert problem_of(refuse_key("not a subdomain"), "key_id").fix_url == ""


def test_401_is_a_wrong_key_or_secret(app: App) -> None:
    app.answer("GET", APP, 401, sunshine.UNAUTHORIZED)
    report = run(app)

    problem = problem_of(report, "authenticated")
    assert problem.failure == "key or secret rejected"
    assert "one of them is wrong, or the key was deleted" in problem.answer
    assert problem.owner == "you_zendesk"
    assert report.is_refused


def test_403_is_a_key_of_the_wrong_scope(app: App) -> None:
    app.answer("GET", APP, 403, sunshine.FORBIDDEN)
    report = run(app)

    problem = problem_of(report, "app")
    assert problem.failure == "the key has the wrong scope"
    assert problem.needed == "A key of the scope app, made on the Conversations API page"
    assert report.is_refused


@pytest.mark.parametrize("body", [sunshine.APP_NOT_FOUND, "<html>Not here</html>", ""])
def test_404_is_a_wrong_app_id(app: App, body: Any) -> None:
    app.answer("GET", APP, 404, body)
    report = run(app)

    problem = problem_of(report, "app")
    assert problem.failure == "wrong App ID"
    assert APP_ID in problem.answer
    assert report.is_refused


def test_404_without_a_help_desk_is_a_wrong_subdomain(app: App) -> None:
    app.answer("GET", APP, 404, NO_HELP_DESK)
    problem = problem_of(run(app), "authenticated")
    assert problem.failure == "no such help desk"
    assert problem.answer == "No help desk at acme.zendesk.com."


@pytest.mark.parametrize(
    ("status", "body", "owner"),
    [
        (500, "", "zendesk"),
        (503, {"errors": [{"code": "unavailable", "title": "Down"}]}, "zendesk"),
        (429, {"errors": [{"code": "too_many_requests", "title": "Slow down"}]}, "zendesk"),
        (200, "<html>Hello</html>", "zendesk"),
        (0, requests.ConnectionError("nobody there"), "us"),
        (0, requests.ReadTimeout("too slow"), "us"),
    ],
)
def test_trouble_is_not_reachable_and_refuses_nothing(app: App, status: int, body: Any, owner: str) -> None:
    app.answer("GET", APP, status, body)
    report = run(app)

    problem = problem_of(report, "authenticated")
    assert problem.failure == "Zendesk is not reachable"
    assert problem.owner == owner
    assert not report.is_refused


def test_a_redirect_is_named_and_is_ours_to_mend(app: App) -> None:
    app.answer("GET", APP, 302, "")
    problem = problem_of(run(app), "authenticated")
    assert (problem.failure, problem.owner) == ("Zendesk answered with a redirect (302)", "you_here")


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (f"{APP}/switchboards", {"switchboards": []}, "has no switchboard with an Agent Workspace"),
        (SEATS, {"switchboardIntegrations": []}, "has no switchboard with an Agent Workspace"),
        (
            SEATS,
            {"switchboardIntegrations": [{"id": "1", "name": "bot", "integrationType": "zd:answerBot"}]},
            "The switchboard holds zd:answerBot",
        ),
    ],
)
def test_without_an_agent_workspace_nobody_could_take_a_chat(app: App, path: str, body: Any, said: str) -> None:
    app.answer("GET", path, 200, body)
    report = run(app)

    problem = problem_of(report, "switchboard")
    assert problem.failure == "no Agent Workspace in the switchboard"
    assert said in problem.answer
    assert "turn on the Agent Workspace" in problem.fix
    assert problem.fix_url.startswith("https://acme.zendesk.com/admin/channels/")
    assert report.is_refused


def test_a_switchboard_that_cannot_be_read_now_refuses_nothing(app: App) -> None:
    app.answer("GET", f"{APP}/switchboards", 503, "")
    report = run(app)
    assert problem_of(report, "switchboard").failure == "Zendesk is not reachable"
    assert not report.is_refused


def test_a_key_that_may_not_see_the_switchboard_has_the_wrong_scope(app: App) -> None:
    app.answer("GET", f"{APP}/switchboards", 403, sunshine.FORBIDDEN)
    assert problem_of(run(app), "switchboard").failure == "the key has the wrong scope"


# -- who looks Support users up -----------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [TOKEN, OAUTH])
@pytest.mark.parametrize("is_own", [True, False])
def test_the_look_up_works_with_either_way_to_sign_in(app: App, chosen: Candidate, is_own: bool) -> None:
    row = support_row(run(app, lookup=Lookup(chosen, is_own=is_own)))
    assert row.verdict == "ok"
    assert row.answer == (
        "as OpenCX Service, by credentials of its own" if is_own else "as OpenCX Service, by the Ticketing credentials"
    )


@pytest.mark.parametrize(
    ("lookup", "said"),
    [(Lookup(), "Ticketing has no credentials yet"), (Lookup(is_own=True), "there are no Zendesk API credentials")],
)
def test_without_credentials_it_warns_and_passes(app: App, lookup: Lookup, said: str) -> None:
    report = run(app, lookup=lookup)

    assert report.passed
    row = support_row(report)
    assert row.verdict == "warning"
    assert said in row.answer
    assert "One person may become two contacts" in row.answer


def test_ticketing_at_another_account_is_a_warning(app: App) -> None:
    elsewhere = Candidate("globex", "api_token", email="a@b.example", secret=Secret.hide("x"))
    row = support_row(run(app, lookup=Lookup(elsewhere)))
    assert row.verdict == "warning"
    assert "people would be looked up in globex" in row.answer


def test_refused_credentials_of_ticketing_only_warn(app: App) -> None:
    app.account.answer("GET", "/api/v2/users/me", 401, REFUSED)
    report = run(app, lookup=Lookup(TOKEN))
    assert report.passed
    assert support_row(report).verdict == "warning"
    assert "The Ticketing credentials do not work" in support_row(report).answer


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (401, REFUSED, "Zendesk API credentials: credentials rejected"),
        (403, {}, "Zendesk API credentials: Zendesk answers 403 (permission missing)"),
        (404, NO_HELP_DESK, "Zendesk API credentials: no such help desk"),
        (503, "", "Zendesk API credentials: Zendesk is not reachable"),
        (200, ANONYMOUS, "Zendesk API credentials: credentials rejected"),
    ],
)
def test_own_credentials_that_do_not_work_are_a_problem(app: App, status: int, body: Any, failure: str) -> None:
    app.account.answer("GET", "/api/v2/users/me", status, body)
    report = run(app, lookup=Lookup(TOKEN, is_own=True))
    assert problem_of(report, "support_api").failure == failure
    assert not report.is_refused


def test_an_end_user_cannot_look_users_up(app: App) -> None:
    app.account.is_user(role="end-user")
    problem = problem_of(run(app, lookup=Lookup(TOKEN, is_own=True)), "support_api")
    assert problem.failure == "Zendesk API credentials: the user is an end user"


def test_a_suspended_user_cannot_look_users_up(app: App) -> None:
    app.account.is_user(suspended=True)
    problem = problem_of(run(app, lookup=Lookup(TOKEN, is_own=True)), "support_api")
    assert problem.failure == "Zendesk API credentials: the user is suspended"


def test_an_agent_who_may_not_change_users_cannot_join_contacts(app: App) -> None:
    app.account.is_agent_with_role(end_user_profile_access="readonly")
    problem = problem_of(run(app, lookup=Lookup(TOKEN, is_own=True)), "support_api")
    assert "may not create users" in problem.failure


def test_an_oauth_client_that_is_refused_is_a_problem(app: App) -> None:
    app.account.answer("POST", "/oauth/tokens", 401, REFUSED)
    problem = problem_of(run(app, lookup=Lookup(OAUTH, is_own=True)), "support_api")
    assert problem.asked == "POST /oauth/tokens"


def test_no_secret_is_in_a_report_even_when_it_is_repeated(app: App) -> None:
    app.answer("GET", APP, 401, f"wrong secret {SECRET}")
    report = run(app)
    assert SECRET not in repr(report)
    assert SECRET not in str(report.to_json())
    assert SECRET not in repr(candidate())
