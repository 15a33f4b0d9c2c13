"""Past tickets as examples: what contacts wrote, as features, and what agents chose. Their words are not kept.

Read by the incremental export, page after page in the lowest lane, the cursor kept after each; then learned from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from integrations.clients.zendesk_fields import ExportPage, ZendeskFields
from integrations.clients.zendesk_fields import PastTicket as Told
from opencx_admin.orgs.models import Organization
from ticketing.ai.engine import FieldType
from ticketing.ai.features import featurize
from ticketing.fields.texts import read_words
from ticketing.fields.values import is_blank, is_same
from ticketing.models import AIFieldResult, FieldReading, LearnedField, PastTicket, Session, TicketField

ENDED = ("solved", "closed")
OUR_TAG = "opencx_handedoff"
LOOK_BACK = dt.timedelta(days=365)
MOST_KEPT = 20_000
SHORTEST = 15


def start_anew(reading: FieldReading, subdomain: str) -> None:
    """Another account: nothing of the former one's tickets is kept."""
    PastTicket.objects.filter(organization=reading.organization_id).delete()
    LearnedField.objects.filter(organization=reading.organization_id).delete()
    reading.hold(subdomain=subdomain, cursor="", count=0, is_complete=False)


def read_page(reading: FieldReading, api: ZendeskFields) -> ExportPage:
    """Read one page, keep its examples, then its cursor: a crash between reads the page again and changes nothing."""
    page = api.past_tickets(reading.cursor, timezone.now() - LOOK_BACK)
    organization = reading.organization
    rows_of = TicketField.objects.filter(organization=organization, is_active=True, is_custom=True, gone_at=None)
    fields = [field for field in rows_of if field.is_learnable]
    _forget(organization, [ticket.id for ticket in page.tickets])
    rows = [row for row in (_example(organization, ticket, fields) for ticket in page.tickets) if row is not None]
    PastTicket.objects.bulk_create(rows, ignore_conflicts=True)
    _drop_oldest(organization)
    reading.hold(cursor=page.cursor, count=PastTicket.objects.filter(organization=organization).count())
    return page


def _forget(organization: Organization, ticket_ids: Sequence[int]) -> None:
    """A ticket that was reopened, changed or deleted is told anew, or not at all."""
    PastTicket.objects.filter(organization=organization, ticket_id__in=ticket_ids).delete()


def _drop_oldest(organization: Organization) -> None:
    rows = PastTicket.objects.filter(organization=organization)
    for oldest_kept in list(
        rows.order_by("-changed_at").values_list("changed_at", flat=True)[MOST_KEPT - 1 : MOST_KEPT]
    ):
        rows.filter(changed_at__lt=oldest_kept).delete()


def _example(organization: Organization, ticket: Told, fields: Sequence[TicketField]) -> PastTicket | None:
    """The row of a solved ticket in which agents chose something."""
    if ticket.status not in ENDED or ticket.updated_at is None:
        return None
    text, written = ticket.text, dict[int, Any]()
    if ticket.external_id:
        session = Session.objects.filter(organization=organization, external_id=ticket.external_id).first()
        if session is not None:
            text, written = read_words(session), _written_by_us(session)
    labels = _labels(ticket.values, fields, written)
    if not labels or len(text.strip()) < SHORTEST:
        return None
    return PastTicket(
        organization=organization,
        ticket_id=ticket.id,
        features=featurize(text),
        labels=labels,
        changed_at=ticket.updated_at,
    )


def _written_by_us(session: Session) -> dict[int, Any]:
    rows = AIFieldResult.objects.filter(handoff__session=session).filter(value__isnull=False).select_related("field")
    return {row.field.zendesk_id: row.value for row in rows}


def _labels(
    values: Mapping[int, Any], fields: Sequence[TicketField], written: Mapping[int, Any]
) -> dict[str, list[str]]:
    """What agents chose. A value that the AI wrote itself and nobody changed teaches nothing."""
    labels: dict[str, list[str]] = {}
    for field in fields:
        value, field_id = values.get(field.zendesk_id), field.zendesk_id
        if is_blank(value) or (field_id in written and is_same(field, written[field_id], value)):
            continue
        if field.type == FieldType.CHECKBOX:
            labels[str(field_id)] = ["true" if value in (True, "true", "1") else "false"]
        else:
            chosen = value if isinstance(value, list) else [value]
            labels[str(field_id)] = [str(one) for one in chosen][:50]
    return labels
