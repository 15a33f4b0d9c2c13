"""Tickets, what was said on them, and their fields."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from integrations.sandbox.store import new_id, now


class Ticket(models.Model):
    """One ticket; ``number`` is what the world calls its id."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    number = models.BigIntegerField()
    subject = models.TextField(default="")
    status = models.CharField(max_length=20, default="new")
    priority = models.CharField(max_length=20, null=True)  # noqa: DJ001  (Zendesk says null)
    kind = models.CharField(max_length=20, null=True)  # noqa: DJ001
    requester = models.ForeignKey("sandbox.Person", on_delete=models.CASCADE, related_name="+")
    submitter = models.ForeignKey("sandbox.Person", on_delete=models.CASCADE, related_name="+")
    assignee = models.ForeignKey("sandbox.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    group_id = models.BigIntegerField(null=True)
    external_id = models.CharField(max_length=255, null=True, db_index=True)  # noqa: DJ001
    tags = models.JSONField(default=list)
    values = models.JSONField(default=dict)
    is_public = models.BooleanField(default=True)
    channel = models.CharField(max_length=20, default="api")
    followup_of = models.BigIntegerField(null=True)
    followups = models.JSONField(default=list)
    deleted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now, db_index=True)

    objects: ClassVar[models.Manager[Ticket]] = models.Manager()

    class Meta:
        app_label = "sandbox"
        constraints = [
            models.UniqueConstraint(fields=["account", "number"], name="one_number_per_account"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class Audit(models.Model):
    """One update of a ticket: all that changed at once."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey("sandbox.Person", on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20, default="api")
    metadata = models.JSONField(default=dict)
    events = models.JSONField(default=list)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Audit]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return str(self.pk)


class Comment(models.Model):
    """Something said on a ticket; its id is also that of its event in the audit."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey("sandbox.Person", on_delete=models.CASCADE, related_name="+")
    body = models.TextField()
    html_body = models.TextField()
    is_public = models.BooleanField()
    channel = models.CharField(max_length=20, default="api")
    attachments = models.JSONField(default=list)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Comment]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.body[:40]


class TicketField(models.Model):
    """A system or custom field; ``number`` is what the world calls its id.

    ``options`` is ``[{"id", "name", "value"}]`` of a dropdown.
    """

    id = models.BigAutoField(primary_key=True)
    number = models.BigIntegerField(default=new_id, db_index=True)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    title = models.CharField(max_length=200)
    description = models.TextField(default="")
    options = models.JSONField(default=list)
    tag = models.CharField(max_length=100, null=True)  # noqa: DJ001
    pattern = models.TextField(null=True)  # noqa: DJ001
    is_active = models.BooleanField(default=True)
    is_required = models.BooleanField(default=False)
    is_system = models.BooleanField(default=False)
    position = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[TicketField]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.title
