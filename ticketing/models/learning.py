"""What AI fields learn from, and the work about them: reading fields and past tickets, filling blanks."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization
from ticketing.models.fields import TicketField


class PastTicket(models.Model):
    """A solved ticket as features and labels. Its words are not kept.

    `labels` are the values of the fields in which agents choose, by the field's Zendesk id as text.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="past_tickets")
    ticket_id = models.BigIntegerField(_("ticket"))
    features = models.BinaryField()
    labels = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("past ticket")
        verbose_name_plural = _("past tickets")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "ticket_id"], name="past_ticket_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "-changed_at"], name="past_ticket_newest")]

    def __str__(self) -> str:
        return f"#{self.ticket_id}"


class LearnedField(models.Model):
    """What was learned of one field: from how many examples, how often it is sure, how often agents agree then.

    `model` is what the engine keeps of it; it is made anew from the past tickets whenever that cannot be read.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="learned_fields")
    field = models.OneToOneField(TicketField, on_delete=models.CASCADE, related_name="learned")
    version = models.PositiveIntegerField(default=0)
    examples = models.PositiveIntegerField(default=0)
    # The number of examples that the model was made from; 0 while there is none.
    trained_on = models.PositiveIntegerField(default=0)
    trained_at = models.DateTimeField(null=True, blank=True)
    options_key = models.CharField(max_length=64, blank=True)
    model = models.BinaryField(default=bytes)
    threshold = models.FloatField(default=0.0)
    coverage = models.FloatField(default=0.0)
    agreement = models.FloatField(default=0.0)
    problem = models.TextField(blank=True)

    class Meta:
        verbose_name = _("learned field")
        verbose_name_plural = _("learned fields")

    def __str__(self) -> str:
        return f"{self.field} v{self.version}"

    @property
    def coverage_percent(self) -> int:
        return round(100 * self.coverage)

    @property
    def agreement_percent(self) -> int:
        return round(100 * self.agreement)


class FieldReading(Due):
    """Something that is read from the account again and again: its fields, or its past tickets."""

    class Kind(models.TextChoices):
        FIELDS = "fields", _("Ticket fields")
        PAST_TICKETS = "past_tickets", _("Past tickets")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="field_readings")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # The account that the cursor belongs to.
    subdomain = models.CharField(max_length=63, blank=True)
    cursor = models.TextField(blank=True)
    count = models.PositiveIntegerField(default=0)
    is_complete = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("reading of fields")
        verbose_name_plural = _("readings of fields")
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "kind"], name="field_reading_once")]
        indexes: ClassVar = [due_index("field_reading_due")]

    def __str__(self) -> str:
        return f"{self.organization}: {self.kind}"


class FieldBackfill(Due):
    """Filling the blanks of the tickets that sessions are linked to, one after another; one at a time per organization.

    `sending` is the ticket whose update is on its way: found after a crash, that ticket is looked at before
    anything is written to it again.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        RETRYING = "retrying", _("Retrying")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="field_backfills")
    fields = models.ManyToManyField(TicketField, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    detail = models.TextField(blank=True)
    last_link_id = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    # How many tickets got a value, had no blank, stayed blank, are solved or closed, could not be read or written.
    filled = models.PositiveIntegerField(default=0)
    not_blank = models.PositiveIntegerField(default=0)
    not_sure = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    values = models.PositiveIntegerField(default=0)
    sending = models.JSONField(default=dict, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("filling of blanks")
        verbose_name_plural = _("fillings of blanks")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(status__in=["queued", "working", "retrying"]),
                name="field_backfill_one_running",
            ),
        ]
        indexes: ClassVar = [due_index("field_backfill_due")]

    def __str__(self) -> str:
        return f"{self.status} {self.done}/{self.total}"

    @property
    def is_running(self) -> bool:
        return self.status in (self.Status.QUEUED, self.Status.WORKING, self.Status.RETRYING)
