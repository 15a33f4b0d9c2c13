"""Zendesk's answers read: four kinds of error body, HTML and nothing at all, each to one failure.

Source: https://developer.zendesk.com/api-reference/introduction/requests/#response-format
"""

from __future__ import annotations

from typing import Any

from integrations.clients import errors
from integrations.clients.http import Answer


def read_error(answer: Answer) -> tuple[str, str, dict[str, Any]]:
    """`(code, message, details)` of an error body; empty texts when it holds none."""
    try:
        body = answer.json()
    except ValueError:
        return "", "", {}
    if not isinstance(body, dict):
        return "", "", {}
    details = body.get("details")
    details = details if isinstance(details, dict) else {}
    listed = body.get("errors")
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        return str(listed[0].get("code") or ""), str(listed[0].get("title") or ""), details
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("title") or ""), str(error.get("message") or ""), details
    message = body.get("description") or body.get("error_description") or ""
    return str(error or ""), _first_detail(details) or str(message), details


def _first_detail(details: dict[str, Any]) -> str:
    """Zendesk's own words for the first thing it refused."""
    for entries in details.values():
        for entry in entries if isinstance(entries, list) else [entries]:
            if isinstance(entry, dict) and entry.get("description"):
                return str(entry["description"])
            if isinstance(entry, str):
                return entry
    return ""


_BY_STATUS: dict[int, type[errors.ProviderError]] = {
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    429: errors.RateLimited,
}


def raise_for(answer: Answer) -> None:
    """Raise the failure that an answer outside 2xx stands for."""
    if 200 <= answer.status < 300:
        return
    code, message, details = read_error(answer)
    if answer.status == 404 and ("help desk" in f"{code} {message}".lower()):
        code = "NoHelpDesk"
    kind = _BY_STATUS.get(answer.status)
    if kind is None:
        kind = errors.Unavailable if answer.status >= 500 else errors.Rejected
        kind = errors.BadResponse if answer.status < 400 else kind
    where = answer.headers.get("Location", "") if kind is errors.BadResponse else ""
    raise kind(
        message,
        status=answer.status,
        code=code,
        details=details,
        answer=(f"Location: {where}" if where else answer.text)[:500],
        retry_after=answer.retry_after if answer.status in (429, 503) else None,
    )


def read_object(answer: Answer, key: str) -> dict[str, Any]:
    """The object under `key` of a success. Raises `BadResponse` when it is not there."""
    found = read_body(answer).get(key)
    if not isinstance(found, dict):
        raise errors.BadResponse("", status=answer.status, answer=answer.text[:500])
    return found


def read_list(answer: Answer, key: str) -> list[dict[str, Any]]:
    """The list under `key` of a success. Raises `BadResponse` when it is not there."""
    found = read_body(answer).get(key)
    if not isinstance(found, list):
        raise errors.BadResponse("", status=answer.status, answer=answer.text[:500])
    return [row for row in found if isinstance(row, dict)]


def read_body(answer: Answer) -> dict[str, Any]:
    """The whole body of a success. Raises `BadResponse` unless it is a JSON object."""
    try:
        body = answer.json()
    except ValueError as error:
        raise errors.BadResponse("", status=answer.status, answer=answer.text[:500]) from error
    if not isinstance(body, dict):
        raise errors.BadResponse("", status=answer.status, answer=answer.text[:500])
    return body
