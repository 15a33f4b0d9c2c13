"""The form of the Messaging settings. Secret fields are write-only, as on Ticketing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.forms import SecretInput, plain_input
from integrations.messaging_credentials import MessagingCredentials
from integrations.messaging_refusals import is_app_key, wrong_key_text
from integrations.models import AuthMethod, SunshineConnection, ZendeskConnection
from integrations.subdomain import NoSubdomain, read_subdomain
from integrations.support_lookup import Lookup
from integrations.verify import Candidate
from integrations.verify_messaging import MessagingCandidate
from opencx_admin.crypto import Secret, Undecryptable

UNREADABLE = _("Enter it again: the stored one cannot be opened with the present keys.")


class MessagingForm(forms.Form):
    """An App key of Sunshine Conversations, and who looks Support users up."""

    subdomain = forms.CharField(label=_("Subdomain"), max_length=300, widget=plain_input())
    app_id = forms.CharField(label=_("App ID"), max_length=64, widget=plain_input())
    key_id = forms.CharField(label=_("Key ID"), max_length=128, widget=plain_input())
    secret = forms.CharField(label=_("Secret"), required=False, max_length=1000, widget=SecretInput())
    use_ticketing_credentials = forms.BooleanField(label=_("Use the Ticketing credentials"), required=False)
    auth_method = forms.ChoiceField(label=_("Sign in with"), choices=AuthMethod.choices, required=False)
    email = forms.EmailField(label=_("Email"), required=False, max_length=254)
    api_token = forms.CharField(label=_("API token"), required=False, max_length=1000, widget=SecretInput())
    client_id = forms.CharField(label=_("Client identifier"), required=False, max_length=255, widget=plain_input())
    client_secret = forms.CharField(label=_("Client secret"), required=False, max_length=1000, widget=SecretInput())

    def __init__(
        self, *args: Any, connection: SunshineConnection | None, ticketing: ZendeskConnection | None, **kwargs: Any
    ) -> None:
        self.connection = connection
        self.ticketing = ticketing
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["key_id"].widget.attrs |= {"pattern": r"\s*app_.*", "title": wrong_key_text()}

    @classmethod
    def shown(cls, connection: SunshineConnection | None, ticketing: ZendeskConnection | None) -> MessagingForm:
        """The form as it stands before anyone typed."""
        initial: dict[str, Any] = {"use_ticketing_credentials": True, "auth_method": AuthMethod.OAUTH}
        if ticketing is not None:
            initial["subdomain"] = ticketing.subdomain
        if connection is not None:
            names = ("subdomain", "app_id", "key_id", "use_ticketing_credentials", "auth_method", "email", "client_id")
            initial = {name: getattr(connection, name) for name in names}
        return cls(connection=connection, ticketing=ticketing, initial=initial)

    def clean_key_id(self) -> str:
        key_id = str(self.cleaned_data["key_id"])
        if not is_app_key(key_id):
            raise forms.ValidationError(wrong_key_text(), code="integration_key")
        return key_id

    def clean_use_ticketing_credentials(self) -> bool:
        """A POST that speaks neither of it nor of a way to sign in leaves it as it stands."""
        if self.data.get("auth_method") or "use_ticketing_credentials" in self.data:
            return bool(self.cleaned_data["use_ticketing_credentials"])
        return self.connection.use_ticketing_credentials if self.connection else True

    def clean_auth_method(self) -> str:
        kept = self.connection.auth_method if self.connection else AuthMethod.OAUTH
        return str(self.cleaned_data["auth_method"] or kept)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("secret"):
            self._check_secret()
        if not data.get("use_ticketing_credentials") and data.get("auth_method"):
            self._check_support(str(data["auth_method"]))
        return data

    def _check_secret(self) -> None:
        """A stored secret goes only to the account, the app and the key it was entered for."""
        kept, data = self.connection, self.cleaned_data
        if kept is None or not kept.secret:
            self.add_error("secret", _("Enter it once; nothing is stored yet."))
            return
        names = {
            "subdomain": self.account or kept.subdomain,
            "app_id": data.get("app_id"),
            "key_id": data.get("key_id"),
        }
        changed = next((name for name, value in names.items() if value and value != getattr(kept, name)), "")
        if changed:
            sentence = _(
                "Enter it again: the %(field)s changed, and the stored one is only ever sent to %(home)s. "
                "Nothing was sent."
            )
            label = self.fields[changed].label
            field = str(label).lower() if changed == "subdomain" else label
            home = f"{kept.subdomain}, {kept.app_id}"
            self.add_error("secret", sentence % {"field": field, "home": home})
        elif not _opens(kept.secret):
            self.add_error("secret", UNREADABLE)

    def _check_support(self, method: str) -> None:
        """The panel's own credentials: whole, or none at all."""
        name, secret_name = support_names(method)
        data, stored = self.cleaned_data, self._stored_support(method)
        if not data.get(name) and not data.get(secret_name) and not self._stored_support(method):
            return
        if name not in self.errors and not data.get(name):
            self.add_error(name, _("This is needed to sign in."))
        if data.get(secret_name):
            return
        home = self.connection.subdomain if self.connection else ""
        if not stored:
            self.add_error(secret_name, _("Enter it once; nothing is stored yet."))
        elif self.account not in ("", home):
            sentence = _(
                "Enter it again: the subdomain changed, and the stored one is only ever sent to %(home)s. "
                "Nothing was sent."
            )
            self.add_error(secret_name, sentence % {"home": home})
        elif not _opens(stored):
            self.add_error(secret_name, UNREADABLE)

    @property
    def account(self) -> str:
        """The subdomain as Verify will read it; empty when it names nothing, which Verify itself says."""
        try:
            return read_subdomain(self.cleaned_data.get("subdomain", ""))
        except NoSubdomain:
            return ""

    def _stored_support(self, method: str) -> Secret:
        if self.connection is None:
            return Secret()
        return self.connection.client_secret if method == AuthMethod.OAUTH else self.connection.api_token

    @property
    def _new_support_secret(self) -> Secret:
        if self.cleaned_data["use_ticketing_credentials"]:
            return Secret()
        return Secret.hide(self.cleaned_data[support_names(self.cleaned_data["auth_method"])[1]])

    def candidate(self) -> MessagingCandidate:
        """What Verify tries."""
        data = self.cleaned_data
        secret = Secret.hide(data["secret"]) or (self.connection.secret if self.connection else Secret())
        return MessagingCandidate(data["subdomain"], data["app_id"], data["key_id"], secret, self._lookup())

    def _lookup(self) -> Lookup:
        data = self.cleaned_data
        if data["use_ticketing_credentials"]:
            return Lookup.ticketing(self.ticketing)
        secret = self._new_support_secret or self._stored_support(data["auth_method"])
        if not secret:
            return Lookup(is_own=True)
        own = Candidate(data["subdomain"], data["auth_method"], data["email"], data["client_id"], secret)
        return Lookup(own, is_own=True)

    def credentials(self, subdomain: str) -> MessagingCredentials:
        """What is kept when Verify passed."""
        data = self.cleaned_data
        return MessagingCredentials(
            subdomain=subdomain,
            app_id=data["app_id"],
            key_id=data["key_id"],
            new_secret=Secret.hide(data["secret"]),
            use_ticketing=data["use_ticketing_credentials"],
            auth_method=data["auth_method"],
            email=data["email"],
            client_id=data["client_id"],
            new_support_secret=self._new_support_secret,
        )

    def signs_in_as_saved(self) -> bool:
        """True when these are the saved credentials, so that a proof of them is a proof of the connection."""
        kept, data = self.connection, self.cleaned_data
        if kept is None or data["secret"] or self._new_support_secret:
            return False
        names = ["app_id", "key_id", "use_ticketing_credentials"]
        if not data["use_ticketing_credentials"]:
            names += ["auth_method", support_names(data["auth_method"])[0]]
        return self.account == kept.subdomain and all(data[name] == getattr(kept, name) for name in names)


def support_names(method: str) -> tuple[str, str]:
    """The fields of a way to sign in: who, and its secret."""
    return ("client_id", "client_secret") if method == AuthMethod.OAUTH else ("email", "api_token")


def _opens(secret: Secret) -> bool:
    try:
        secret.reveal()
    except Undecryptable:
        return False
    return True
