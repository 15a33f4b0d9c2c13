"""Pages of a long list by key: "what came before this row", which costs the same on page 1 and page 1 000.

The cursor is the last row's keys in the query string; a cursor that cannot be read is the first page.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)
CURSOR = "before"
SEPARATOR = "~"


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """The rows of one page, newest first, with the URLs beside it (empty: there is none). Feeds pager.html."""

    rows: list[M]
    newer_url: str
    older_url: str

    @property
    def is_first(self) -> bool:
        return not self.newer_url


def page_of(
    rows: QuerySet[M], request: HttpRequest, *, by: tuple[str, ...] = ("pk",), size: int = 50
) -> Page[M]:
    """The page of `rows` that the query string asks for, ordered by `by`, all descending.

    `by` must end in a unique field. The URLs keep the rest of the query string.
    """
    cursor = _read(rows.model, by, request.GET.get(CURSOR, ""))
    ordered = rows.order_by(*(f"-{name}" for name in by))
    found = list((ordered.filter(_older(by, cursor)) if cursor else ordered)[: size + 1])
    shown = found[:size]
    older = _write(by, shown[-1]) if len(found) > size else ""
    return Page(shown, _url(request, "") if cursor else "", _url(request, older) if older else "")


def _older(by: tuple[str, ...], cursor: list[Any]) -> Q:
    """Strictly after the cursor in descending order: a < x, or a = x and b < y, and so on."""
    condition, same = Q(), Q()
    for name, value in zip(by, cursor, strict=True):
        condition |= same & Q(**{f"{name}__lt": value})
        same &= Q(**{name: value})
    return condition


def _read(model: type[Model], by: tuple[str, ...], text: str) -> list[Any]:
    parts = text.split(SEPARATOR)
    if not text or len(parts) != len(by):
        return []
    try:
        values = [_field(model, name).to_python(part) for name, part in zip(by, parts, strict=True)]
    except (ValidationError, FieldDoesNotExist, ValueError, OverflowError):
        return []
    fits = all(not isinstance(value, int) or abs(value) < 2**63 for value in values)
    has_zone = all(not isinstance(value, dt.datetime) or value.tzinfo for value in values)
    return values if fits and has_zone and None not in values else []


def _write(by: tuple[str, ...], row: Model) -> str:
    values = [getattr(row, name) for name in by]
    return SEPARATOR.join(value.isoformat() if isinstance(value, dt.datetime) else str(value) for value in values)


def _field(model: type[Model], name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _url(request: HttpRequest, cursor: str) -> str:
    query = request.GET.copy()
    query.pop(CURSOR, None)
    if cursor:
        query[CURSOR] = cursor
    return f"{request.path}?{query.urlencode()}" if query else request.path
