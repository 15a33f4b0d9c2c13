"""From a failure of Zendesk's to the reason code of contract 3, told apart from its real answers."""

from __future__ import annotations

from integrations.clients import errors
from ticketing.models import ReasonCode


class Stuck(Exception):
    """A write cannot go on until a person acts; nothing was sent."""

    def __init__(self, code: ReasonCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


# What Zendesk calls the things it refuses in `details`, and `error` codes that say the same.
_SUSPENDED = ("suspended",)
_FIELDS = ("ticket_field", "custom_field", "assignee", "group", "ticket_form", "brand", "invalidvalue", "tags")


def name_failure(error: errors.ProviderError) -> ReasonCode:
    """The reason code of a failed write."""
    if isinstance(error, errors.RateLimited):
        return ReasonCode.RATE_LIMITED
    if isinstance(error, errors.Unauthorized):
        return ReasonCode.CREDENTIALS_REJECTED
    if isinstance(error, errors.Forbidden):
        return ReasonCode.REQUESTER_SUSPENDED if _is_suspended(error) else ReasonCode.PERMISSION_MISSING
    if isinstance(error, errors.NotFound):
        return ReasonCode.NOT_CONNECTED if error.code == "NoHelpDesk" else ReasonCode.REJECTED
    if isinstance(error, errors.Rejected):
        return _name_refusal(error)
    if isinstance(error, errors.NoAnswer | errors.BadResponse | errors.Conflict):
        return ReasonCode.OUTCOME_UNKNOWN
    return ReasonCode.ZENDESK_UNAVAILABLE


def _name_refusal(error: errors.Rejected) -> ReasonCode:
    if error.mentions(*_SUSPENDED):
        return ReasonCode.REQUESTER_SUSPENDED
    if refused_fields(error):
        return ReasonCode.FIELD_REJECTED
    return ReasonCode.REJECTED


def _is_suspended(error: errors.ProviderError) -> bool:
    return "suspended" in f"{error.code} {error.message}".lower()


def refused_fields(error: errors.Rejected) -> list[str]:
    """Names of ticket fields that the refusal is about; empty when it is about something else."""
    keys = [key for key in error.details if any(word in key.lower() for word in _FIELDS)]
    if keys:
        return keys
    return ["ticket_field"] if error.mentions("ticket_field_id", "custom_field") else []


def is_closed(error: errors.ProviderError) -> bool:
    """True when Zendesk refused the write because the ticket is closed."""
    return isinstance(error, errors.Rejected) and error.status == 422 and error.mentions("closed prevents", "is closed")
