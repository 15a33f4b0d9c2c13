"""Alerts: where they go, what raises one, and each that was sent."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.crypto import SecretField
from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization


class AlertKind(models.TextChoices):
    """What an alert is about."""

    HANDOFF_FAILED = "handoff_failed", _("Handoffs failed")
    REPLY_UNDELIVERED = "reply_undelivered", _("Replies not delivered")
    CREDENTIALS_REFUSED = "credentials_refused", _("Credentials refused")
    DRIFT = "drift", _("Objects changed in Zendesk")
    CANARY = "canary", _("Round trip failed")
    SILENCE = "silence", _("No webhook calls")
    WORKER_SILENT = "worker_silent", _("Worker silent")
    HEALED = "healed", _("Replies found late")
    KNOWLEDGE = "knowledge", _("Knowledge not up to date")


class AlertChannel(models.Model):
    """Where alerts go: a list of addresses, or a URL that is called as Standard Webhooks says."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("Email")
        WEBHOOK = "webhook", _("Webhook")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="alert_channels")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    emails = models.JSONField(_("addresses"), default=list, blank=True)
    url = models.URLField(_("URL"), max_length=500, blank=True)
    signing_secret = SecretField(_("signing secret"))
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True)
    # The last alert that went through.
    proven_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("alert channel")
        verbose_name_plural = _("alert channels")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.url if self.kind == self.Kind.WEBHOOK else ", ".join(self.emails)


class AlertRule(Due):
    """One kind of alert for one channel, checked once a minute.

    It raises an alert when `threshold` is reached within (or for) `minutes`, tells again when that is over, and
    begins no new alert within `quiet_minutes` of the last one.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="alert_rules")
    channel = models.ForeignKey(AlertChannel, on_delete=models.CASCADE, related_name="rules")
    kind = models.CharField(_("kind"), max_length=24, choices=AlertKind.choices)
    is_on = models.BooleanField(_("on"), default=True)
    threshold = models.PositiveIntegerField(_("at least"), default=1)
    minutes = models.PositiveIntegerField(_("minutes"), default=15)
    quiet_minutes = models.PositiveIntegerField(_("quiet for"), default=60)
    checked_at = models.DateTimeField(null=True, blank=True)
    firing_since = models.DateTimeField(null=True, blank=True)
    # True once this firing was told; what began within the quiet time waits untold.
    is_told = models.BooleanField(default=False)
    alerted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering: ClassVar = ["channel", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "kind"], name="alert_rule_once"),
        ]
        indexes: ClassVar = [due_index("alert_rule_due")]

    def __str__(self) -> str:
        return self.kind

    @property
    def window(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.minutes)

    @property
    def is_quiet(self) -> bool:
        """True while the last alert is too young for another one."""
        quiet = dt.timedelta(minutes=self.quiet_minutes)
        return self.alerted_at is not None and timezone.now() - self.alerted_at < quiet


class SentAlert(Due):
    """One message to a channel, stored with its words before it leaves."""

    class What(models.TextChoices):
        ALERT = "alert", _("Alert")
        RECOVERY = "recovery", _("Over")
        TEST = "test", _("Test")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        RETRYING = "retrying", _("Retrying")
        SENT = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="sent_alerts")
    channel = models.ForeignKey(AlertChannel, null=True, on_delete=models.SET_NULL, related_name="sent")
    kind = models.CharField(max_length=24, choices=AlertKind.choices, blank=True)
    what = models.CharField(max_length=8, choices=What.choices)
    # What is told once: `rule:<id>:<since>:alert`.
    once_key = models.CharField(max_length=120)
    title = models.CharField(max_length=300)
    text = models.TextField()
    url = models.CharField(max_length=300, blank=True)
    number = models.PositiveIntegerField(default=0)
    # Where it went, kept when the channel is removed.
    address = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("sent alert")
        verbose_name_plural = _("sent alerts")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "once_key"], name="sent_alert_once"),
        ]
        indexes: ClassVar = [
            due_index("sent_alert_due"),
            models.Index(fields=["organization", "-id"], name="sent_alert_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def webhook_id(self) -> str:
        """The `webhook-id` header, the same on every attempt."""
        return f"alert_{self.uid.hex}"
