"""Views, and the account's memory of who changed which rule."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from integrations.sandbox.store import new_id, now


class View(models.Model):
    """A list of tickets: ``conditions`` = ``{"all", "any"}``; ``output`` as Zendesk's clients send it.

    ``restriction``: None for everyone, else ``{"type": "User" | "Group", "id"}``.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=200)
    description = models.TextField(default="")
    is_active = models.BooleanField(default=True)
    position = models.IntegerField(default=0)
    conditions = models.JSONField(default=dict)
    output = models.JSONField(default=dict)
    restriction = models.JSONField(null=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[View]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.title


class TriggerRevision(models.Model):
    """A trigger as somebody left it. ``snapshot``: ``{"title", "description", "active", "conditions", "actions"}``."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    trigger = models.ForeignKey("sandbox.Trigger", on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey("sandbox.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    snapshot = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[TriggerRevision]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return str(self.pk)


class AuditEntry(models.Model):
    """One line of the account's audit log; it outlives what it tells of.

    ``kind``: webhook, trigger or view; ``source_id`` is text, since a webhook's id is.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=20)
    kind = models.CharField(max_length=20)
    source_id = models.CharField(max_length=30, db_index=True)
    source_label = models.CharField(max_length=200)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=255)
    change_description = models.TextField(default="")
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[AuditEntry]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.source_label}"
