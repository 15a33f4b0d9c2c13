"""Runs of the doctor: what was asked of whom, what was found, row by row."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization


class DoctorRun(Due):
    """One run, carried out by the worker. While one of the same scope and part moves, no other begins.

    `checks` are the ids to ask, in order; each finding is kept as soon as it is there, so a run that dies goes on
    where it was. `subject_kind` is empty for the account. `part` is empty for everything, else a family or a check.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        DONE = "done", _("Done")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="doctor_runs")
    subject_kind = models.CharField(max_length=8, blank=True, default="")
    subject_ref = models.CharField(max_length=255, blank=True, default="")
    part = models.CharField(max_length=60, blank=True, default="")
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.QUEUED)
    checks = models.JSONField(default=list, blank=True)
    # [{"id", "question", "verdict", …}], see `doctor.finding`; `verdicts` is the same in short, {id: verdict}.
    findings = models.JSONField(default=list, blank=True)
    verdicts = models.JSONField(default=dict, blank=True)
    # It follows the repair of its check, and waits until that is carried out.
    is_after_repair = models.BooleanField(default=False)
    is_scheduled = models.BooleanField(_("by the schedule"), default=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_label = models.CharField(_("who"), max_length=254, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("run of the doctor")
        verbose_name_plural = _("runs of the doctor")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "subject_kind", "subject_ref", "part"],
                condition=models.Q(status__in=("queued", "working")),
                name="doctor_run_one_moving",
            ),
        ]
        indexes: ClassVar = [
            due_index("doctor_run_due"),
            models.Index(fields=["organization", "subject_kind", "part", "-id"], name="doctor_run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind or 'account'} {self.pk}"

    @property
    def is_moving(self) -> bool:
        """True until every check was asked."""
        return self.status != self.Status.DONE
