"""API keys: the text is shown once; only its hash stays."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.crypto import fingerprint
from opencx_admin.orgs.models.people import Organization

PREFIX = "ocx_"


class ApiKey(models.Model):
    """What the platform authenticates with. Lives until revoked."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=100, blank=True)
    prefix = models.CharField(_("beginning"), max_length=12)
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.CharField(_("created by"), max_length=254, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    # The present minute of the rate limit: when it began, in seconds of the epoch, and its requests so far.
    minute_began = models.FloatField(default=0)
    minute_count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering: ClassVar = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @classmethod
    def issue(cls, organization: Organization, *, name: str = "", created_by: str = "") -> tuple[ApiKey, str]:
        """Make a key; returns it with its text, which is not kept."""
        text = PREFIX + secrets.token_urlsafe(32)
        key = cls.objects.create(
            organization=organization, name=name, prefix=text[:10], hash=fingerprint(text), created_by=created_by
        )
        return key, text

    @classmethod
    def find(cls, text: str) -> ApiKey | None:
        """The live key with this text, or None."""
        return cls.objects.select_related("organization").filter(hash=fingerprint(text), revoked_at=None).first()

    def revoke(self) -> None:
        """End the key now; a revoked key stays in the list."""
        self.revoked_at = timezone.now()
        self.save(update_fields=["revoked_at"])
