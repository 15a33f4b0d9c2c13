"""Pages of handoffs: newest asked first. Their ids are random, so the key is the time and then the id."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Q, QuerySet
from django.http import QueryDict

from opencx_admin.orgs.keyset import Page
from ticketing.models import Handoff

CURSOR, SEPARATOR = "before", "~"
SIZE = 50


def page_of_handoffs(rows: QuerySet[Handoff], query: QueryDict, size: int = SIZE) -> Page[Handoff]:
    """The page that `?before=<time>~<id>` asks for. A cursor that cannot be read means the first page."""
    cursor = _read(query.get(CURSOR, ""))
    wanted = rows.order_by("-created_at", "-pk")
    if cursor:
        at, key = cursor
        wanted = wanted.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=key))
    found = list(wanted[: size + 1])
    shown = found[:size]
    older = _url(query, _write(shown[-1])) if len(found) > size else ""
    return Page(shown, older, _url(query) if cursor else "")


def _read(text: str) -> tuple[dt.datetime, uuid.UUID] | None:
    time, _separator, key = text.partition(SEPARATOR)
    try:
        at = dt.datetime.fromisoformat(time)
        return (at, uuid.UUID(key)) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _write(handoff: Handoff) -> str:
    return f"{handoff.created_at.isoformat()}{SEPARATOR}{handoff.pk}"


def _url(query: QueryDict, cursor: str = "") -> str:
    kept = query.copy()
    kept.pop(CURSOR, None)
    kept.pop("open", None)
    if cursor:
        kept[CURSOR] = cursor
    return f"?{kept.urlencode()}"
