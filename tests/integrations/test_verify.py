"""Verify, case by case: each failure of contract 10 has its own check and its own sentence."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from integrations.report import CODES, Report
from integrations.verify import Candidate, refuse, verify
from opencx_admin.crypto import Secret
from tests.integrations.recorded import ANONYMOUS, BASE, FORBIDDEN, NO_HELP_DESK, REFUSED, Account

SECRET = "a-secret-that-nobody-may-see"
OAUTH = Candidate("acme", "oauth", client_id="opencx", secret=Secret.hide(SECRET))
TOKEN = Candidate("acme", "api_token", email="service@acme.example", secret=Secret.hide(SECRET))


def run(account: Account, candidate: Candidate = TOKEN) -> Report:
    account.put_up()
    return verify(candidate)


def assert_stops_at(report: Report, code: str) -> None:
    """One problem, everything before it fine, everything after it skipped with its reason."""
    at = CODES.index(code)
    assert [check.code for check in report.checks] == list(CODES)
    assert [check.verdict for check in report.checks] == ["ok"] * at + ["problem"] + ["skipped"] * (8 - at)
    assert all("needs the row above" in check.answer for check in report.checks[at + 1 :])


@pytest.mark.parametrize("candidate", [OAUTH, TOKEN])
def test_an_admin_passes_every_check(account: Account, candidate: Candidate) -> None:
    report = run(account, candidate)

    assert report.passed
    assert {check.verdict for check in report.checks} == {"ok"}
    assert report.identity is not None
    assert report.identity.id == 391822047715


def test_checks_are_asked_in_order_and_once(account: Account) -> None:
    run(account, OAUTH)

    assert account.asked == [
        "POST /oauth/tokens",
        "GET /api/v2/users/me",
        "GET /api/v2/tickets",
        "GET /api/v2/webhooks",
        "GET /api/v2/triggers",
    ]


def test_the_client_secret_goes_into_the_token_request_and_the_token_into_the_rest(account: Account) -> None:
    report = run(account, OAUTH)

    first, *rest = [call.request for call in account.wire.calls]
    assert "Authorization" not in first.headers
    assert SECRET in str(first.body)
    assert {request.headers["Authorization"] for request in rest} == {"Bearer an-access-token"}
    assert report.token is not None
    assert report.token.text == "an-access-token"


@pytest.mark.parametrize("status", [200, 201])
def test_a_token_answered_200_or_201_is_a_token(account: Account, status: int) -> None:
    account.answer("POST", "/oauth/tokens", status, {"access_token": "t", "expires_in": 600})
    assert run(account, OAUTH).passed


@pytest.mark.parametrize("typed", ["ACME ", "acme.zendesk.com", "https://acme.zendesk.com/agent"])
def test_a_subdomain_is_read_leniently_and_says_so(account: Account, typed: str) -> None:
    report = run(account, Candidate(typed, "api_token", email="a@acme.example", secret=Secret.hide(SECRET)))

    assert report.passed
    assert report.subdomain == "acme"
    assert report.checks[0].answer == f"“{typed.strip()}” read as acme"


@pytest.mark.parametrize("typed", ["acme.example.com", "acme.zendesk.com.evil.example", "user@acme.zendesk.com", ""])
def test_another_host_is_refused_without_a_request(account: Account, typed: str) -> None:
    report = run(account, Candidate(typed, "api_token", email="a@b.example", secret=Secret.hide(SECRET)))

    assert_stops_at(report, "subdomain")
    assert account.asked == []
    assert report.problem is not None
    assert "is no Zendesk subdomain" in report.problem.failure


@pytest.mark.parametrize("candidate", [OAUTH, TOKEN])
@pytest.mark.parametrize("body", [NO_HELP_DESK, "<html>Not here</html>", ""])
def test_no_such_help_desk(account: Account, candidate: Candidate, body: Any) -> None:
    account.answer("POST", "/oauth/tokens", 404, body)
    account.answer("GET", "/api/v2/users/me", 404, body)

    report = run(account, candidate)

    assert_stops_at(report, "reachable")
    assert report.problem is not None
    assert report.problem.failure == "no such help desk"
    assert report.problem.answer == "No help desk at acme.zendesk.com."


def test_nobody_is_no_user_though_the_answer_is_200(account: Account) -> None:
    account.answer("GET", "/api/v2/users/me", 200, ANONYMOUS)

    report = run(account)

    assert_stops_at(report, "authenticated")
    assert report.problem is not None
    assert report.problem.failure == "credentials rejected"
    assert "Anonymous user" in report.problem.answer


def test_a_user_without_any_id_is_nobody_too(account: Account) -> None:
    account.answer("GET", "/api/v2/users/me", 200, {"user": {"name": "Anonymous user"}})
    assert_stops_at(run(account), "authenticated")


def test_a_wrong_or_revoked_token_is_rejected(account: Account) -> None:
    account.answer("GET", "/api/v2/users/me", 401, REFUSED)

    report = run(account)

    assert_stops_at(report, "authenticated")
    assert report.problem is not None
    assert report.problem.failure == "credentials rejected"
    assert "wrong, revoked, expired, or Token access is off" in report.problem.answer
    assert report.problem.answered == """401 · {"error": "Couldn't authenticate you"}"""
    assert report.problem.fix_url == f"{BASE}/admin/apps-integrations/apis/api-tokens"


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_client_is_rejected(account: Account, status: int) -> None:
    account.answer("POST", "/oauth/tokens", status, {"error": "invalid_client", "error_description": "No such client"})

    report = run(account, OAUTH)

    assert_stops_at(report, "authenticated")
    assert report.problem is not None
    assert report.problem.failure == "credentials rejected"
    assert report.problem.asked == "POST /oauth/tokens"


def test_an_end_user_is_named_as_one(account: Account) -> None:
    account.is_user(role="end-user", role_type=None)

    report = run(account)

    assert_stops_at(report, "role")
    assert report.problem is not None
    assert report.problem.failure == "the user is an end user"


def test_a_suspended_user_is_named_as_one(account: Account) -> None:
    account.is_user(suspended=True)

    report = run(account)

    assert_stops_at(report, "active")
    assert report.problem is not None
    assert report.problem.failure == "the user is suspended"


def test_a_deleted_user_is_not_active(account: Account) -> None:
    account.is_user(active=False)

    report = run(account)

    assert_stops_at(report, "active")
    assert report.problem is not None
    assert report.problem.failure == "the user is not active"


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (403, FORBIDDEN, "this user may not read tickets (permission missing)"),
        (401, REFUSED, "credentials rejected"),
        (503, "", "Zendesk is not reachable"),
    ],
)
def test_a_protected_read_must_pass(account: Account, status: int, body: Any, failure: str) -> None:
    account.answer("GET", "/api/v2/tickets", status, body)

    report = run(account)

    assert_stops_at(report, "read_tickets")
    assert report.problem is not None
    assert report.problem.failure == failure


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"error": "APIRateLimitExceeded", "description": "Number of allowed API requests exceeded"}),
        (500, "<html>Oops</html>"),
        (502, ""),
        (503, ""),
        (200, "<html>Welcome to the hotel</html>"),
        (0, requests.ConnectTimeout("slow")),
        (0, requests.ReadTimeout("slow")),
        (0, requests.ConnectionError("reset by peer")),
        (0, requests.exceptions.SSLError("certificate")),
    ],
)
@pytest.mark.parametrize("candidate", [OAUTH, TOKEN])
def test_what_does_not_answer_as_zendesk_is_not_reachable(
    account: Account, candidate: Candidate, status: int, body: Any
) -> None:
    account.answer("POST", "/oauth/tokens", status, body)
    account.answer("GET", "/api/v2/users/me", status, body)

    report = run(account, candidate)

    assert_stops_at(report, "reachable")
    assert report.problem is not None
    assert report.problem.failure == "Zendesk is not reachable"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("candidate", [OAUTH, TOKEN])
def test_a_redirect_is_named_and_is_ours_to_mend(account: Account, candidate: Candidate, status: int) -> None:
    account.answer("POST", "/oauth/tokens", status, "<html>Moved</html>")
    account.answer("GET", "/api/v2/users/me", status, "<html>Moved</html>")
    account.headers = {"Location": "https://acme-support.zendesk.com/"}

    report = run(account, candidate)

    assert_stops_at(report, "reachable")
    assert report.problem is not None
    assert report.problem.failure == f"Zendesk answered with a redirect ({status})"
    assert report.problem.owner == "you_here"
    assert "renamed" in report.problem.answer
    assert report.problem.answered == f"{status} · Location: https://acme-support.zendesk.com/"


def test_a_403_at_the_door_says_what_it_may_be(account: Account) -> None:
    account.answer("GET", "/api/v2/users/me", 403, FORBIDDEN)

    report = run(account, OAUTH)

    assert_stops_at(report, "authenticated")
    assert report.problem is not None
    assert "suspended, or no read scope" in report.problem.answer


@pytest.mark.parametrize(
    ("role_type", "kind"),
    [(1, "light agent"), (2, "chat-only agent"), (3, "contributor (chat only)"), (5, "billing admin")],
)
def test_a_limited_agent_may_not_do_our_work(account: Account, role_type: int, kind: str) -> None:
    account.is_user(role="agent", role_type=role_type)

    report = run(account)

    assert_stops_at(report, "create_users")
    assert report.problem is not None
    assert report.problem.failure == f"a {kind} may not create users and tickets (permission missing)"


def test_a_custom_role_that_is_a_light_agent_is_one(account: Account) -> None:
    account.is_agent_with_role(light_agent=True)
    assert_stops_at(run(account), "create_users")


@pytest.mark.parametrize("access", ["readonly", "edit-within-org"])
def test_a_role_that_may_not_add_end_users_is_told(account: Account, access: str) -> None:
    account.is_agent_with_role(end_user_profile_access=access)

    report = run(account)

    assert_stops_at(report, "create_users")
    assert report.problem is not None
    assert report.problem.failure == "this user may not create users (permission missing)"
    assert "The role “Integrations” may not add end users" in report.problem.answer
    assert report.problem.answered == f'200 · "end_user_profile_access": "{access}"'
    assert report.problem.asked == "GET /api/v2/custom_roles/77"
    assert report.problem.fix_url == f"{BASE}/admin/people/team/roles/77"


@pytest.mark.parametrize("configuration", [{"ticket_comment_access": "none"}, {"ticket_editing": False}])
def test_a_role_that_may_not_write_in_tickets_is_told(account: Account, configuration: dict[str, Any]) -> None:
    account.is_agent_with_role(**configuration)

    report = run(account)

    assert_stops_at(report, "create_tickets")
    assert report.problem is not None
    assert report.problem.failure.endswith("(permission missing)")


def test_a_role_with_all_rights_passes_and_is_named(account: Account) -> None:
    account.is_agent_with_role()

    report = run(account)

    assert report.passed
    assert report.checks[CODES.index("role")].answer == "Agent, custom role “Integrations”"


def test_a_role_that_sees_only_its_own_tickets_is_a_warning(account: Account) -> None:
    account.is_agent_with_role(ticket_access="assigned-only")

    report = run(account)

    assert report.passed
    assert report.verdict_of("create_tickets") == "warning"


def test_a_role_that_cannot_be_read_is_a_warning_not_a_pass(account: Account) -> None:
    account.is_agent_with_role()
    account.answer("GET", "/api/v2/custom_roles/77", 403, FORBIDDEN)

    report = run(account)

    assert report.passed
    assert report.verdict_of("create_users") == report.verdict_of("create_tickets") == "warning"


def test_an_agent_without_a_custom_role_passes(account: Account) -> None:
    account.is_user(role="agent", role_type=None)
    assert run(account).passed


@pytest.mark.parametrize(
    ("path", "status"), [("/api/v2/webhooks", 403), ("/api/v2/triggers", 403), ("/api/v2/webhooks", 503)]
)
def test_webhooks_and_triggers_are_wanted_not_required(account: Account, path: str, status: int) -> None:
    account.answer("GET", path, status, FORBIDDEN)

    report = run(account)

    assert report.passed
    assert report.verdict_of("manage_webhooks") == "warning"


def test_a_role_that_may_not_change_triggers_is_a_warning(account: Account) -> None:
    account.is_agent_with_role(manage_business_rules=False)
    assert run(account).verdict_of("manage_webhooks") == "warning"


def test_a_private_address_is_not_called(settings: Any) -> None:
    settings.ZENDESK_URL = "http://127.0.0.1:9/{subdomain}"

    report = verify(TOKEN)

    assert_stops_at(report, "reachable")
    assert report.problem is not None
    assert "private network" in report.problem.answer


def test_a_closed_port_is_not_reachable(settings: Any) -> None:
    settings.ZENDESK_URL = "http://127.0.0.1:9/{subdomain}"
    settings.OUTBOUND_ALLOW_HOSTS = frozenset({"127.0.0.1"})

    report = verify(TOKEN)

    assert_stops_at(report, "reachable")
    assert report.problem is not None
    assert "refused" in report.problem.answer


def test_every_call_is_observed(account: Account) -> None:
    account.put_up()
    seen: list[str] = []

    verify(OAUTH, lambda call: seen.append(f"{call.method} {call.path} {call.status}"))

    assert seen[:2] == ["POST /oauth/tokens 201", "GET /api/v2/users/me 200"]


@pytest.mark.parametrize("candidate", [OAUTH, TOKEN])
def test_no_secret_is_in_the_report_even_when_zendesk_repeats_it(
    account: Account, candidate: Candidate, caplog: pytest.LogCaptureFixture
) -> None:
    account.answer("POST", "/oauth/tokens", 401, {"error": "invalid_client", "client_secret": SECRET})
    account.answer("GET", "/api/v2/users/me", 401, {"error": f"wrong token {SECRET}"})

    report = run(account, candidate)

    assert SECRET not in repr(report)
    assert SECRET not in str(report.to_json())
    assert SECRET not in repr(candidate)
    assert SECRET not in caplog.text


def test_the_access_token_is_not_in_the_report_as_shown(account: Account) -> None:
    report = run(account, OAUTH)

    assert "an-access-token" not in repr(report)
    assert "an-access-token" not in str(report.to_json())


def test_what_was_not_even_tried_is_one_problem_and_eight_not_asked() -> None:
    report = refuse("authenticated", "the client secret is missing", "Enter it once.")

    assert [check.verdict for check in report.checks].count("skipped") == 8
    assert report.problem is not None
    assert report.problem.code == "authenticated"
