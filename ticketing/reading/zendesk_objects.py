"""What somebody changed or deleted in Zendesk, as rows of "Needs action", each mended with one click."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import ProvisioningRun
from integrations.object_words import change_title, drift_words, tone_of_change
from opencx_admin.orgs.components import Action, ActRow, Mark
from opencx_admin.orgs.models import Role
from opencx_admin.orgs.times import clock_text
from ticketing.models.handoffs import Owner
from ticketing.reading.proof import Proof
from ticketing.reading.reader import Reader


def list_object_actions(proof: Proof, reader: Reader) -> Iterator[ActRow]:
    """One row for each changed object; without any, one for an act that stopped halfway."""
    may_change = reader.role.allows(Role.ADMIN)
    for row in proof.drifted:
        url = reverse("zendesk-objects")
        by = _("by %(name)s") % {"name": reader.emails(row.changed_by)} if row.changed_by else ""
        since = _since(row.changed_at or row.drift_found_at or timezone.now())
        meta = " · ".join(part for part in (drift_words(row), f"{since} {by}".strip()) if part)
        label = _("Make it again") if row.is_gone else _("Repair")
        repair = Action(label, f"{url}?kind={row.kind}", post=True, value="repair")
        mark = Mark("failed" if tone_of_change(row.kind) == "problem" else "warning")
        action = repair if may_change else Action(_("Show it"), url)
        yield ActRow(mark, change_title(row), f"{url}#{row.kind}", meta, Owner.YOU_HERE, action)
    run = proof.last_run
    if run is not None and run.status == ProvisioningRun.Status.FAILED and not proof.drifted:
        url = reverse("zendesk-objects")
        title = _("Setting up Zendesk stopped") if run.action == "apply" else _("A change in Zendesk stopped halfway")
        meta = " · ".join(part for part in (_since(run.finished_at or run.created_at), run.problem) if part)
        yield ActRow(Mark("warning"), title, url, meta, Owner.YOU_HERE, Action(_("Show it"), url))


def _since(at: dt.datetime) -> str:
    return _("since %(time)s") % {"time": clock_text(at, seconds=False)}
