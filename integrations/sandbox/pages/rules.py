"""The admin's pages of webhooks, triggers and views, at the addresses that Zendesk's Admin Center gives them."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from integrations.sandbox.api.answers import Json, RefusedError
from integrations.sandbox.desk import by_hand
from integrations.sandbox.hooks.rules import conditions_of
from integrations.sandbox.hooks.triggers import ANY_REPLY_OR_STATUS, REFERENCE_BODY
from integrations.sandbox.hooks.webhooks import FORMATS, METHODS, names, reset_secret
from integrations.sandbox.models import Account, AuditEntry, Person, Trigger, Webhook
from integrations.sandbox.pages.common import count_objects, explain, find_account, show
from integrations.sandbox.pages.rule_forms import READERS
from integrations.sandbox.store import writing

SHOWN = 20
FIELDS = ("update_type", "comment_is_public", "role", "current_tags", "current_via_id", "status", "priority", "type",
          "assignee_id", "requester_id", "group_id")  # fmt: skip
OPERATORS = ("is", "is_not", "includes", "not_includes", "changed", "not_changed", "value", "value_previous",
             "less_than", "greater_than")  # fmt: skip
UNSOLVED = {"all": [{"field": "status", "operator": "less_than", "value": "solved"}], "any": []}


@dataclass(frozen=True)
class ConditionRow:
    """A line of a form: ``group`` is all or any; an empty one waits to be filled in."""

    number: int
    group: str
    field: str = ""
    operator: str = ""
    value: str = ""


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest, subdomain: str, kind: str) -> HttpResponse:
    """All of a kind; a POST makes one."""
    account = find_account(subdomain)
    trouble = ""
    if request.method == "POST":
        try:
            with writing():
                made = by_hand.create(account, kind, by_hand.find_hand(account), READERS[kind](request.POST, None))
        except RefusedError as refusal:
            trouble = explain(refusal)
        else:
            return HttpResponseRedirect(reverse(f"admin-{kind}", args=[subdomain, made.pk]))
    return show_page(
        request,
        "rules.html",
        account,
        kind,
        trouble=trouble,
        rows=[(row, changed_last(account, kind, row)) for row in by_hand.list_objects(account, kind)],
        conditions=condition_rows(UNSOLVED if kind == "view" else ANY_REPLY_OR_STATUS),
        body=REFERENCE_BODY,
    )


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, subdomain: str, kind: str, pk: str) -> HttpResponse:
    """One of a kind; a POST changes, copies or deletes it."""
    account = find_account(subdomain)
    try:
        row = by_hand.find_object(account, kind, pk)
    except RefusedError:
        raise Http404(_("There is nothing of that id here.")) from None
    trouble = ""
    if request.method == "POST":
        try:
            with writing():
                return HttpResponseRedirect(act(request, account, kind, row))
        except RefusedError as refusal:
            trouble = explain(refusal)
    return show_page(request, "rule.html", account, kind, trouble=trouble, row=row, **describe(row))


def act(request: HttpRequest, account: Account, kind: str, row: by_hand.Row) -> str:
    """Does what the form asks, as the admin who works by hand; where to go afterwards. Raises ``RefusedError``."""
    person = by_hand.find_hand(account)
    action = request.POST.get("action", "")
    here = reverse(f"admin-{kind}", args=[account.subdomain, row.pk])
    if action == "delete":
        by_hand.remove(row, person, is_forced="force" in request.POST)
        return reverse(f"admin-{kind}s", args=[account.subdomain])
    if action == "reset_secret" and isinstance(row, Webhook):
        reset_secret(row, person)
    elif action == "copy" and isinstance(row, Trigger):
        return reverse(f"admin-{kind}", args=[account.subdomain, copy_trigger(account, person, row).pk])
    elif action == "save":
        by_hand.change(row, person, READERS[kind](request.POST, row))
    return here


def copy_trigger(account: Account, person: Person | None, row: Trigger) -> by_hand.Row:
    """A second one that does the same."""
    title = _("%(title)s (copy)") % {"title": row.title}
    said: Json = {"title": title[:200], "conditions": conditions_of(row), "actions": row.actions}
    return by_hand.create(account, "trigger", person, said)


def show_page(request: HttpRequest, template: str, account: Account, kind: str, **values: Any) -> HttpResponse:
    """A page of the rules, with what its forms offer."""
    values |= {
        "account": account,
        "place": "admin",
        "tab": kind,
        "kind": kind,
        "counts": count_objects(account),
        "hand": by_hand.find_hand(account),
        "methods": METHODS,
        "formats": FORMATS,
        "fields": FIELDS,
        "operators": OPERATORS,
        "webhooks": by_hand.list_objects(account, "webhook"),
    }
    return show(request, template, **values)


def describe(row: by_hand.Row) -> Json:
    """What the page of one object shows besides its fields."""
    kind = by_hand.kind_of(row)
    entries = AuditEntry.objects.filter(account=row.account, kind=kind, source_id=str(row.pk)).order_by("-pk")
    shown: Json = {"entries": entries[:SHOWN], "shown": SHOWN}
    if isinstance(row, Webhook):
        rung_by = [one for one in Trigger.objects.filter(account=row.account).order_by("pk") if names(one, row.pk)]
        data = (row.authentication or {}).get("data") or {}
        return {**shown, "rung_by": rung_by, "auth": (row.authentication or {}).get("type", ""),
                "auth_name": data.get("username") or data.get("name") or ""}  # fmt: skip
    shown["conditions"] = condition_rows(row.conditions)
    if isinstance(row, Trigger):
        call = next((one for one in row.actions if by_hand.is_call(one)), None)
        shown["target"], shown["body"] = call["value"] if call is not None else ("", "")
        shown["is_lost"] = bool(shown["target"]) and not Webhook.objects.filter(
            account=row.account, pk=shown["target"]
        ).exists()  # fmt: skip
    return shown


def condition_rows(conditions: Json) -> list[ConditionRow]:
    """A line for each condition, and an empty one."""
    said = [(group, one) for group in ("all", "any") for one in conditions.get(group) or []]
    rows = [
        ConditionRow(
            number, group, str(one.get("field", "")), str(one.get("operator", "")), by_hand.as_text(one.get("value"))
        )
        for number, (group, one) in enumerate(said)
    ]
    return [*rows, ConditionRow(len(rows), "all")]


def changed_last(account: Account, kind: str, row: by_hand.Row) -> AuditEntry | None:
    """The newest line of the audit log about it."""
    rows = AuditEntry.objects.filter(account=account, kind=kind, source_id=str(row.pk))
    return rows.order_by("-pk").first()
