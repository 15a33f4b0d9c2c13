"""Our own addresses in what Zendesk tells: found leniently, and shown and stored without their tokens."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from integrations.models import EndpointKind, WebhookEndpoint
from opencx_admin.crypto import DOTS
from opencx_admin.orgs.models import Organization

URL, USER, QUERY = re.compile(r"\s*https?://", re.I), re.compile(r"(//)[^/?#]*@"), re.compile(r"\?.*", re.S)
SHOWN = 4  # letters of a token that tell one address from another


class Addresses:
    """The organization's present and former addresses. Raises `Undecryptable` when no key opens a token."""

    def __init__(self, organization: Organization) -> None:
        self.current = WebhookEndpoint.current(organization)
        self._rows = {row.token.reveal(): row for row in WebhookEndpoint.objects.filter(organization=organization)}

    def find(self, url: Any, kind: str = EndpointKind.ZENDESK) -> WebhookEndpoint | None:
        """Which of the addresses this URL is, whatever its host, case of the host, query or closing slash."""
        if not isinstance(url, str):
            return None
        try:
            path = urlsplit(url.strip()).path
        except ValueError:
            return None
        found = self._rows.get(unquote(path.rstrip("/").rpartition("/")[2]))
        return found if found is not None and found.kind == kind else None

    def hide(self, value: Any) -> Any:
        """The value with dots for the tokens in its texts; the last letters stay, so that two can be told apart."""
        return self._replace(value, {token: _dotted(token) for token in self._rows})

    def show(self, value: Any) -> Any:
        """The value as people see it: tokens hidden, and of any URL neither its user nor its query."""
        return _bare_urls(self.hide(value))

    def unhide(self, value: Any) -> Any:
        """What `hide` was given."""
        return self._replace(value, {_dotted(token): token for token in self._rows})

    def _replace(self, value: Any, words: dict[str, str]) -> Any:
        if isinstance(value, str):
            for old, new in words.items():
                value = value.replace(old, new)
            return value
        if isinstance(value, list | tuple):
            return [self._replace(one, words) for one in value]
        if isinstance(value, dict):
            return {name: self._replace(one, words) for name, one in value.items()}
        return value


def _bare_urls(value: Any) -> Any:
    if isinstance(value, str) and URL.match(value):
        return QUERY.sub("?…", USER.sub(r"\1", value))
    if isinstance(value, list):
        return [_bare_urls(one) for one in value]
    if isinstance(value, dict):
        return {name: _bare_urls(one) for name, one in value.items()}
    return value


def _dotted(token: str) -> str:
    return f"whk_{DOTS}{token[-SHOWN:]}"
