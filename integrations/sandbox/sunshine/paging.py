"""Sunshine's pages: a cursor is the id of a record."""

from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db import models

from integrations.sandbox.api.answers import Json
from integrations.sandbox.sunshine.answers import bad_request
from integrations.sandbox.sunshine.gate import Call

USUAL, MOST = 25, 100
M = TypeVar("M", bound=models.Model)


def page(call: Call, rows: "models.QuerySet[M]", *, size: int = 0, from_the_end: bool = False) -> tuple[list[M], Json]:
    """The rows asked for, oldest first, and the envelope's ``meta`` and ``links``. Raises 400.

    ``from_the_end``: without a cursor it is the last page, as for messages. ``hasMore`` looks in the direction walked.
    """
    after, before = call.arg("page[after]"), call.arg("page[before]")
    if after and before:
        raise bad_request("Invalid page query parameters")
    size = size or read_size(call.arg("page[size]"))
    backwards = bool(before) or (from_the_end and not after)
    if after or before:
        cursor: Any = rows.filter(uid=after or before).first()
        if cursor is None:
            raise bad_request("Invalid page query parameters")
        rows = rows.filter(pk__gt=cursor.pk) if after else rows.filter(pk__lt=cursor.pk)
    found: list[Any] = list(rows.order_by("-pk" if backwards else "pk")[: size + 1])
    has_more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    return found, envelope(call, found, has_more, backwards, bool(after or before))


def envelope(call: Call, found: list[Any], has_more: bool, backwards: bool, has_cursor: bool) -> Json:
    """``meta`` and ``links``; a page that is not there has neither cursor nor link."""
    meta: Json = {"hasMore": has_more}
    links: Json = {}
    if found and (has_more if backwards else has_cursor):
        meta["beforeCursor"] = found[0].uid
        links["prev"] = link(call, "page[before]", found[0].uid)
    if found and (has_cursor if backwards else has_more):
        meta["afterCursor"] = found[-1].uid
        links["next"] = link(call, "page[after]", found[-1].uid)
    return {"meta": meta, "links": links}


def link(call: Call, name: str, uid: str) -> str:
    """The address of another page."""
    keep = [(k, v) for k, v in call.request.GET.items() if k not in ("page[after]", "page[before]")]
    path = call.request.path_info.partition("/sc/")[2]
    return f"{call.base}/{path}?{urlencode([*keep, (name, uid)])}"


def read_size(text: str) -> int:
    """``page[size]`` from 1 to 100. Raises 400."""
    if not text:
        return USUAL
    if not text.isdigit() or not 1 <= int(text) <= MOST:
        raise bad_request("Invalid page query parameters")
    return int(text)
