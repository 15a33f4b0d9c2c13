"""What each hourly look at an organization's tickets came to, kept as numbers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.orgs.models import Organization


class ReconcileRun(models.Model):
    """One reconciliation of one organization: how much it looked at, and what no call had told."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="reconcile_runs")
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(default=timezone.now)
    tickets_checked = models.PositiveIntegerField(default=0)
    tickets_read = models.PositiveIntegerField(default=0)
    # Public replies that were found only by this look, and delivered.
    replies_found = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    # True when a rate limit left a part for the next time.
    is_unfinished = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["organization", "-id"], name="reconcile_run_newest")]

    def __str__(self) -> str:
        return f"{self.organization} {self.ended_at}"
