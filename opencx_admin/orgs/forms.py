"""Forms of people: login, account, team, and the filters of the audit log."""

from __future__ import annotations

import zoneinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.utils.translation import gettext_lazy as _

from opencx_admin.orgs.models import Role, User


class LoginForm(forms.Form):
    """Email and password. A wrong pair gets one sentence that does not say which of the two."""

    email = forms.EmailField(
        label=_("Email"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def refuse(self) -> None:
        """Say that nobody has this email and password."""
        self.add_error(None, _("This email and password do not belong together. Both are read exactly."))


@lru_cache(maxsize=1)
def zone_choices() -> list[tuple[str, str]]:
    """Every time zone by its place, "UTC" first."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm


class AccountForm(UserForm):
    """What a person says about themselves."""

    class Meta:
        model = User
        fields = ("name", "time_zone", "theme")

    keys = forms.BooleanField(
        label=_("Single-letter keys"),
        required=False,
        help_text=_("j and k move through lists, r retries, / opens the jump box. In this browser only."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        zones = zone_choices()
        current = self.instance.time_zone
        if current not in dict(zones):
            zones = [(current, current), *zones]
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"), choices=zones, help_text=_("Every time on every page is shown in it.")
        )
        self.fields["theme"] = forms.ChoiceField(
            label=_("Theme"),
            required=False,
            choices=[("", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
            widget=forms.RadioSelect,
        )


class PasswordForm(PasswordChangeForm):
    """The old password and the new one, twice."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
        self.fields["new_password2"].label = _("New password again")
        self.fields["new_password2"].help_text = ""


class MemberForm(forms.Form):
    """Somebody who joins the organization."""

    email = forms.EmailField(label=_("Email"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.LEAD)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()
