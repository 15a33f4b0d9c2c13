"""Starts the stand-in Zendesk as a process of its own, for any test that needs one."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

from tests.sandbox.hands import KnowledgeHands, SunshineHands

PROJECT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]
T = TypeVar("T")


@dataclass
class Sandbox:
    """A running stand-in. ``url`` has no slash at its end."""

    url: str
    process: "subprocess.Popen[bytes]"
    folder: Path

    def control(self, part: str, body: Json | None = None, query: Json | None = None) -> Any:
        """Calls ``/_control/<part>``: POST when there is a body, else GET. Fails the test on a refusal."""
        where = f"{self.url}/_control/{part}"
        answer = (
            requests.post(where, json=body, timeout=20)
            if body is not None
            else requests.get(where, params=query, timeout=20)
        )
        assert answer.status_code == 200, f"{part}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def reset(self) -> None:
        """Empties everything."""
        self.control("reset", {})

    def account(self, subdomain: str = "acme", **said: Any) -> "Desk":
        """A fresh account of that name."""
        return Desk(self, subdomain, self.control("accounts", {"subdomain": subdomain, **said}))

    def platform(self, name: str = "default", **said: Any) -> Json:
        """Sets where the product is, the API key and the events' secret."""
        answer: Json = self.control("platform", {"name": name, **said})
        return answer

    def events(self, session_id: str = "", event: str = "", name: str = "default") -> list[Json]:
        """Signed events that the platform took or refused, oldest first."""
        query = {"name": name, "session_id": session_id, "event": event}
        found: list[Json] = self.control("platform/events", query=query)["events"]
        return found

    def events_url(self, name: str = "default") -> str:
        """Where the product is to send its events."""
        return f"{self.url}/platform/events" + ("" if name == "default" else f"/{name}")

    def stop(self) -> None:
        """Ends the process."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


@dataclass
class Desk(KnowledgeHands, SunshineHands):
    """One account of the stand-in, with hands to play its people."""

    sandbox: Sandbox
    subdomain: str
    description: Json

    @property
    def url(self) -> str:
        """The account's base URL: what ``ZENDESK_URL`` gives."""
        return f"{self.sandbox.url}/{self.subdomain}"

    @property
    def credentials(self) -> tuple[str, str]:
        """Basic credentials of its first API token."""
        first = self.description["api_tokens"][0]
        return f"{first['email']}/token", first["token"]

    @property
    def client(self) -> Json:
        """Its first OAuth client: ``client_id``, ``client_secret``."""
        client: Json = self.description["oauth_clients"][0]
        return client

    def api(self, method: str, path: str, **options: Any) -> requests.Response:
        """Calls the account's API as its admin: ``api("GET", "tickets/1001")``."""
        options.setdefault("auth", self.credentials)
        return requests.request(method, f"{self.url}/api/v2/{path}", timeout=20, **options)

    def sc(self, method: str, path: str, **options: Any) -> requests.Response:
        """Calls its Sunshine app by the App key: `sc("POST", "users", json=…)`."""
        about = self.sunshine()
        options.setdefault("auth", (about["keys"][0]["id"], about["keys"][0]["secret"]))
        where = f"{self.url}/sc/v2/apps/{about['app_id']}{'/' if path else ''}{path}"
        return requests.request(method, where, timeout=20, **options)

    def order(self, part: str, body: Json | None = None, query: Json | None = None) -> Any:
        """The control API of this account."""
        return self.sandbox.control(f"accounts/{self.subdomain}{part}", body, query)

    def fault(self, kind: str, **said: Any) -> None:
        """Switches a fault on, once unless ``times`` says otherwise."""
        self.order("/faults", {"kind": kind, **said})

    def heal(self) -> None:
        """Ends all faults."""
        self.order("/faults", {"clear": True})

    def reply(self, ticket_id: int, text: str, **said: Any) -> int:
        """An agent's public reply; the comment's id."""
        return int(self.play("reply", ticket_id, text=text, **said)["comment_id"])

    def note(self, ticket_id: int, text: str, **said: Any) -> int:
        """An agent's internal note; the comment's id."""
        return int(self.play("note", ticket_id, text=text, **said)["comment_id"])

    def set_webhook(self, **said: Any) -> Json:
        """Sets the endpoint (and ``signing``, ``signing_secret``) of the account's webhook."""
        answer: Json = self.order("/webhook", said)
        return answer

    def requests(self, method: str = "", path: str = "", since: int = 0) -> list[Json]:
        """API calls that reached the account, oldest first; ``path`` as ``/api/v2/tickets``."""
        query = {"method": method, "path": path, "since": since}
        found: list[Json] = self.order("/requests", query=query)["requests"]
        return found

    def tickets(self) -> list[Json]:
        """Every ticket, deleted ones too: ``id``, ``external_id``, ``status``, ``tags``, ``deleted``."""
        found: list[Json] = self.order("")["tickets"]
        return found

    def comments(self, ticket_id: int) -> list[Json]:
        """A ticket's comments as the API gives them, oldest first."""
        found: list[Json] = self.api("GET", f"tickets/{ticket_id}/comments").json()["comments"]
        return found

    def invocations(self) -> list[Json]:
        """Every call of the account's webhooks with its attempts."""
        found: list[Json] = self.order("/invocations")["invocations"]
        return found

    # -- webhooks, triggers and views, by hand ------------------------------------------------------

    def set_options(self, **said: Any) -> Json:
        """Changes the account: `enterprise`, `has_webhooks`, `manages_rules`, `manages_webhooks`, `limits` …"""
        answer: Json = self.order("", said)
        return answer

    def webhooks(self) -> list[Json]:
        """Every webhook as the API shows it, with `signing_secret` and `signs`."""
        found: list[Json] = self.order("")["webhooks"]
        return found

    def triggers(self) -> list[Json]:
        """Every trigger as the API shows it."""
        found: list[Json] = self.order("")["triggers"]
        return found

    def views(self) -> list[Json]:
        """Every view as the API shows it."""
        found: list[Json] = self.order("")["views"]
        return found

    def make_by_hand(self, kind: str, by: str = "", **fields: Any) -> Json:
        """A person makes a `webhook`, `trigger` or `view` in Admin Center; `by` is a name or an address."""
        answer: Json = self.order("/by_hand", {"do": "create", "kind": kind, "by": by, "fields": fields})
        return answer

    def change_by_hand(self, kind: str, pk: object = "", by: str = "", **fields: Any) -> Json:
        """A person changes one, the first when no id is given; a trigger's `body` and `webhook_id` are short forms."""
        said = {"do": "change", "kind": kind, "id": str(pk), "by": by, "fields": fields}
        answer: Json = self.order("/by_hand", said)
        return answer

    def delete_by_hand(self, kind: str, pk: object = "", by: str = "", *, force: bool = False) -> None:
        """A person deletes one; `force` deletes a webhook that triggers still name."""
        self.order("/by_hand", {"do": "delete", "kind": kind, "id": str(pk), "by": by, "force": force})

    def reset_secret_by_hand(self, pk: object = "", by: str = "") -> str:
        """A person resets a webhook's signing secret; the new one."""
        said = {"do": "reset_secret", "kind": "webhook", "id": str(pk), "by": by}
        return str(self.order("/by_hand", said)["signing_secret"])

    def audit_log(self) -> list[Json]:
        """Who changed which webhook, trigger or view, oldest first, whatever the plan."""
        found: list[Json] = self.order("/audit")["entries"]
        return found

    def wait_for_events(self, count: int, seconds: float = 10) -> list[Json]:
        """The calls with events, once there are that many and none is still to be made."""

        def look() -> list[list[Json]]:
            answer = self.order("/sunshine/calls")
            return [answer["calls"]] if not answer["pending"] and len(answer["calls"]) >= count else []

        return wait_until(look, seconds)[0]

    def wait_for_calls(self, count: int, seconds: float = 10) -> list[Json]:
        """The invocations, once there are that many and all are over."""

        def look() -> list[list[Json]]:
            found = self.invocations()
            is_over = all(one["status"] not in ("in progress", "retrying") for one in found)
            return [found] if is_over and len(found) >= count else []

        return wait_until(look, seconds)[0]


def wait_until(look: Callable[[], T], seconds: float = 10) -> T:
    """What ``look`` gives once it is true; fails after the time."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"nothing within {seconds} s"
        time.sleep(0.03)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_sandbox(folder: Path, product_url: str = "") -> Sandbox:
    """Starts one with its database in ``folder``; it answers when this returns."""
    port = free_port()
    environment = {
        **os.environ,
        "VAR_DIR": str(folder),
        "PYTHONPATH": str(PROJECT),
        "DJANGO_SETTINGS_MODULE": "integrations.sandbox.settings",
    }
    program = [sys.executable, "-m", "integrations.sandbox", "--bind", f"127.0.0.1:{port}"]
    if product_url:
        program += ["--product-url", product_url]
    process = subprocess.Popen(program, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
    sandbox = Sandbox(f"http://127.0.0.1:{port}", process, folder)

    def is_up() -> bool:
        assert process.poll() is None, "the stand-in ended at once"
        try:
            return requests.get(f"{sandbox.url}/_control/health", timeout=2).ok
        except requests.ConnectionError:
            return False

    wait_until(is_up, 15)
    return sandbox
