"""What an organization wants of its handoffs: which reason goes where, and when people are there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization
from ticketing.models.handoffs import HandoffReason


class HandoffSettings(Due):
    """An organization without a row has everything by channel and no hours. Due: Zendesk's schedules are read."""

    class Route(models.TextChoices):
        DEFAULT = "default", _("By channel")
        TICKET = "ticket", _("Ticket")
        CONVERSATION = "conversation", _("Live conversation")

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="handoff_settings")
    route = models.CharField(_("where to"), max_length=12, choices=Route.choices, default=Route.DEFAULT)
    has_hours = models.BooleanField(_("office hours"), default=False)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    # As `ticketing.hours.calendar.read_hours` takes them: [[540, 1020]], [{"name", "first", "last"}].
    week = models.JSONField(default=list, blank=True)
    holidays = models.JSONField(default=list, blank=True)
    message = models.TextField(_("message"), blank=True)
    # The schedule of Zendesk's whose hours count instead of the own ones.
    schedule_id = models.BigIntegerField(_("schedule in Zendesk"), null=True, blank=True)
    # What Zendesk last said: [{"id", "name", "zone_name", "zone", "week", "holidays"}]; an unknown zone is empty.
    schedules = models.JSONField(default=list, blank=True)
    schedules_read_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.CharField(max_length=254, blank=True)

    class Meta:
        verbose_name = _("handoff settings")
        verbose_name_plural = _("handoff settings")
        indexes: ClassVar = [due_index("handoff_settings_due")]

    def __str__(self) -> str:
        return str(self.organization)


class ReasonRule(models.Model):
    """Where handoffs of one reason go, and what their tickets get on top."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="reason_rules")
    reason = models.CharField(_("reason"), max_length=40, choices=HandoffReason.choices)
    route = models.CharField(
        _("where to"),
        max_length=12,
        choices=HandoffSettings.Route.choices,
        default=HandoffSettings.Route.DEFAULT,
    )
    tags = models.JSONField(_("tags"), default=list, blank=True)
    assignee_id = models.BigIntegerField(_("assignee"), null=True, blank=True)

    class Meta:
        verbose_name = _("rule of a reason")
        verbose_name_plural = _("rules of reasons")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "reason"], name="reason_rule_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.route}"
