"""Time, ids and the one writer of the stand-in's database."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import transaction

_writer = threading.RLock()
_ids = threading.Lock()
_last_id = 0
_ahead = timedelta(0)
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@contextmanager
def writing() -> Iterator[None]:
    """One writer at a time: threads of this process queue here, not inside SQLite."""
    with _writer, transaction.atomic():
        yield


def now() -> datetime:
    """The stand-in's clock (UTC), moved ahead by ``advance``."""
    return datetime.now(UTC) + _ahead


def advance(seconds: float) -> None:
    """Moves the clock ahead: what lives two hours need not be waited for."""
    global _ahead
    _ahead += timedelta(seconds=seconds)


def reset_clock() -> None:
    """Back to the real time."""
    global _ahead
    _ahead = timedelta(0)


def new_id() -> int:
    """A 14-digit id, growing, as Zendesk's own are."""
    global _last_id
    with _ids:
        _last_id = max(_last_id + 1, int(time.time() * 10_000))
        return _last_id


def new_object_id() -> str:
    """24 hexadecimal digits, as Sunshine's ids are: seconds, then chance."""
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"


def new_ulid() -> str:
    """26 characters: 48 bits of time in ms, 80 bits of chance."""
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def stamp(moment: datetime | None) -> str | None:
    """Zendesk's way to write a time: whole seconds, ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def stamp_ms(moment: datetime | None) -> str | None:
    """Sunshine's way to write a time: milliseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def read_stamp(text: str) -> datetime | None:
    """A time as Zendesk's clients send it, or None when it is none."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
