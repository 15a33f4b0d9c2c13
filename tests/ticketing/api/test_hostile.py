"""Whatever comes, the answer is one of the contract's, in JSON, and never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from opencx_admin.orgs.models import Organization
from tests.api_client import HANDOFF, MESSAGE, SESSION, ApiClient
from tests.factories import AgentReplyFactory

KNOWN_ANSWERS = {200, 201, 202, 400, 404, 405, 413, 415, 422}
many = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# Every character there is: NUL and lone surrogates too.
texts = st.text(st.characters(exclude_categories=()), max_size=40)


def json_of(numbers: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Any JSON, with these numbers."""
    return st.recursive(
        st.none() | st.booleans() | numbers | texts,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=12,
    )


json_values = json_of(st.integers() | st.floats() | st.integers(10**300, 10**301))
# Beyond 2**53 a JSON number has several spellings: PostgreSQL gives back 1e17 as a whole number.
exact_values = json_of(st.integers() | st.floats(-1e15, 1e15))
WHOLE_SESSION = SESSION | {
    "language": "de",
    "sentiment": "angry",
    "subject": "x",
    "custom_data": {},
    "contact": SESSION["contact"] | {"email_verified": True, "phone": "1", "custom_data": {}},
}
WHOLE_MESSAGE = MESSAGE | {
    "attachments": [{"name": "x", "url": "https://x.example/", "content_type": "x/x", "size": 1}],
    "reasoning": "x",
    "tool_calls": [{"name": "x", "arguments": {}, "result": 1, "ms": 1}],
    "knowledge": [{"title": "x", "url": "https://x.example/"}],
}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "sessions/s-1", WHOLE_SESSION),
    ("PATCH", "sessions/s-1", {"status": "open", "reflect_status_change_for_integration": True}),
    ("POST", "sessions/s-1/messages", {"messages": [WHOLE_MESSAGE]}),
    ("POST", "sessions/s-1/handoff", HANDOFF | {"sentiment": "angry", "topic": "x"}),
    ("POST", "replies/rep_1/receipt", {"status": "delivered", "detail": "x"}),
]


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a JSON value."""
    found = [path] if path else []
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        found += paths_of(part, (*path, name))
    return found


def with_change(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of the value in which `new` stands at `path`."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_change(value[path[0]], path[1:], new)
    return copy


@pytest.fixture
def hostile(api: ApiClient, org: Organization, settings: Any) -> ApiClient:
    """A platform with a session, a reply, and no limit on its rate."""
    settings.API_RATE_PER_MINUTE = 10**9
    AgentReplyFactory.create(organization=org, pk=1)
    api.put_session("s-1")
    return api


@many
@given(call=st.sampled_from(CALLS), value=json_values, data=st.data())
def test_anything_in_the_place_of_any_value(
    hostile: ApiClient, call: tuple[str, str, dict[str, Any]], value: Any, data: st.DataObject
) -> None:
    method, path, body = call
    place = data.draw(st.sampled_from(paths_of(body)))
    answer = hostile.call(method, path, with_change(body, place, value))

    assert answer.status in KNOWN_ANSWERS - {404, 405, 413, 415}
    assert hostile.get_session("s-1").status == 200


@many
@given(call=st.sampled_from(CALLS), raw=st.binary(max_size=200) | texts.map(lambda text: json.dumps(text).encode()))
def test_any_bytes_as_the_body(hostile: ApiClient, call: tuple[str, str, dict[str, Any]], raw: bytes) -> None:
    method, path, _ = call

    assert hostile.call(method, path, raw).status in {400, 422}


@many
@given(
    method=st.sampled_from(["GET", "PUT", "PATCH", "POST", "DELETE"]),
    path=st.sampled_from(["", "sessions/", "replies/", "openapi.json"]),
    id_=st.text(max_size=300),
    tail=st.sampled_from(["", "/messages", "/handoff", "/receipt", "/"]),
)
def test_any_text_as_the_address(hostile: ApiClient, method: str, path: str, id_: str, tail: str) -> None:
    client = Client()
    headers = {"Authorization": f"Bearer {hostile.key}"}
    environ: dict[str, Any] = {"PATH_INFO": f"/api/v1/{path}{id_}{tail}".encode().decode("latin-1")}
    response = client.generic(method, "/", json.dumps(SESSION).encode(), "application/json", headers=headers, **environ)

    assert response.status_code in KNOWN_ANSWERS
    assert isinstance(json.loads(response.content), dict)


@many
@given(value=st.dictionaries(texts, exact_values, max_size=4))
def test_what_is_accepted_comes_back_unchanged(hostile: ApiClient, value: dict[str, Any]) -> None:
    answer = hostile.put_session("s-1", SESSION | {"custom_data": value})
    if answer.status == 200:
        assert hostile.get_session("s-1").body["custom_data"] == json.loads(json.dumps(value))
