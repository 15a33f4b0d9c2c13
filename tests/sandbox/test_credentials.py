"""Who may call, and what Zendesk answers to the others."""

import requests

from tests.sandbox.server import Desk, Sandbox

SOMEBODY = {"name": "Bob", "email": "bob@example.com"}


def ask_for_token(desk: Desk, **said: object) -> requests.Response:
    body = {"grant_type": "client_credentials", **desk.client, "scope": "read write", **said}
    return requests.post(f"{desk.url}/oauth/tokens", json=body, timeout=10)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_nobody_is_answered_200_as_anonymous_user(desk: Desk) -> None:
    answer = requests.get(f"{desk.url}/api/v2/users/me.json", timeout=10)
    assert answer.status_code == 200
    assert answer.json()["user"]["name"] == "Anonymous user"
    assert answer.json()["user"]["id"] is None


def test_a_password_makes_nobody(desk: Desk) -> None:
    answer = desk.api("GET", "users/me", auth=("admin@acme.example", "hunter2"))
    assert (answer.status_code, answer.json()["user"]["id"]) == (200, None)


def test_a_right_api_token_names_its_person(desk: Desk) -> None:
    user = desk.api("GET", "users/me").json()["user"]
    assert (user["email"], user["role"], user["suspended"]) == ("admin@acme.example", "admin", False)


def test_a_wrong_api_token_is_401(desk: Desk) -> None:
    answer = desk.api("GET", "users/me", auth=("admin@acme.example/token", "wrong"))
    assert (answer.status_code, answer.json()) == (401, {"error": "Couldn't authenticate you"})


def test_a_right_api_token_is_401_while_token_access_is_off(desk: Desk) -> None:
    desk.order("", {"token_access": False})
    assert desk.api("GET", "users/me").status_code == 401


def test_a_protected_path_refuses_nobody(desk: Desk) -> None:
    answer = requests.get(f"{desk.url}/api/v2/tickets.json", timeout=10)
    assert (answer.status_code, answer.json()) == (401, {"error": "Couldn't authenticate you"})


def test_client_credentials_are_answered_201(desk: Desk) -> None:
    answer = ask_for_token(desk, expires_in=600)
    said = answer.json()
    assert (answer.status_code, said["token_type"], said["expires_in"]) == (201, "bearer", 600)
    me = desk.api("GET", "users/me", auth=None, headers=bearer(said["access_token"])).json()
    assert me["user"]["role"] == "admin"


def test_a_form_encoded_token_request_works_too(desk: Desk) -> None:
    body = {"grant_type": "client_credentials", **desk.client}
    assert requests.post(f"{desk.url}/oauth/tokens", data=body, timeout=10).status_code == 201


def test_a_wrong_client_secret_is_401(desk: Desk) -> None:
    answer = ask_for_token(desk, client_secret="wrong")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_token_may_not_live_longer_than_two_days(desk: Desk) -> None:
    assert ask_for_token(desk, expires_in=200_000).status_code == 400


def test_an_expired_token_is_401(sandbox: Sandbox, desk: Desk) -> None:
    token = ask_for_token(desk, expires_in=300).json()["access_token"]
    sandbox.control("clock", {"advance_seconds": 301})
    answer = desk.api("GET", "tickets", auth=None, headers=bearer(token))
    sandbox.control("clock", {"advance_seconds": -301})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_a_misspelled_scope_gives_a_token_that_is_403_everywhere(desk: Desk) -> None:
    token = ask_for_token(desk, scope="ticket:reed").json()["access_token"]
    answer = desk.api("GET", "tickets", auth=None, headers=bearer(token))
    assert answer.status_code == 403
    assert answer.json()["error"]["title"] == "Forbidden"


def test_a_scope_holds_for_its_resource_and_verb(desk: Desk) -> None:
    headers = bearer(ask_for_token(desk, scope="tickets:read users:read").json()["access_token"])
    assert desk.api("GET", "tickets", auth=None, headers=headers).status_code == 200
    assert desk.api("GET", "users/me", auth=None, headers=headers).status_code == 200
    assert desk.api("POST", "users", auth=None, headers=headers, json={"user": SOMEBODY}).status_code == 403


def test_an_unknown_account_is_no_help_desk(sandbox: Sandbox) -> None:
    answer = requests.get(f"{sandbox.url}/nowhere/api/v2/users/me.json", timeout=10)
    assert answer.status_code == 404
    assert answer.json()["error"]["title"] == "No help desk at nowhere.zendesk.com"


def test_the_host_names_the_account_when_the_path_does_not(sandbox: Sandbox, desk: Desk) -> None:
    headers = {"Host": "acme.zendesk.test"}
    where = f"{sandbox.url}/api/v2/users/me.json"
    answer = requests.get(where, headers=headers, auth=desk.credentials, timeout=10)
    assert answer.json()["user"]["url"].startswith("http://acme.zendesk.test/api/v2/users/")


def people_with_tokens(sandbox: Sandbox, *people: dict[str, object], **said: object) -> Desk:
    tokens = [{"email": one["email"], "token": "t"} for one in people]
    admin = {"name": "Ada", "email": "ada@x.example", "role": "admin"}
    return sandbox.account("rights", people=[admin, *people], api_tokens=tokens, **said)


def statuses(desk: Desk, email: str) -> dict[str, int]:
    """What each kind of call answers to a person."""
    ticket = {"ticket": {"comment": {"body": "Hello"}}}
    calls = {
        "read": ("GET", "tickets", None),
        "create": ("POST", "tickets", ticket),
        "user": ("POST", "users", {"user": SOMEBODY}),
        "webhooks": ("GET", "webhooks", None),
        "triggers": ("GET", "triggers", None),
    }
    auth = (f"{email}/token", "t")
    return {
        name: desk.api(method, path, json=body, auth=auth).status_code for name, (method, path, body) in calls.items()
    }


def test_an_agent_works_on_tickets_and_users_but_not_on_rules(sandbox: Sandbox) -> None:
    desk = people_with_tokens(sandbox, {"name": "Gus", "email": "gus@x.example", "role": "agent"})
    found = statuses(desk, "gus@x.example")
    assert found == {"read": 200, "create": 201, "user": 201, "webhooks": 403, "triggers": 403}


def test_a_light_agent_reads_only(sandbox: Sandbox) -> None:
    desk = people_with_tokens(sandbox, {"name": "Lou", "email": "lou@x.example", "role": "agent", "role_type": 1})
    found = statuses(desk, "lou@x.example")
    assert found == {"read": 200, "create": 403, "user": 403, "webhooks": 403, "triggers": 403}


def test_an_end_user_is_known_and_may_nothing(sandbox: Sandbox) -> None:
    desk = people_with_tokens(sandbox, {"name": "Eve", "email": "eve@x.example"})
    me = desk.api("GET", "users/me", auth=("eve@x.example/token", "t"))
    assert (me.status_code, me.json()["user"]["role"]) == (200, "end-user")
    assert set(statuses(desk, "eve@x.example").values()) == {403}


def test_a_suspended_agent_says_so_and_may_nothing(sandbox: Sandbox) -> None:
    desk = people_with_tokens(sandbox, {"name": "Sam", "email": "sam@x.example", "role": "agent", "suspended": True})
    assert desk.api("GET", "users/me", auth=("sam@x.example/token", "t")).json()["user"]["suspended"] is True
    assert set(statuses(desk, "sam@x.example").values()) == {403}


def test_a_custom_role_is_read_and_counts(sandbox: Sandbox) -> None:
    role = {"name": "Triage", "configuration": {"end_user_profile_access": "readonly", "manage_business_rules": True}}
    desk = people_with_tokens(
        sandbox,
        {"name": "Cleo", "email": "cleo@x.example", "role": "agent", "custom_role": "Triage"},
        custom_roles=[role],
    )
    auth = ("cleo@x.example/token", "t")
    me = desk.api("GET", "users/me", auth=auth).json()["user"]
    shown = desk.api("GET", f"custom_roles/{me['custom_role_id']}", auth=auth).json()["custom_role"]
    assert (shown["name"], shown["configuration"]["end_user_profile_access"]) == ("Triage", "readonly")
    assert statuses(desk, "cleo@x.example") == {
        "read": 200, "create": 201, "user": 403, "webhooks": 403, "triggers": 200,
    }  # fmt: skip
