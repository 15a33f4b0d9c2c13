"""AI fields: the account's ticket fields as we know them, which of them the AI fills, and what came of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from opencx_admin.orgs.models import Organization
from ticketing.ai.engine import BlankReason, FieldSpec, FieldType, Option, Source
from ticketing.models.handoffs import Handoff

# What the AI can learn from: fields in which agents choose.
CHOSEN_TYPES = (FieldType.DROPDOWN, FieldType.MULTISELECT, FieldType.CHECKBOX)
LISTED_TYPES = (FieldType.DROPDOWN, FieldType.MULTISELECT)


class TicketField(models.Model):
    """A field of the organization's Zendesk account as it was last read. Rows stay when the field is gone."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="ticket_fields")
    zendesk_id = models.BigIntegerField(_("id"))
    type = models.CharField(_("type"), max_length=40)
    title = models.CharField(_("title"), max_length=255)
    # `{"value", "name"}` of each option, in Zendesk's order.
    options = models.JSONField(default=list, blank=True)
    pattern = models.TextField(blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_required = models.BooleanField(_("required to solve"), default=False)
    is_custom = models.BooleanField(default=True)
    seen_at = models.DateTimeField(default=timezone.now)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("ticket field")
        verbose_name_plural = _("ticket fields")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "zendesk_id"], name="ticket_field_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_supported(self) -> bool:
        """True for the types that can be filled; Zendesk's own fields cannot."""
        return self.is_custom and self.type in FieldType.values

    @property
    def is_usable(self) -> bool:
        """True while a ticket takes a value for it."""
        return self.is_supported and self.is_active and self.gone_at is None

    @property
    def is_listed(self) -> bool:
        """True when its value is one or several of its options."""
        return self.type in LISTED_TYPES

    @property
    def is_learnable(self) -> bool:
        return self.type in CHOSEN_TYPES

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of each option by its value."""
        return {option["value"]: option["name"] for option in self.options}

    def spec(self, description: str) -> FieldSpec:
        """The field as the engine is asked about it."""
        return FieldSpec(
            id=self.zendesk_id,
            type=self.type,
            title=self.title,
            description=description,
            options=tuple(Option(option["value"], option["name"]) for option in self.options),
            pattern=self.pattern,
        )


class AIFieldMapping(models.Model):
    """That the AI fills a ticket field, and what its author wrote of when which value fits."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="ai_fields")
    field = models.OneToOneField(TicketField, on_delete=models.CASCADE, related_name="mapping")
    description = models.TextField(_("description"), blank=True)
    is_enabled = models.BooleanField(_("on"), default=False)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=254, blank=True)
    # The last value that Zendesk refused since the mapping was saved.
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_detail = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("AI field")
        verbose_name_plural = _("AI fields")
        ordering: ClassVar = ["created_at", "pk"]

    def __str__(self) -> str:
        return str(self.field)


class AIFieldResult(models.Model):
    """What the AI put into one field of one handoff's ticket, or why it stayed blank. Computed once, then kept.

    `agent_value` is what stood in the field when agents solved the ticket.
    """

    class Filled(models.TextChoices):
        HANDOFF = "handoff", _("At the handoff")
        BACKFILL = "backfill", _("Later, as a blank")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="field_results")
    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="field_results")
    field = models.ForeignKey(TicketField, on_delete=models.CASCADE, related_name="results")
    generation = models.PositiveSmallIntegerField(default=1)
    value = models.JSONField(null=True, blank=True)
    confidence = models.FloatField(default=0.0)
    evidence = models.TextField(blank=True)
    reason = models.CharField(max_length=20, choices=BlankReason.choices, blank=True)
    detail = models.TextField(blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, blank=True)
    ms = models.PositiveIntegerField(default=0)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.FloatField(default=0.0)
    filled_by = models.CharField(max_length=10, choices=Filled.choices, default=Filled.HANDOFF)
    created_at = models.DateTimeField(default=timezone.now)
    agent_value = models.JSONField(null=True, blank=True)
    agrees = models.BooleanField(null=True, blank=True)
    compared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("AI field result")
        verbose_name_plural = _("AI field results")
        ordering: ClassVar = ["field__title", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["handoff", "field"], name="ai_field_result_once")]
        indexes: ClassVar = [models.Index(fields=["organization", "field", "-created_at"], name="ai_field_newest")]

    def __str__(self) -> str:
        return f"{self.field}: {self.value if self.value is not None else self.reason}"

    @property
    def is_filled(self) -> bool:
        return self.value is not None


class FieldChange(models.Model):
    """What somebody changed in Zendesk about a field, found by the hourly look; open until a person has seen it."""

    class Kind(models.TextChoices):
        REMOVED = "removed", _("Removed")
        SWITCHED_OFF = "switched_off", _("Switched off")
        RENAMED = "renamed", _("Renamed")
        RETYPED = "retyped", _("Type changed")
        REQUIRED = "required", _("Now required to solve")
        OPTIONS_REMOVED = "options_removed", _("Options removed")
        OPTIONS_RENAMED = "options_renamed", _("Options renamed")
        OPTIONS_ADDED = "options_added", _("Options added")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="field_changes")
    field = models.ForeignKey(TicketField, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    found_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=254, blank=True)

    class Meta:
        verbose_name = _("change of a ticket field")
        verbose_name_plural = _("changes of ticket fields")
        ordering: ClassVar = ["-found_at", "-pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "found_at"], name="field_change_open", condition=models.Q(closed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.kind}"
