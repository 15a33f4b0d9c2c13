"""The addresses others call us at, and every call that came, stored before it was answered."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.crypto import Secret, SecretField, fingerprint
from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization


class EndpointKind(models.TextChoices):
    """Who calls."""

    ZENDESK = "zendesk", _("Zendesk")
    SUNSHINE = "sunshine", _("Sunshine Conversations")


class WebhookEndpoint(models.Model):
    """One address. A rotated one stays: it is answered 200 until `expires_at`, 410 for ever after."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="webhook_endpoints")
    kind = models.CharField(max_length=10, choices=EndpointKind.choices, default=EndpointKind.ZENDESK)
    token = SecretField()
    token_hash = models.CharField(max_length=64, unique=True)
    is_current = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    # Zendesk's signing secret for calls to us. While it is empty, calls are accepted unsigned.
    signing_secret = SecretField()
    # Sunshine's secret comes as `X-API-Key`; the former one still opens while a rotation overlaps.
    former_secret = SecretField()
    former_secret_until = models.DateTimeField(null=True, blank=True)
    secret_set_at = models.DateTimeField(null=True, blank=True)
    secret_set_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_called_at = models.DateTimeField(null=True, blank=True)
    calls_after_rotation = models.PositiveIntegerField(default=0)
    calls_refused = models.PositiveIntegerField(default=0)
    # Since then calls that match nothing are kept and answered 200, so that Zendesk's breaker stays away.
    parks_since = models.DateTimeField(null=True, blank=True)
    last_refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("webhook address")
        verbose_name_plural = _("webhook addresses")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "kind"], condition=models.Q(is_current=True), name="webhook_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @classmethod
    def issue(cls, organization: Organization, kind: str) -> WebhookEndpoint:
        """Make the organization's current address of this kind. The old one must not be current any more."""
        token = "whk_" + secrets.token_urlsafe(24)
        return cls.objects.create(
            organization=organization, kind=kind, token=Secret.hide(token), token_hash=fingerprint(token)
        )

    @classmethod
    def current(cls, organization: Organization, kind: str = EndpointKind.ZENDESK) -> WebhookEndpoint:
        """The organization's current address of this kind; made when there is none."""
        rows = cls.objects.filter(organization=organization, kind=kind, is_current=True)
        found = rows.first()
        if found is not None:
            return found
        try:
            with transaction.atomic():
                return cls.issue(organization, kind)
        except IntegrityError:  # somebody else made it in this moment
            return rows.get()

    @property
    def url(self) -> str:
        """The whole address. It is a secret of its own kind: shown to admins only."""
        return f"{settings.PUBLIC_URL}/webhooks/{self.kind}/{self.token.reveal()}"

    @property
    def has_ended(self) -> bool:
        """True when the overlap after a rotation is over."""
        return not self.is_current and self.expires_at is not None and self.expires_at <= timezone.now()


class EventResult(models.TextChoices):
    """What became of a call, in one word (the look's words)."""

    QUEUED = "queued", _("Queued")
    WAITING = "waiting", _("Waiting")
    WORKING = "working", _("Working")
    RETRYING = "retrying", _("Retrying")
    DELIVERED = "delivered", _("Delivered")
    DUPLICATE = "duplicate", _("Duplicate")
    IGNORED = "ignored", _("Ignored")
    NO_MATCH = "no_match", _("No match")
    INCOMPLETE = "incomplete", _("Incomplete")
    FAILED = "failed", _("Failed")


class WebhookEvent(Due):
    """One stored call. It rings: what changed is read from Zendesk afterwards."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="webhook_events")
    endpoint = models.ForeignKey(WebhookEndpoint, null=True, on_delete=models.SET_NULL, related_name="events")
    kind = models.CharField(max_length=10, choices=EndpointKind.choices, default=EndpointKind.ZENDESK)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    result = models.CharField(_("result"), max_length=10, choices=EventResult.choices, default=EventResult.QUEUED)
    # The error code of the answer (`unmatched_ticket` …), or why it ended as it did; empty when all is well.
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP"))
    ms = models.PositiveIntegerField(_("ms"), default=0)
    ticket_id = models.CharField(_("ticket"), max_length=32, blank=True)
    external_id = models.CharField(_("external id"), max_length=255, blank=True)
    ticket_status = models.CharField(max_length=64, blank=True)
    # The session it belongs to, by the platform's id; set when it was matched.
    session_ref = models.CharField(_("session"), max_length=255, blank=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    source_ip = models.GenericIPAddressField(null=True, blank=True)
    invocation_id = models.CharField(max_length=64, blank=True)
    # Sunshine only: the event's own id (a redelivery changes nothing), its type, and its conversation.
    event_id = models.CharField(max_length=64, blank=True)
    event_type = models.CharField(_("event"), max_length=64, blank=True)
    conversation_id = models.CharField(_("conversation"), max_length=64, blank=True)
    # When Zendesk received the message: what orders the messages of a conversation, since calls overtake each other.
    said_at = models.DateTimeField(null=True, blank=True)
    is_signed = models.BooleanField(default=False)
    is_via_old_url = models.BooleanField(default=False)
    effects = models.JSONField(default=list, blank=True)
    replays = models.PositiveIntegerField(default=0)
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("webhook call")
        verbose_name_plural = _("webhook calls")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "event_id"], condition=~models.Q(event_id=""), name="webhook_event_once"
            )
        ]
        indexes: ClassVar = [
            due_index("webhook_event_due"),
            models.Index(fields=["organization", "-id"], name="webhook_event_newest"),
            models.Index(fields=["organization", "ticket_id"], name="webhook_event_ticket"),
            models.Index(fields=["organization", "external_id"], name="webhook_event_external"),
            models.Index(fields=["organization", "session_ref"], name="webhook_event_session"),
            models.Index(fields=["organization", "conversation_id"], name="webhook_event_conversation"),
            models.Index(fields=["organization", "result"], name="webhook_event_result"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
