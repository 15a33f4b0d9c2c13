"""Reading fields and past tickets as due rows: hourly, page by page, in the low lanes; nothing is read while no
AI field exists and nobody looks."""

from __future__ import annotations

import datetime as dt
import logging

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.http import Timeouts
from integrations.clients.zendesk_fields import ZendeskFields
from integrations.connect import note_refusal, open_zendesk
from integrations.models import SunshineConnection, ZendeskConnection
from opencx_admin.crypto import Undecryptable
from opencx_admin.due import LostClaim, backoff
from opencx_admin.orgs.models import Organization
from ticketing.fields import examples, learn, schema
from ticketing.models import AIFieldMapping, FieldReading, TicketField

log = logging.getLogger("opencx.fields")
Kind = FieldReading.Kind
HOUR = 3600.0
# The export takes ten calls a minute from the whole account.
BETWEEN_PAGES = 8.0
WHEN_BUSY = 60.0
# So long a page shows what was read before, instead of waiting again.
AFTER_FAILURE = dt.timedelta(seconds=30)
IN_A_PAGE = Timeouts(connect=2.0, read=4.0)


def watch(organization: Organization, kind: str) -> FieldReading:
    """Have it read again and again from now on. Safe to repeat."""
    row, _made = FieldReading.objects.get_or_create(
        organization=organization, kind=kind, defaults={"next_attempt_at": timezone.now()}
    )
    return row


def hurry(connection: ZendeskConnection | SunshineConnection) -> None:
    """Credentials were verified: read now what could not be read with the former ones."""
    rows = FieldReading.objects.filter(organization=connection.organization).exclude(last_error="")
    rows.update(next_attempt_at=timezone.now(), attempts=0)


def refresh_fields(organization: Organization) -> str:
    """Read the account's fields now, while a person waits. Returns why that failed, or nothing."""
    row = watch(organization, Kind.FIELDS)
    connection = ZendeskConnection.objects.filter(organization=organization).first()
    if connection is None:
        return _("Zendesk Ticketing is not set up.")
    try:
        client = open_zendesk(connection, lane=Lane.STATUS, subject="ticket_fields", timeouts=IN_A_PAGE)
        schema.take_fields(organization, ZendeskFields(client).fields())
    except errors.ProviderError as error:
        if isinstance(error, errors.Unauthorized):
            note_refusal(connection, error)
        later = timezone.now() + AFTER_FAILURE
        FieldReading.objects.filter(pk=row.pk).update(last_error=error.sentence, next_attempt_at=later)
        return error.sentence
    except Undecryptable as error:
        return str(error)
    count = TicketField.objects.filter(organization=organization, gone_at=None).count()
    now = timezone.now()
    FieldReading.objects.filter(pk=row.pk).update(
        read_at=now, last_error="", is_complete=True, count=count, next_attempt_at=now + dt.timedelta(hours=1)
    )
    return ""


def advance(row: FieldReading) -> bool:
    """One step of a due reading, if this worker wins it. True when it read something."""
    if not row.claim():
        return False
    connection = ZendeskConnection.objects.filter(organization_id=row.organization_id).first()
    if connection is None or not _is_wanted(row):
        row.rest(last_error="")
        return False
    try:
        delay = _read(row, connection)
    except LostClaim:
        return False
    except errors.ProviderError as error:
        if isinstance(error, errors.Unauthorized):
            note_refusal(connection, error)
        row.postpone(_wait(row, error), last_error=error.sentence)
        return False
    except Undecryptable as error:
        row.postpone(HOUR, last_error=str(error))
        return False
    except Exception:
        log.exception("reading %s of organization %s failed", row.kind, row.organization_id)
        row.postpone(HOUR, last_error=_("It could not be carried out; the log tells more."))
        return False
    return row.postpone(delay, attempts=0, last_error="", read_at=timezone.now())


def _is_wanted(row: FieldReading) -> bool:
    """Past tickets teach only fields that the AI is to fill."""
    mappings = AIFieldMapping.objects.filter(organization_id=row.organization_id).select_related("field")
    if row.kind == Kind.FIELDS:
        return mappings.exists()
    return any(mapping.field.is_learnable for mapping in mappings)


def _wait(row: FieldReading, error: errors.ProviderError) -> float:
    if error.retry_after is not None:
        return max(error.retry_after, 1.0)
    if isinstance(error, errors.Unauthorized | errors.Forbidden | errors.NotFound | errors.Rejected):
        return HOUR
    return backoff(row.attempts)


def _read(row: FieldReading, connection: ZendeskConnection) -> float:
    """Returns the seconds until the next step."""
    lane = Lane.SYNC if row.kind == Kind.FIELDS else Lane.BACKFILL
    client = open_zendesk(connection, lane=lane, subject=row.kind, keep_claim=row.hold)
    api = ZendeskFields(client)
    if row.kind == Kind.FIELDS:
        schema.take_fields(row.organization, api.fields())
        row.hold(
            is_complete=True, count=TicketField.objects.filter(organization=row.organization, gone_at=None).count()
        )
        return HOUR
    if row.subdomain != connection.subdomain:
        examples.start_anew(row, connection.subdomain)
    page = examples.read_page(row, api)
    if not page.is_last:
        return BETWEEN_PAGES
    try:
        learn.learn_all(row.organization, row.hold)
    except learn.Busy:
        return WHEN_BUSY
    row.hold(is_complete=True)
    return HOUR
