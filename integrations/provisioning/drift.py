"""Watching: is everything in the account as we left it, and who changed what is not?"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients.errors import ProviderError, RateLimited
from integrations.models import ObjectKind, ProvisionedObject, ProvisioningRun
from integrations.provisioning import plan as plans
from integrations.provisioning.addresses import Addresses
from integrations.provisioning.items import CANNOT, Plan, PlanItem
from integrations.provisioning.reading import connection_of, say
from integrations.provisioning.runs import find_moving, follow_rotation
from opencx_admin.crypto import Undecryptable
from opencx_admin.orgs.models import Organization

log = logging.getLogger("opencx.provisioning")


def check(organization: Organization, *, lane: Lane = Lane.SYNC) -> None:
    """Compare the account with what we keep in order there, and store what differs, with who changed it.

    Never raises for a failure of the account: it is noted on the objects as `check_problem`. Does nothing
    while a run is changing them.
    """
    rows, began = list(ProvisionedObject.objects.filter(organization=organization)), timezone.now()
    if not rows or find_moving(organization) is not None:
        return
    connection = connection_of(organization.pk)
    if connection is None:
        _note_problem(rows, _("No Zendesk account is connected."))
        return
    began = timezone.now()
    try:
        plan = plans.read_plan(connection, lane=lane, tells_who=True)
    except RateLimited:
        return  # nothing is wrong with the account: the next hour compares it
    except ProviderError as error:
        _note_problem(rows, say(error))
        return
    except Undecryptable:
        _note_problem(rows, _("A stored secret cannot be opened with the present keys."))
        return
    if _was_changed(organization, began):
        return  # what was read is older than what it wrote
    _store_all(rows, plan, began)
    _tell_url(organization, plan)


def _was_changed(organization: Organization, began: dt.datetime) -> bool:
    """True when a run began or ended since."""
    since = Q(created_at__gte=began) | Q(finished_at__gte=began)
    return ProvisioningRun.objects.filter(since, organization=organization).exists()


def _tell_url(organization: Organization, plan: Plan) -> None:
    """Zendesk still calls a former URL of ours, though it was to be told the present one: tell it now."""
    item = plan.find(ObjectKind.WEBHOOK)
    if item is not None and item.current is not None:
        address = Addresses(organization).find(item.current.get("endpoint"))
        if address is not None and not address.is_current:
            follow_rotation(organization)


def note(organization: Organization, plan: Plan, began: dt.datetime) -> None:
    """Store what a plan showed that was read since `began` for another reason, so that all pages say the same."""
    if plan.items and find_moving(organization) is None and not _was_changed(organization, began):
        _store_all(ProvisionedObject.objects.filter(organization=organization), plan, began)


def _store_all(rows: Iterable[ProvisionedObject], plan: Plan, began: dt.datetime) -> None:
    for row in rows:
        item = plan.find(row.kind)
        if item is None or item.action == CANNOT:
            _note_problem([row], item.reason if item else _("It is not read any more: Messaging is not connected."))
        else:
            _store(row, item, began)


def _store(row: ProvisionedObject, item: PlanItem, began: dt.datetime) -> None:
    """What the comparison found of one object, if the row still names it and was not written since `began`."""
    # Saving Messaging registers a webhook anew when there is none: that one then is ours.
    is_renewed = row.kind == ObjectKind.SUNSHINE_WEBHOOK and item.current is not None
    is_gone = item.external_id != row.external_id and not is_renewed
    drift = [] if is_gone else [one.to_json() for one in item.differences]
    is_changed = is_gone or bool(drift)
    found_at = (row.drift_found_at or timezone.now()) if is_changed else None
    changes: dict[str, Any] = {
        "drift": drift,
        "is_gone": is_gone,
        "drift_found_at": found_at,
        "changed_by": item.changed_by[:255] if is_changed else "",
        "changed_at": item.changed_at if is_changed else None,
        "checked_at": timezone.now(),
        "check_problem": "",
    }
    if is_renewed:
        changes["external_id"] = item.external_id
    if not is_gone and item.title:
        changes["title"] = item.title[:255]
    is_older = Q(checked_at=None) | Q(checked_at__lte=began)
    ProvisionedObject.objects.filter(is_older, pk=row.pk, external_id=row.external_id).update(**changes)
    if is_changed and row.drift_found_at is None:
        log.info("%s of organization %s was changed in Zendesk", row.kind, row.organization_id)


def _note_problem(rows: Iterable[ProvisionedObject], problem: str) -> None:
    ProvisionedObject.objects.filter(pk__in=[row.pk for row in rows]).update(check_problem=problem[:300])
