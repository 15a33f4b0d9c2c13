"""What goes wrong, and when."""

import time
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
}
ALIASES = {
    "drop_before_write": ("drop", False),
    "drop_after_write": ("drop", True),
    "slow_after_write": ("slow", True),
}
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
    after = {} if fault.seconds is None else {"Retry-After": str(int(fault.seconds))}
    if fault.kind == "429":
        body = {"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"}
        return ok(body, 429, **after)
    if fault.kind == "500":
        return ok({"error": "InternalServerError", "description": "Something went wrong"}, 500)
    if fault.kind == "502":
        return HttpResponse(HTML, status=502)
    if fault.kind == "503":
        return ok({"error": "Database collision"}, 503, **after)
    if fault.kind == "html":
        return HttpResponse(HTML, status=200)
    if fault.kind == "empty":
        return HttpResponse(b"", status=200, content_type="application/json; charset=utf-8")
    if fault.kind == "401":
        return unauthenticated().response
    if fault.kind == "401_bearer":
        return bad_token().response
    if fault.kind == "403":
        return forbidden().response
    if fault.kind == "suspended_requester":
        return invalid_record("requester", "Requester: This person is suspended.", "UserSuspended").response
    return None


def wait(fault: Misfortune) -> None:
    """Sleeps when the fault is slowness."""
    if fault.kind == "slow":
        time.sleep(min(fault.seconds or 5, 120))
