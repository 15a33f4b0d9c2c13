"""The whole loop over real HTTP: the product on a live server, the stand-in Zendesk as a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from django.conf import settings as django_settings
from django.db.models import Model
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from integrations import messaging
from integrations import tasks as integration_tasks
from integrations.models import (
    PlatformConnection,
    PlatformEvent,
    SunshineConnection,
    WebhookEndpoint,
    WebhookEvent,
    ZendeskConnection,
)
from opencx_admin.crypto import Secret
from opencx_admin.due import due
from opencx_admin.orgs.models import Organization
from tests.factories import PlatformConnectionFactory, ZendeskConnectionFactory
from tests.sandbox.server import Desk, Sandbox, start_sandbox, wait_until
from ticketing import tasks, updates
from ticketing.models import Handoff, TicketUpdate

SIGNING_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
T = TypeVar("T")


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("sandbox"))
    yield running
    running.stop()


@pytest.fixture
def product(sandbox: Sandbox, live_server: LiveServer, settings: Settings, transactional_db: None) -> LiveServer:
    """The product, reachable over HTTP and told where the stand-in is."""
    settings.PUBLIC_URL = live_server.url
    settings.ZENDESK_URL = f"{sandbox.url}/{{subdomain}}"
    settings.OUTBOUND_ALLOW_HOSTS = frozenset({"127.0.0.1", "localhost"})
    sandbox.reset()
    return live_server


@pytest.fixture
def desk(product: LiveServer, sandbox: Sandbox, org: Organization) -> Desk:
    """The account of `org`: connected by OAuth, its webhook pointed at us, our events at the platform."""
    found = sandbox.account("acme")
    connect(org, found)
    return found


@pytest.fixture
def chats(desk: Desk, sandbox: Sandbox, settings: Settings, org: Organization) -> SunshineConnection:
    """Messaging, connected and with its webhook registered, multi-conversations on."""
    settings.SUNSHINE_URL = f"{sandbox.url}/{{subdomain}}/sc"
    desk.sunshine(multi_conversations=True)
    key_id, secret = desk.sunshine_key()
    connection = SunshineConnection.objects.create(
        organization=org,
        subdomain=desk.subdomain,
        app_id=desk.app_id,
        key_id=key_id,
        secret=Secret.hide(secret),
        verified_at=timezone.now(),
        active_since=timezone.now(),
    )
    client = messaging.open_sunshine(connection)
    connection.agent_workspace_id = next(
        found.id for found in client.switchboard_integrations() if found.integration_type == "zd:agentWorkspace"
    )
    connection.save()
    messaging.register_webhook(connection, client)
    return connection


def connect(org: Organization, desk: Desk, *, platform: str = "default") -> ZendeskConnection:
    """Connect an organization to an account and to the platform's stand-in."""
    client = desk.client
    connection = ZendeskConnectionFactory.create(
        organization=org,
        subdomain=desk.subdomain,
        client_id=client["client_id"],
        client_secret=Secret.hide(client["client_secret"]),
    )
    PlatformConnectionFactory.create(
        organization=org,
        events_url=desk.sandbox.events_url(platform),
        signing_secret=Secret.hide(SIGNING_SECRET),
    )
    desk.sandbox.platform(platform, events_secret=SIGNING_SECRET)
    desk.set_webhook(endpoint=WebhookEndpoint.current(org).url)
    return connection


@dataclass
class Worker:
    """The background worker, one step at a time."""

    def step(self) -> int:
        """Do everything that is due now, once. Returns how many rows were due."""
        rows = 0
        for handoff in due(Handoff.objects.all()):
            tasks.advance_handoff(str(handoff.pk))
            rows += 1
        for session_id in updates.list_due_sessions(100):
            tasks.ring_session(session_id)
            rows += 1
        for call in due(WebhookEvent.objects.all()):
            integration_tasks.process_event(call.pk)
            rows += 1
        for event in due(PlatformEvent.objects.all()).order_by("pk"):
            integration_tasks.deliver_event(event.pk)
            rows += 1
        return rows

    def rest(self) -> None:
        """Work until nothing is due."""
        for _round in range(50):
            if not self.step():
                return
        raise AssertionError("the worker never comes to rest")

    def until(self, look: Callable[[], T], seconds: float = 10) -> T:
        """Work until `look` gives something true."""

        def work_and_look() -> T:
            self.step()
            return look()

        return wait_until(work_and_look, seconds)

    def skip_waiting(self) -> None:
        """Let the time pass until everything that waits is due."""
        models: list[type[Model]] = [Handoff, TicketUpdate, WebhookEvent, PlatformEvent]
        for model in models:
            rows: Any = model._default_manager.filter(next_attempt_at__isnull=False)
            rows.update(next_attempt_at=timezone.now())


@pytest.fixture
def worker() -> Worker:
    return Worker()


def events_of(sandbox: Sandbox, session_id: str, kind: str = "") -> list[dict[str, Any]]:
    """The `data` of the events the platform took for a session, oldest first."""
    return [event["body"]["data"] for event in sandbox.events(session_id, kind)]


__all__ = ["SIGNING_SECRET", "PlatformConnection", "Worker", "connect", "django_settings", "events_of"]
