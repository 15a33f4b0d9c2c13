"""The demo: an organization connected to the stand-in Zendesk, and a morning's conversations played into both.

Nothing here is drawn: every session goes through the platform's API and every answer through the stand-in.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from django.db import transaction
from django.utils import timezone

from integrations.connect import record_calls
from integrations.messaging_credentials import keep_messaging_proof, register
from integrations.models import AuthMethod, PlatformConnection, SunshineConnection, WebhookEndpoint, ZendeskConnection
from integrations.models.platform import new_signing_secret
from integrations.verify_messaging import MessagingCandidate, verify_messaging
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization, Role
from opencx_admin.orgs.people import create_organization, find_or_create_user, join

ORGANIZATION = "Acme Outfitters"
PEOPLE = (
    ("ana@example.com", "Ana Kovačević", Role.OWNER),
    ("lea@example.com", "Lea Brandt", Role.LEAD),
    ("vera@example.com", "Vera Okafor", Role.VIEWER),
)
SUBDOMAIN = "acme"
BY = "make run"


@dataclass
class Notes:
    """What the demo must remember between runs, in a file that only its owner reads."""

    path: Path
    said: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Notes:
        path = folder / "demo.json"
        return cls(path, json.loads(path.read_text()) if path.exists() else {})

    def write(self) -> None:
        self.path.touch(mode=0o600)
        self.path.write_text(json.dumps(self.said, indent=2))


def prepare(notes: Notes, sandbox_url: str) -> Organization:
    """The demo's rows, made on the first run only."""
    found = Organization.objects.filter(name=ORGANIZATION).first()
    if found is not None and notes.said:
        return found
    with transaction.atomic():
        passwords: dict[str, str] = {}
        owner, *others = [(find_or_create_user(email, name=name), role) for email, name, role in PEOPLE]
        organization, api_key = create_organization(ORGANIZATION, owner[0][0])
        for (user, _made), role in others:
            join(organization, user, role)
        for (user, made), _role in (owner, *others):
            passwords[user.email] = made or secrets.token_urlsafe(12)
            user.set_password(passwords[user.email])
            user.save(update_fields=["password"])
        secret = _connect(organization, sandbox_url)
    notes.said = {"passwords": passwords, "api_key": api_key, "events_secret": secret, "is_played": False}
    notes.write()
    return organization


def _connect(organization: Organization, sandbox_url: str) -> str:
    now, secret = timezone.now(), new_signing_secret()
    ZendeskConnection.objects.create(
        organization=organization,
        subdomain=SUBDOMAIN,
        auth_method=AuthMethod.OAUTH,
        client_id=f"{SUBDOMAIN}-client",
        client_secret=Secret.hide(f"{SUBDOMAIN}-secret"),
        secret_set_at=now,
        secret_set_by=BY,
        saved_at=now,
    )
    PlatformConnection.objects.create(
        organization=organization,
        events_url=f"{sandbox_url}/platform/events",
        signing_secret=Secret.hide(secret),
        secret_set_at=now,
        secret_set_by=BY,
    )
    return secret


@dataclass(frozen=True)
class Stage:
    """Both sides of the demo, by HTTP."""

    product_url: str
    sandbox_url: str
    notes: Notes

    def control(self, part: str, said: dict[str, Any]) -> dict[str, Any]:
        """An order to the stand-in."""
        answer = requests.post(f"{self.sandbox_url}/_control/{part}", json=said, timeout=20)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def call(self, method: str, path: str, said: dict[str, Any]) -> dict[str, Any]:
        """A call of the platform's to the product's API."""
        headers = {"Authorization": f"Bearer {self.notes.said['api_key']}"}
        url = f"{self.product_url}/api/v1/{path}"
        answer = requests.request(method, url, json=said, headers=headers, timeout=20)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def introduce(self, organization: Organization) -> None:
        """Tell the stand-in where the product is, and the other way round; at every start."""
        said = self.notes.said
        self.control(
            "platform",
            {
                "product_url": self.product_url,
                "api_key": said["api_key"],
                "events_secret": said["events_secret"],
                "sends_receipts": True,
            },
        )
        endpoint = WebhookEndpoint.current(organization)
        if not endpoint.signing_secret:
            endpoint.signing_secret = Secret.hide(secrets.token_urlsafe(32))
            endpoint.secret_set_at, endpoint.secret_set_by = timezone.now(), BY
            endpoint.save(update_fields=["signing_secret", "secret_set_at", "secret_set_by"])
        self.control(
            f"accounts/{SUBDOMAIN}/webhook",
            {"endpoint": endpoint.url, "signing": True, "signing_secret": endpoint.signing_secret.reveal()},
        )

    def connect_messaging(self, organization: Organization) -> None:
        """Live chats through the stand-in's Sunshine app, verified and registered as Settings does; once."""
        if SunshineConnection.objects.filter(organization=organization).exists():
            return
        app = requests.get(f"{self.sandbox_url}/_control/accounts/{SUBDOMAIN}/sunshine", timeout=20).json()
        key = next(key for key in app["keys"] if key["scope"] == "app")
        now = timezone.now()
        connection = SunshineConnection.objects.create(
            organization=organization,
            subdomain=SUBDOMAIN,
            app_id=app["app_id"],
            key_id=key["id"],
            secret=Secret.hide(key["secret"]),
            secret_set_at=now,
            secret_set_by=BY,
            saved_at=now,
        )
        report = verify_messaging(MessagingCandidate.of(connection), record_calls(organization, "sunshine", "verify"))
        keep_messaging_proof(connection, report, who=BY)
        register(connection, who=BY)

    def wait_for_link(self, session_id: str, seconds: float = 20) -> dict[str, Any]:
        """The session's ticket or conversation, as the stand-in's orders name it; empty when none comes in time."""
        end = time.monotonic() + seconds
        headers = {"Authorization": f"Bearer {self.notes.said['api_key']}"}
        url = f"{self.product_url}/api/v1/sessions/{session_id}"
        while time.monotonic() < end:
            system = requests.get(url, headers=headers, timeout=20).json().get("ticketing_system")
            if system and system["id_type"] == "conversation_id":
                return {"conversation_id": system["external_id"]}
            if system:
                return {"ticket_id": int(system["external_id"])}
            time.sleep(0.2)
        return {}


def play(stage: Stage) -> None:
    """Play the morning's conversations, once."""
    if stage.notes.said.get("is_played"):
        return
    stories = json.loads((Path(__file__).parent / "demo_stories.json").read_text())
    began = timezone.now() - dt.timedelta(minutes=4 * len(stories))
    for number, story in enumerate(stories):
        _play_story(stage, story, began + dt.timedelta(minutes=4 * number))
    stage.notes.said["is_played"] = True
    stage.notes.write()


def _play_story(stage: Stage, story: dict[str, Any], at: dt.datetime) -> None:
    session_id = story["id"]
    if story.get("suspend"):
        stage.control(
            f"accounts/{SUBDOMAIN}/play", {"action": "suspend_user", "email": story["session"]["contact"]["email"]}
        )
    stage.call("PUT", f"sessions/{session_id}", story["session"])
    messages = [
        {"id": f"{session_id}-{n}", "created_at": (at + dt.timedelta(seconds=20 * n)).isoformat(), **message}
        for n, message in enumerate(story["messages"])
    ]
    stage.call("POST", f"sessions/{session_id}/messages", {"messages": messages})
    if "handoff" not in story:
        return
    stage.call("POST", f"sessions/{session_id}/handoff", story["handoff"])
    if not story.get("agent"):
        return
    link = stage.wait_for_link(session_id)
    prefix = "chat_" if "conversation_id" in link else ""
    for act in story["agent"] if link else ():
        stage.control(f"accounts/{SUBDOMAIN}/play", {**link, **act, "action": f"{prefix}{act['action']}"})
        time.sleep(1.1)
    for number, text in enumerate(story.get("afterwards", ())):
        message = {"id": f"{session_id}-later-{number}", "sender": "contact", "text": text}
        message["created_at"] = timezone.now().isoformat()
        stage.call("POST", f"sessions/{session_id}/messages", {"messages": [message]})
