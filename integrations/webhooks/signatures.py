"""Zendesk's webhook signature: over the raw bytes, in constant time, with a bounded age.

base64(HMAC-SHA256(secret as text, timestamp header + raw body)); the secret is not base64-decoded.
https://developer.zendesk.com/documentation/webhooks/verifying/
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac

from django.utils.dateparse import parse_datetime

MOST_SECONDS_OFF = 300


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of `body` at `timestamp` (the header's text)."""
    digest = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def check(secret: str, signature: str, timestamp: str, body: bytes, *, now: dt.datetime) -> str:
    """Empty when the signature is good; else why not: `missing`, `stale` or `wrong`."""
    if not signature or not timestamp:
        return "missing"
    expected = sign(secret, timestamp, body)
    if not hmac.compare_digest(expected.encode(), signature.strip().encode("utf-8", "replace")):
        return "wrong"
    at = _read_time(timestamp)
    if at is None or abs((now - at).total_seconds()) > MOST_SECONDS_OFF:
        return "stale"
    return ""


def _read_time(text: str) -> dt.datetime | None:
    text = text.strip()
    try:
        if text.isascii() and text.isdigit():
            return dt.datetime.fromtimestamp(int(text), dt.UTC)
        at = parse_datetime(text)
    except (ValueError, OverflowError, OSError):
        return None
    return at.replace(tzinfo=dt.UTC) if at is not None and at.tzinfo is None else at
