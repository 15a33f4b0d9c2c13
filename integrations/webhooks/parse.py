"""Reading what a trigger sent, strictly first, then leniently: hand-made bodies send all sorts.

A raw newline or quote inside a placeholder's text is no reason to lose the ids, so they are looked for by
themselves when the whole is no JSON. https://support.zendesk.com/hc/en-us/articles/4408839108378
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

MALFORMED = "malformed_payload"
MISSING_TICKET = "missing_ticket_id"
MISSING_EXTERNAL = "missing_external_id"

LONGEST_TICKET_ID = 32
LONGEST_EXTERNAL_ID = 255


@dataclass(frozen=True)
class Payload:
    """The ids of a call. `error` is empty, or the code of the answer."""

    ticket_id: str = ""
    external_id: str = ""
    status: str = ""
    error: str = ""


def parse(body: bytes) -> Payload:
    """Read a trigger's body. Never raises."""
    text = body.decode("utf-8", "replace").lstrip("\ufeff").strip()
    found = _read_strictly(text)
    if found is None:
        found = _read_leniently(text)
    if found is None:
        return Payload(error=MALFORMED)
    ticket_id = _text(found.get("ticket_id"))
    external_id = _text(found.get("external_id"))
    status = _text(found.get("status"))[:64]
    if not ticket_id or len(ticket_id) > LONGEST_TICKET_ID:
        return Payload(external_id=external_id[:LONGEST_EXTERNAL_ID], status=status, error=MISSING_TICKET)
    if "external_id" not in found or len(external_id) > LONGEST_EXTERNAL_ID:
        return Payload(ticket_id, "", status, MISSING_EXTERNAL)
    return Payload(ticket_id, external_id, status)


def _read_strictly(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text, strict=False)  # raw newlines and tabs inside texts are let through
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


_KEY = r'"{name}"\s*:\s*(?:"(?P<quoted>[^"\\\r\n]*)"|(?P<bare>-?\d+|null))'


def _read_leniently(text: str) -> dict[str, Any] | None:
    """Pick the known keys out of an object that is not quite JSON; None when it is no object at all."""
    if not text.startswith("{") or '"' not in text:
        return None
    found: dict[str, Any] = {}
    for name in ("ticket_id", "external_id", "status"):
        match = re.search(_KEY.replace("{name}", name), text)
        if match:
            bare = match["bare"]
            found[name] = match["quoted"] if match["quoted"] is not None else None if bare == "null" else bare
    return found or None


def _text(value: Any) -> str:
    """An id as text: trimmed, numbers written out, anything else empty."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if not isinstance(value, str):
        return ""
    whole = value.encode("utf-8", "replace").decode()  # half a surrogate pair fits into no database
    return whole.replace("\x00", "").strip()
