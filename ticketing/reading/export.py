"""A list of handoffs as CSV: the rows of the filter, no formula that a spreadsheet would run."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from typing import cast

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

from ticketing.models import Handoff
from ticketing.reading import handoff_list as listing
from ticketing.reading.reader import Reader
from ticketing.reading.reasons import whose_move

COLUMNS = (
    "asked_at", "status", "reason_code", "meaning", "whose_move", "channel", "contact", "email", "session_id",
    "ticket_id", "attempts", "next_attempt_at", "linked_at", "handoff_id",
)  # fmt: skip


class _Echo:
    """A file that gives back what is written: the csv module's rows, one by one."""

    def write(self, value: str) -> str:
        return value


def stream_csv(rows: QuerySet[Handoff], reader: Reader) -> HttpResponse:
    """A file of all `rows`, sent while they are read; masked for whom contacts are masked."""
    writer = csv.writer(_Echo())
    response = StreamingHttpResponse(
        (writer.writerow(line) for line in _csv_lines(rows, reader)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="handoffs-{timezone.localdate().isoformat()}.csv"'
    return cast("HttpResponse", response)


def _csv_lines(rows: QuerySet[Handoff], reader: Reader) -> Iterator[list[str]]:
    yield list(COLUMNS)
    for row in rows.order_by("-created_at", "-pk").iterator(chunk_size=500):
        lost = getattr(row, "has_lost_reply", False), getattr(row, "has_lost_message", False)
        missing = row.status == Handoff.Status.LINKED and any(lost)
        contact, links = row.session.contact, getattr(row.session, "known_links", [])
        values = [
            row.created_at, row.status, row.reason_code,
            listing.meaning(row, lost_reply=lost[0], lost_message=lost[1]),
            whose_move(row, is_missing_words=missing), row.session.channel, reader.name(contact),
            reader.hide(contact.email), row.session.external_id, links[-1].label.lstrip("#") if links else "",
            row.attempts, row.next_attempt_at, row.linked_at, row.pk,
        ]  # fmt: skip
        yield [_cell(value) for value in values]


def _cell(value: object) -> str:
    """A value as text that no spreadsheet runs as a formula."""
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, dt.datetime) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
