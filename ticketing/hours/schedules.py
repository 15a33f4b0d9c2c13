"""Reading Zendesk's schedules: when a person asks, and once an hour while one of them is followed."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.http import DEFAULT_TIMEOUTS, Timeouts
from integrations.clients.zendesk_schedules import Schedule, list_holidays, list_schedules
from integrations.connect import note_refusal, open_zendesk
from integrations.models import ZendeskConnection
from opencx_admin.crypto import Undecryptable
from ticketing.hours import calendar
from ticketing.hours.zones import find_zone
from ticketing.models import HandoffSettings

log = logging.getLogger("opencx.hours")
EVERY = 3600.0
LEASE = dt.timedelta(minutes=2)
MOST_SCHEDULES = 20
# Zendesk counts from Sunday 00:00, we from Monday 00:00.
SUNDAY = 6 * calendar.DAY


def advance(wanted: HandoffSettings) -> bool:
    """Read the schedules again when they are due, if this worker wins the row."""
    if not wanted.claim(LEASE):
        return False
    error = read_schedules(wanted)
    if wanted.schedule_id is None:
        wanted.rest()
    else:
        wanted.postpone(EVERY)
    return not error


def read_schedules(wanted: HandoffSettings, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> str:
    """Store what Zendesk says of its schedules. Returns why not, as a sentence; then the former ones stay."""
    connection = ZendeskConnection.objects.filter(organization_id=wanted.organization_id).first()
    if connection is None:
        return _keep(wanted, _("Zendesk Ticketing is not set up."))
    try:
        client = open_zendesk(connection, lane=Lane.SYNC, subject="schedules", timeouts=timeouts)
        schedules = [
            _store(row, [calendar.Holiday(h.name[:100], h.first, h.last) for h in list_holidays(client, row.id)])
            for row in list_schedules(client)[:MOST_SCHEDULES]
        ]
    except (errors.Forbidden, errors.NotFound):
        return _keep(wanted, _("This account shows no schedules. Zendesk has them from Suite Growth on."))
    except errors.ProviderError as error:
        if isinstance(error, errors.Unauthorized):
            note_refusal(connection, error)
        return _keep(wanted, error.sentence)
    except Undecryptable as error:
        return _keep(wanted, str(error))
    except Exception:
        log.exception("the schedules of %s could not be read", wanted.organization_id)
        return _keep(wanted, _("They could not be read; the log tells more."))
    now = timezone.now()
    rows = HandoffSettings.objects.filter(pk=wanted.pk)
    rows.update(schedules=schedules, schedules_read_at=now, last_error="", attempts=0)
    wanted.schedules, wanted.schedules_read_at, wanted.last_error = schedules, now, ""
    return ""


def _keep(wanted: HandoffSettings, error: str) -> str:
    HandoffSettings.objects.filter(pk=wanted.pk).update(last_error=error)
    wanted.last_error = error
    return error


def _store(row: Schedule, holidays: list[calendar.Holiday]) -> dict[str, Any]:
    spans = [(begin + SUNDAY, end + SUNDAY) for begin, end in row.spans]
    return {
        "id": row.id,
        "name": row.name[:200],
        "zone_name": row.zone[:100],
        "zone": find_zone(row.zone),
        "week": calendar.join_spans(spans),
        "holidays": calendar.write_holidays(holidays),
    }
