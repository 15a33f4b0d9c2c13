"""What requests leave in the log: refusals a line, faults their traceback."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path


def break_down(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("a fault of the program")


urlpatterns = [path("broken/", break_down), path("", include("opencx_admin.urls"))]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.test_logs")]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the configured handler writes."""
    handler = next(one for one in logging.getLogger().handlers if one.get_name() == "console")
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before or handler.stream)


@pytest.mark.parametrize(
    ("method", "url", "status", "said"),
    [
        ("post", "/settings/integrations/zendesk/ticketing/", 403, "Forbidden"),
        ("get", "/sessions/nobody/", 404, "Not Found"),
        ("get", "/nowhere", 404, "Not Found"),
        ("post", "/sessions/", 405, ""),
    ],
)
def test_a_refusal_leaves_a_line_without_a_traceback(
    as_vera: Client, log: io.StringIO, method: str, url: str, status: int, said: str
) -> None:
    assert getattr(as_vera, method)(url).status_code == status
    assert said in log.getvalue()
    assert "Traceback" not in log.getvalue()


def test_a_wrong_host_leaves_a_line_without_a_traceback(client: Client, log: io.StringIO) -> None:
    assert client.get("/login/", headers={"host": "scanner.example"}).status_code == 400
    assert "scanner.example" in log.getvalue()
    assert "Traceback" not in log.getvalue()


def test_a_fault_leaves_its_traceback(as_vera: Client, log: io.StringIO) -> None:
    as_vera.raise_request_exception = False
    assert as_vera.get("/broken/").status_code == 500
    assert "ZeroDivisionError: a fault of the program" in log.getvalue()
    assert "Traceback" in log.getvalue()
