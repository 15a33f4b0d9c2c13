"""The errors of the API, and which comes first (contract 3)."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from time_machine import Traveller

from opencx_admin.orgs.models import ApiKey, Organization
from tests.api_client import HANDOFF, MESSAGE, SESSION, Answer, ApiClient
from tests.factories import AgentReplyFactory, ApiKeyFactory, SessionFactory
from ticketing.models import Session

MEGABYTE = 1_048_576
CALLS = [
    ("PUT", "sessions/s-1", SESSION),
    ("GET", "sessions/s-1", None),
    ("PATCH", "sessions/s-1", {"status": "open"}),
    ("POST", "sessions/s-1/messages", {"messages": [MESSAGE]}),
    ("POST", "sessions/s-1/handoff", HANDOFF),
    ("POST", "replies/rep_1/receipt", {"status": "delivered"}),
]
WRITES = [call for call in CALLS if call[2] is not None]


def says(answer: Answer, status: int, code: str) -> bool:
    """True when the answer is this error, told as the contract says."""
    assert (answer.status, answer.body.get("error")) == (status, code)
    assert answer.body["detail"].endswith((".", "s."))
    return set(answer.body) <= {"error", "detail", "fields"}


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_nothing_is_told_without_a_key(org: Organization, method: str, path: str, body: object) -> None:
    answer = ApiClient("").call(method, path, body)

    assert says(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic ocx_key-of-acme", "ocx_key-of-acme", "Bearer ü"]
)
def test_no_other_header_is_a_key(api: ApiClient, header: str) -> None:
    assert says(api.call("GET", "sessions/s-1", Authorization=header), 401, "unauthorized")


def test_the_word_bearer_has_no_case(api: ApiClient) -> None:
    assert api.call("PUT", "sessions/s-1", SESSION, Authorization="bearer ocx_key-of-acme").status == 201


def test_a_revoked_key_ends_at_once_and_the_others_live(org: Organization, api: ApiClient) -> None:
    key = ApiKeyFactory.create(organization=org, text="ocx_second")
    assert ApiClient("ocx_second").put_session("s-1").status == 201
    key.revoke()

    assert says(ApiClient("ocx_second").get_session("s-1"), 401, "unauthorized")
    assert api.get_session("s-1").status == 200


@pytest.mark.parametrize(
    "path", ["", "sessions", "sessions/", "replies/rep_1", "replies//receipt", "contacts/c-1", "sessions\n/x"]
)
def test_an_unknown_address_is_told_in_json(api: ApiClient, path: str) -> None:
    assert says(api.call("GET", path), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("sessions/s-1", {"GET", "PUT", "PATCH"}),
        ("sessions/s-1/messages", {"POST"}),
        ("sessions/s-1/handoff", {"POST"}),
        ("replies/rep_1/receipt", {"POST"}),
        ("openapi.json", {"GET"}),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_a_wrong_method_names_the_right_ones(api: ApiClient, path: str, allowed: set[str], method: str) -> None:
    answer = api.call(method, path, {})
    if method in allowed:
        assert answer.status != 405
    else:
        assert says(answer, 405, "method_not_allowed")
        assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
def test_only_json_is_read(api: ApiClient, method: str, path: str, body: object, content_type: str) -> None:
    assert says(api.call(method, path, body, content_type=content_type), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;v=1"]
)
def test_the_type_may_have_parameters(api: ApiClient, content_type: str) -> None:
    assert api.call("PUT", "sessions/s-1", SESSION, content_type=content_type).status == 201


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"channel": NaN}', "it holds NaN or Infinity."),
        (b'{"channel": -Infinity}', "it holds NaN or Infinity."),
        (b'{"channel": 1e999}', "it holds a number that is too large."),
        (b'{"channel": ' + b"9" * 5000 + b"}", "it holds a number that is too large."),
        (b'{"channel": "web", "contact": {"id": "1", "id": "2"}}', "the key “id” stands twice."),
        (b'{"\\ud800": 1, "\\ud800": 2}', "the key “?” stands twice."),
        (b'{"%s": 1, "%s": 2}' % (b"k" * 5000, b"k" * 5000), "the key “" + "k" * 99 + "…” stands twice."),
        (b'{"channel": "web"', "broken at line 1, column 18."),
    ],
)
def test_malformed_json_says_what_is_wrong_with_it(api: ApiClient, raw: bytes, said: str) -> None:
    answer = api.call("PUT", "sessions/ses-1", raw)
    assert says(answer, 400, "malformed_json")
    assert answer.body["detail"] == f"The body cannot be read as JSON: {said}"


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"channel": }',
        b"{'channel': 'web'}",
        b'{"channel": NaN}',
        b'{"channel": -Infinity}',
        b'{"channel": 1e999}',
        b'{"channel": "web", "channel": "email"}',
        b'{"channel": "raw\nnewline"}',
        b"\xff\xfe{}",
        '{"channel": "wéb"}'.encode("latin-1"),
        '{"channel": "web"}'.encode("utf-16"),
        b'{"n": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b'{"messages": []} trailing',
    ],
)
def test_broken_json_is_malformed(api: ApiClient, method: str, path: str, body: object, raw: bytes) -> None:
    assert says(api.call(method, path, raw), 400, "malformed_json")


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
@pytest.mark.parametrize("value", [b"null", b"[]", b"true", b"5", b'"text"'])
def test_json_that_is_no_object_does_not_fit(
    api: ApiClient, method: str, path: str, body: object, value: bytes
) -> None:
    assert says(api.call(method, path, value), 422, "invalid")


def padded(size: int) -> bytes:
    """A session's body of exactly `size` bytes."""
    empty = json.dumps(SESSION | {"custom_data": {"pad": ""}}).encode()
    return json.dumps(SESSION | {"custom_data": {"pad": "x" * (size - len(empty))}}).encode()


def test_a_body_of_one_megabyte_fits(api: ApiClient) -> None:
    assert api.call("PUT", "sessions/s-1", padded(MEGABYTE)).status == 201


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_a_body_over_one_megabyte_is_too_large(api: ApiClient, content_type: str) -> None:
    answer = api.call("PUT", "sessions/s-1", padded(MEGABYTE + 1), content_type=content_type)

    assert says(answer, 413, "too_large")
    assert not Session.objects.exists()


def put_raw(api: ApiClient, environ: dict[str, Any], **headers: str) -> int:
    """PUT a session as the server hands it over in `environ`; returns the status."""
    headers["Authorization"] = f"Bearer {api.key}"
    environ["CONTENT_TYPE"] = "application/json"
    return Client().generic("PUT", "/api/v1/sessions/s-1", headers=headers, **environ).status_code


@pytest.mark.parametrize(("size", "status"), [(MEGABYTE, 201), (MEGABYTE + 1, 413), (40 * MEGABYTE, 413)])
def test_a_chunked_body_is_measured(api: ApiClient, size: int, status: int) -> None:
    """It comes without a Content-Length, and the stream ends by itself."""
    body = io.BytesIO(padded(size))

    assert put_raw(api, {"wsgi.input": body}, **{"Transfer-Encoding": "chunked"}) == status


def test_a_length_that_lies_is_not_believed(api: ApiClient) -> None:
    body = io.BytesIO(padded(MEGABYTE + 1))

    assert put_raw(api, {"wsgi.input": body, "CONTENT_LENGTH": "999999999"}) == 413


def test_the_order_is_address_method_key_size_type_json_schema(api: ApiClient) -> None:
    large, nobody = b"x" * (MEGABYTE + 1), ApiClient("")
    plain = "text/plain"

    assert nobody.call("BREW", "nowhere", large, content_type=plain).status == 404
    assert nobody.call("BREW", "sessions/s", large, content_type=plain).status == 405
    assert nobody.call("PUT", "sessions/s", large, content_type=plain).status == 401
    assert api.call("PUT", "sessions/s", large, content_type=plain).status == 413
    assert api.call("PUT", "sessions/s", b"{", content_type=plain).status == 415
    assert api.call("PUT", "sessions/s", b"{").status == 400
    assert api.call("PATCH", "sessions/unknown", {"status": "?"}).status == 422
    assert api.call("PATCH", "sessions/unknown", {"status": "open"}).status == 404


def test_a_key_has_its_requests_per_minute_and_then_waits(api: ApiClient, settings: Settings, clock: Traveller) -> None:
    settings.API_RATE_PER_MINUTE = 5
    api.put_session("s-1")
    assert [api.get_session("s-1").status for _ in range(5)] == [200, 200, 200, 200, 429]

    answer = api.put_session("s-1")
    assert says(answer, 429, "rate_limited")
    assert answer.headers["Retry-After"] == "60"


def test_after_the_wait_there_is_a_whole_minute_more(api: ApiClient, settings: Settings, clock: Traveller) -> None:
    settings.API_RATE_PER_MINUTE = 5
    statuses = [api.put_session("s-1").status for _ in range(6)]
    clock.shift(59)
    statuses.append(api.get_session("s-1").status)
    clock.shift(1)
    statuses += [api.get_session("s-1").status for _ in range(6)]

    assert statuses == [201, 200, 200, 200, 200, 429, 429, 200, 200, 200, 200, 200, 429]


def test_each_key_has_a_minute_of_its_own(api: ApiClient, other_api: ApiClient, settings: Settings) -> None:
    settings.API_RATE_PER_MINUTE = 1
    api.put_session("s-1")

    assert api.get_session("s-1").status == 429
    assert other_api.put_session("s-1").status == 201


def test_a_key_remembers_when_it_was_last_used(api: ApiClient, clock: Traveller) -> None:
    def last_used() -> str:
        return f"{ApiKey.objects.get().last_used_at:%H:%M:%S}"

    api.put_session("s-1")
    first = last_used()
    clock.shift(59)
    api.get_session("s-1")
    within_the_minute = last_used()
    clock.shift(1)
    api.get_session("s-1")

    assert [first, within_the_minute, last_used()] == ["09:00:00", "09:00:00", "09:01:00"]


def test_another_organizations_rows_are_not_there(
    api: ApiClient, other_api: ApiClient, other_org: Organization
) -> None:
    SessionFactory.create(organization=other_org, external_id="theirs")
    reply = AgentReplyFactory.create(organization=other_org)

    for answer in (
        api.get_session("theirs"),
        api.patch_session("theirs", {"status": "closed_resolved"}),
        api.post_messages("theirs", {}),
        api.hand_off("theirs"),
        api.post_receipt(reply.public_id, {"status": "failed"}),
    ):
        assert says(answer, 404, "not_found")
    assert other_api.get_session("theirs").body["status"] == "open"


def test_two_organizations_use_the_same_ids_and_never_notice(api: ApiClient, other_api: ApiClient) -> None:
    assert api.put_session("s-1", SESSION | {"subject": "ours"}).status == 201
    assert other_api.put_session("s-1", SESSION | {"subject": "theirs"}).status == 201
    api.post_messages("s-1", {"text": "ours"})
    other_api.post_messages("s-1", {"text": "theirs"})
    assert api.hand_off("s-1").status == 202
    assert other_api.get_session("s-1").body["handoff"] is None
    assert other_api.hand_off("s-1").status == 202

    assert api.get_session("s-1").body["subject"] == "ours"
    assert other_api.get_session("s-1").body["subject"] == "theirs"
