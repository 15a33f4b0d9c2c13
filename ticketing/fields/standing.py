"""How each AI field does: how often it is filled, whether agents agree, why it was last blank."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from opencx_admin.orgs.models import Organization
from ticketing.ai.engine import BlankReason, FieldType
from ticketing.fields.lint import Remark, is_vague, lint
from ticketing.models import AIFieldMapping, AIFieldResult, FieldChange, LearnedField, TicketField

WEEK = dt.timedelta(days=7)
MONTH = dt.timedelta(days=30)


@dataclass(frozen=True)
class Standing:
    """One ticket field as the list shows it. Rates in percent; None where there is nothing to count."""

    field: TicketField
    mapping: AIFieldMapping | None
    learned: LearnedField | None
    remarks: list[Remark]
    filled: int
    asked: int
    agreed: int
    compared: int
    last_blank: AIFieldResult | None

    @property
    def fill_rate(self) -> int | None:
        return round(100 * self.filled / self.asked) if self.asked else None

    @property
    def agreement(self) -> int | None:
        return round(100 * self.agreed / self.compared) if self.compared else None

    @property
    def is_on(self) -> bool:
        return self.mapping is not None and self.mapping.is_enabled

    @property
    def is_blocked(self) -> bool:
        """On, though no ticket takes its values."""
        return self.is_on and not self.field.is_usable

    @property
    def is_vague(self) -> bool:
        return self.is_on and is_vague(self.remarks)

    @property
    def type_word(self) -> str:
        return type_word(self.field)


def type_word(field: TicketField) -> str:
    """The field's type as Zendesk's pages call it."""
    return str(FieldType(field.type).label) if field.type in FieldType.values else field.type


def read_standings(organization: Organization) -> list[Standing]:
    """Every field that can be filled, those with a mapping first; gone ones only when they have one."""
    mappings = {m.field_id: m for m in AIFieldMapping.objects.filter(organization=organization)}
    learned = {row.field_id: row for row in LearnedField.objects.filter(organization=organization).defer("model")}
    counts, agreed, blanks = _count(organization), _count_agreed(organization), _last_blanks(organization)
    found = []
    for field in TicketField.objects.filter(organization=organization).order_by("pk"):
        mapping = mappings.get(field.pk)
        if mapping is None and not field.is_usable:
            continue
        asked, filled = counts.get(field.pk, (0, 0))
        same, compared = agreed.get(field.pk, (0, 0))
        remarks = lint(field.spec(mapping.description)) if mapping else []
        found.append(
            Standing(
                field, mapping, learned.get(field.pk), remarks, filled, asked, same, compared, blanks.get(field.pk)
            )
        )
    return sorted(found, key=lambda row: (row.mapping is None, not row.is_on))


def find_standing(organization: Organization, field: TicketField) -> Standing | None:
    """One field's."""
    return next((row for row in read_standings(organization) if row.field.pk == field.pk), None)


def _count(organization: Organization) -> dict[int, tuple[int, int]]:
    """Asked and filled in the last week, by field."""
    rows = AIFieldResult.objects.filter(organization=organization, created_at__gte=timezone.now() - WEEK)
    rows = rows.exclude(reason=BlankReason.DISABLED).order_by()
    counted = rows.values("field").annotate(asked=Count("pk"), filled=Count("pk", filter=Q(value__isnull=False)))
    return {row["field"]: (row["asked"], row["filled"]) for row in counted}


def _count_agreed(organization: Organization) -> dict[int, tuple[int, int]]:
    """Agreed and compared in the last month, by field."""
    rows = AIFieldResult.objects.filter(organization=organization, compared_at__gte=timezone.now() - MONTH)
    counted = rows.exclude(agrees=None).order_by().values("field")
    counted = counted.annotate(compared=Count("pk"), agreed=Count("pk", filter=Q(agrees=True)))
    return {row["field"]: (row["agreed"], row["compared"]) for row in counted}


def _last_blanks(organization: Organization) -> dict[int, AIFieldResult]:
    rows = AIFieldResult.objects.filter(organization=organization, value__isnull=True).exclude(
        reason=BlankReason.DISABLED
    )
    newest = rows.order_by().values("field").annotate(last=Max("pk")).values_list("last", flat=True)
    return {row.field_id: row for row in AIFieldResult.objects.filter(pk__in=list(newest)).select_related("handoff")}


def list_unsupported(organization: Organization) -> list[tuple[TicketField, str]]:
    """The fields that the AI cannot fill, each with the reason."""
    rows = TicketField.objects.filter(organization=organization, gone_at=None).order_by("-is_custom", "pk")
    return [(field, why_not(field)) for field in rows if not field.is_usable]


def why_not(field: TicketField) -> str:
    """Why the AI cannot fill this field."""
    if field.gone_at is not None:
        return _("Removed in Zendesk.")
    reasons = {
        "partialcreditcard": _("Card numbers are neither read nor written."),
        "lookup": _("It points at another record, which words alone do not name."),
    }
    if field.type in reasons:
        return reasons[field.type]
    if not field.is_custom:
        return _("Zendesk’s own field: tickets do not take it as a custom field.")
    if not field.is_supported:
        return _("A type that tickets do not take as a plain value.")
    return _("Switched off in Zendesk.")


def count_problems(organization: Organization) -> int:
    """How many AI fields need a person: blocked, changed in Zendesk, or refused there."""
    rows = AIFieldMapping.objects.filter(organization=organization, is_enabled=True)
    gone = Q(field__gone_at__isnull=False) | Q(field__is_active=False) | Q(refused_at__isnull=False)
    changed = Q(field__in=FieldChange.objects.filter(organization=organization, closed_at=None).values("field"))
    return rows.filter(gone | changed).count()
