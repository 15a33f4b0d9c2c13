"""What we keep in order in somebody's Zendesk account, and each run that changed something there."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization


class ObjectKind(models.TextChoices):
    """The objects in the order in which they are made; they are removed in another (`provisioning.order`)."""

    WEBHOOK = "webhook", _("Webhook")
    REPLY_TRIGGER = "reply_trigger", _("Trigger: an agent’s public reply")
    STATUS_TRIGGER = "status_trigger", _("Trigger: the status changed")
    ASSIST_TRIGGER = "assist_trigger", _("Trigger: a ticket opened in Zendesk")
    VIEW = "view", _("View: handoff problems")
    SUNSHINE_WEBHOOK = "sunshine_webhook", _("Messaging’s webhook")


class ProvisionedObject(models.Model):
    """One object in Zendesk that we made or adopted. Tokens of our URLs are dots in every JSON column."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="provisioned_objects")
    kind = models.CharField(_("object"), max_length=20, choices=ObjectKind.choices)
    # Zendesk's id as text: triggers and views have numbers, webhooks ULIDs.
    external_id = models.CharField(max_length=64)
    # In which account it is: the subdomain, for Sunshine's `subdomain/app id`. Ids mean nothing in another one.
    account = models.CharField(max_length=130, blank=True)
    title = models.CharField(_("title"), max_length=255, blank=True)
    is_adopted = models.BooleanField(_("was there before us"), default=False)
    # Zendesk's fields before we first touched it; null when we made it.
    former = models.JSONField(null=True, blank=True)
    # What we last wrote or found as it should be.
    written = models.JSONField(default=dict, blank=True)
    # [{"field", "expected", "actual"}], empty while it is as it should be.
    drift = models.JSONField(default=list, blank=True)
    drift_found_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.CharField(max_length=255, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(_("compared at"), null=True, blank=True)
    # Why the last comparison could not be made; empty after one that was.
    check_problem = models.CharField(max_length=300, blank=True)
    is_gone = models.BooleanField(_("deleted in Zendesk"), default=False)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("object in Zendesk")
        verbose_name_plural = _("objects in Zendesk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "kind"], name="provisioned_object_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


class ProvisioningRun(Due):
    """One act on the account, step by step. While it moves no other begins: two admins at once meet the same run."""

    class Action(models.TextChoices):
        APPLY = "apply", _("Set up")
        REPAIR = "repair", _("Repair")
        UNDO = "undo", _("Undo")
        UNINSTALL = "uninstall", _("Uninstall")
        ROTATE = "rotate", _("Tell the new URL")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="provisioning_runs")
    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    kinds = models.JSONField(default=list, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    # [{"kind", "action", "title", "status", "said", "ms", "before", "after", …}], see `provisioning.steps`.
    steps = models.JSONField(default=list, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_label = models.CharField(_("who"), max_length=254, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("provisioning run")
        verbose_name_plural = _("provisioning runs")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(status__in=("queued", "working")),
                name="provisioning_run_one_moving",
            ),
        ]
        indexes: ClassVar = [
            due_index("provisioning_run_due"),
            models.Index(fields=["organization", "-id"], name="provisioning_run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"

    @property
    def is_moving(self) -> bool:
        """True until it is done or has failed."""
        return self.status in (self.Status.QUEUED, self.Status.WORKING)


class TestCall(models.Model):
    """One test call that we asked Zendesk for: our inbox knows it by its nonce."""

    __test__ = False  # no test of pytest's

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="test_calls")
    nonce = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField(default=timezone.now)
    # What our own address answered, as Zendesk tells it; null while Zendesk told nothing.
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    problem = models.TextField(blank=True)
    ms = models.PositiveIntegerField(default=0)
    # The call as it arrived; null while it has not.
    event = models.ForeignKey(
        "integrations.WebhookEvent", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    arrived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("test call")
        verbose_name_plural = _("test calls")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["organization", "-id"], name="test_call_newest")]

    def __str__(self) -> str:
        return self.nonce

    @property
    def is_proof(self) -> bool:
        """True when it went the whole way: Zendesk called, we took it, and it is stored."""
        return self.arrived_at is not None and not self.problem
