"""The platform's half: where the product is, its events, and contacts' conversations."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from integrations.sandbox.store import now


class PlatformLink(models.Model):
    """How this stand-in of the platform reaches one organization of the product.

    ``failing_status``: the status our event endpoint answers with, for the next ``failing_times`` events
    (null = always), 0 = it works.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60, unique=True)
    product_url = models.TextField(default="")
    api_key = models.TextField(default="")
    events_secret = models.TextField(default="")
    sends_receipts = models.BooleanField(default=True)
    failing_status = models.IntegerField(default=0)
    failing_times = models.IntegerField(null=True)

    objects: ClassVar[models.Manager[PlatformLink]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.name


class Conversation(models.Model):
    """A contact's conversation with the AI: a session, as the product has it."""

    session_id = models.CharField(primary_key=True, max_length=255)
    link = models.ForeignKey(PlatformLink, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20)
    contact_id = models.CharField(max_length=255)
    name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    is_handed_off = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Conversation]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.session_id


class Utterance(models.Model):
    """Something said in a conversation; ``trouble`` when the product did not take it."""

    id = models.CharField(primary_key=True, max_length=255)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    sender = models.CharField(max_length=20)
    author = models.CharField(max_length=255, blank=True)
    text = models.TextField()
    trouble = models.TextField(blank=True)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Utterance]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.text[:40]


class ReceivedEvent(models.Model):
    """A signed event as it came; the same ``webhook_id`` may come again."""

    id = models.BigAutoField(primary_key=True)
    link = models.ForeignKey(PlatformLink, on_delete=models.CASCADE, related_name="+")
    webhook_id = models.CharField(max_length=255)
    event = models.CharField(max_length=100)
    session_id = models.CharField(max_length=255, db_index=True)
    body = models.JSONField()
    is_verified = models.BooleanField()
    is_repeat = models.BooleanField(default=False)
    status = models.IntegerField()
    receipt = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[ReceivedEvent]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return f"{self.event} {self.session_id}"
