"""Both sides of the demo, by HTTP."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

import requests
from django.utils import timezone

from integrations.connect import record_calls
from integrations.messaging_credentials import keep_messaging_proof, register
from integrations.models import ProvisionedObject, SunshineConnection, WebhookEndpoint
from integrations.verify_messaging import MessagingCandidate, verify_messaging
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization
from ticketing.demo.notes import BY, Notes
from ticketing.demo.rows import SECOND_ORGANIZATION, SECOND_SUBDOMAIN, SUBDOMAIN


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
        self._introduce_second()
        endpoint = WebhookEndpoint.current(organization)
        if ProvisionedObject.objects.filter(organization=organization).exists():
            return  # the webhook is ours by now: whatever is wrong with it is found and mended on the pages
        if not endpoint.signing_secret:
            endpoint.signing_secret = Secret.hide(secrets.token_urlsafe(32))
            endpoint.secret_set_at, endpoint.secret_set_by = timezone.now(), BY
            endpoint.save(update_fields=["signing_secret", "secret_set_at", "secret_set_by"])
        self.control(
            f"accounts/{SUBDOMAIN}/webhook",
            {"endpoint": endpoint.url, "signing": True, "signing_secret": endpoint.signing_secret.reveal()},
        )

    def _introduce_second(self) -> None:
        """An account that nobody prepared, and a platform that waits for its events."""
        key = self.notes.said.get("second_api_key")
        accounts = requests.get(f"{self.sandbox_url}/_control/accounts", timeout=20).json()["accounts"]
        if not key or any(account["subdomain"] == SECOND_SUBDOMAIN for account in accounts):
            return
        account = {"subdomain": SECOND_SUBDOMAIN, "name": SECOND_ORGANIZATION, "trigger": False}
        self.control("accounts", account)
        self.control("platform", {"name": SECOND_SUBDOMAIN, "product_url": self.product_url, "api_key": key})

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
