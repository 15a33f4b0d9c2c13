"""One call to an outside system, whatever the other side does with it."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime

import pytest

from integrations.clients import errors
from integrations.clients.http import Answer, CallRecord, Timeouts, send
from opencx_admin.net import guarded_session

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def peer(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that speaks bytes; the URL it is at."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            while True:
                channel, _address = server.accept()
                with channel:
                    channel.recv(65_536)
                    speak(channel)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.close()


SHORT = Timeouts(1, 1)


def get(url: str, timeouts: Timeouts = SHORT, most_bytes: int = 1_000_000) -> tuple[Answer, CallRecord]:
    calls: list[CallRecord] = []
    session = guarded_session(frozenset({"127.0.0.1"}))
    answer = send(session, "GET", url, path="/x", observe=calls.append, timeouts=timeouts, most_bytes=most_bytes)
    return answer, calls[0]


def drip(first: bytes, each: bytes) -> Callable[[socket.socket], None]:
    def speak(channel: socket.socket) -> None:
        channel.sendall(first)
        for _count in range(100):
            time.sleep(0.2)
            channel.sendall(each)

    return speak


@pytest.mark.parametrize(
    "speak",
    [
        drip(HEAD + b"Content-Length: 100\r\n\r\n", b"x"),
        drip(HEAD, b"X-More: yes\r\n"),
        drip(b"", b"H"),
        drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["body", "headers", "status line", "chunks"],
)
def test_an_answer_that_drips_ends_with_the_time_for_the_whole(speak: Callable[[socket.socket], None]) -> None:
    began = time.monotonic()
    with peer(speak) as url, pytest.raises(errors.NoAnswer) as told:
        get(url)
    assert time.monotonic() - began < 3
    assert told.value.is_outcome_unknown


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "where",
    [b"/elsewhere", b"https://other.example/api", b"//other.example", b"http://[", b"ftp://x", b"\xff\xfe", b"", None],
)
def test_a_redirect_is_an_answer_and_goes_nowhere(status: int, where: bytes | None) -> None:
    told = []

    def speak(channel: socket.socket) -> None:
        told.append(1)
        location = b"" if where is None else b"Location: %s\r\n" % where
        channel.sendall(b"HTTP/1.1 %d Found\r\n%sContent-Length: 5\r\n\r\nmoved" % (status, location))

    with peer(speak) as url:
        answer, call = get(url)
    assert (answer.status, answer.text, call.status, len(told)) == (status, "moved", status, 1)


def test_a_giant_redirect_is_not_read_to_its_end() -> None:
    def speak(channel: socket.socket) -> None:
        channel.sendall(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 900000000\r\n\r\n")
        for _count in range(10_000):
            channel.sendall(b"x" * 65_536)

    began = time.monotonic()
    with peer(speak) as url, pytest.raises(errors.BadResponse):
        get(url, Timeouts(1, 5))
    assert time.monotonic() - began < 4


def test_a_giant_answer_is_not_read_to_its_end() -> None:
    def speak(channel: socket.socket) -> None:
        channel.sendall(HEAD + b"Content-Length: 900000000\r\n\r\n")
        for _count in range(10_000):
            channel.sendall(b"x" * 65_536)

    with peer(speak) as url, pytest.raises(errors.BadResponse):
        get(url, Timeouts(1, 5))


def test_a_packed_giant_is_not_unpacked() -> None:
    packed = gzip.compress(b"[" + b"0," * 20_000_000 + b"0]")

    def speak(channel: socket.socket) -> None:
        channel.sendall(HEAD + b"Content-Encoding: gzip\r\n" + b"Content-Length: %d\r\n\r\n" % len(packed) + packed)

    with peer(speak) as url, pytest.raises(errors.BadResponse):
        get(url, Timeouts(1, 5))


@pytest.mark.parametrize("kind", ["application/json", "text/json", "text/plain", "text/html; charset=iso-8859-1", ""])
def test_json_is_utf_8_whatever_the_header_says(kind: str) -> None:
    body = json.dumps({"text": "Grüße 👋"}, ensure_ascii=False).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind.encode(), len(body))
    with peer(lambda channel: channel.sendall(head + body)) as url:
        answer, _call = get(url)
    assert answer.json() == {"text": "Grüße 👋"}


def test_what_no_database_stores_is_not_in_an_answer() -> None:
    body = b'{"a\\u0000": "x\\u0000y", "b": ["\\ud800", {"c": "\\ud83d\\udc4b"}]}'
    head = b"HTTP/1.1 500 X\r\nContent-Length: %d\r\n\r\n" % (len(body) + 1)
    with peer(lambda channel: channel.sendall(head + body + b"\x00")) as url:
        answer, call = get(url)
    assert "\x00" not in call.answer
    found = Answer(200, {}, answer.text[:-1], 0).json()
    assert found == {"a\ufffd": "x\ufffdy", "b": ["\ufffd", {"c": "👋"}]}


def test_deep_nesting_is_no_json() -> None:
    with pytest.raises(ValueError, match="nested"):
        Answer(200, {}, "[" * 200_000, 0).json()


def in_a_minute() -> str:
    return format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "1.5"}, 1.5, 1.5),
        ({"Retry-After": "in a minute"}, 50, 60),
        ({"Retry-After": "99999999999"}, 3600, 3600),
        ({"Retry-After": "inf"}, None, None),
        ({"Retry-After": "nan"}, None, None),
        ({"Retry-After": "-5"}, None, None),
        ({"Retry-After": "0"}, None, None),
        ({"Retry-After": "soon"}, None, None),
        ({"Retry-After": "Mon, 01 Jan 2001 00:00:00 GMT"}, None, None),
        ({"ratelimit-reset": "12"}, 12, 12),
        ({"rate-limit-reset": "1795362000"}, None, None),
        ({}, None, None),
    ],
)
def test_retry_after_is_read_and_bounded(headers: dict[str, str], low: float | None, high: float | None) -> None:
    dates = {"in a minute": in_a_minute()}
    seconds = Answer(429, {name: dates.get(text, text) for name, text in headers.items()}, "", 0).retry_after
    if low is None or high is None:
        assert seconds is None
    else:
        assert seconds is not None
        assert low <= seconds <= high


@pytest.mark.parametrize("end", [b"", b"Content-Length: 100\r\n\r\nshort", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"])
def test_where_only_the_status_counts_a_broken_body_is_none(end: bytes) -> None:
    with peer(lambda channel: channel.sendall(HEAD + (end or b"\r\n") + b"x" * 200)) as url:
        session, calls = guarded_session(frozenset({"127.0.0.1"})), list[CallRecord]()
        answer = send(session, "POST", url, path="/x", observe=calls.append, timeouts=SHORT, most_bytes=50, cut=True)
    assert (answer.status, calls[0].status) == (200, 200)


def test_a_refusal_that_repeats_our_secrets_is_kept_without_them() -> None:
    body = b'{"error": "no", "you_sent": {"client_secret": "s3cret", "auth": "Bearer t0ken"}}'
    head = b"HTTP/1.1 401 X\r\nContent-Length: %d\r\n\r\n" % len(body)
    calls: list[CallRecord] = []
    with peer(lambda channel: channel.sendall(head + body)) as url:
        answer = send(
            guarded_session(frozenset({"127.0.0.1"})),
            "POST",
            url,
            path="/x",
            observe=calls.append,
            headers={"Authorization": "Bearer t0ken"},
            timeouts=SHORT,
            hide=["s3cret"],
        )
    for text in (answer.text, calls[0].answer):
        assert "s3cret" not in text
        assert "t0ken" not in text
