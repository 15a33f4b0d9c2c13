"""Filling the blanks of tickets that exist: one PUT per ticket, in the lowest lane, only what is blank there now.

Solved and closed tickets are left alone: an update would ring the account's triggers, or be refused. A field that
the AI filled before and that is blank now was emptied by an agent; it stays so.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.zendesk_fields import ZendeskFields
from integrations.connect import note_refusal, open_zendesk
from integrations.models import ZendeskConnection
from opencx_admin.crypto import Undecryptable
from opencx_admin.due import LostClaim, backoff
from opencx_admin.orgs.models import Organization
from ticketing.fields.fill import judge_all, list_mappings, put_guess
from ticketing.fields.refusals import find_refused, mark_refused
from ticketing.fields.texts import read_handed_off
from ticketing.fields.values import is_blank, is_same
from ticketing.models import AIFieldMapping, AIFieldResult, FieldBackfill, SessionTicketLink

Status = FieldBackfill.Status
ENDED = ("solved", "closed", "deleted")
AT_ONCE = 10
MOST_FAILURES = 20
RUNNING = (Status.QUEUED, Status.WORKING, Status.RETRYING)


def list_links(organization: Organization) -> QuerySet[SessionTicketLink]:
    """The tickets that can be filled: those of handoffs, linked now in the connected account, not known to be solved.

    The number of a ticket of a former account is somebody else's ticket in this one.
    """
    connection = ZendeskConnection.objects.filter(organization=organization).first()
    name = connection.subdomain if connection else ""
    rows = SessionTicketLink.objects.filter(organization=organization, is_active=True, ticket_id__gt=0)
    rows = rows.filter(Q(url__contains=f"/{name}.") | Q(url__contains=f"/{name}/"))
    rows = rows.select_related("handoff__session", "organization").exclude(session__is_canary=True)
    return rows.exclude(handoff=None).exclude(ticket_status__in=ENDED).order_by("pk")


def list_fillable(organization: Organization) -> list[AIFieldMapping]:
    """AI fields that are on and that tickets take."""
    return [m for m in list_mappings(organization) if m.is_enabled and m.field.is_usable]


def start(organization: Organization, by: str) -> tuple[FieldBackfill, bool]:
    """Begin to fill blanks. True when it began now; else the one that is under way."""
    fields = [mapping.field for mapping in list_fillable(organization)]
    try:
        with transaction.atomic():
            row = FieldBackfill.objects.create(
                organization=organization,
                total=list_links(organization).count(),
                created_by=by,
                next_attempt_at=timezone.now(),
            )
            row.fields.set(fields)
    except IntegrityError:
        return FieldBackfill.objects.get(organization=organization, status__in=RUNNING), False
    return row, True


def cancel(row: FieldBackfill) -> bool:
    """Stop after the ticket that is under way. False when it has ended."""
    rows = FieldBackfill.objects.filter(pk=row.pk, status__in=RUNNING)
    return bool(rows.update(status=Status.CANCELLED, next_attempt_at=None, ended_at=timezone.now()))


def advance(row: FieldBackfill) -> bool:
    """A few tickets of a due job, if this worker wins it. True when there are more to do now."""
    if not row.claim(status=Status.WORKING):
        return False
    connection = ZendeskConnection.objects.filter(organization_id=row.organization_id).first()
    if connection is None:
        return _end(row, Status.FAILED, _("Zendesk Ticketing is not set up for this organization."))
    client = open_zendesk(connection, lane=Lane.BACKFILL, subject=f"backfill:{row.pk}", keep_claim=row.hold)
    job = _Job(row, ZendeskFields(client))
    try:
        for link in list_links(row.organization).filter(pk__gt=row.last_link_id)[:AT_ONCE]:
            job.fill(link)
    except LostClaim:
        return False
    except errors.ProviderError as error:
        if isinstance(error, errors.Unauthorized):
            note_refusal(connection, error)
        return _end_try(row, error)
    except Undecryptable as error:
        return _end(row, Status.FAILED, str(error))
    if list_links(row.organization).filter(pk__gt=row.last_link_id).exists():
        return row.postpone(0, status=Status.WORKING, attempts=0, detail="")
    return _end(row, Status.DONE, "")


def _end(row: FieldBackfill, status: str, detail: str) -> bool:
    row.rest(status=status, detail=detail, ended_at=timezone.now())
    return False


def _end_try(row: FieldBackfill, error: errors.ProviderError) -> bool:
    """Wait when Zendesk says so; give up when nothing helps but a person."""
    if isinstance(error, errors.Unauthorized | errors.Forbidden) or row.attempts >= MOST_FAILURES:
        return _end(row, Status.FAILED, error.sentence)
    delay = backoff(row.attempts) if error.retry_after is None else max(error.retry_after, 0.5)
    row.postpone(delay, status=Status.RETRYING, detail=error.sentence)
    return False


class _Job:
    """One worker's part of a job."""

    def __init__(self, row: FieldBackfill, api: ZendeskFields) -> None:
        self.row = row
        self.api = api
        chosen = set(row.fields.values_list("pk", flat=True))
        self.mappings = [mapping for mapping in list_fillable(row.organization) if mapping.field_id in chosen]

    def fill(self, link: SessionTicketLink) -> None:
        """Fill one ticket's blanks and count it. Raises what stops the whole job for now."""
        try:
            self._count(link, *self._fill(link))
        except (errors.NotFound, errors.Rejected) as error:
            if isinstance(error, errors.NotFound) and not error.is_record:
                raise
            self._count(link, "refused", 0)

    def _count(self, link: SessionTicketLink, outcome: str, values: int) -> None:
        row = self.row
        counts = {outcome: getattr(row, outcome) + 1, "values": row.values + values, "done": row.done + 1}
        row.hold(last_link_id=link.pk, sending={}, **counts)

    def _fill(self, link: SessionTicketLink) -> tuple[str, int]:
        """What became of the ticket, and how many values were written into it."""
        status, stamp, there = self.api.values(link.ticket_id)
        found = self._find_sent(link, there)
        if found:
            return "filled", found
        if status in ENDED:
            return "ended", 0
        handoff = link.handoff
        assert handoff is not None  # noqa: S101 - links without one are not listed
        kept = {r.field_id: r for r in AIFieldResult.objects.filter(handoff=handoff)}
        blank = [m for m in self.mappings if is_blank(there.get(m.field.zendesk_id))]
        blank = [m for m in blank if m.field_id not in kept or not kept[m.field_id].is_filled]
        if not blank:
            return "not_blank", 0
        guesses, ms = judge_all(
            self.row.organization, read_handed_off(handoff), blank, handoff, subject=f"backfill:{self.row.pk}"
        )
        results = []
        for mapping in blank:
            result = kept.get(mapping.field_id) or AIFieldResult(
                organization_id=link.organization_id, handoff=handoff, field=mapping.field
            )
            put_guess(result, guesses[mapping.field.zendesk_id])
            result.ms, result.filled_by = ms, AIFieldResult.Filled.BACKFILL
            result.created_at, result.generation = timezone.now(), handoff.generation
            results.append(result)
        values = {result.field.zendesk_id: result.value for result in results if result.is_filled}
        if values:
            self._write(link, values, stamp, results)
        for result in results:
            result.save()
        filled = sum(result.is_filled for result in results)
        return ("filled" if filled else "refused" if values else "not_sure"), filled

    def _find_sent(self, link: SessionTicketLink, there: dict[int, Any]) -> int:
        """How many values an update that was on its way when a worker died has written."""
        sending = self.row.sending
        if sending.get("link") != link.pk:
            return 0
        sent = {told["field_id"]: told for told in sending["results"]}
        arrived = [
            mapping.field
            for mapping in self.mappings
            if mapping.field_id in sent
            and is_same(mapping.field, sent[mapping.field_id]["value"], there.get(mapping.field.zendesk_id))
        ]
        for field in arrived:
            kept = {"organization_id": link.organization_id, "created_at": timezone.now(), **sent[field.pk]}
            AIFieldResult.objects.update_or_create(handoff=link.handoff, field=field, defaults=kept)
        return len(arrived)

    def _write(
        self, link: SessionTicketLink, values: dict[int, Any], stamp: dt.datetime | None, results: list[AIFieldResult]
    ) -> None:
        """One PUT. A field that Zendesk refuses is left out of the next one; an agent who was faster wins."""
        while values:
            self.row.hold(sending={"link": link.pk, "results": [_told(r) for r in results if r.is_filled]})
            ticket: dict[str, Any] = {"custom_fields": [{"id": key, "value": value} for key, value in values.items()]}
            if stamp is not None:
                ticket |= {"safe_update": True, "updated_stamp": f"{stamp.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"}
            try:
                self.api.update(link.ticket_id, ticket)
            except errors.Rejected as error:
                titles = {result.field.zendesk_id: result.field.title for result in results}
                refused = find_refused(error, values, titles)
                for result in results:
                    if result.is_filled and (not refused or result.field.zendesk_id in refused):
                        mark_refused(result, refused.get(result.field.zendesk_id, error.sentence))
                values = {key: value for key, value in values.items() if refused and key not in refused}
            else:
                return


def _told(result: AIFieldResult) -> dict[str, Any]:
    """A result as it is kept while its update is on its way."""
    names = ("field_id", "value", "confidence", "evidence", "reason", "detail", "source", "ms", "filled_by")
    return {name: getattr(result, name) for name in names}
