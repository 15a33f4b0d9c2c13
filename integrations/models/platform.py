"""The platform's side: where our signed events go, and each event with its attempts."""

from __future__ import annotations

import base64
import secrets
import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from opencx_admin.crypto import Secret, SecretField
from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization


def new_signing_secret() -> str:
    """A Standard Webhooks secret: `whsec_` and 24 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


class PlatformConnection(models.Model):
    """One events URL per organization and the secret that signs what goes there."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="platform")
    events_url = models.URLField(_("events URL"), max_length=500, blank=True)
    signing_secret = SecretField(_("signing secret"))
    secret_set_at = models.DateTimeField(null=True, blank=True)
    secret_set_by = models.CharField(max_length=254, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("platform connection")
        verbose_name_plural = _("platform connections")

    def __str__(self) -> str:
        return self.events_url

    def renew_secret(self) -> str:
        """Set a new signing secret (not saved yet) and return its text, to be shown once."""
        text = new_signing_secret()
        self.signing_secret = Secret.hide(text)
        return text


class EventType(models.TextChoices):
    """What we tell the platform (contract 4)."""

    AGENT_RESPONSE = "conversation.third_party_agent_response", _("Agent's reply")
    HANDOFF_FAILED = "conversation.handoff_to_third_party_failed", _("Handoff failed")
    HANDED_OFF = "conversation.handoff_to_human", _("Handed off")
    CLOSED = "conversation.closed", _("Closed")
    REOPENED = "conversation.reopened", _("Reopened")
    TEST = "test", _("Test event")


class PlatformEvent(Due):
    """One signed event. The body is stored as it is sent; every attempt carries the same `webhook-id`."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        RETRYING = "retrying", _("Retrying")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="platform_events")
    event = models.CharField(_("event"), max_length=64, choices=EventType.choices)
    # The platform's session id: events of one session go out in order.
    session_ref = models.CharField(max_length=255, blank=True)
    # What the event tells once: `handoff:<id>:failed`, `reply:<id>` … A second one with this key is the same event.
    once_key = models.CharField(max_length=300)
    body = models.TextField()
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    last_status = models.PositiveSmallIntegerField(_("HTTP"), null=True, blank=True)
    last_ms = models.PositiveIntegerField(_("ms"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("platform event")
        verbose_name_plural = _("platform events")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "once_key"], name="platform_event_once"),
        ]
        indexes: ClassVar = [
            due_index("platform_event_due"),
            models.Index(fields=["organization", "session_ref", "id"], name="platform_event_order"),
            models.Index(fields=["organization", "-created_at"], name="platform_event_newest"),
            models.Index(fields=["status", "event"], name="platform_event_status"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.uid}"

    @property
    def webhook_id(self) -> str:
        """The `webhook-id` header, the same on every attempt."""
        return f"evt_{self.uid.hex}"
