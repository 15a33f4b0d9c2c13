"""The product as its operator starts it and as others meet it: processes, a database in a folder, and HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from typing import Any

import requests

from tests.orgs.processes import ROOT, Program, children_of, eventually, free_port
from tests.sandbox.server import Desk, Sandbox, wait_until

Json = dict[str, Any]
SESSION: Json = {
    "channel": "email",
    "contact": {"id": "contact-1", "name": "Carla Contact", "email": "carla@customer.example"},
}
HANDOFF: Json = {"reason": "user_requested_human_assistance", "summary": "Wants a person."}
OWNER = "olga@example.com"
PASSWORD_VARIABLE = "OWNERS_PASSWORD"
PASSWORD = "a-password-of-the-tests-4711"
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Product:
    """`manage.py serve` in a folder of its own. `environ` is added to what it always gets."""

    folder: Path
    sandbox: Sandbox
    environ: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    owner: str = OWNER
    api_key: str = ""
    webhook_url: str = ""
    program: Program | None = None
    _person: requests.Session | None = None
    _platform: requests.Session = field(default_factory=requests.Session)

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """Its environment, on top of this process's own."""
        return {
            "VAR_DIR": str(self.folder),
            "PUBLIC_URL": self.url,
            "ZENDESK_URL": f"{self.sandbox.url}/{{subdomain}}",
            "OUTBOUND_ALLOW_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "WARNING",
            "API_RATE_PER_MINUTE": "60000",
            PASSWORD_VARIABLE: PASSWORD,
            **self.environ,
        }

    # -- processes

    def start(self) -> None:
        """Serve, migrating first; it answers when this returns."""
        command = [sys.executable, "manage.py", "serve", "--migrate", "--bind", f"127.0.0.1:{self.port}"]
        self.program = Program(command, self.folder, **self.settings)
        assert self.program.says("Serving ", within=60), self.program.output

    def wait_for_worker(self) -> None:
        """Wait until the worker and the scheduler have shown themselves."""
        assert eventually(lambda: self.get("/readyz").status_code == 200, within=30), self.output

    def stop(self) -> None:
        """End all of it, as Ctrl-C does."""
        if self.program is not None and self.program.process.poll() is None:
            self.program.stop()

    def kill(self) -> None:
        """End the supervisor and every process under it at once, with nothing tidied up."""
        assert self.program is not None
        for pid in [self.program.pid, *children_of(self.program.pid)]:
            _kill(pid)
        self.program.process.wait(10)

    def kill_children(self, mark: str) -> None:
        """Kill what runs under the supervisor with `mark` among its arguments: `worker`, `beat`, `granian`."""
        pids = self.find_children(mark)
        assert pids, f"no {mark} runs"
        for pid in pids:
            _kill(pid)

    def find_children(self, mark: str) -> list[int]:
        """The processes under the supervisor with `mark` among their arguments, and those they started."""
        assert self.program is not None
        tops = [pid for pid in children_of(self.program.pid) if mark in arguments_of(pid)]
        return sorted({pid for top in tops for pid in (top, *children_of(top))})

    @property
    def output(self) -> str:
        """All it wrote since its last start."""
        return self.program.output if self.program else ""

    def manage(self, *words: str) -> Json:
        """A management command that prints one JSON object."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=os.environ | self.settings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said: Json = json.loads(done.stdout)
        return said

    # -- a person's browser

    def get(self, path: str) -> requests.Response:
        """A page for nobody in particular."""
        return requests.get(f"{self.url}{path}", timeout=20)

    @property
    def person(self) -> requests.Session:
        """The owner's browser, logged in."""
        if self._person is None:
            self._person = requests.Session()
            self.submit("/login/", email=self.owner, password=PASSWORD)
        return self._person

    def submit(self, path: str, **fields: str) -> str:
        """Open the page and send its form; the page that comes then. Fails on a refusal."""
        browser = self._person or self.person
        page = browser.get(f"{self.url}{path}", timeout=20)
        token = _CSRF.search(page.text)
        assert token, f"{path}: {page.status_code}, no form"
        said = {"csrfmiddlewaretoken": token[1], **fields}
        answer = browser.post(f"{self.url}{path}", data=said, headers={"Referer": f"{self.url}{path}"}, timeout=30)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:3000]}"
        return answer.text

    def set_up(self, desk: Desk, name: str = "Acme Outfitters") -> None:
        """Make an organization and connect it to Zendesk and to the platform (named as the account), by the forms."""
        made = self.manage("create_organization", name, "--owner", self.owner, "--password-env", PASSWORD_VARIABLE)
        self.api_key = made["api_key"]
        client = desk.client
        self.submit(
            "/settings/integrations/zendesk/ticketing/",
            action="save",
            subdomain=desk.subdomain,
            auth_method="oauth",
            client_id=client["client_id"],
            client_secret=client["client_secret"],
        )
        said = self.submit(
            "/settings/integrations/opencx/", action="save", events_url=self.sandbox.events_url(desk.subdomain)
        )
        secret = _find(r'value="(whsec_[^"]+)"', said)
        self.sandbox.platform(desk.subdomain, product_url=self.url, api_key=self.api_key, events_secret=secret)
        self.webhook_url = self.read_webhook_url()
        desk.set_webhook(endpoint=self.webhook_url)

    def read_webhook_url(self) -> str:
        """The organization's current address for Zendesk, read from its page."""
        page = self.person.get(f"{self.url}/settings/integrations/zendesk/webhook/", timeout=20).text
        return _find(r'value="([^"]+)"', _find(r'(<input[^>]*id="webhook-url"[^>]*>)', page))

    def neighbour(self, desk: Desk, name: str, owner: str) -> Product:
        """Another organization of the same running product, set up with an account of its own."""
        found = replace(self, owner=owner, _person=None, api_key="", webhook_url="")
        found.set_up(desk, name)
        return found

    # -- the platform

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """A call of the platform's; its answer with the status under `http`. Safe from several threads."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        answer = requests.request(method, f"{self.url}/api/v1/{path}", json=body, headers=headers, timeout=30)
        return {"http": answer.status_code, **answer.json()}

    def open_session(self, session_id: str, text: str = "Where is my order 4711?") -> None:
        """A contact writes to the AI."""
        assert self.call("PUT", f"sessions/{session_id}", SESSION)["http"] in (200, 201)
        self.say(session_id, "m1", text)

    def say(self, session_id: str, message_id: str, text: str) -> None:
        """A contact's message."""
        message = {"id": message_id, "sender": "contact", "text": text, "created_at": "2026-11-22T10:00:00+00:00"}
        assert self.call("POST", f"sessions/{session_id}/messages", {"messages": [message]})["http"] == 202

    def hand_off(self, session_id: str) -> Json:
        """Ask for people."""
        return self.call("POST", f"sessions/{session_id}/handoff", HANDOFF)

    def find_ticket(self, session_id: str) -> int:
        """The session's ticket; 0 while there is none."""
        found = self.call("GET", f"sessions/{session_id}")["ticketing_system"]
        return int(found["external_id"]) if found else 0

    def wait_for_ticket(self, session_id: str, seconds: float = 20) -> int:
        """The session's ticket, once it is linked."""
        return wait_until(lambda: self.find_ticket(session_id), seconds)


def arguments_of(pid: int) -> list[str]:
    """The command line of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_listening(port: int) -> bool:
    """Somebody takes connections on that port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _find(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    assert found, f"nothing matches {pattern}"
    return unescape(found[1])
