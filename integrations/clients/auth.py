"""How a call to Zendesk is signed, for credentials that do not renew themselves."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TokenAuth:
    """An API token: Basic with the literal `/token` after the address.

    https://developer.zendesk.com/api-reference/introduction/security-and-auth/#api-token
    """

    email: str
    token: str = field(repr=False)

    def header(self) -> str:
        pair = base64.b64encode(f"{self.email}/token:{self.token}".encode()).decode()
        return f"Basic {pair}"

    def renew(self) -> bool:
        return False


@dataclass(frozen=True)
class BearerAuth:
    """An OAuth access token that is used as it is."""

    token: str = field(repr=False)

    def header(self) -> str:
        return f"Bearer {self.token}"

    def renew(self) -> bool:
        return False
