"""The forms of Settings → Alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from integrations.forms import EventsUrlForm
from ticketing.models import AlertRule

MOST_EMAILS = 20
NUMBERS = {"threshold": (1, 10_000), "minutes": (1, 10_080), "quiet_minutes": (0, 10_080)}


class EmailsForm(forms.Form):
    """`emails`: addresses between commas, spaces or lines."""

    emails = forms.CharField(
        label=lazy("Addresses"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        help_text=lazy("Several with commas between them."),
        error_messages={"required": lazy("Enter an address.")},
    )

    def clean_emails(self) -> list[str]:
        typed = str(self.cleaned_data["emails"]).replace(",", " ").replace(";", " ").split()
        emails = list(dict.fromkeys(typed))
        if len(emails) > MOST_EMAILS:
            raise ValidationError(_("Keep it to %(n)s addresses.") % {"n": MOST_EMAILS})
        for email in emails:
            try:
                validate_email(email)
            except ValidationError as error:
                raise ValidationError(_("“%(email)s” is no email address.") % {"email": email[:80]}) from error
        return emails


class WebhookForm(EventsUrlForm):
    """`events_url`: where alerts are called in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["events_url"].label = _("URL")
        self.fields["events_url"].error_messages["required"] = _("Enter the address that takes the alerts.")


@dataclass(frozen=True)
class RuleFields:
    """A rule with its fields, for the template."""

    rule: AlertRule
    is_on: forms.BoundField
    numbers: Sequence[forms.BoundField]


class RulesForm(forms.Form):
    """For each rule `on_<id>`, `threshold_<id>`, `minutes_<id>`, `quiet_minutes_<id>`."""

    def __init__(self, *args: Any, rules: Sequence[AlertRule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = rules
        names = {"threshold": _("at least"), "minutes": _("minutes"), "quiet_minutes": _("quiet minutes")}
        for rule in rules:
            kind = rule.get_kind_display()
            box = forms.CheckboxInput(attrs={"class": "form-check-input"})
            self.fields[f"on_{rule.pk}"] = forms.BooleanField(
                label=kind, required=False, initial=rule.is_on, widget=box
            )
            for name, (least, most) in NUMBERS.items():
                self.fields[f"{name}_{rule.pk}"] = forms.IntegerField(
                    label=f"{kind}: {names[name]}",
                    min_value=least,
                    max_value=most,
                    initial=getattr(rule, name),
                    widget=forms.TextInput(attrs={"class": "form-control w-auto", "size": 5, "inputmode": "numeric"}),
                )

    def rows(self) -> Iterator[RuleFields]:
        """A row for each rule."""
        for rule in self.rules:
            yield RuleFields(rule, self[f"on_{rule.pk}"], [self[f"{name}_{rule.pk}"] for name in NUMBERS])

    def changes(self, rule: AlertRule) -> dict[str, Any]:
        """What was typed for a rule."""
        numbers = {name: self.cleaned_data[f"{name}_{rule.pk}"] for name in NUMBERS}
        return {"is_on": self.cleaned_data[f"on_{rule.pk}"], **numbers}
