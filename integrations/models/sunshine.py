"""The organization's Sunshine Conversations app: what live chats go through."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.models.zendesk import AuthMethod
from opencx_admin.crypto import SecretField
from opencx_admin.orgs.models import Organization


class SunshineConnection(models.Model):
    """The Messaging credentials of one organization; saved only after Verify passed."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="sunshine")
    subdomain = models.CharField(_("subdomain"), max_length=63)
    app_id = models.CharField(_("app ID"), max_length=64)
    key_id = models.CharField(_("key ID"), max_length=128)
    secret = SecretField(_("secret"))
    secret_set_at = models.DateTimeField(null=True, blank=True)
    secret_set_by = models.CharField(max_length=254, blank=True)

    # The panel "Zendesk API credentials": who looks Support users up, so that one person stays one contact.
    use_ticketing_credentials = models.BooleanField(_("use the Ticketing credentials"), default=True)
    auth_method = models.CharField(max_length=10, choices=AuthMethod.choices, default=AuthMethod.OAUTH)
    email = models.EmailField(_("email"), blank=True)
    api_token = SecretField(_("API token"))
    client_id = models.CharField(_("client identifier"), max_length=255, blank=True)
    client_secret = SecretField(_("client secret"))

    # What Verify found and what saving registered.
    agent_workspace_id = models.CharField(max_length=64, blank=True)
    integration_id = models.CharField(max_length=64, blank=True)
    webhook_id = models.CharField(max_length=64, blank=True)
    webhook_problem = models.CharField(max_length=300, blank=True)

    saved_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(_("last verified"), null=True, blank=True)
    verified_by = models.CharField(max_length=254, blank=True)
    evidence = models.JSONField(default=list, blank=True)
    active_since = models.DateTimeField(null=True, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)
    proven_by = models.CharField(max_length=200, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("Sunshine connection")
        verbose_name_plural = _("Sunshine connections")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(auth_method__in=AuthMethod.values), name="sunshine_auth_known"),
        ]

    def __str__(self) -> str:
        return f"{self.subdomain} {self.app_id}"

    @property
    def base_url(self) -> str:
        """The API's address, from the `SUNSHINE_URL` template, without a closing slash."""
        return str(settings.SUNSHINE_URL).replace("{subdomain}", self.subdomain)

    @property
    def is_active(self) -> bool:
        """True while chats may go through it: verified, and not refused since."""
        return self.verified_at is not None and self.refused_at is None
