"""Reading a Zendesk subdomain as people write it. Pure: no settings, no network."""

from __future__ import annotations

import re

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_BARE = re.compile(_LABEL)
_HOST = re.compile(rf"(?:https?://)?({_LABEL})\.zendesk\.com(?:[/?#].*)?")


class NoSubdomain(ValueError):
    """The text names no Zendesk account."""


def read_subdomain(text: str) -> str:
    """The subdomain that `text` means: `acme`, `ACME `, `acme.zendesk.com`, `https://acme.zendesk.com/agent`.

    Raises `NoSubdomain` for everything else: another host, a port, a name before an `@`, other letters.
    """
    cleaned = text.strip()
    if not cleaned.isascii():
        raise NoSubdomain(text)
    cleaned = cleaned.lower()
    if _BARE.fullmatch(cleaned):
        return cleaned
    found = _HOST.fullmatch(cleaned)
    if found is None:
        raise NoSubdomain(text)
    return found.group(1)
