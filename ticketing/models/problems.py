"""A cause that holds something up, as people work on it; how often causes are looked for; what each look saw."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization
from ticketing.models.handoffs import Owner


class Problem(models.Model):
    """One cause: a stage of the work, a code, and the object it is about. Its rows are counted, never copied.

    It is opened by the first row, resolves itself when no row is left, and opens again when one comes back.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        SNOOZED = "snoozed", _("Snoozed")
        RESOLVED = "resolved", _("Resolved")
        IGNORED = "ignored", _("Ignored")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="problems")
    # `stage:code:object`: a name of `ticketing.problems.stages`, the cause there, and what it is about, if one thing.
    fingerprint = models.CharField(max_length=200)
    stage = models.CharField(_("stage"), max_length=20)
    code = models.CharField(_("cause"), max_length=48, blank=True)
    object = models.CharField(max_length=120, blank=True)
    # What the other side said last, or which thing it is: evidence, not the sentence.
    detail = models.TextField(blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    owner = models.CharField(_("whose move"), max_length=12, choices=Owner.choices, default=Owner.US)
    # True while it heals by itself: nobody has to act on it.
    is_healing = models.BooleanField(default=False)
    count = models.PositiveIntegerField(_("how many"), default=0)
    # The first time ever; when the present outbreak began; the newest row.
    first_seen = models.DateTimeField(_("first seen"))
    began_at = models.DateTimeField(_("since"))
    last_seen = models.DateTimeField(_("last seen"))
    resolved_at = models.DateTimeField(null=True, blank=True)
    comebacks = models.PositiveIntegerField(default=0)
    # {"2026-11-22T14": 3}: rows that began in that hour (UTC), for two days.
    hours = models.JSONField(default=dict, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    # Who acknowledged, snoozed or ignored it, and when.
    changed_by = models.CharField(max_length=254, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        ordering: ClassVar = ["-began_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "fingerprint"], name="problem_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "state"], name="problem_state")]

    def __str__(self) -> str:
        return self.fingerprint

    def get_absolute_url(self) -> str:
        return reverse("problem", args=[self.pk])

    @property
    def is_live(self) -> bool:
        """True while its rows are there, whatever people decided about it."""
        return self.state != self.State.RESOLVED and self.count > 0

    @property
    def needs_person(self) -> bool:
        """True while it is open and does not heal by itself."""
        return self.state == self.State.OPEN and not self.is_healing


class ProblemSweep(Due):
    """When an organization's causes are looked for next, and when they last were."""

    EVERY = dt.timedelta(seconds=30)

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="problem_sweep")
    swept_at = models.DateTimeField(null=True, blank=True)
    # Stages that could not be looked at the last time; their problems stayed as they were.
    blind = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("look for problems")
        verbose_name_plural = _("looks for problems")
        indexes: ClassVar = [due_index("problem_sweep_due")]

    def __str__(self) -> str:
        return f"{self.organization} {self.swept_at}"
