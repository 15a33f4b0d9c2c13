"""What can go wrong with a call to an outside system, as one small tree.

Each failure knows whether the write may have happened all the same, and a sentence to show a person.
Sources: Zendesk's "Response format" and "Rate limits" pages.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext as _


class ProviderError(Exception):
    """The base. `status` is the HTTP status or None, `answer` the beginning of what was answered."""

    is_outcome_unknown: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        details: dict[str, Any] | None = None,
        code: str = "",
        answer: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.details = details or {}
        self.code = code
        self.answer = answer
        self.retry_after = retry_after

    @property
    def sentence(self) -> str:
        """One sentence for a person."""
        return self.message or _("The call failed.")


class Unreachable(ProviderError):
    """No connection was made; nothing was sent. `code`: dns, refused, timeout, tls, forbidden_address."""

    @property
    def sentence(self) -> str:
        return _("No connection: %(why)s.") % {"why": self.message}


class NoAnswer(ProviderError):
    """The request left, then the connection broke or timed out: it may have been carried out."""

    is_outcome_unknown = True

    @property
    def sentence(self) -> str:
        return _("No answer came: %(why)s.") % {"why": self.message}


class Unavailable(ProviderError):
    """5xx: the other side is in trouble. A write may have been carried out."""

    is_outcome_unknown = True

    @property
    def sentence(self) -> str:
        return _("It answered %(status)s: not available now.") % {"status": self.status}


class RateLimited(ProviderError):
    """429, or our own budget is spent; nothing was done."""

    @property
    def sentence(self) -> str:
        return _("It said: too many requests.")


class Unauthorized(ProviderError):
    """401: the credentials are wrong, revoked or expired; nothing was done."""

    @property
    def sentence(self) -> str:
        return _("It refuses our credentials (401).")


class Forbidden(ProviderError):
    """403: we are known, but may not do this."""

    @property
    def sentence(self) -> str:
        return self.message or _("Our user may not do this (403).")


class NotFound(ProviderError):
    """404. `code` tells a missing record (`RecordNotFound`) from a missing account (`NoHelpDesk`)."""

    @property
    def is_record(self) -> bool:
        """True when the account answered and only this record is missing."""
        return self.code in ("RecordNotFound", "NotFound", "conversation_not_found", "user_not_found")

    @property
    def sentence(self) -> str:
        return self.message or _("It is not there (404).")


class Conflict(ProviderError):
    """409: the record changed meanwhile; read again before writing again."""

    is_outcome_unknown = True

    @property
    def sentence(self) -> str:
        return _("It changed meanwhile (409).")


class Rejected(ProviderError):
    """400, 413, 422 and other refusals of what was sent; `details` as Zendesk gave them."""

    @property
    def sentence(self) -> str:
        return self.message or _("It refused what we sent (%(status)s).") % {"status": self.status}

    def mentions(self, *words: str) -> bool:
        """True when code, message or details contain one of the words, in any case."""
        text = f"{self.code} {self.message} {self.details}".lower()
        return any(word.lower() in text for word in words)


class BadResponse(ProviderError):
    """A success or a redirect that cannot be read as what was asked for: it may have been carried out."""

    is_outcome_unknown = True

    @property
    def is_redirect(self) -> bool:
        """True when it pointed elsewhere, where we never go."""
        return self.status is not None and 300 <= self.status < 400

    @property
    def sentence(self) -> str:
        if self.is_redirect:
            return _("It answered with a redirect (%(status)s).") % {"status": self.status}
        return _("The answer could not be read (%(status)s).") % {"status": self.status}
