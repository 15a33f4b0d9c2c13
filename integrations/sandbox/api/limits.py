"""Rate limits, counted in memory: a restart forgives."""

import threading
import time

from django.http import HttpResponse

from integrations.sandbox.api.answers import RefusedError, too_many
from integrations.sandbox.models import Account

_lock = threading.Lock()
_windows: dict[tuple[object, ...], tuple[float, int]] = {}


def spend(key: tuple[object, ...], total: float, seconds: float) -> tuple[int, int]:
    """Counts one use in a fixed window; (uses left, seconds until it resets), left < 0 when over."""
    moment = time.time()
    with _lock:
        started, used = _windows.get(key, (0.0, 0))
        if moment - started >= seconds:
            started, used = moment, 0
        _windows[key] = (started, used + 1)
    return int(total) - used - 1, max(1, int(started + seconds - moment + 0.999))


def forget() -> None:
    """Opens all windows anew."""
    with _lock:
        _windows.clear()


def spend_request(account: Account) -> dict[str, str]:
    """One request of the account's minute; the headers that say so. Raises 429."""
    total = account.limit("per_minute")
    left, resets = spend((account.pk, "minute"), total, 60)
    headers = {
        "X-Rate-Limit": str(int(total)),
        "X-Rate-Limit-Remaining": str(max(0, left)),
        "ratelimit-limit": str(int(total)),
        "ratelimit-remaining": str(max(0, left)),
        "ratelimit-reset": str(resets),
    }
    if left < 0:
        refusal = too_many("Number of allowed API requests per minute exceeded", resets)
        raise with_headers(refusal, headers)
    return headers


def spend_help_center(account: Account) -> dict[str, str]:
    """One request of the Help Center's own minute; it names its limit in the oldest way only. Raises 429."""
    total = account.limit("help_center_per_minute")
    left, resets = spend((account.pk, "help_center"), total, 60)
    headers = {"X-Rate-Limit": str(int(total)), "X-Rate-Limit-Remaining": str(max(0, left))}
    if left < 0:
        raise with_headers(too_many("Number of allowed API requests per minute exceeded", resets), headers)
    return headers


def spend_export(account: Account) -> dict[str, str]:
    """One incremental export of a minute. Raises 429."""
    total = account.limit("incremental_exports")
    left, resets = spend((account.pk, "export"), total, 60)
    headers = {"zendesk-ratelimit-incremental-exports-cursor": describe(total, left, resets)}
    if left < 0:
        raise with_headers(too_many("Number of allowed incremental export API requests exceeded", resets), headers)
    return headers


def spend_ticket_update(account: Account, person_id: int, number: int) -> dict[str, str]:
    """One of a person's updates of one ticket. Raises 429."""
    total, seconds = account.limit("ticket_updates"), account.limit("ticket_update_seconds")
    left, resets = spend((account.pk, "ticket", person_id, number), total, seconds)
    headers = {"zendesk-ratelimit-per-ticket-updates": describe(total, left, resets)}
    if left < 0:
        refusal = too_many("Number of allowed ticket updates per user per ticket exceeded", resets)
        raise with_headers(refusal, headers)
    return headers


def spend_user_update(account: Account, user_id: int) -> dict[str, str]:
    """One of a minute's updates of one user. Raises 429."""
    total = account.limit("user_updates")
    left, resets = spend((account.pk, "user", user_id), total, 60)
    headers = {"zendesk-ratelimit-create-update-user": describe(total, left, resets)}
    if left < 0:
        raise with_headers(too_many("Number of allowed user updates per minute exceeded", resets), headers)
    return headers


def spend_webhook_test(account: Account) -> dict[str, str]:
    """One of a minute's test calls of webhooks. Raises 429."""
    total = account.limit("webhook_tests")
    left, resets = spend((account.pk, "webhook test"), total, 60)
    headers = {"zendesk-ratelimit-webhooks-test": describe(total, left, resets)}
    if left < 0:
        raise with_headers(too_many("Number of allowed webhook tests per minute exceeded", resets), headers)
    return headers


def spend_view_read(account: Account, person_id: int, view_id: int) -> dict[str, str]:
    """One of a person's readings of one view's tickets or count in a minute. Raises 429."""
    total = account.limit("view_reads")
    left, resets = spend((account.pk, "view", person_id, view_id), total, 60)
    headers = {"zendesk-ratelimit-view-execution": describe(total, left, resets)}
    if left < 0:
        raise with_headers(too_many("Number of allowed view executions per minute exceeded", resets), headers)
    return headers


def describe(total: float, left: int, resets: int) -> str:
    """The way Zendesk writes an endpoint's limit."""
    return f"total={int(total)}; remaining={max(0, left)}; resets={resets}"


def with_headers(refusal: RefusedError, headers: dict[str, str]) -> RefusedError:
    """The refusal, with these headers on its answer."""
    add_headers(refusal.response, headers)
    return refusal


def add_headers(response: HttpResponse, headers: dict[str, str]) -> None:
    """Puts them on, keeping what is there."""
    for name, value in headers.items():
        response.headers.setdefault(name, value)
