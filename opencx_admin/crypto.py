"""Secrets at rest: a text column encrypted with Fernet keys, newest key first.

A secret leaves the database as a `Secret`, which prints as dots, compares by identity and gives its
text only through `reveal()`. A value that no key opens raises `Undecryptable`; it never reads as text.
Source: https://cryptography.io/en/latest/fernet/#cryptography.fernet.MultiFernet
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

DOTS = "••••••••"


class Undecryptable(Exception):
    """A stored secret that none of `CREDENTIALS_KEYS` opens."""


@lru_cache(maxsize=8)
def _keyring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def keyring() -> MultiFernet:
    """The keys of the `CREDENTIALS_KEYS` setting; the first one encrypts."""
    return _keyring(tuple(settings.CREDENTIALS_KEYS))


class Secret:
    """One encrypted value. Empty and false when nothing is stored."""

    __slots__ = ("token",)

    def __init__(self, token: str = "") -> None:
        self.token = token

    @classmethod
    def hide(cls, text: str) -> Secret:
        """Encrypt `text` under the newest key; the empty text stays empty."""
        return cls(keyring().encrypt(text.encode()).decode() if text else "")

    def reveal(self) -> str:
        """The text itself. Raises `Undecryptable` when no key opens it."""
        if not self.token:
            return ""
        try:
            return keyring().decrypt(self.token.encode()).decode()
        except InvalidToken as error:
            raise Undecryptable("A stored secret cannot be opened with CREDENTIALS_KEYS.") from error

    def rotate(self) -> Secret:
        """The same text under the newest key. Raises `Undecryptable`."""
        if not self.token:
            return self
        try:
            return Secret(keyring().rotate(self.token.encode()).decode())
        except InvalidToken as error:
            raise Undecryptable("A stored secret cannot be opened with CREDENTIALS_KEYS.") from error

    def __bool__(self) -> bool:
        return bool(self.token)

    def __repr__(self) -> str:
        return f"Secret({DOTS if self.token else ''})"

    __str__ = __repr__


if TYPE_CHECKING:
    _Base = models.Field[Secret, Secret]
else:
    _Base = models.TextField


class SecretField(_Base):
    """A column of `Secret` values; stores only the Fernet token."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", Secret)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("default", None)
        kwargs.pop("blank", None)
        return name, path, args, kwargs

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Secret:
        return Secret(value or "")

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, Secret) else Secret(value or "")

    def get_prep_value(self, value: Any) -> str:
        if isinstance(value, Secret):
            return value.token
        raise TypeError("A SecretField takes a Secret: write Secret.hide(text).")

    def value_to_string(self, obj: models.Model) -> str:
        return DOTS


def fingerprint(text: str) -> str:
    """SHA-256 in hex: what a high-entropy token is looked up by."""
    return hashlib.sha256(text.encode()).hexdigest()


def mask(text: str) -> str:
    """A text as a viewer sees it: the first letter of each part, then dots (`a•••@e•••`, `+4•••`)."""
    if "@" in text:
        return "@".join(mask(part) for part in text.split("@"))
    return " ".join(f"{part[:2] if part[0] == '+' else part[0]}•••" for part in text.split())
