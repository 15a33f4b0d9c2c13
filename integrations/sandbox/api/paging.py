"""Zendesk's two ways to page: cursor and offset."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import models

from integrations.sandbox.api.answers import Json, bad_request
from integrations.sandbox.api.gate import Call

DEEPEST = 10_000


@dataclass(frozen=True)
class Page:
    """Rows of one page, with what the envelope adds to them."""

    rows: list[Any]
    envelope: Json


def paginate(
    call: Call,
    rows: models.QuerySet[Any],
    path: str,
    *,
    key: str = "pk",
    is_descending: bool = False,
    wants_cursor: bool = False,
) -> Page:
    """One page by cursor when asked for so, else by offset. ``key``: a unique, growing column."""
    if wants_cursor or any(name.startswith("page[") for name in call.request.GET):
        return paginate_by_cursor(call, rows, path, key, is_descending)
    return paginate_by_offset(call, rows.order_by(f"-{key}" if is_descending else key), path)


def paginate_by_cursor(call: Call, rows: models.QuerySet[Any], path: str, key: str, is_descending: bool) -> Page:
    """``page[size]``, ``page[after]``, ``page[before]``. As recorded, ``links.next`` stands even at the end."""
    size = read_size(call.arg("page[size]", "100"), "page[size]")
    after, before = call.arg("page[after]"), call.arg("page[before]")
    is_backwards = bool(before) and not after
    descending = is_descending != is_backwards
    if after or before:
        start = read_cursor(after or before)
        try:
            rows = rows.filter(**{f"{key}__lt" if descending else f"{key}__gt": start})
        except ValueError:
            raise bad_request("InvalidPaginationCursor", "The cursor is not one of ours") from None
    found = list(rows.order_by(f"-{key}" if descending else key)[: size + 1])
    has_more = len(found) > size
    found = found[:size]
    if is_backwards:
        found.reverse()
    first, last = (write_cursor(getattr(found[i], key)) if found else None for i in (0, -1))

    def link(name: str, cursor: str | None) -> str | None:
        keep = [(k, v) for k, v in call.request.GET.items() if k not in ("page[after]", "page[before]")]
        return f"{call.url(path)}?{urlencode([*keep, (name, cursor)])}" if cursor else None

    envelope = {
        "meta": {"has_more": has_more, "after_cursor": last, "before_cursor": first},
        "links": {"prev": link("page[before]", first), "next": link("page[after]", last)},
    }
    return Page(found, envelope)


def paginate_by_offset(call: Call, rows: models.QuerySet[Any], path: str) -> Page:
    """``page``, ``per_page`` and a count."""
    size = read_size(call.arg("per_page", "100"), "per_page")
    number = call.number("page", 1)
    if number * size > DEEPEST:
        raise bad_request("InvalidPaginationDepth", f"Offset pagination is limited to {DEEPEST} records")
    count = rows.count()

    def link(page: int) -> str:
        return f"{call.url(path)}?{urlencode({**call.request.GET.dict(), 'page': page})}"

    envelope = {
        "count": count,
        "next_page": link(number + 1) if number * size < count else None,
        "previous_page": link(number - 1) if number > 1 else None,
    }
    return Page(list(rows[(number - 1) * size : number * size]), envelope)


def read_size(text: str, name: str) -> int:
    """1 to 100; more is refused for a cursor, cut for an offset."""
    if not text.isdigit() or int(text) < 1 or (int(text) > 100 and name == "page[size]"):
        raise bad_request("InvalidPaginationParameter", f"{name} must be between 1 and 100")
    return min(int(text), 100)


def write_cursor(value: object) -> str:
    """An opaque cursor."""
    return base64.urlsafe_b64encode(f"o|{value}".encode()).decode()


def read_cursor(text: str) -> str:
    """What ``write_cursor`` hid. Raises 400."""
    try:
        mark, _, value = base64.urlsafe_b64decode(text).decode().partition("|")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        mark, value = "", ""
    if mark != "o" or not value:
        raise bad_request("InvalidPaginationCursor", "The cursor is not one of ours")
    return value
