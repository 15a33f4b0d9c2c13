"""What goes wrong, and when."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from integrations.sandbox.api.answers import bad_token, forbidden, invalid_record, ok, unauthenticated
from integrations.sandbox.models import Account, Fault
from integrations.sandbox.store import writing

CALL_FAULTS = {
    "429": _("429 Too many requests"),
    "500": _("500 Internal error"),
    "502": _("502 Bad gateway"),
    "503": _("503 Maintenance"),
    "slow": _("Slow answer"),
    "drop": _("Connection dropped"),
    "html": _("HTML page instead of JSON"),
    "empty": _("Empty body"),
    "401": _("401 Credentials rejected"),
    "401_bearer": _("401 Access token expired"),
    "403": _("403 Forbidden"),
    "suspended_requester": _("Requester is suspended"),
}
HOOK_FAULTS = {
    "webhook_lost": _("Webhook calls lost"),
    "webhook_duplicated": _("Webhook calls sent twice"),
    "webhook_delayed": _("Webhook calls late"),
    "webhook_stale_url": _("Webhook calls the old URL"),
    "webhook_unsigned": _("Webhook calls unsigned"),
    "event_lost": _("Sunshine events lost"),
    "event_duplicated": _("Sunshine events sent twice"),
    "event_delayed": _("Sunshine events late"),
    "event_wrong_key": _("Sunshine events with a wrong key"),
}
KINDS = {**CALL_FAULTS, **HOOK_FAULTS}
ALIASES = {
    "drop_before_write": ("drop", False),
    "drop_after_write": ("drop", True),
    "slow_after_write": ("slow", True),
}
TOO_MANY = "Number of allowed API requests per minute exceeded"
HTML = "<!DOCTYPE html><html><head><title>Zendesk</title></head><body><h1>Something went wrong</h1></body></html>"


@dataclass(frozen=True)
class Misfortune:
    """A fault that hits this call."""

    kind: str
    seconds: float | None
    is_after_write: bool


def take(account: Account, kinds: set[str], method: str = "", path: str = "") -> Misfortune | None:
    """The oldest matching fault, used up by one; None when all goes well."""
    rows = Fault.objects.filter(account=account, kind__in=kinds).order_by("pk")
    if not rows.exists():
        return None
    with writing():
        for row in rows:
            if fnmatchcase(method, row.method.upper()) and fnmatchcase(path, row.path):
                use_up(row)
                return Misfortune(row.kind, row.seconds, row.is_after_write)
    return None


def use_up(row: Fault) -> None:
    """Counts one use; the last one ends the fault."""
    if row.times is None:
        return
    row.times -= 1
    if row.times < 1:
        row.delete()
    else:
        row.save(update_fields=["times"])


def answer(fault: Misfortune) -> HttpResponse | None:
    """The answer that a fault gives; None for those that only wait or hang up."""
    make = ANSWERS.get(fault.kind)
    response = make() if make else None
    if response is not None and fault.kind in ("429", "503") and fault.seconds is not None:
        response["Retry-After"] = str(int(fault.seconds))
    return response


def suspend() -> HttpResponse:
    """422, as a suspended requester gets it."""
    return invalid_record("requester", "Requester: This person is suspended.", "UserSuspended").response


ANSWERS: dict[str, Callable[[], HttpResponse]] = {
    "429": lambda: ok({"error": "APIRateLimitExceeded", "description": TOO_MANY}, 429),
    "500": lambda: ok({"error": "InternalServerError", "description": "Something went wrong"}, 500),
    "502": lambda: HttpResponse(HTML, status=502),
    "503": lambda: ok({"error": "ServiceUnavailable", "description": "Down for maintenance"}, 503),
    "html": lambda: HttpResponse(HTML, status=200),
    "empty": lambda: HttpResponse(b"", status=200, content_type="application/json; charset=utf-8"),
    "401": lambda: unauthenticated().response,
    "401_bearer": lambda: bad_token().response,
    "403": lambda: forbidden().response,
    "suspended_requester": suspend,
}


def wait(fault: Misfortune) -> None:
    """Sleeps when the fault is slowness."""
    if fault.kind == "slow":
        time.sleep(min(fault.seconds or 5, 120))
