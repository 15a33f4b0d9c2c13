"""The admin's first page: the account, faults, calls."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from integrations.sandbox import faults
from integrations.sandbox.control.accounts import add_fault
from integrations.sandbox.desk.by_hand import api_user, find_hand, let_manage, rights_of_api
from integrations.sandbox.models import Account, ApiRequest, EventCall, Fault, Invocation, Person
from integrations.sandbox.pages.common import count_objects, find_account, show
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
        tab="start",
        counts=count_objects(account),
        hand=find_hand(account),
        api_user=api_user(account),
        api_rights=rights_of_api(account),
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


def change_account(account: Account, request: HttpRequest) -> str:
    """The plan, token access, and what the API's users may manage."""
    said = request.POST
    account.is_enterprise, account.has_webhooks = "enterprise" in said, "has_webhooks" in said
    account.token_access = "token_access" in said
    account.save(update_fields=["is_enterprise", "has_webhooks", "token_access"])
    let_manage(account, rules_too="manages_rules" in said, webhooks_too="manages_webhooks" in said)
    return ""


def lift_suspension(account: Account, request: HttpRequest) -> str:
    """One person may be a requester again."""
    said = request.POST.get("person", "")
    rows = Person.objects.filter(account=account, is_suspended=True, pk=said if said.isdigit() else 0)
    return "" if rows.update(is_suspended=False) else _("Nobody of that name is suspended.")


CHANGES: dict[str, Callable[[Account, HttpRequest], str]] = {
    "start_fault": start_fault,
    "end_fault": end_fault,
    "account": change_account,
    "lift_suspension": lift_suspension,
}


def elsewhere(request: HttpRequest, subdomain: str, rest: str) -> HttpResponse:
    """Any other place of Admin Center: there is but this page for it."""
    return HttpResponseRedirect(reverse("admin", args=[find_account(subdomain).subdomain]))
