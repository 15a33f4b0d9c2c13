"""The organization's Zendesk account: where it is, as whom we act there, and when that was last proven."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from opencx_admin.crypto import Secret, SecretField
from opencx_admin.orgs.models import Organization

# No API token can be made since 27 October 2026, and all stop on this day.
# https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration/
API_TOKENS_END = dt.date(2027, 4, 30)


class AuthMethod(models.TextChoices):
    """How we sign in to Zendesk."""

    OAUTH = "oauth", _("OAuth client")
    API_TOKEN = "api_token", _("API token")


class ZendeskConnection(models.Model):
    """The Ticketing credentials of one organization; saved only after Verify passed."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="zendesk")
    subdomain = models.CharField(_("subdomain"), max_length=63)
    auth_method = models.CharField(
        _("sign in with"), max_length=10, choices=AuthMethod.choices, default=AuthMethod.OAUTH
    )
    email = models.EmailField(_("email"), blank=True)
    api_token = SecretField(_("API token"))
    client_id = models.CharField(_("client identifier"), max_length=255, blank=True)
    client_secret = SecretField(_("client secret"))
    secret_set_at = models.DateTimeField(null=True, blank=True)
    secret_set_by = models.CharField(max_length=254, blank=True)
    default_agent_id = models.BigIntegerField(_("default agent ID"), null=True, blank=True)
    is_first_comment_public = models.BooleanField(_("the contact sees the transcript"), default=False)

    access_token = SecretField()
    access_token_expires_at = models.DateTimeField(null=True, blank=True)
    # Who renews the token holds this until then; the others wait (one renewal at a time).
    renewing_until = models.DateTimeField(null=True, blank=True)

    user_id = models.BigIntegerField(null=True, blank=True)
    user_name = models.CharField(max_length=255, blank=True)
    user_role = models.CharField(max_length=64, blank=True)
    can_manage_webhooks = models.BooleanField(default=False)

    saved_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(_("last verified"), null=True, blank=True)
    verified_by = models.CharField(max_length=254, blank=True)
    evidence = models.JSONField(default=list, blank=True)
    # The last call that Zendesk answered as it should, and the first refusal of the credentials since.
    proven_at = models.DateTimeField(null=True, blank=True)
    proven_by = models.CharField(max_length=200, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("Zendesk connection")
        verbose_name_plural = _("Zendesk connections")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(auth_method__in=AuthMethod.values), name="zendesk_auth_known"),
        ]

    def __str__(self) -> str:
        return self.subdomain

    @property
    def base_url(self) -> str:
        """The account's address, from the `ZENDESK_URL` template, without a closing slash."""
        return str(settings.ZENDESK_URL).replace("{subdomain}", self.subdomain)

    @property
    def secret(self) -> Secret:
        """The secret of the chosen way to sign in."""
        return self.client_secret if self.auth_method == AuthMethod.OAUTH else self.api_token

    def ticket_url(self, ticket_id: int | str) -> str:
        """Where an agent opens the ticket."""
        return f"{self.base_url}/agent/tickets/{ticket_id}"
