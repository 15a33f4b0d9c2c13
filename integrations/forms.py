"""The forms of the settings pages. Secret fields are write-only: they are never filled in when shown."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from integrations.credentials import Credentials
from integrations.models import AuthMethod, ZendeskConnection
from integrations.subdomain import NoSubdomain, read_subdomain
from integrations.verify import Candidate
from opencx_admin.crypto import Secret, Undecryptable
from opencx_admin.net import ForbiddenAddress, check_url, unresolved_name

LARGEST_ID = 2**63 - 1
LONGEST_OVERLAP = 720


class SecretInput(forms.PasswordInput):
    """A field whose value goes one way only."""

    def __init__(self) -> None:
        attrs = {"autocomplete": "new-password", "spellcheck": "false", "autocapitalize": "off"}
        super().__init__(attrs=attrs, render_value=False)


def plain_input() -> forms.TextInput:
    """A text input that no browser corrects or fills in."""
    return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"})


class ZendeskForm(forms.Form):
    """Ticketing credentials. The subdomain is judged by Verify, which says what is wrong with it."""

    subdomain = forms.CharField(label=_("Subdomain"), max_length=300, widget=plain_input())
    auth_method = forms.ChoiceField(
        label=_("Sign in with"),
        choices=AuthMethod.choices,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose OAuth client or API token.")),
    )
    email = forms.EmailField(label=_("Email"), required=False, max_length=254)
    api_token = forms.CharField(label=_("API token"), required=False, max_length=1000, widget=SecretInput())
    client_id = forms.CharField(label=_("Client identifier"), required=False, max_length=255, widget=plain_input())
    client_secret = forms.CharField(label=_("Client secret"), required=False, max_length=1000, widget=SecretInput())
    default_agent_id = forms.CharField(label=_("Default agent ID"), required=False, max_length=25, widget=plain_input())
    first_comment_public = forms.BooleanField(label=_("The contact sees the transcript"), required=False)

    def __init__(self, *args: Any, connection: ZendeskConnection | None, **kwargs: Any) -> None:
        self.connection = connection
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["default_agent_id"].widget.attrs["inputmode"] = "numeric"

    @classmethod
    def shown(cls, connection: ZendeskConnection | None) -> ZendeskForm:
        """The form as it stands before anyone typed."""
        if connection is None:
            return cls(connection=None, initial={"auth_method": AuthMethod.OAUTH})
        initial = {
            "subdomain": connection.subdomain,
            "auth_method": connection.auth_method,
            "email": connection.email,
            "client_id": connection.client_id,
            "default_agent_id": connection.default_agent_id,
            "first_comment_public": connection.is_first_comment_public,
        }
        return cls(connection=connection, initial=initial)

    def clean_default_agent_id(self) -> int | None:
        typed = str(self.cleaned_data["default_agent_id"] or "").replace(" ", "")
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit()) or not 0 < int(typed) <= LARGEST_ID:
            raise forms.ValidationError(_("Digits only, as in the address of the agent’s profile."))
        return int(typed)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        method = data.get("auth_method")
        name = {"oauth": "client_id", "api_token": "email"}.get(str(method))
        if name and name not in self.errors and not data.get(name):
            self.add_error(name, _("This is needed to sign in."))
        if method and not self.errors.get("subdomain"):
            self._check_secret(str(method))
        return data

    def _check_secret(self, method: str) -> None:
        """A stored secret goes only to the account it was entered for."""
        field = "client_secret" if method == AuthMethod.OAUTH else "api_token"
        if self.cleaned_data.get(field):
            return
        stored, home = self._stored(method), self.connection.subdomain if self.connection else ""
        if not stored:
            self.add_error(field, _("Enter it once; nothing is stored yet."))
        elif self._subdomain() not in ("", home):
            sentence = _(
                "Enter it again: the subdomain changed, and the stored one is only ever sent to %(home)s. "
                "Nothing was sent."
            )
            self.add_error(field, sentence % {"home": home})
        else:
            try:
                stored.reveal()
            except Undecryptable:
                self.add_error(field, _("Enter it again: the stored one cannot be opened with the present keys."))

    def _subdomain(self) -> str:
        """As Verify will read it; empty when it names nothing, which Verify itself says."""
        try:
            return read_subdomain(self.cleaned_data.get("subdomain", ""))
        except NoSubdomain:
            return ""

    @property
    def account_url(self) -> str:
        """The address of the account that is tried, as its rate budget names it."""
        return ZendeskConnection(subdomain=self._subdomain()).base_url

    def _stored(self, method: str) -> Secret:
        if self.connection is None:
            return Secret()
        return self.connection.client_secret if method == AuthMethod.OAUTH else self.connection.api_token

    @property
    def new_secret(self) -> Secret:
        """What was typed, encrypted at once; empty when the stored one stays."""
        is_oauth = self.cleaned_data["auth_method"] == AuthMethod.OAUTH
        return Secret.hide(self.cleaned_data["client_secret" if is_oauth else "api_token"])

    def candidate(self) -> Candidate:
        """What Verify tries."""
        data = self.cleaned_data
        return Candidate(
            subdomain=data["subdomain"],
            auth_method=data["auth_method"],
            email=data["email"],
            client_id=data["client_id"],
            secret=self.new_secret or self._stored(data["auth_method"]),
        )

    def credentials(self, subdomain: str) -> Credentials:
        """What is kept when Verify passed."""
        data = self.cleaned_data
        return Credentials(
            subdomain=subdomain,
            auth_method=data["auth_method"],
            email=data["email"],
            client_id=data["client_id"],
            default_agent_id=data["default_agent_id"],
            is_first_comment_public=data["first_comment_public"],
            new_secret=self.new_secret,
        )

    def signs_in_as_saved(self) -> bool:
        """True when these are the saved credentials, so that a proof of them is a proof of the connection."""
        kept, data = self.connection, self.cleaned_data
        if kept is None or self.new_secret:
            return False
        name = "client_id" if data["auth_method"] == AuthMethod.OAUTH else "email"
        typed = (self._subdomain(), data["auth_method"], data[name])
        return typed == (kept.subdomain, kept.auth_method, getattr(kept, name))


class SigningForm(forms.Form):
    """The secrets of webhooks made by hand: Zendesk's signature, and what Sunshine sends as `X-API-Key`."""

    signing_secret = forms.CharField(label=_("Signing secret"), required=False, max_length=500, widget=SecretInput())
    sunshine_webhook_secret = forms.CharField(
        label=_("Sunshine’s webhook secret"), required=False, max_length=500, widget=SecretInput()
    )
    remove_signing_secret = forms.BooleanField(label=_("Forget it and accept unsigned calls"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("remove_signing_secret") and data.get("signing_secret"):
            self.add_error("signing_secret", _("Either enter a secret or forget the stored one."))
        return data


class RotateForm(forms.Form):
    """How long the old address is still answered."""

    overlap_hours = forms.IntegerField(
        label=_("The old URL is answered for"),
        min_value=0,
        max_value=LONGEST_OVERLAP,
        initial=24,
        help_text=_("Hours, 0 to 720. Zendesk gets 410 after that, for good."),
    )


class RotateSunshineForm(RotateForm):
    """The same for Sunshine's address; empty hours are a day."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "id_sunshine_%s")
        super().__init__(*args, **kwargs)
        self.fields["overlap_hours"].required = False
        self.fields["overlap_hours"].help_text = _("Hours, 0 to 720. Sunshine gets 410 after that, for good.")

    @property
    def hours(self) -> int:
        """What was entered, else a day."""
        typed = self.cleaned_data["overlap_hours"]
        return 24 if typed is None else int(typed)


class EventsUrlForm(forms.Form):
    """Where our events to the platform go. `unresolved`: the name that has no address now, which is no error."""

    unresolved = ""
    events_url = forms.CharField(
        label=_("Events URL"),
        max_length=500,
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
        error_messages={"required": _("Enter the address that the platform gave you.")},
    )

    def clean_events_url(self) -> str:
        url = str(self.cleaned_data["events_url"])
        try:
            check_url(url, settings.OUTBOUND_ALLOW_HOSTS)
        except ForbiddenAddress as error:
            raise forms.ValidationError(
                _("%(host)s is on a private network. OUTBOUND_ALLOW_HOSTS names the private hosts we may call."),
                params={"host": str(error)},
            ) from error
        except ValueError as error:
            raise forms.ValidationError(_("Write a whole address with https:// and without a password.")) from error
        if any(letter.isspace() or not letter.isprintable() for letter in url):
            raise forms.ValidationError(_("An address has no spaces."))
        self.unresolved = unresolved_name(url)
        return url
