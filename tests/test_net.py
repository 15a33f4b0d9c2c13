"""Outbound calls reach public hosts and the allowed ones, however an address is written."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from integrations.clients import errors
from integrations.clients.http import CallRecord, Timeouts, send
from opencx_admin.net import ForbiddenAddress, allowed_addresses, check_url, guarded_session

NOBODY: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2002:a00:1::1]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00::1]",
        "[ff02::1]",
        "localhost",
        "LOCALHOST",
        "a.localhost",
        "intranet",
    ],
)
def test_a_private_host_is_refused_when_it_is_saved(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_url(f"http://{host}:8000/hook", NOBODY)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook",
        "//example.com/hook",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http:///hook",
        "http://user@8.8.8.8/",
        "http://user:secret@8.8.8.8/",
        "http://8.8.8.8:99999/",
        "http://8.8.8.8:port/",
        "http://[::1/",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is the URL
        check_url(url, NOBODY)


@pytest.mark.parametrize("url", ["https://8.8.8.8/hook", "http://[2001:4860:4860::8888]/", "https://hooks.example/x"])
def test_a_public_host_passes(url: str) -> None:
    check_url(url, NOBODY)


def test_an_allowed_host_is_allowed_by_name_or_by_address() -> None:
    check_url("http://localhost:8000/", frozenset({"localhost"}))
    check_url("http://LocalHost:8000/", frozenset({"localhost"}))
    check_url("http://127.1/", frozenset({"127.0.0.1"}))
    with pytest.raises(ForbiddenAddress):
        check_url("http://127.0.0.2/", frozenset({"127.0.0.1"}))


def test_only_the_public_addresses_of_a_host_are_used() -> None:
    assert [ip for _family, ip in allowed_addresses("8.8.8.8", 80, NOBODY)] == ["8.8.8.8"]


@pytest.fixture
def mover() -> Iterator[str]:
    """A server that sends everybody on to a private address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(307)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def call(url: str, allow: frozenset[str]) -> tuple[int, list[CallRecord]]:
    calls: list[CallRecord] = []
    answer = send(
        guarded_session(allow), "POST", url, path="/x", observe=calls.append, body=b"{}", timeouts=Timeouts(1, 1)
    )
    return answer.status, calls


def test_a_redirect_is_not_followed(mover: str) -> None:
    assert call(mover, frozenset({"127.0.0.1"}))[0] == 307


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "localhost"])
def test_the_address_is_checked_again_at_the_call(mover: str, host: str) -> None:
    port = mover.rpartition(":")[2]
    with pytest.raises(errors.Unreachable) as told:
        call(f"http://{host}:{port}/", NOBODY)
    assert told.value.code == "forbidden_address"
