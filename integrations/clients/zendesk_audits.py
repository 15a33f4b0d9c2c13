"""What Zendesk wrote down itself: the audits of a ticket, and the calls of a webhook with their attempts.

Every function may raise any failure of `integrations.clients.errors`.
Sources: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/,
https://developer.zendesk.com/documentation/ticketing/reference-guides/ticket-audit-events-reference/,
https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/#list-webhook-invocations
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from integrations.clients.envelopes import read_body, read_list
from integrations.clients.zendesk import PAGE_SIZE, ZendeskClient, next_page
from integrations.clients.zendesk_types import read_int, read_time

MOST_AUDIT_PAGES = 3
MOST_INVOCATION_PAGES = 3


@dataclass(frozen=True)
class AuditEvent:
    """One part of an update. `rule` and `rule_title` name the trigger or automation that did it, if one did.

    `before` and `after` are the values of a field; `is_public` tells of comments only. `resource` names the
    webhook or target that was called.
    """

    id: int | None
    kind: str
    field: str = ""
    before: Any = None
    after: Any = None
    is_public: bool | None = None
    rule: str = ""
    rule_title: str = ""
    resource: str = ""


@dataclass(frozen=True)
class Audit:
    """One update of a ticket: when (whole seconds), by whom (-1: Zendesk itself), through what."""

    id: int
    at: dt.datetime
    author_id: int | None
    channel: str
    events: tuple[AuditEvent, ...]


@dataclass(frozen=True)
class Invocation:
    """One call as the list tells it. `status`: success, terminated, throttled, circuit broken, in progress …"""

    id: str
    status: str
    status_code: int | None
    at: dt.datetime


@dataclass(frozen=True)
class Attempt:
    """One try of a call. `payload` is None where nothing was sent; `endpoint` is a secret of its own kind."""

    status: str
    status_code: int | None
    at: dt.datetime | None
    payload: str | None
    endpoint: str


def list_audits(client: ZendeskClient, ticket_id: int) -> tuple[list[Audit], bool]:
    """The newest audits of a ticket, oldest first, and whether they are all there are."""
    found: list[Audit] = []
    params = {"page[size]": str(PAGE_SIZE), "sort": "-created_at"}
    for _page in range(MOST_AUDIT_PAGES):
        answer = client.call(
            "GET", f"/api/v2/tickets/{ticket_id}/audits", template="/api/v2/tickets/{id}/audits", params=params
        )
        found += [audit for audit in map(_read_audit, read_list(answer, "audits")) if audit]
        following = next_page(read_body(answer))
        if not following:
            return _in_order(found), True
        if "page" in following:  # by offset: never both ways to page in one call
            params.pop("page[size]", None)
        params |= following
    return _in_order(found), False


def list_invocations(
    client: ZendeskClient, webhook_id: str, since: dt.datetime, until: dt.datetime
) -> tuple[list[Invocation], bool]:
    """The calls of a webhook that were completed between the two, and whether they are all there were.

    Zendesk keeps them for seven days.
    """
    path = f"/api/v2/webhooks/{quote(webhook_id, safe='')}/invocations"
    params = {"page[size]": str(PAGE_SIZE), "filter[from_ts]": _stamp(since), "filter[to_ts]": _stamp(until)}
    found: list[Invocation] = []
    for _page in range(MOST_INVOCATION_PAGES):
        answer = client.call("GET", path, template="/api/v2/webhooks/{id}/invocations", params=params)
        rows = [_read_invocation(row) for row in read_list(answer, "invocations")]
        found += [row for row in rows if row and since <= row.at <= until]
        following = next_page(read_body(answer))
        if not following:
            return found, True
        params |= following
    return found, False


def list_attempts(client: ZendeskClient, webhook_id: str, invocation_id: str) -> list[Attempt]:
    """The tries of one call, oldest first."""
    path = f"/api/v2/webhooks/{quote(webhook_id, safe='')}/invocations/{quote(invocation_id, safe='')}/attempts"
    answer = client.call("GET", path, template="/api/v2/webhooks/{id}/invocations/{id}/attempts")
    return sorted(
        (_read_attempt(row) for row in read_list(answer, "attempts")),
        key=lambda one: one.at or dt.datetime.max.replace(tzinfo=dt.UTC),
    )


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _in_order(found: list[Audit]) -> list[Audit]:
    return sorted({audit.id: audit for audit in found}.values(), key=lambda audit: (audit.at, audit.id))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _read_audit(row: Mapping[str, Any]) -> Audit | None:
    number, at = read_int(row.get("id")), read_time(row.get("created_at"))
    if number is None or at is None:
        return None
    listed = row.get("events")
    events = [_read_event(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    channel = _mapping(row.get("via")).get("channel")
    return Audit(number, at, read_int(row.get("author_id")), str(channel or ""), tuple(events))


def _read_event(row: Mapping[str, Any]) -> AuditEvent:
    source = _mapping(_mapping(row.get("via")).get("source"))
    origin = _mapping(source.get("from")) or source
    is_rule = source.get("rel") in ("trigger", "automation")
    public = row.get("public")
    return AuditEvent(
        id=read_int(row.get("id")),
        kind=str(row.get("type") or ""),
        field=str(row.get("field_name") or ""),
        before=row.get("previous_value"),
        after=row.get("value"),
        is_public=public if isinstance(public, bool) else None,
        rule=str(origin.get("id") or "") if is_rule else "",
        rule_title=str(origin.get("title") or "") if is_rule else "",
        resource=str(row.get("resource") or ""),
    )


def _read_invocation(row: Mapping[str, Any]) -> Invocation | None:
    at, name = read_time(row.get("latest_completed_at")), row.get("id")
    if at is None or not isinstance(name, str) or not name:
        return None
    status = str(row.get("status") or "").replace("_", " ").lower()
    return Invocation(name, status, read_int(row.get("status_code")), at)


def _read_attempt(row: Mapping[str, Any]) -> Attempt:
    request = _mapping(row.get("request"))
    payload = request.get("payload")
    return Attempt(
        status=str(row.get("status") or ""),
        status_code=read_int(row.get("status_code")),
        at=read_time(row.get("completed_at")),
        payload=payload if isinstance(payload, str) else None,
        endpoint=str(request.get("endpoint") or ""),
    )
