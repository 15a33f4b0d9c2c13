"""The statements that a webhook call of Zendesk's costs, composed once (opencx_admin/sql.py says why)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models

from integrations.models import WebhookEvent
from opencx_admin.crypto import Secret
from opencx_admin.sql import run

FIND_ENDPOINT = """
SELECT id, organization_id, is_current, signing_secret, last_called_at, parks_since
FROM integrations_webhookendpoint WHERE token_hash = %s AND kind = %s
"""
AS_THEY_ARE = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a call needs to know of the address it came to."""

    pk: int
    organization_id: int
    is_current: bool
    signing_secret: Secret
    last_called_at: dt.datetime | None
    parks_since: dt.datetime | None
    kind: str


def find_endpoint(token_hash: str, kind: str) -> Endpoint | None:
    """The address whose token has this hash."""
    row = run(FIND_ENDPOINT, [token_hash, kind]).fetchone()
    if not row:
        return None
    return Endpoint(row[0], row[1], bool(row[2]), Secret(row[3]), _read_time(row[4]), _read_time(row[5]), kind)


def _read_time(value: dt.datetime | None) -> dt.datetime | None:
    """A time as the database gave it: SQLite's says nothing of its zone, which is UTC."""
    return value.replace(tzinfo=dt.UTC) if value is not None and value.tzinfo is None else value


def insert_event(**values: Any) -> int:
    """Store a `WebhookEvent`; returns its id. Keys are its columns' attributes; the others get their defaults."""
    statement = _compose(tuple(values))
    given = [
        prepare(value, connection) if prepare else value
        for prepare, value in zip(statement.prepare, values.values(), strict=True)
    ]
    cursor = run(statement.sql, [*given, *statement.others])
    return int(cursor.fetchone()[0]) if statement.is_returning else int(cursor.lastrowid)


@dataclass(frozen=True)
class _Insert:
    """`prepare` says how each given value becomes a parameter, None: as it is. `others`: the columns not given."""

    sql: str
    prepare: list[Callable[[Any, Any], Any] | None]
    others: list[Any]
    is_returning: bool


@cache
def _compose(given: tuple[str, ...]) -> _Insert:
    columns = {field.attname: field for field in WebhookEvent._meta.local_concrete_fields if not field.primary_key}
    fields = [columns.pop(name) for name in given]
    others = list(columns.values())
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in [*fields, *others])
    marks = ", ".join(["%s"] * (len(fields) + len(others)))
    is_returning = connection.vendor == "postgresql"
    return _Insert(
        sql=f"INSERT INTO {quote(WebhookEvent._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608
        + (" RETURNING id" if is_returning else ""),
        prepare=[None if isinstance(field, AS_THEY_ARE) else field.get_db_prep_save for field in fields],
        others=[field.get_db_prep_save(field.get_default(), connection) for field in others],
        is_returning=is_returning,
    )
