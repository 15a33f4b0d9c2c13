"""Doing again what failed, many rows at once: a job with its items, as a due row."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization
from ticketing.models.problems import Problem


class ReplayJob(Due):
    """Rows that a person asked to do again, in the order of its items. It queues them; each then goes its own way."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="replay_jobs")
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    problem = models.ForeignKey(Problem, null=True, blank=True, on_delete=models.SET_NULL, related_name="replays")
    # What was chosen, in words: a problem's title, a selection, a filter.
    label = models.CharField(max_length=254)
    # Reasons for caution that the person overruled; what was left out of the plan, and how many: {"solved": 3}.
    included = models.JSONField(default=list, blank=True)
    left_out = models.JSONField(default=dict, blank=True)
    total = models.PositiveIntegerField(default=0)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_label = models.CharField(_("who"), max_length=254, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            due_index("replay_job_due"),
            models.Index(fields=["organization", "-id"], name="replay_job_newest"),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("replay-job", args=[self.pk])

    @property
    def is_moving(self) -> bool:
        """True until it is done or cancelled."""
        return self.status in (self.Status.QUEUED, self.Status.WORKING)


class ReplayItem(models.Model):
    """One row of a job. Its state changes in the same transaction as the row that it queues."""

    class Kind(models.TextChoices):
        HANDOFF = "handoff", _("Handoff")
        MESSAGE = "message", _("Contact’s message")
        EVENT = "event", _("Event to OpenCX")
        CALL = "call", _("Webhook call")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        REPLAYED = "replayed", _("Replayed")
        NOT_NEEDED = "not_needed", _("No longer needed")
        LEFT_OUT = "left_out", _("Left out")

    job = models.ForeignKey(ReplayJob, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    object_id = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("replayed row")
        verbose_name_plural = _("replayed rows")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "kind", "object_id"], name="replay_item_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["job", "state", "id"], name="replay_item_next")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
