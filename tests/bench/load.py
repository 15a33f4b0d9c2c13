"""Calls one address over kept-alive connections, so many at a time: `python -m tests.bench.load <JSON>`.

A process of its own, one thread, nothing but sockets: the cores it shares with the server it measures are
to be the server's. Prints one JSON object: `calls`, `seconds`, `statuses`, and every call's `ms`.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

ANSWER_WITHIN = 30.0


@dataclass
class Line:
    """One connection with the call that is on it."""

    socket: socket.socket
    sent_at: float = 0.0
    answer: bytearray = field(default_factory=bytearray)


def call(url: str, bodies: list[str], in_flight: int, seconds: float) -> dict[str, object]:
    """Send the bodies in turn, over and over, `in_flight` at a time, for `seconds`; what came of it."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    address = (parts.hostname, parts.port)
    calls = [_write(parts.path, f"{parts.hostname}:{parts.port}", body.encode()) for body in bodies]
    statuses: Counter[str] = Counter()
    times: list[float] = []
    sent = 0
    selector = selectors.DefaultSelector()
    for _number in range(in_flight):
        line = Line(socket.create_connection(address))
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(line.socket, selectors.EVENT_READ, line)
    began = time.perf_counter()
    for key in selector.get_map().values():
        _send(key.data, calls[sent % len(calls)])
        sent += 1
    while len(times) < sent:
        ready = selector.select(ANSWER_WITHIN)
        assert ready, f"no answer within {ANSWER_WITHIN} s"
        for key, _events in ready:
            line = key.data
            status = _receive(line)
            if not status:
                continue
            now = time.perf_counter()
            times.append((now - line.sent_at) * 1000)
            statuses[status] += 1
            if now - began < seconds:
                _send(line, calls[sent % len(calls)])
                sent += 1
    spent = time.perf_counter() - began
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return {"calls": len(times), "seconds": spent, "statuses": statuses, "ms": [round(each, 3) for each in times]}


def _write(path: str, host: str, body: bytes) -> bytes:
    head = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def _send(line: Line, words: bytes) -> None:
    line.answer.clear()
    line.sent_at = time.perf_counter()
    line.socket.sendall(words)


def _receive(line: Line) -> str:
    """The answer's status once the whole of it is there, else nothing. Fails when the server hangs up."""
    part = line.socket.recv(65_536)
    assert part, "the server hung up"
    line.answer += part
    head, end, body = bytes(line.answer).partition(b"\r\n\r\n")
    if not end:
        return ""
    for row in head.split(b"\r\n"):
        name, _colon, value = row.partition(b":")
        if name.lower() == b"content-length" and len(body) >= int(value):
            return head.split(b" ", 2)[1].decode()
    return ""


if __name__ == "__main__":
    json.dump(call(**json.loads(sys.argv[1])), sys.stdout)
