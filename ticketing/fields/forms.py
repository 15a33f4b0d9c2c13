"""The form of one AI field (contract 9)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opencx_admin.orgs.models import Organization
from ticketing.fields.readings import refresh_fields
from ticketing.fields.standing import why_not
from ticketing.models import AIFieldMapping, TicketField

LONGEST_DESCRIPTION = 20_000
LARGEST_ID = 2**63 - 1


class MappingForm(forms.Form):
    """`field_id` is Zendesk's; a field we do not know yet is looked for in Zendesk."""

    field_id = forms.CharField(max_length=25, widget=forms.HiddenInput())
    description = forms.CharField(
        label=_("When does which value fit?"),
        required=False,
        max_length=LONGEST_DESCRIPTION,
        help_text=_("The AI reads this. Name each option and when it fits, one a line."),
        widget=forms.Textarea(attrs={"rows": 13, "spellcheck": "true"}),
    )
    enabled = forms.BooleanField(label=_("Fill it at each handoff"), required=False)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        self.organization = organization
        super().__init__(*args, **kwargs)

    @classmethod
    def shown(cls, field: TicketField, mapping: AIFieldMapping | None) -> MappingForm:
        """The form as it stands before anyone typed."""
        initial = {
            "field_id": field.zendesk_id,
            "description": mapping.description if mapping else "",
            "enabled": mapping.is_enabled if mapping else True,
        }
        return cls(organization=field.organization, initial=initial)

    def clean_field_id(self) -> TicketField:
        typed = str(self.cleaned_data["field_id"]).strip()
        if not (typed.isascii() and typed.isdigit()) or not 0 < int(typed) <= LARGEST_ID:
            raise forms.ValidationError(_("Choose a ticket field of the list."))
        field = self._find(int(typed))
        if field is None:
            problem = refresh_fields(self.organization)
            field = self._find(int(typed))
            if field is None and problem:
                raise forms.ValidationError(_("The field could not be looked up. %(why)s") % {"why": problem})
        if field is None:
            raise forms.ValidationError(_("Zendesk has no ticket field with this id."))
        return field

    def _find(self, zendesk_id: int) -> TicketField | None:
        rows = TicketField.objects.select_related("organization", "mapping")
        return rows.filter(organization=self.organization, zendesk_id=zendesk_id).first()

    def clean_description(self) -> str:
        return str(self.cleaned_data["description"]).replace("\r\n", "\n").replace("\x00", "").strip()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        field = cleaned.get("field_id")
        if field is not None and not field.is_usable and cleaned.get("enabled"):
            words = {"title": field.title, "why": why_not(field)}
            self.add_error("enabled", _("“%(title)s” cannot be filled. %(why)s") % words)
        return cleaned
