"""One row for each call we made to an outside system: what was asked, what was answered, how long it took."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.orgs.models import Organization


class ProviderCall(models.Model):
    """Never holds a header or body with a secret."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="provider_calls")
    at = models.DateTimeField(_("at"), default=timezone.now)
    provider = models.CharField(_("system"), max_length=12)  # zendesk, sunshine, platform, ai
    method = models.CharField(_("method"), max_length=7)
    path = models.CharField(_("path"), max_length=300)
    # Null when no answer came; `error` then says why (timeout, refused, dns, dropped, forbidden_address …).
    status = models.PositiveSmallIntegerField(_("HTTP"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    ms = models.PositiveIntegerField(_("ms"), default=0)
    request_id = models.CharField(max_length=100, blank=True)
    rate = models.JSONField(default=dict, blank=True)
    # What the call was for: `handoff:<id>`, `event:<id>`, `session:<id>` …
    subject = models.CharField(max_length=300, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        verbose_name = _("call to an outside system")
        verbose_name_plural = _("calls to outside systems")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "subject", "id"], name="provider_call_subject"),
            models.Index(fields=["organization", "-id"], name="provider_call_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status or self.error}"
