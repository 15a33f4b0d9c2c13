"""Sunshine's keys, users and conversations."""

import base64
import hashlib
import hmac
import json

import pytest
import requests

from tests.sandbox.chats import another, begin, code, post, user
from tests.sandbox.server import Desk, Sandbox


def test_an_app_key_reads_its_app(desk: Desk) -> None:
    app = desk.sc("GET", "").json()["app"]
    assert (app["id"], app["subdomain"], app["settings"]["multiConvoEnabled"]) == (desk.app_id, "acme", True)


def test_a_wrong_secret_or_none_is_unauthorized(desk: Desk) -> None:
    key_id, _secret = desk.sunshine_key()
    assert code(desk.sc("GET", "", auth=(key_id, "wrong"))) == (401, "unauthorized")
    assert code(desk.sc("GET", "", auth=("app_nobody", "wrong"))) == (401, "unauthorized")
    assert requests.get(f"{desk.url}/sc/v2/apps/{desk.app_id}", timeout=5).status_code == 401


def test_an_integration_key_may_write_to_people_but_not_read_the_app(desk: Desk) -> None:
    key = desk.sunshine_key("integration")
    for path in ("", "switchboards", "integrations", "keys"):
        assert code(desk.sc("GET", path, auth=key)) == (403, "forbidden"), path
    assert desk.sc("POST", "users", json={"externalId": "c1"}, auth=key).status_code == 201
    token = requests.get(f"{desk.url}/sc/v2/tokenInfo", auth=key, timeout=5)
    assert token.json()["app"]["id"] == desk.app_id


def test_another_app_id_is_not_found(desk: Desk) -> None:
    where = f"{desk.url}/sc/v2/apps/{'0' * 24}"
    assert code(requests.get(where, auth=desk.sunshine_key(), timeout=5)) == (404, "app_not_found")


def test_a_path_that_is_none_is_not_found(desk: Desk) -> None:
    assert code(desk.sc("GET", "nonsense")) == (404, "not_found")
    assert code(desk.sc("PUT", "users")) == (404, "not_found")


def test_an_account_without_sunshine_knows_no_key(sandbox: Sandbox) -> None:
    desk = sandbox.account("plain", sunshine=False)
    assert requests.get(f"{desk.url}/sc/v2/apps/x", auth=("app_x", "y"), timeout=5).status_code == 401


def test_an_account_is_made_with_its_own_app_and_keys(sandbox: Sandbox) -> None:
    keys = [{"id": "app_1", "secret": "s1"}, {"id": "act_1", "secret": "s2", "scope": "account"}]
    desk = sandbox.account("own", sunshine={"app_id": "f" * 24, "keys": keys})
    assert desk.app_id == "f" * 24
    assert desk.sc("GET", "", auth=("app_1", "s1")).status_code == 200
    apps = f"{desk.url}/sc/v2/apps"
    assert requests.get(apps, auth=("act_1", "s2"), timeout=5).json()["apps"][0]["id"] == "f" * 24
    assert code(requests.get(apps, auth=("app_1", "s1"), timeout=5)) == (403, "forbidden")


def test_a_jwt_signed_with_the_key_works_as_well(desk: Desk) -> None:
    key_id, secret = desk.sunshine_key()

    def bearer(scope: str, algorithm: str = "HS256") -> dict[str, str]:
        parts = [{"alg": algorithm, "typ": "JWT", "kid": key_id}, {"scope": scope}]
        text = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
        return {"Authorization": f"Bearer {text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"}

    assert desk.sc("GET", "", auth=None, headers=bearer("app")).status_code == 200
    assert desk.sc("GET", "", auth=None, headers=bearer("account")).status_code == 401
    assert desk.sc("GET", "", auth=None, headers=bearer("app", "none")).status_code == 401
    assert desk.sc("GET", "", auth=None, headers={"Authorization": "Bearer not.a.jwt"}).status_code == 401


def test_the_host_may_name_the_account(desk: Desk) -> None:
    where = f"{desk.sandbox.url}/sc/v2/apps/{desk.app_id}"
    answer = requests.get(where, auth=desk.sunshine_key(), headers={"Host": "acme.zendesk.example"}, timeout=5)
    assert answer.json()["app"]["id"] == desk.app_id


# -- users -------------------------------------------------------------------------------------------


def test_a_second_user_of_an_external_id_is_a_conflict(desk: Desk) -> None:
    first = user(desk, "c1")
    assert code(desk.sc("POST", "users", json={"externalId": "c1"})) == (409, "conflict")
    assert desk.sc("GET", "users/c1").json()["user"]["id"] == first
    assert desk.sc("GET", f"users/{first}").json()["user"]["externalId"] == "c1"
    assert code(desk.sc("GET", "users/nobody")) == (404, "user_not_found")


def test_an_external_id_may_hold_anything(desk: Desk) -> None:
    made = user(desk, "a/b?c d#é.json")
    assert desk.sc("GET", "users/a%2Fb%3Fc%20d%23%C3%A9.json").json()["user"]["id"] == made


def test_a_user_is_changed_forgotten_and_removed(desk: Desk) -> None:
    user(desk, "c1")
    said = {"profile": {"surname": "Smith", "givenName": None}, "metadata": {"plan": "gold"}}
    changed = desk.sc("PATCH", "users/c1", json=said).json()["user"]
    assert (changed["profile"]["surname"], "givenName" in changed["profile"]) == ("Smith", False)
    assert changed["metadata"] == {"plan": "gold"}
    assert desk.sc("DELETE", "users/c1/personalinformation").json()["user"]["profile"] == {}
    chat = another(desk, "c1")
    assert desk.sc("DELETE", "users/c1").json() == {}
    assert code(desk.sc("GET", f"conversations/{chat}")) == (404, "conversation_not_found")


def test_an_email_in_the_profile_is_no_identity(desk: Desk) -> None:
    user(desk, "c1", email="bob@example.com")
    assert desk.sc("GET", "users", params={"filter[identities.email]": "bob@example.com"}).json() == {"users": []}


def test_sync_brings_name_and_email_of_the_support_user(desk: Desk) -> None:
    made = {"user": {"name": "Robert Roe", "email": "rob@example.com", "external_id": "c1"}}
    support = desk.api("POST", "users", json=made).json()["user"]["id"]
    user(desk, "c1")
    synced = desk.sc("POST", f"users/{support}/sync", json={}).json()["user"]
    assert (synced["profile"]["givenName"], synced["profile"]["surname"]) == ("Robert", "Roe")
    assert (synced["zendeskId"], synced["identities"][0]["value"]) == (str(support), "rob@example.com")


# -- conversations -----------------------------------------------------------------------------------


def test_a_conversation_begins_with_the_bot_in_control(desk: Desk) -> None:
    chat = begin(desk, opencx_session_id="s1")
    found = desk.sc("GET", f"conversations/{chat}").json()["conversation"]
    assert found["activeSwitchboardIntegration"]["integrationType"] == "zd:answerBot"
    assert (found["metadata"], found["isDefault"]) == ({"opencx_session_id": "s1"}, True)


def test_conversations_are_listed_by_user(desk: Desk) -> None:
    first = begin(desk)
    second = another(desk)
    listed = desk.sc("GET", "conversations", params={"filter[userExternalId]": "c1"}).json()
    assert [one["id"] for one in listed["conversations"]] == [first, second]
    assert listed["meta"] == {"hasMore": False}
    assert code(desk.sc("GET", "conversations")) == (400, "bad_request")
    assert code(desk.sc("GET", "conversations", params={"filter[userId]": "x"})) == (404, "user_not_found")


def test_pages_are_walked_both_ways(desk: Desk) -> None:
    made = [begin(desk), *[another(desk) for _ in range(4)]]
    query = {"filter[userExternalId]": "c1", "page[size]": "2"}
    first = desk.sc("GET", "conversations", params=query).json()
    second = desk.sc("GET", "conversations", params={**query, "page[after]": first["meta"]["afterCursor"]}).json()
    assert [one["id"] for one in [*first["conversations"], *second["conversations"]]] == made[:4]
    assert (first["meta"]["hasMore"], second["meta"]["hasMore"]) == (True, True)
    back = desk.sc("GET", "conversations", params={**query, "page[before]": second["meta"]["beforeCursor"]}).json()
    assert [one["id"] for one in back["conversations"]] == made[:2]
    assert requests.get(first["links"]["next"], auth=desk.sunshine_key(), timeout=5).json() == second
    both = {**query, "page[after]": made[0], "page[before]": made[1]}
    assert code(desk.sc("GET", "conversations", params=both)) == (400, "bad_request")


def test_without_multi_conversations_a_user_has_one(sandbox: Sandbox) -> None:
    desk = sandbox.account("single", sunshine={"multi_conversations": False})
    begin(desk)
    again = {"type": "personal", "participants": [{"userExternalId": "c1"}]}
    refused = desk.sc("POST", "conversations", json=again)
    assert code(refused) == (400, "bad_request")
    assert "multiConvo" in refused.json()["errors"][0]["title"]
    desk.sunshine(conversation_limit={"status": 409, "code": "conversation_limit_reached"})
    assert code(desk.sc("POST", "conversations", json=again)) == (409, "conversation_limit_reached")
    desk.sc("PATCH", "", json={"settings": {"multiConvoEnabled": True}})
    assert desk.sc("POST", "conversations", json=again).status_code == 201


REFUSED, UNKNOWN = (400, "bad_request"), (404, "user_not_found")
BOB = {"userExternalId": "c1"}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({}, REFUSED),
        ({"type": "group"}, REFUSED),
        ({"type": "personal"}, REFUSED),
        ({"type": "personal", "participants": [{"userExternalId": "nobody"}]}, UNKNOWN),
        ({"type": "personal", "participants": [{**BOB, "userId": "x"}]}, REFUSED),
        ({"type": "personal", "participants": [BOB, BOB]}, REFUSED),
        ({"type": "personal", "participants": [BOB], "metadata": {"a": {}}}, REFUSED),
        ({"type": "personal", "participants": [BOB], "metadata": {"a": "x" * 4096}}, REFUSED),
    ],
)
def test_a_conversation_that_cannot_be(desk: Desk, said: object, wanted: tuple[int, str]) -> None:
    user(desk, "c1")
    assert code(desk.sc("POST", "conversations", json=said)) == wanted


def test_the_default_conversation_stays(desk: Desk) -> None:
    first = begin(desk)
    second = another(desk)
    assert code(desk.sc("DELETE", f"conversations/{first}")) == (400, "bad_request")
    assert desk.sc("DELETE", f"conversations/{second}").json() == {}
    assert [one["id"] for one in desk.conversations()] == [first]


def test_groups_are_joined_and_left(desk: Desk) -> None:
    user(desk, "c1")
    user(desk, "c2")
    chat = desk.sc("POST", "conversations", json={"type": "sdkGroup"}).json()["conversation"]["id"]
    for name in ("c1", "c2"):
        assert desk.sc("POST", f"conversations/{chat}/join", json={"userExternalId": name}).status_code == 201
    assert desk.sc("POST", f"conversations/{chat}/leave", json={"userExternalId": "c1"}).status_code == 200
    people = desk.sc("GET", f"conversations/{chat}/participants").json()["participants"]
    assert [one["userExternalId"] for one in people] == ["c2"]
    assert code(desk.sc("POST", f"conversations/{begin(desk, 'c3')}/join", json={"userExternalId": "c1"}))[0] == 400


def test_a_call_that_is_no_json_is_a_bad_request(desk: Desk) -> None:
    for body, kind in ((b"{", "application/json"), (b"[]", "application/json"), (b"a=b", "text/plain")):
        answer = desk.sc("POST", "users", data=body, headers={"Content-Type": kind})
        assert code(answer) == (400, "bad_request")
    huge = json.dumps({"externalId": "c1", "metadata": {"a": "x" * 102_400}})
    headers = {"Content-Type": "application/json"}
    assert code(desk.sc("POST", "users", data=huge, headers=headers)) == (413, "payload_too_large")


def test_faults_speak_sunshine(desk: Desk) -> None:
    chat = begin(desk)
    for kind, wanted in (("401", "unauthorized"), ("403", "forbidden"), ("500", "internal_error")):
        desk.fault(kind, path="/sc/*")
        assert code(desk.sc("GET", f"conversations/{chat}")) == (int(kind), wanted)
    desk.fault("429", path="/sc/*", seconds=7)
    refused = desk.sc("GET", f"conversations/{chat}")
    assert (code(refused), refused.headers["Retry-After"]) == ((429, "too_many_requests"), "7")


def test_a_dropped_call_may_have_been_carried_out(desk: Desk) -> None:
    chat = begin(desk)
    for kind, kept in (("drop_before_write", 0), ("drop_after_write", 1)):
        desk.fault(kind, method="POST", path="/sc/v2/apps/*/messages")
        with pytest.raises(requests.ConnectionError):
            post(desk, chat, "Hello")
        assert len(desk.conversations()[0]["messages"]) == kept
    assert [one["status"] for one in desk.requests("POST") if one["path"].endswith("/messages")] == [0, 0]
