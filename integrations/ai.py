"""Opening the AI service that the settings name, for one organization."""

from __future__ import annotations

from django.conf import settings

from integrations.clients.ai import SECONDS, AIClient, Prices
from integrations.connect import record_calls
from opencx_admin.net import guarded_session
from opencx_admin.orgs.models import Organization

PROVIDER = "ai"


def is_configured() -> bool:
    """True when the settings name a service; without one the built-in engine answers alone."""
    return bool(settings.AI_BASE_URL and settings.AI_MODEL)


def open_ai(organization: Organization, *, subject: str = "", seconds: float = SECONDS) -> AIClient | None:
    """The service's client, None without one; each call leaves a `ProviderCall` row without bodies and a log line.

    `subject` says what it is for (`handoff:<id>`); `seconds` is the time for one question with both of its tries.
    """
    if not is_configured():
        return None
    return AIClient(
        settings.AI_BASE_URL,
        settings.AI_API_KEY,
        settings.AI_MODEL,
        guarded_session(settings.OUTBOUND_ALLOW_HOSTS),
        record_calls(organization, PROVIDER, subject),
        prices=Prices(settings.AI_PRICE_IN, settings.AI_PRICE_OUT),
        seconds=seconds,
    )
