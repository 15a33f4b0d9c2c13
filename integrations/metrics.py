"""What Prometheus is told of calls and events."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

from django.utils import timezone

from integrations.models import EndpointKind, EventResult, EventType, PlatformEvent, ProviderCall, WebhookEvent
from opencx_admin.orgs.metrics import count_by, register, rows_since, watch_due

HOUR = dt.timedelta(hours=1)
Numbers = Iterable[tuple[Sequence[str], float]]


def register_figures() -> None:
    """Show this app's figures."""
    watch_due("webhook_event", WebhookEvent)
    watch_due("platform_event", PlatformEvent)
    register("opencx_platform_events", "Signed events to the platform, by status.", ["status"], _events)
    register("opencx_agent_replies_delivered", "Agents' replies that the platform took.", [], _replies)
    words = "Webhook calls that came in the last hour, by who called and what became of them."
    register("opencx_webhook_calls_last_hour", words, ["kind", "result"], _webhook_calls)
    words = "Our calls to outside systems in the last hour, by class of status."
    register("opencx_provider_calls_last_hour", words, ["provider", "status"], _provider_calls)


def _events() -> Numbers:
    counts = count_by(PlatformEvent.objects.all(), "status")
    return [((status,), counts.get((status,), 0)) for status in PlatformEvent.Status.values]


def _replies() -> Numbers:
    replies = PlatformEvent.objects.filter(status=PlatformEvent.Status.DELIVERED, event=EventType.AGENT_RESPONSE)
    return [((), replies.count())]


def _webhook_calls() -> Numbers:
    counts = count_by(rows_since(WebhookEvent.objects.all(), "received_at", timezone.now() - HOUR), "kind", "result")
    every = [(kind, result) for kind in EndpointKind.values for result in EventResult.values]
    return [(labels, counts.get(labels, 0)) for labels in every]


def _provider_calls() -> Numbers:
    counts: Counter[tuple[str, str]] = Counter()
    calls = rows_since(ProviderCall.objects.all(), "at", timezone.now() - HOUR)
    for (provider, status), number in count_by(calls, "provider", "status").items():
        counts[provider, f"{status // 100}xx" if status else "no answer"] += number
    return counts.items()
