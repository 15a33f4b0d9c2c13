"""One help desk, and the tokens it gave out."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from integrations.sandbox.store import now

LIMITS: dict[str, float] = {
    "per_minute": 700,
    "ticket_updates": 30,
    "ticket_update_seconds": 600,
    "user_updates": 5,
    "help_center_per_minute": 700,
    "incremental_exports": 10,
    "webhook_timeout": 10,
    "webhook_pause": 1,
    "webhooks": 0,
    "webhook_calls": 0,
    "webhook_tests": 20,
    "view_reads": 5,
    "breaker": 0,
    "event_timeout": 20,
    "event_pause": 60,
    "idempotency_seconds": 7200,
}


class Account(models.Model):
    """A help desk: ``{subdomain}.zendesk.com``.

    ``oauth_clients``: ``[{"client_id", "client_secret", "email"}]``, the email being whose rights a token gets.
    ``api_tokens``: ``[{"email", "token"}]``. ``limits``: see ``LIMITS``, per minute or seconds.
    ``is_enterprise``: the plan has trigger revisions and the audit log; ``has_webhooks``: it has webhooks at all.
    """

    id = models.BigAutoField(primary_key=True)
    subdomain = models.CharField(max_length=63, unique=True)
    name = models.CharField(max_length=200)
    number = models.BigIntegerField()
    token_access = models.BooleanField(default=True)
    is_enterprise = models.BooleanField(default=False)
    has_webhooks = models.BooleanField(default=True)
    oauth_clients = models.JSONField(default=list)
    api_tokens = models.JSONField(default=list)
    limits = models.JSONField(default=dict)
    next_ticket = models.BigIntegerField(default=1001)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Account]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.subdomain

    def limit(self, name: str) -> float:
        """This account's limit of that name, else the usual one."""
        chosen: dict[str, Any] = self.limits
        return float(chosen.get(name, LIMITS[name]))


class AccessToken(models.Model):
    """An OAuth access token from the client-credentials grant."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("sandbox.Person", on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=100, unique=True)
    scopes = models.TextField(default="")
    expires_at = models.DateTimeField()

    objects: ClassVar[models.Manager[AccessToken]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return f"…{self.token[-4:]}"
