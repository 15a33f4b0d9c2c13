"""What a person enters on the daily-work pages."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from ticketing.models import CanarySchedule

PHONE = re.compile(r"\+?[\d\s()./-]{5,40}")
FEWEST_DIGITS, MOST_DIGITS = 5, 15


class ContactForm(forms.Form):
    """How to reach a contact: an email address or a phone number, in one field or in two."""

    email = forms.CharField(
        label=_("Email or phone number"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    phone = forms.CharField(label=_("Phone number"), max_length=64, required=False)

    def clean(self) -> dict[str, Any]:
        """Put a number that stands in the first field where it belongs, and check both."""
        values = super().clean() or {}
        email, phone = values.get("email", ""), values.get("phone", "")
        if email and "@" not in email and PHONE.fullmatch(email):
            email, phone = "", email
        if not email and not phone and not self.errors:
            self.add_error("email", _("Enter an email or a phone number."))
        if email:
            try:
                validate_email(email)
            except ValidationError:
                self.add_error("email", _("This is neither an email address nor a phone number."))
        if phone and not is_phone(phone):
            self.add_error("email", _("A phone number has 5 to 15 digits, best with + and the country."))
        return {"email": email, "phone": tidy_phone(phone)}


def is_phone(text: str) -> bool:
    """True for digits with the usual signs between them."""
    digits = sum(sign.isdigit() for sign in text)
    return bool(PHONE.fullmatch(text)) and FEWEST_DIGITS <= digits <= MOST_DIGITS


def tidy_phone(text: str) -> str:
    """The number without the signs between the digits."""
    return re.sub(r"[^\d+]", "", text)


class CanaryScheduleForm(forms.Form):
    """How often the round trip is tested by itself."""

    every = forms.ChoiceField(label=_("How often"), choices=CanarySchedule.Every.choices, widget=forms.RadioSelect)
