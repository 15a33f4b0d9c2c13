"""Somebody between the product and the stand-in: changes what Zendesk says, and acts while a call is under way."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.db import connection, connections

Json = dict[str, Any]
Edit = Callable[[Json], Json | None]
OWN = {"content-length", "transfer-encoding", "connection", "content-encoding", "date", "server"}


@dataclass
class Answer:
    """What goes back: a status, headers and a body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Rule:
    """What happens to the calls of one method and path (with `*`)."""

    method: str
    path: str
    edit: Callable[[Answer], Answer | None] | None = None
    before: Callable[[], None] | None = None
    after: Callable[[], None] | None = None
    times: int = 1_000_000


@dataclass
class Between:
    """A proxy in front of the stand-in. `url` is where the product goes instead."""

    target: str
    rules: list[Rule] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    url: str = ""
    # Cuts the JSON of a listing into a page: body and query in, body out.
    pager: Callable[[Json, dict[str, str]], Json] | None = None

    def change(self, method: str, path: str, edit: Edit, *, times: int = 1_000_000) -> None:
        """Let `edit` change the JSON of matching answers; it returns what is answered, or changes it in place."""

        def apply(answer: Answer) -> Answer:
            said = json.loads(answer.body) if answer.body else {}
            changed = edit(said)
            answer.body = json.dumps(said if changed is None else changed).encode()
            return answer

        self.rules.append(Rule(method, path, edit=apply, times=times))

    def answer(self, method: str, path: str, status: int, body: Any = None, *, times: int = 1_000_000) -> None:
        """Answer matching calls with this, whatever the stand-in said."""
        text = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        made = {"Content-Type": "application/json"}
        self.rules.append(Rule(method, path, edit=lambda _answer: Answer(status, made, text), times=times))

    def act(
        self,
        method: str,
        path: str,
        *,
        before: Callable[[], None] | None = None,
        after: Callable[[], None] | None = None,
        times: int = 1,
    ) -> None:
        """Do something before a matching call reaches the stand-in, or after that and before it is answered."""
        self.rules.append(Rule(method, path, before=before, after=after, times=times))

    def take(self, method: str, path: str) -> list[Rule]:
        """The rules of this call, each used up by one."""
        found = [
            rule
            for rule in self.rules
            if rule.times > 0 and rule.method in (method, "*") and fnmatchcase(path, rule.path)
        ]
        for rule in found:
            rule.times -= 1
        return found

    def run(self, act: Callable[[], None] | None) -> None:
        """Run what a test gave; its failure is the test's."""
        try:
            if act is not None:
                act()
        except BaseException as error:  # told to the test at its end
            self.failures.append(error)
        finally:
            connections.close_all()


@contextmanager
def stand_between(target: str) -> Iterator[Between]:
    """A proxy before `target` for the time of the block."""
    between = Between(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            return

        def pass_on(self) -> None:
            path = self.path.partition("?")[0]
            rules = between.take(self.command, path)
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size) if size else None
            for rule in rules:
                between.run(rule.before)
            headers = {name: text for name, text in self.headers.items() if name.lower() not in OWN | {"host"}}
            is_paged = between.pager is not None and any(rule.edit for rule in rules)
            where = f"{between.target}{path}?include=users" if is_paged else between.target + self.path
            got = requests.request(self.command, where, headers=headers, data=body, timeout=20, allow_redirects=False)
            kept = {name: text for name, text in got.headers.items() if name.lower() not in OWN}
            answer = Answer(got.status_code, kept, got.content)
            for rule in rules:
                between.run(rule.after)
                answer = (rule.edit(answer) if rule.edit else None) or answer
            if is_paged and between.pager:
                query = dict(parse_qsl(urlsplit(self.path).query))
                answer.body = json.dumps(between.pager(json.loads(answer.body), query)).encode()
            self.send_response(answer.status)
            for name, text in answer.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.pass_on)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    between.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield between
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
    if between.failures:
        raise between.failures[0]


@contextmanager
def interrupt(act: Callable[[], None], *words: str, at: int = 1, after: bool = False) -> Iterator[None]:
    """Act once, in the midst of our work: before (or `after`) the `at`th query that holds all these words."""
    seen = [0]

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        is_it = all(word in sql for word in words)
        seen[0] += is_it
        is_now = is_it and seen[0] == at
        if is_now and not after:
            seen[0] = 1_000_000
            act()
        result = execute(sql, params, many, context)
        if is_now and after:
            seen[0] = 1_000_000
            act()
        return result

    with connection.execute_wrapper(watch):
        yield
    assert seen[0] >= at, f"no query held {words}"
