"""The canary: a test ticket that walks the whole round trip, as a due row with its hops, and its schedule."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization
from ticketing.models.handoffs import Owner


class CanaryRun(Due):
    """One round trip. While it moves no other begins: two people at once meet the same run.

    The stage says where it is; before a write to Zendesk the hop of that write is `working`, and a stage that is
    found so is looked up before it is written again. `outcome` is how it ends once everything is cleaned up.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Stage(models.TextChoices):
        TICKET = "ticket", _("Makes the ticket")
        REPLY = "reply", _("Writes the reply")
        RING = "ring", _("Waits for Zendesk’s call")
        READ = "read", _("Waits for the reading")
        DELIVER = "deliver", _("Waits for the delivery")
        NOTE = "note", _("Writes the note")
        HOLD = "hold", _("Reads with the note there")
        CLEAN = "clean", _("Cleans up")
        OVER = "over", _("Over")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="canary_runs")
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField(_("stage"), max_length=8, choices=Stage.choices, default=Stage.TICKET)
    # When the present stage began: its deadline counts from here.
    stage_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, choices=Status.choices, blank=True, default="")
    # [{"name", "status", "ms", "at", "said", "owner", "where"}], see `ticketing.canary.hops`.
    hops = models.JSONField(default=list, blank=True)
    # The id of its session, which the platform hears of and the ticket carries.
    session_ref = models.CharField(_("session"), max_length=64, unique=True)
    ticket_id = models.BigIntegerField(_("ticket"), null=True, blank=True)
    requester_id = models.BigIntegerField(null=True, blank=True)
    reply_id = models.BigIntegerField(null=True, blank=True)
    note_id = models.BigIntegerField(null=True, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    owner = models.CharField(_("whose move"), max_length=12, choices=Owner.choices, blank=True)
    is_scheduled = models.BooleanField(_("by the schedule"), default=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_label = models.CharField(_("who"), max_length=254, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("round trip")
        verbose_name_plural = _("round trips")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(status__in=("queued", "working")),
                name="canary_run_one_moving",
            ),
        ]
        indexes: ClassVar = [
            due_index("canary_run_due"),
            models.Index(fields=["organization", "-id"], name="canary_run_newest"),
        ]

    def __str__(self) -> str:
        return self.session_ref

    @property
    def is_moving(self) -> bool:
        """True until it has passed, failed or been cancelled."""
        return self.status in (self.Status.QUEUED, self.Status.WORKING)

    @property
    def took_ms(self) -> int:
        """Milliseconds of the round trip itself, without the cleaning up."""
        return sum(hop.get("ms") or 0 for hop in self.hops if hop["name"] != "cleaned")

    @property
    def is_over_unrung(self) -> bool:
        """True when it failed because Zendesk did not ring, and nothing more is done on it."""
        name = (self.failed_hop or {}).get("name")
        return self.status == self.Status.FAILED and self.next_attempt_at is None and name == "rang"

    @property
    def failed_hop(self) -> dict[str, Any] | None:
        """The first hop that failed."""
        return next((hop for hop in self.hops if hop["status"] == "failed"), None)


class CanarySchedule(Due):
    """How often an organization's round trip is tested by itself; `next_attempt_at` is the next time."""

    class Every(models.TextChoices):
        OFF = "off", _("Off")
        DAILY = "daily", _("Once a day")
        HOURLY = "hourly", _("Once an hour")

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="canary_schedule")
    every = models.CharField(_("how often"), max_length=8, choices=Every.choices, default=Every.OFF)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.CharField(max_length=254, blank=True)

    class Meta:
        verbose_name = _("schedule of the round trip")
        verbose_name_plural = _("schedules of the round trip")
        indexes: ClassVar = [due_index("canary_schedule_due")]

    def __str__(self) -> str:
        return self.every

    @property
    def period(self) -> dt.timedelta | None:
        """The time between two runs; None while it is off."""
        periods = {self.Every.DAILY: dt.timedelta(days=1), self.Every.HOURLY: dt.timedelta(hours=1)}
        return periods.get(self.Every(self.every))


class SetUp(models.Model):
    """What people left out of the first run; all else about it is read from what is there."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="set_up")
    # Names of the skipped steps.
    skipped = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("first run")
        verbose_name_plural = _("first runs")

    def __str__(self) -> str:
        return ", ".join(self.skipped)
