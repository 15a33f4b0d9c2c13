"""Webhooks, the triggers that ring them, and each call made."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from integrations.sandbox.store import new_id, new_ulid, now


class Webhook(models.Model):
    """Where calls go. ``previous_endpoint`` is what the fault "stale URL" calls.

    ``created_by``, ``updated_by``: the id of a person as text, as the API says it.
    """

    id = models.CharField(primary_key=True, max_length=26, default=new_ulid)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    description = models.TextField(default="")
    endpoint = models.TextField()
    previous_endpoint = models.TextField(default="")
    http_method = models.CharField(max_length=10, default="POST")
    request_format = models.CharField(max_length=20, default="json")
    status = models.CharField(max_length=20, default="active")
    subscriptions = models.JSONField(default=list)
    authentication = models.JSONField(null=True)
    custom_headers = models.JSONField(null=True)
    secret = models.CharField(max_length=100)
    is_signing = models.BooleanField(default=True)
    created_by = models.CharField(max_length=30, default="")
    updated_by = models.CharField(max_length=30, default="")
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Webhook]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.name


class Trigger(models.Model):
    """A business rule: ``conditions`` = ``{"all", "any"}``, ``actions`` = ``[{"field", "value"}]``."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=200)
    description = models.TextField(default="")
    is_active = models.BooleanField(default=True)
    position = models.IntegerField(default=0)
    conditions = models.JSONField(default=dict)
    actions = models.JSONField(default=list)
    category_id = models.CharField(max_length=30, null=True)  # noqa: DJ001
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Trigger]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.title


class Invocation(models.Model):
    """One call to be made: due while ``next_attempt_at`` is set (real time, UTC)."""

    id = models.CharField(primary_key=True, max_length=26, default=new_ulid)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="+")
    endpoint = models.TextField()
    payload = models.TextField()
    ticket_number = models.BigIntegerField(null=True)
    status = models.CharField(max_length=20, default="in progress")
    status_code = models.IntegerField(null=True)
    tries = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, db_index=True)
    created_at = models.DateTimeField(default=now)
    completed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Invocation]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


class Attempt(models.Model):
    """One try of an invocation, with what was sent and what came back."""

    id = models.CharField(primary_key=True, max_length=26, default=new_ulid)
    invocation = models.ForeignKey(Invocation, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=20)
    status_code = models.IntegerField(null=True)
    request = models.JSONField(null=True)
    response = models.JSONField(null=True)
    ms = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Attempt]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return f"{self.status} {self.status_code or ''}"
