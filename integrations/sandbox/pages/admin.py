"""The admin's page: webhook, trigger, calls, faults."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from integrations.sandbox import faults
from integrations.sandbox.control.accounts import add_fault
from integrations.sandbox.control.rules import set_webhook
from integrations.sandbox.models import Account, ApiRequest, EventCall, Fault, Invocation, Person, Trigger, Webhook
from integrations.sandbox.pages.common import find_account, show
from integrations.sandbox.store import writing

SHOWN = 25
NUMBER = re.compile(r"\d+(\.\d+)?")


@require_http_methods(["GET", "POST"])
def admin(request: HttpRequest, subdomain: str) -> HttpResponse:
    """``/<sub>/admin/``; a POST changes one thing."""
    account = find_account(subdomain)
    trouble = ""
    if request.method == "POST":
        change = CHANGES.get(request.POST.get("action", ""))
        with writing():
            trouble = change(account, request) if change else _("That is nothing an admin can do here.")
        if not trouble:
            return HttpResponseRedirect(request.path)
    invocations = Invocation.objects.filter(webhook__account=account).select_related("webhook")
    return show(
        request,
        "admin.html",
        account=account,
        place="admin",
        trouble=trouble,
        webhooks=Webhook.objects.filter(account=account).order_by("pk"),
        triggers=Trigger.objects.filter(account=account).order_by("position", "pk"),
        suspended=Person.objects.filter(account=account, is_suspended=True).order_by("name", "pk"),
        invocations=invocations.order_by("-pk")[:SHOWN],
        faults=[(row, faults.KINDS.get(row.kind, row.kind)) for row in Fault.objects.filter(account=account)],
        call_faults=faults.CALL_FAULTS.items(),
        hook_faults=faults.HOOK_FAULTS.items(),
        event_calls=EventCall.objects.select_related("hook")
        .filter(hook__integration__app__account=account)
        .order_by("-pk")[:SHOWN],
        requests=ApiRequest.objects.filter(subdomain=subdomain).order_by("-pk")[:SHOWN],
        shown=SHOWN,
    )


def change_webhook(account: Account, request: HttpRequest) -> str:
    """Endpoint and signing of one webhook."""
    row = Webhook.objects.filter(account=account, pk=request.POST.get("webhook")).first()
    endpoint = request.POST.get("endpoint", "").strip()
    if row is None:
        return _("There is no such webhook.")
    if endpoint and not endpoint.startswith(("http://", "https://")):
        return _("The endpoint must begin with http:// or https://.")
    set_webhook(row, {"endpoint": endpoint, "signing": "signing" in request.POST})
    return ""


def change_trigger(account: Account, request: HttpRequest) -> str:
    """Switches a trigger, and sets its body."""
    row = Trigger.objects.filter(account=account, pk=request.POST.get("trigger") or 0).first()
    if row is None:
        return _("There is no such trigger.")
    row.is_active = "active" in request.POST
    body = request.POST.get("body", "")
    row.actions = [{**one, "value": [one["value"][0], body]} if is_call(one) else one for one in row.actions]
    row.save(update_fields=["is_active", "actions"])
    return ""


def is_call(action: dict[str, object]) -> bool:
    """Whether an action rings a webhook."""
    return action.get("field") == "notification_webhook"


def start_fault(account: Account, request: HttpRequest) -> str:
    """Switches a fault on."""
    said = request.POST
    kind = said.get("kind", "")
    if kind not in faults.KINDS:
        return _("There is no such fault.")
    times, seconds = said.get("times", "").strip(), said.get("seconds", "").strip()
    if (times and not times.isdigit()) or (seconds and not NUMBER.fullmatch(seconds)):
        return _("Times and seconds are numbers.")
    order = {
        "kind": kind,
        "method": said.get("method") or "*",
        "path": said.get("path", "").strip() or "*",
        "times": int(times) if times else None,
        "seconds": float(seconds) if seconds else None,
        "after_write": "after_write" in said,
    }
    add_fault(account, order)
    return ""


def end_fault(account: Account, request: HttpRequest) -> str:
    """Ends one fault, or all of them."""
    rows = Fault.objects.filter(account=account)
    if request.POST.get("fault"):
        rows = rows.filter(pk=request.POST["fault"])
    rows.delete()
    return ""


def switch_tokens(account: Account, request: HttpRequest) -> str:
    """Token access on or off."""
    account.token_access = not account.token_access
    account.save(update_fields=["token_access"])
    return ""


def lift_suspension(account: Account, request: HttpRequest) -> str:
    """One person may be a requester again."""
    said = request.POST.get("person", "")
    rows = Person.objects.filter(account=account, is_suspended=True, pk=said if said.isdigit() else 0)
    return "" if rows.update(is_suspended=False) else _("Nobody of that name is suspended.")


CHANGES: dict[str, Callable[[Account, HttpRequest], str]] = {
    "webhook": change_webhook,
    "trigger": change_trigger,
    "start_fault": start_fault,
    "end_fault": end_fault,
    "token_access": switch_tokens,
    "lift_suspension": lift_suspension,
}
