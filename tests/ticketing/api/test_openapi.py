"""The OpenAPI description is one, and the API does what it says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, settings
from pytest_django.fixtures import Settings
from schemathesis.checks import positive_data_acceptance

from opencx_admin.orgs.models import Organization
from tests.api_client import ApiClient
from tests.factories import AgentReplyFactory, SessionFactory
from ticketing.api.openapi import document
from ticketing.api.views import ADDRESSES

application = cache(get_wsgi_application)


def run(environ: Any, start_response: Any) -> Any:
    """The program as the web server runs it, made at the first call."""
    return application()(environ, start_response)


schema = schemathesis.openapi.from_dict(document(ADDRESSES))
schema.app = run
# JSON Schema cannot say that NUL is refused; test_hostile.py covers it.
schema.config.generation.update(allow_x00=False)


def test_the_description_is_valid_openapi() -> None:
    schema.validate()


def test_the_description_is_open_to_everybody(client: Client) -> None:
    answer = client.get("/api/v1/openapi.json")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == document(ADDRESSES)


def test_the_description_names_every_operation_and_its_answers() -> None:
    described = {
        (method.upper(), path): set(operation["responses"])
        for path, operations in document(ADDRESSES)["paths"].items()
        for method, operation in operations.items()
        if method != "parameters"
    }
    errors, with_body = {"401", "404", "429", "503"}, {"400", "413", "415", "422"}
    session = "/api/v1/sessions/{session_id}"

    assert described == {
        ("PUT", session): {"200", "201"} | errors - {"404"} | with_body,
        ("GET", session): {"200"} | errors,
        ("PATCH", session): {"200"} | errors | with_body,
        ("POST", f"{session}/messages"): {"202"} | errors | with_body,
        ("POST", f"{session}/handoff"): {"200", "202"} | errors | with_body,
        ("POST", "/api/v1/replies/{reply_id}/receipt"): {"200"} | errors | with_body,
        ("GET", "/api/v1/openapi.json"): {"200"},
    }


@pytest.fixture
def one_connection() -> Iterator[None]:
    """A request ends no connection while the test's transaction is open, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def platform(api: ApiClient, org: Organization, settings: Settings, one_connection: None) -> dict[str, str]:
    """The platform's headers; there is a session, a reply, and no limit on the rate."""
    settings.API_RATE_PER_MINUTE = 10**9
    SessionFactory.create(organization=org, external_id="s-1")
    AgentReplyFactory.create(organization=org, pk=1)
    return {"Authorization": f"Bearer {api.key}"}


@schema.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_answer_is_as_described(case: Any, platform: dict[str, str]) -> None:
    # A time on the calendar's first or last day fits its schema and is still refused.
    excluded = [positive_data_acceptance] if case.path.endswith("/messages") else []
    case.call_and_validate(headers=platform, excluded_checks=excluded)
