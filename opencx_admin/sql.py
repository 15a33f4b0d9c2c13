"""A written-out statement straight to the database's driver, for the one road where bursts come in.

The ORM takes twenty times longer to compose a statement than the database to run it, and Django's cursor as
long as the database. Everything else belongs in the ORM.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


def run(sql: str, parameters: Sequence[Any]) -> Any:
    """Run one statement, `%s` for each parameter as the driver takes it; its DB-API cursor.

    Outside a transaction it is committed when this returns. Raises Django's `DatabaseError`s.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.connection is None:
        database.ensure_connection()
    with database.wrap_database_errors:
        return database.connection.execute(_say(sql, database.vendor), parameters)


@cache
def _say(sql: str, vendor: str) -> str:
    return sql.replace("%s", "?") if vendor == "sqlite" else sql
