"""Reading a request's raw body, for whoever answers machines."""

from __future__ import annotations

from django.http import HttpRequest

MOST_BYTES = 1_048_576
# A client still sending gets its answer only when we read on; up to here we do.
DRAIN_BYTES = 16 * MOST_BYTES


def read_raw(request: HttpRequest) -> bytes | None:
    """The raw body; None when it is over `MOST_BYTES`, whatever Content-Length says.

    A body sent in chunks has no Content-Length, and Django would call it empty. Raises `OSError` and
    `RawPostDataException` when it breaks off.
    """
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    stream = request.META["wsgi.input"] if is_chunked and not request.META.get("CONTENT_LENGTH") else request
    parts, size = [], 0
    while size <= DRAIN_BYTES and (part := stream.read(65_536)):
        size += len(part)
        if size <= MOST_BYTES:
            parts.append(part)
    return b"".join(parts) if size <= MOST_BYTES else None
