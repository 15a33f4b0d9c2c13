"""What a stored call or event shows of the people in it: nothing until somebody asks, which is written down.

Pure: values in, values out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DOTS = "•••••"
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w+])\+\d[\d ().-]{5,}\d")
# Keys whose text is a person's or a person's words, wherever they stand.
_PERSONAL = re.compile(
    r"name|e-?mail|phone|requester|author|user|contact|comment|description|subject|title|body|text|message|response|mediaurl|avatarurl",
    re.IGNORECASE,
)
_HARMLESS = re.compile(r"(?:^|_)(?:id|ids|at|type|status|third_party_name)$", re.IGNORECASE)
_SECRET_HEADERS = ("authorization", "cookie", "x-api-key", "x-zendesk-webhook-signature", "webhook-signature")


@dataclass(frozen=True)
class Redacted:
    """A body as it may be shown, and how many values are hidden in it."""

    text: str
    hidden: int


def redact_body(body: str) -> Redacted:
    """Hide people's names, addresses, numbers and words; JSON is indented, other text stays as it is."""
    try:
        value = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return redact_text(body)
    counter = [0]
    return Redacted(_write(_walk(value, "", counter)), counter[0])


def show_body(body: str) -> str:
    """The whole body; JSON is indented."""
    try:
        return _write(json.loads(body, strict=False))
    except (ValueError, RecursionError):
        return body


def redact_headers(headers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Headers as they may be shown, names in lower case; secrets and signatures as dots."""
    return [(name.lower(), DOTS if name.lower() in _SECRET_HEADERS else str(value)) for name, value in headers.items()]


def _write(value: Any) -> str:
    """Indented JSON; half a surrogate pair, which no page can carry, becomes a question mark."""
    return json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "replace").decode()


def redact_text(text: str) -> Redacted:
    """Hide addresses and numbers in text that is no JSON document."""
    text, emails = _EMAIL.subn(f"{DOTS}@{DOTS}", text)
    text, phones = _PHONE.subn(DOTS, text)
    return Redacted(text, emails + phones)


def _walk(value: Any, key: str, counter: list[int]) -> Any:
    if isinstance(value, dict):
        return {name: _walk(item, str(name), counter) for name, item in value.items()}
    if isinstance(value, list):
        return [_walk(item, key, counter) for item in value]
    if not isinstance(value, str) or not value:
        return value
    if _PERSONAL.search(key) and not _HARMLESS.search(key):
        counter[0] += 1
        return DOTS
    found = redact_text(value)
    counter[0] += found.hidden
    return found.text
