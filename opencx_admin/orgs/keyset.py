"""Keyset pages: newest first, stable while new rows come in, as fast on page 500 as on page 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

T = TypeVar("T", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of rows; the URLs keep the filters and are empty when there is nothing there (pager.html)."""

    rows: Sequence[T]
    older_url: str
    newer_url: str


def read_page(rows: QuerySet[T], query: QueryDict, size: int = 50) -> Page[T]:
    """The page that `?before=<pk>` asks for, by descending primary key. Another text than a number means the first."""
    before = query.get("before", "")
    wanted = rows.order_by("-pk")
    if before.isdecimal() and len(before) < 19:
        wanted = wanted.filter(pk__lt=int(before))
    found = list(wanted[: size + 1])
    shown = found[:size]
    older = _url(query, before=str(shown[-1].pk)) if len(found) > size else ""
    return Page(shown, older, _url(query) if before else "")


def _url(query: QueryDict, before: str = "") -> str:
    kept = query.copy()
    kept.pop("before", None)
    if before:
        kept["before"] = before
    return f"?{kept.urlencode()}"
