"""What Zendesk’s own list of calls says after the webhook was mended."""

from __future__ import annotations

import time

from django.test import Client

from integrations.models import WebhookEvent
from opencx_admin.orgs.models import Organization
from tests.flows.conftest import Worker
from tests.flows.test_doctor import ask, bare, kept, press, ticket, work
from tests.sandbox.server import Desk

__all__ = ["bare", "kept", "ticket"]


def ring(kept: Desk, ticket: int, text: str) -> None:
    """An agent answers, and Zendesk calls for it."""
    known = len(kept.invocations())
    kept.reply(ticket, text)
    kept.wait_for_calls(known + 1)


def test_calls_that_failed_before_the_webhook_was_mended_are_past(
    kept: Desk, org: Organization, ticket: int, worker: Worker, as_alice: Client
) -> None:
    ring(kept, ticket, "Rings.")
    worker.rest()
    assert WebhookEvent.objects.exists()
    good = kept.webhooks()[0]["endpoint"]
    kept.change_by_hand("webhook", kept.webhooks()[0]["id"], endpoint=f"{good}old/")
    ring(kept, ticket, "Rings at an old address.")
    found = ask(org, "webhook.activity")
    assert (found.verdict, found.repair) == ("problem", "Repair in Zendesk")
    time.sleep(1.1)  # Zendesk tells whole seconds: the proof must fall into a later one
    press(as_alice, "webhook.activity")
    work()
    mended = ask(org, "webhook.activity")
    assert mended.verdict == "ok"
    assert "1 answered 4xx came before" in mended.evidence
    kept.change_by_hand("webhook", kept.webhooks()[0]["id"], endpoint=f"{good}old/")
    ring(kept, ticket, "And again.")
    assert ask(org, "webhook.activity").verdict == "problem"
