"""The audit log: who did what to which thing, before and after."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from opencx_admin.orgs.models.people import Organization, User


class AuditEntry(models.Model):
    """One act. Written in the same transaction as the act; never changed. Holds no secret."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="audit_entries")
    at = models.DateTimeField(_("at"), auto_now_add=True)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    actor_label = models.CharField(_("who"), max_length=254)
    action = models.CharField(_("what"), max_length=64)
    object_label = models.CharField(_("object"), max_length=254, blank=True)
    object_url = models.CharField(_("address"), max_length=500, blank=True)
    before = models.JSONField(_("before"), default=dict, blank=True)
    after = models.JSONField(_("after"), default=dict, blank=True)
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["organization", "-id"], name="audit_org_newest")]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.action}"
