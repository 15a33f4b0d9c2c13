"""What became of telling Zendesk the new URL, on the Webhook tab."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from integrations.models import ObjectKind, ProvisionedObject, ProvisioningRun
from integrations.object_words import stored_mark
from integrations.views.objects_run import RunBox, read_run
from opencx_admin.orgs.components import Mark
from opencx_admin.orgs.models import Organization

SHOWN_FOR = dt.timedelta(hours=1)
# What stands behind the URL; the view and Sunshine's webhook have pages of their own.
BEHIND = (
    ObjectKind.WEBHOOK,
    ObjectKind.REPLY_TRIGGER,
    ObjectKind.STATUS_TRIGGER,
    ObjectKind.ASSIST_TRIGGER,
)


@dataclass(frozen=True)
class Behind:
    """One object behind the URL, as it was last compared."""

    name: str
    title: str
    mark: Mark


def read_rotation(organization: Organization) -> RunBox | None:
    """The run of the last rotation while it moves or for an hour after; None when the last run was another."""
    run = ProvisioningRun.objects.filter(organization=organization).order_by("-pk").first()
    if run is None or run.action != ProvisioningRun.Action.ROTATE or not is_provisioned(organization):
        return None
    if run.finished_at is not None and run.finished_at < timezone.now() - SHOWN_FOR:
        return None
    return read_run(run)


def is_provisioned(organization: Organization) -> bool:
    """True while the webhook in Zendesk is kept in order by us: then a new URL is written there at once."""
    return ProvisionedObject.objects.filter(organization=organization, kind=ObjectKind.WEBHOOK, is_gone=False).exists()


def list_behind(organization: Organization) -> Sequence[Behind]:
    """What is set up in Zendesk behind the URL."""
    rows = {row.kind: row for row in ProvisionedObject.objects.filter(organization=organization)}
    return [_read(rows[kind]) for kind in BEHIND if kind in rows]


def _read(row: ProvisionedObject) -> Behind:
    return Behind(str(row.get_kind_display()), row.title, stored_mark(row))
