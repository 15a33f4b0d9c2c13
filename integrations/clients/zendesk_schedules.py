"""Zendesk's schedules: business hours and holidays of an account.

Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/schedules/
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.clients.envelopes import read_list
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import read_int

PATH = "/api/v2/business_hours/schedules"


@dataclass(frozen=True)
class Holiday:
    """Whole days, the first and the last included, in the schedule's time zone."""

    name: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Schedule:
    """`zone` is Zendesk's name (`Pacific Time (US & Canada)`); `spans` are minutes since Sunday 00:00."""

    id: int
    name: str
    zone: str
    spans: tuple[tuple[int, int], ...]


def list_schedules(client: ZendeskClient) -> list[Schedule]:
    """Every schedule of the account. `Forbidden` or `NotFound` where the plan has none."""
    rows = [_read_schedule(row) for row in read_list(client.call("GET", PATH), "schedules")]
    return [row for row in rows if row is not None]


def list_holidays(client: ZendeskClient, schedule_id: int) -> list[Holiday]:
    """The holidays of a schedule, past ones too."""
    answer = client.call("GET", f"{PATH}/{schedule_id}/holidays", template=f"{PATH}/{{id}}/holidays")
    rows = [_read_holiday(row) for row in read_list(answer, "holidays")]
    return [row for row in rows if row is not None]


def _read_schedule(row: Mapping[str, Any]) -> Schedule | None:
    number = read_int(row.get("id"))
    if number is None or row.get("deleted_at"):
        return None
    listed = row.get("intervals")
    spans = [
        (begin, end)
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
        and (begin := read_int(one.get("start_time"))) is not None
        and (end := read_int(one.get("end_time"))) is not None
        and 0 <= begin < end <= 7 * 1440
    ]
    return Schedule(number, str(row.get("name") or number), str(row.get("time_zone") or ""), tuple(spans))


def _read_holiday(row: Mapping[str, Any]) -> Holiday | None:
    try:
        first = dt.date.fromisoformat(str(row.get("start_date"))[:10])
        last = dt.date.fromisoformat(str(row.get("end_date") or row.get("start_date"))[:10])
    except ValueError:
        return None
    return Holiday(str(row.get("name") or ""), first, last) if first <= last else None
