"""System checks: settings that would only fail later, said at start with a hint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def check_public_url(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """PUBLIC_URL is the base of every webhook URL and session link."""
    parts = urlsplit(settings.PUBLIC_URL)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return [Error("PUBLIC_URL is no http(s) URL.", hint="Example: https://desk.example.com", id="opencx.E001")]
    if parts.hostname not in settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS:
        return [
            Warning(
                f"PUBLIC_URL's host {parts.hostname} is not in ALLOWED_HOSTS.",
                hint="Zendesk and browsers reach us under that name: add it.",
                id="opencx.W001",
            )
        ]
    return []


@register()
def check_credentials_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Each of CREDENTIALS_KEYS is a Fernet key."""
    for number, key in enumerate(settings.CREDENTIALS_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            return [
                Error(
                    f"Key {number} of CREDENTIALS_KEYS is no Fernet key.",
                    hint='Make one: python -c "from cryptography.fernet import Fernet; '
                    'print(Fernet.generate_key().decode())"',
                    id="opencx.E002",
                )
            ]
    return []


@register()
def check_zendesk_urls(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The URL templates are http(s) URLs."""
    wrong = [name for name in ("ZENDESK_URL", "SUNSHINE_URL") if not getattr(settings, name).startswith("http")]
    return [Error(f"{name} is no http(s) URL.", id="opencx.E003") for name in wrong]


@register()
def check_ai_service(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """AI_BASE_URL and AI_MODEL only work together."""
    if not settings.AI_BASE_URL and not settings.AI_MODEL:
        return []
    parts = urlsplit(settings.AI_BASE_URL)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return [Error("AI_BASE_URL is no http(s) URL.", hint="Example: https://api.openai.com/v1", id="opencx.E004")]
    if not settings.AI_MODEL:
        return [Error("AI_BASE_URL is set without AI_MODEL.", hint="Name the service's model.", id="opencx.E005")]
    return []
