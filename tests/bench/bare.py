"""A bare WSGI function that stores a webhook call with the product's own INSERT, and nothing else.

What the endpoint's rate is measured against: same server, same threads, same database, same row.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable
from typing import Any

import environ
import psycopg
from psycopg.types.json import Jsonb

TABLE = "integrations_webhookevent"
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
_own = threading.local()


class Store:
    """One thread's connection, with the newest stored call as the pattern of every row it adds."""

    def __init__(self) -> None:
        place = environ.Env.db_url_config(os.environ["DATABASE_URL"])
        self.connection: Any
        if place["ENGINE"].endswith("sqlite3"):
            self.connection, mark = sqlite3.connect(place["NAME"], timeout=20, isolation_level=None), "?"
            for pragma in ("synchronous=NORMAL", "temp_store=MEMORY", "cache_size=-16000"):
                self.connection.execute(f"PRAGMA {pragma}")
        else:
            names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
            given = {name: place[key] for name, key in names.items() if place.get(key)}
            self.connection, mark = psycopg.connect(**given, autocommit=True), "%s"
        cursor = self.connection.execute(f"SELECT * FROM {TABLE} ORDER BY id DESC LIMIT 1")  # noqa: S608
        pattern = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
        del pattern["id"]
        self.values = [Jsonb(each) if isinstance(each, dict | list) else each for each in pattern.values()]
        self.body_at = list(pattern).index("body")
        marks = ", ".join([mark] * len(pattern))
        self.insert = f"INSERT INTO {TABLE} ({', '.join(pattern)}) VALUES ({marks})"  # noqa: S608

    def add(self, body: str) -> None:
        """Store one call; it is committed when this returns."""
        values = list(self.values)
        values[self.body_at] = body
        self.connection.execute(self.insert, values)


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Read, store, answer."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    if not hasattr(_own, "store"):
        _own.store = Store()
    _own.store.add(body.decode())
    answer = b'{"status": "accepted"}'
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]
