"""Reading what a trigger sent, strictly first, then leniently: hand-made bodies send all sorts.

A raw newline or quote inside a placeholder's text is no reason to lose the ids, so they are looked for by
themselves when the whole is no JSON. https://support.zendesk.com/hc/en-us/articles/4408839108378
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, replace
from typing import Any

MALFORMED = "malformed_payload"
MISSING_TICKET = "missing_ticket_id"
MISSING_EXTERNAL = "missing_external_id"
UNMATCHED = "unmatched_ticket"

LONGEST_TICKET_ID = 32
LONGEST_EXTERNAL_ID = 255


@dataclass(frozen=True)
class Payload:
    """The ids of a call. `error` is empty, or the code of the answer."""

    ticket_id: str = ""
    external_id: str = ""
    status: str = ""
    error: str = ""
    # Of a body that is not quite JSON: the other pairs of ids in it.
    others: tuple[Payload, ...] = ()


def parse(body: bytes) -> Payload:
    """Read a trigger's body. Never raises."""
    text = body.decode("utf-8", "replace").lstrip("\ufeff").strip()
    found = _read_strictly(text)
    if found is not None:
        return _check(found)
    pairs = _read_leniently(text)
    if not pairs:
        return Payload(error=MALFORMED)
    first, *others = [_check(pair) for pair in pairs]
    return replace(first, others=tuple(other for other in others if not other.error))


def _check(found: dict[str, Any]) -> Payload:
    """The payload of an object's keys."""
    ticket_id = _text(found.get("ticket_id"))
    external_id = _text(found.get("external_id"))
    status = _text(found.get("status"))[:64]
    if not ticket_id:
        return Payload(external_id=external_id[:LONGEST_EXTERNAL_ID], status=status, error=MISSING_TICKET)
    if "external_id" not in found:
        return Payload(ticket_id[:LONGEST_TICKET_ID], "", status, MISSING_EXTERNAL)
    if len(ticket_id) > LONGEST_TICKET_ID or len(external_id) > LONGEST_EXTERNAL_ID:  # no id of ours or of Zendesk's
        return Payload(ticket_id[:LONGEST_TICKET_ID], external_id[:LONGEST_EXTERNAL_ID], status, UNMATCHED)
    return Payload(ticket_id, external_id, status)


def _read_strictly(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text, strict=False)  # raw newlines and tabs inside texts are let through
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


_NAMES = ("ticket_id", "external_id", "status")
_KEY = r'"{name}"\s{{0,20}}:\s{{0,20}}(?:"(?P<quoted>[^"\\\r\n]{{0,2000}})"|(?P<bare>-?\d{{1,400}}|null))'
_MOST_PAIRS = 8


def _read_leniently(text: str) -> list[dict[str, Any]]:
    """Pick the known keys out of an object that is not quite JSON, each pair of ids; empty when it is no object."""
    if not text.startswith("{") or '"' not in text:
        return []
    found = {name: _values(name, text) for name in _NAMES}
    pairs: list[dict[str, Any]] = []
    for number in range(max(len(values) for values in found.values())):
        pairs.append({name: values[min(number, len(values) - 1)] for name, values in found.items() if values})
    return pairs


def _values(name: str, text: str) -> list[str | None]:
    matches = itertools.islice(re.finditer(_KEY.format(name=name), text), _MOST_PAIRS)
    return [m["quoted"] if m["quoted"] is not None else None if m["bare"] == "null" else m["bare"] for m in matches]


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
