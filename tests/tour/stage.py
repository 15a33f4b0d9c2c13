"""The demo that the tour walks through: the product, the stand-in Zendesk, the platform, and the owner's browser."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.browser.conftest import Demo, environment
from tests.orgs.processes import Program, eventually, free_port
from tests.sandbox.server import Desk, Sandbox
from tests.tour.doctor import Doctor
from tests.tour.pages import PageError, Visitor

RESPONSE = "conversation.third_party_agent_response"
Json = dict[str, Any]


@contextmanager
def start_demo(folder: Path) -> Iterator[Demo]:
    """A fresh demo in `folder`, with its morning played."""
    port, sandbox_port = free_port(), free_port()
    own = {"VAR_DIR": str(folder), "SECRET_KEY": "", "CREDENTIALS_KEYS": ""}
    program = Program([sys.executable, "manage.py", "demo"], folder, **environment(folder, port, sandbox_port) | own)
    demo = Demo(f"http://localhost:{port}", f"http://localhost:{sandbox_port}", folder, program)
    try:
        if not program.says("Ctrl-C stops all of it", within=90) or not eventually(demo.has_played, within=90):
            raise PageError(f"the demo did not start:\n{program.output}")
        yield demo
    finally:
        if program.process.poll() is None:
            try:
                program.stop(signal.SIGINT, within=30)
            except subprocess.TimeoutExpired:
                program.stop(signal.SIGKILL)


@dataclass
class Tour:
    """Everybody who acts in it: the owner (`visitor`), Zendesk's people (`desk`) and the platform (`call`)."""

    demo: Demo
    visitor: Visitor
    doctor: Doctor
    desk: Desk
    api_key: str
    kept: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, demo: Demo) -> Tour:
        """The owner logs in."""
        visitor = Visitor(demo.url)
        email, password = next(iter(demo.logins.items()))
        page = visitor.press(visitor.open("/login/"), "Log in", email=email, password=password)
        if page.url.rstrip("/") != demo.url:
            raise PageError(f"the login of {email} ended at {page.url}")
        sandbox = Sandbox(demo.stand_in, demo.program.process, demo.folder)
        desk = Desk(sandbox, "acme", sandbox.control("accounts/acme"))
        key = json.loads((demo.folder / "demo.json").read_text())["api_key"]
        return cls(demo, visitor, Doctor(visitor), desk, key)

    def call(self, method: str, path: str, said: Json | None = None) -> Json:
        """A call of the platform's to the product's API."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        answer = requests.request(method, f"{self.demo.url}/api/v1/{path}", json=said, headers=headers, timeout=20)
        if not answer.ok:
            raise PageError(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        found: Json = answer.json()
        return found

    def hand_off(self, session_id: str, *, channel: str = "email", **contact: str) -> Json:
        """The platform passes a session to people; the handoff once it is over."""
        person = {"id": f"ct-{session_id}", "name": "Tova Tour", "email": f"{session_id}@customers.example"} | contact
        session = {"channel": channel, "contact": {key: value for key, value in person.items() if value}}
        self.call("PUT", f"sessions/{session_id}", session)
        message = {"id": "m1", "sender": "contact", "text": "Where is my order A-10001?"}
        message["created_at"] = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        self.call("POST", f"sessions/{session_id}/messages", {"messages": [message]})
        said = {"reason": "user_requested_human_assistance", "summary": "Wants a person.", "topic": "order"}
        self.call("POST", f"sessions/{session_id}/handoff", said)
        ended: Json = self.wait_for(lambda: self._ended(session_id), f"the handoff of {session_id}")
        return ended

    def _ended(self, session_id: str) -> Json:
        found = self.call("GET", f"sessions/{session_id}")
        return found if found["handoff"]["status"] in ("linked", "failed") else {}

    def ticket(self, session_id: str, **contact: str) -> int:
        """The number of a new session's ticket."""
        found = self.hand_off(session_id, **contact)["ticketing_system"]
        if not found or found["id_type"] != "ticket_id":
            raise PageError(f"{session_id} has no ticket: {found}")
        return int(found["external_id"])

    def went_out(self, session_id: str, text: str) -> bool:
        """The platform was told of an agent's words."""
        return any(text in json.dumps(event["body"]) for event in self.desk.sandbox.events(session_id, RESPONSE))

    @staticmethod
    def wait_for(look: Callable[[], Any], what: str, within: float = 40.0) -> Any:
        """What `look` gives once it is true. Raises `PageError`."""
        end = time.monotonic() + within
        while not (found := look()):
            if time.monotonic() > end:
                raise PageError(f"{what} did not come in {within:.0f} s")
            time.sleep(0.2)
        return found
