"""What all pages share."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from integrations.sandbox.api.answers import RefusedError
from integrations.sandbox.models import (
    Account,
    Article,
    Schedule,
    SunshineIntegration,
    TicketField,
    Trigger,
    View,
    Webhook,
)


def find_account(subdomain: str) -> Account:
    """The account, or 404."""
    row = Account.objects.filter(subdomain=subdomain).first()
    if row is None:
        raise Http404(_("There is no account of that name here."))
    return row


def count_objects(account: Account) -> dict[str, int]:
    """How many of each kind, for the admin's tabs."""
    counts = {
        name: model.objects.filter(account=account).count()
        for name, model in (("webhook", Webhook), ("trigger", Trigger), ("view", View), ("schedule", Schedule))
    }
    custom = SunshineIntegration.objects.filter(app__account=account, kind="custom")
    counts["article"] = Article.objects.filter(account=account, archived_at=None).count()
    counts["field"] = TicketField.objects.filter(account=account, is_system=False).count()
    return {**counts, "messaging": custom.count()}


def show(request: HttpRequest, template: str, status: int = 200, **values: Any) -> HttpResponse:
    """A page of the stand-in; 422 when something was refused."""
    values["accounts"] = Account.objects.order_by("pk")
    values["current"] = values.get("account") or values["accounts"].first()
    return render(request, f"sandbox/{template}", values, status=422 if values.get("trouble") else status)


def explain(refusal: RefusedError) -> str:
    """A refusal of the API in words, for a page."""
    said = json.loads(refusal.response.content)
    if isinstance(said.get("errors"), list):
        return " ".join(str(one.get("title", "")) for one in said["errors"])
    details = said.get("details")
    if isinstance(details, dict):
        return " ".join(str(one.get("description", "")) for rows in details.values() for one in rows)
    return str(said.get("description") or said.get("error"))
