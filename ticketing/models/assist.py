"""Assist Mode: what an organization wants of it, and every ticket that it considered."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization


def default_statuses() -> list[str]:
    """The statuses in which an agent's answer is awaited; new counts as open."""
    return ["open", "pending"]


class AssistSettings(models.Model):
    """Whether and when Assist drafts. An organization without a row has it off."""

    class TicketStatus(models.TextChoices):
        OPEN = "open", _("New and open")
        PENDING = "pending", _("Pending")
        HOLD = "hold", _("On-hold")

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="assist")
    is_enabled = models.BooleanField(_("on"), default=False)
    only_sourced = models.BooleanField(_("only when the answer can be sourced"), default=True)
    statuses = models.JSONField(_("statuses"), default=default_statuses, blank=True)
    # One topic a line, in plain language.
    no_assist_topics = models.TextField(_("no-assist topics"), blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.CharField(max_length=254, blank=True)

    class Meta:
        verbose_name = _("Assist settings")
        verbose_name_plural = _("Assist settings")

    def __str__(self) -> str:
        return f"Assist of {self.organization}"

    @property
    def topics(self) -> list[str]:
        """The topics on which Assist stays quiet."""
        return [line.strip() for line in self.no_assist_topics.splitlines() if line.strip()]


class AssistReason(models.TextChoices):
    """Why a ticket got no draft, or why it is not there yet."""

    OWN_TICKET = "own_ticket", _("A ticket of ours")
    STATUS = "status", _("Its status is not chosen")
    NO_PUBLIC_COMMENT = "no_public_comment", _("No public comment")
    AGENT_ANSWERED_LAST = "agent_answered_last", _("An agent answered last")
    NO_ASSIST_TOPIC = "topic_in_no_assist_list", _("A no-assist topic")
    NOT_HELPFUL = "not_helpful", _("No helpful answer")
    ALREADY_DRAFTED = "already_drafted", _("Considered within 48 hours")
    NEWER_COMMENT = "newer_comment", _("A newer comment came")
    ASSIST_OFF = "assist_off", _("Assist was turned off")
    TICKET_GONE = "ticket_gone", _("The ticket is gone")
    ENGINE_FAILED = "engine_failed", _("The AI failed")
    NOT_CONNECTED = "not_connected", _("Zendesk is not connected")
    CREDENTIALS_REJECTED = "credentials_rejected", _("Zendesk refuses our credentials")
    PERMISSION_MISSING = "permission_missing", _("Our Zendesk user lacks a permission")
    RATE_LIMITED = "rate_limited", _("Zendesk said: too many requests")
    ZENDESK_UNAVAILABLE = "zendesk_unavailable", _("Zendesk is not answering as it should")
    OUTCOME_UNKNOWN = "outcome_unknown", _("No answer; we look before we try again")
    REJECTED = "rejected", _("Zendesk refused the note")


class AssistCase(Due):
    """One comment of a ticket opened in Zendesk, and what Assist made of it.

    A bell makes a row that does not know its comment yet (`comment_id` null): at most one a ticket. Reading the
    ticket gives it the newest public comment (0: there is none). `round` counts the times that comment was
    considered, 48 hours apart at least. `body` is the exact write, stored before it leaves at `sent_at`.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        RETRYING = "retrying", _("Retrying")
        DRAFTED = "drafted", _("Drafted")
        QUIET = "quiet", _("Stayed quiet")
        FAILED = "failed", _("Failed")

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="assist_cases")
    ticket_id = models.BigIntegerField(_("ticket"))
    comment_id = models.BigIntegerField(_("comment"), null=True, blank=True)
    round = models.PositiveIntegerField(default=1)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    reason = models.CharField(_("reason"), max_length=32, choices=AssistReason.choices, blank=True)
    detail = models.TextField(blank=True)
    subject = models.CharField(max_length=300, blank=True)
    topic = models.CharField(max_length=300, blank=True)
    confidence = models.FloatField(default=0.0)
    draft = models.TextField(blank=True)
    # [{"id", "title", "url", "is_public"}], in the order of the draft.
    sources = models.JSONField(default=list, blank=True)
    # Who answered: a value of `ticketing.ai.engine.Source`.
    answered_by = models.CharField(max_length=12, blank=True)
    # The exact JSON of the write: `{"comment": …}` or `{"tags": […]}`.
    body = models.JSONField(default=dict, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    note_comment_id = models.BigIntegerField(null=True, blank=True)
    tag = models.CharField(max_length=80, blank=True)
    ms = models.PositiveIntegerField(default=0)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.FloatField(default=0.0)
    # When the newest call for it came, and how many came after it was considered.
    rung_at = models.DateTimeField(default=timezone.now)
    repeats = models.PositiveIntegerField(default=0)
    queued_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Assist case")
        verbose_name_plural = _("Assist cases")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "ticket_id", "comment_id", "round"], name="assist_case_once_a_round"
            ),
            models.UniqueConstraint(
                fields=["organization", "ticket_id"], condition=Q(comment_id=None), name="assist_case_one_unread"
            ),
        ]
        indexes: ClassVar = [
            due_index("assist_case_due"),
            models.Index(fields=["organization", "-id"], name="assist_case_newest"),
            models.Index(fields=["organization", "created_at"], name="assist_case_by_time"),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.comment_id}"

    def get_absolute_url(self) -> str:
        """Its page in the ledger."""
        return reverse("assist-case", args=[self.uid])

    @property
    def public_url(self) -> str:
        """The same for a link in Zendesk."""
        return f"{settings.PUBLIC_URL}{self.get_absolute_url()}"

    @property
    def more_sources(self) -> int:
        """How many articles there are behind the first."""
        return max(len(self.sources) - 1, 0)

    @property
    def is_moving(self) -> bool:
        """True while there is work to do on it."""
        return self.status in (self.Status.QUEUED, self.Status.WORKING, self.Status.RETRYING)
