"""One rate budget per Zendesk account, shared by all workers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RateBudget(models.Model):
    """The account's calls per minute, as Zendesk's own headers tell, spent with GCRA.

    `tat` is the theoretical arrival time in seconds of the epoch.
    https://developer.zendesk.com/api-reference/introduction/rate-limits/
    """

    account = models.CharField(_("account"), max_length=300, unique=True)
    per_minute = models.PositiveIntegerField(_("calls per minute"), default=200)
    remaining = models.PositiveIntegerField(null=True, blank=True)
    tat = models.FloatField(default=0)
    blocked_until = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("rate budget")
        verbose_name_plural = _("rate budgets")

    def __str__(self) -> str:
        return self.account
