"""Reconciliation as people read it: how many public replies there are in Zendesk, and how many arrived."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import PlatformEvent
from opencx_admin.orgs.components import Mark
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.templatetags.look import count
from ticketing.canary.apart import leave_out
from ticketing.models import AgentReply, ReconcileRun

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The public replies on tickets that agents wrote in the last day, and the last look that compared them."""

    in_zendesk: int
    delivered: int
    missing: int
    healed: int
    run: ReconcileRun | None

    @property
    def on_the_way(self) -> int:
        return self.in_zendesk - self.delivered - self.missing

    @property
    def mark(self) -> Mark:
        """How good that is."""
        if self.run is None:
            return Mark("unproven")
        if self.missing:
            return Mark("missing", _("%(n)s missing") % {"n": count(self.missing)})
        if self.run.errors or self.run.is_unfinished:
            return Mark("unknown", _("Not all could be compared"))
        return Mark("warning", _("%(n)s found late") % {"n": count(self.healed)}) if self.healed else Mark("ok")

    @property
    def sentence(self) -> str:
        """ "Last 24 h: 412 public replies in Zendesk, 412 delivered, 0 missing." """
        words = {name: count(getattr(self, name)) for name in ("in_zendesk", "delivered", "missing", "on_the_way")}
        text = ngettext(
            "Last 24 h: %(in_zendesk)s public reply in Zendesk, %(delivered)s delivered, %(missing)s missing",
            "Last 24 h: %(in_zendesk)s public replies in Zendesk, %(delivered)s delivered, %(missing)s missing",
            self.in_zendesk,
        )
        return (text + (_(", %(on_the_way)s on the way") if self.on_the_way else "")) % words

    @property
    def healing(self) -> str:
        """What only the hourly look found; empty when calls told of all."""
        if not self.healed:
            return ""
        words = ngettext(
            "%(n)s of them was found by the hourly reading only: nobody rang.",
            "%(n)s of them were found by the hourly reading only: nobody rang.",
            self.healed,
        )
        return words % {"n": count(self.healed)}


def read_reconciled(org: Organization) -> Reconciled:
    """The last 24 hours, in two queries."""
    rows = AgentReply.objects.filter(organization=org, comment_id__isnull=False)
    rows = leave_out(rows.filter(commented_at__gte=timezone.now() - DAY), org)
    refused = Q(receipt=AgentReply.Receipt.FAILED)
    numbers = rows.aggregate(
        in_zendesk=Count("pk"),
        delivered=Count("pk", filter=Q(event__status=PlatformEvent.Status.DELIVERED) & ~refused),
        missing=Count("pk", filter=Q(event__status=PlatformEvent.Status.FAILED) | refused),
        healed=Count("pk", filter=Q(found_by="reconcile")),
    )
    run = ReconcileRun.objects.filter(organization=org).order_by("-pk").first()
    return Reconciled(**numbers, run=run)
