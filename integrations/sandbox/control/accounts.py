"""Accounts, their faults, and what reached them."""

from typing import Any

from django.db import connection

from integrations.sandbox import faults, store
from integrations.sandbox.api.limits import forget
from integrations.sandbox.control.guard import ControlError, Json, control
from integrations.sandbox.desk.by_hand import describe_rules, let_manage
from integrations.sandbox.models import (
    AccessToken,
    Account,
    ApiRequest,
    Attempt,
    Fault,
    Invocation,
    Person,
    PlatformLink,
    Ticket,
)
from integrations.sandbox.setup import build_account
from integrations.sandbox.store import writing

CHANGEABLE = ("token_access", "oauth_clients", "api_tokens", "name", "limits", "is_enterprise", "has_webhooks")


def find_account(subdomain: str) -> Account:
    """The account of that name. Raises ``ControlError``."""
    row = Account.objects.filter(subdomain=subdomain).first()
    if row is None:
        raise ControlError(f"no account {subdomain}")
    return row


@control("POST")
def reset(said: Json) -> None:
    """Empties everything; the clock and the limits too. ``acme`` is not made again."""
    store.reset_clock()
    forget()
    with writing():
        Account.objects.all().delete()
        ApiRequest.objects.all().delete()
        PlatformLink.objects.all().delete()


@control("POST")
def clock(said: Json) -> Json:
    """``{"advance_seconds"}`` moves the clock of tokens, idempotency and new rows ahead."""
    store.advance(float(said.get("advance_seconds", 0)))
    return {"now": store.now().isoformat()}


@control("GET", "POST")
def accounts(said: Json) -> Json:
    """POST makes or replaces an account; GET lists them."""
    if "subdomain" not in said:
        return {"accounts": [describe(row) for row in Account.objects.order_by("pk")]}
    with writing():
        return describe(build_account(said))


@control("GET", "POST")
def account(said: Json, subdomain: str) -> Json:
    """GET describes; POST changes credentials, limits, the plan, and what the API's users may manage."""
    row = find_account(subdomain)
    with writing():
        for name in ("token_access", "oauth_clients", "api_tokens", "name"):
            if name in said:
                setattr(row, name, said[name])
        row.is_enterprise = said.get("enterprise", row.is_enterprise)
        row.has_webhooks = said.get("has_webhooks", row.has_webhooks)
        row.limits = {**row.limits, **said.get("limits", {})}
        if said.get("expire_tokens"):
            AccessToken.objects.filter(account=row).delete()
        row.save(update_fields=CHANGEABLE)  # the rest moves on
        if {"manages_rules", "manages_webhooks"} & said.keys():
            let_manage(row, rules_too=said.get("manages_rules", True), webhooks_too=said.get("manages_webhooks", True))
    forget()
    return describe(row)


def describe(row: Account) -> Json:
    """All of an account that a test or a demo needs to speak to it."""
    people = Person.objects.filter(account=row).order_by("pk")
    return {
        "subdomain": row.subdomain,
        "name": row.name,
        "number": row.number,
        "token_access": row.token_access,
        "oauth_clients": row.oauth_clients,
        "api_tokens": row.api_tokens,
        "limits": row.limits,
        "enterprise": row.is_enterprise,
        "has_webhooks": row.has_webhooks,
        "people": [
            {"id": one.pk, "name": one.name, "email": one.email, "phone": one.phone, "role": one.role,
             "external_id": one.external_id, "suspended": one.is_suspended}
            for one in people
        ],
        **describe_rules(row),
        "tickets": [
            {"id": one.number, "external_id": one.external_id, "status": one.status, "tags": one.tags,
             "deleted": one.deleted_at is not None}
            for one in Ticket.objects.filter(account=row).order_by("number")
        ],
    }  # fmt: skip


@control("GET", "POST", "DELETE")
def account_faults(said: Json, subdomain: str) -> Json:
    """POST adds one, ``{"clear": true}`` ends all; GET lists.

    Keys: ``kind``, ``method``, ``path``, ``times`` (null = always, 1 when left away), ``seconds``,
    ``after_write``.
    """
    row = find_account(subdomain)
    with writing():
        if said.get("clear"):
            Fault.objects.filter(account=row).delete()
        if "kind" in said:
            add_fault(row, said)
    return {"faults": [show_fault(one) for one in Fault.objects.filter(account=row).order_by("pk")]}


def add_fault(row: Account, said: Json) -> Fault:
    """Switches a fault on. Raises ``ControlError`` on an unknown kind."""
    kind, is_after = faults.ALIASES.get(said["kind"], (said["kind"], bool(said.get("after_write"))))
    if kind not in faults.CALL_FAULTS and kind not in faults.HOOK_FAULTS:
        raise ControlError(f"no fault {kind}; there are {sorted([*faults.CALL_FAULTS, *faults.HOOK_FAULTS])}")
    is_hook = kind in faults.HOOK_FAULTS
    return Fault.objects.create(
        account=row,
        kind=kind,
        method="*" if is_hook else said.get("method", "*"),
        path="*" if is_hook else said.get("path", "*"),
        times=said.get("times", 1),
        seconds=said.get("seconds", said.get("retry_after")),
        is_after_write=is_after,
    )


def show_fault(row: Fault) -> Json:
    """A fault as it stands."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "method": row.method,
        "path": row.path,
        "times": row.times,
        "seconds": row.seconds,
        "after_write": row.is_after_write,
    }


@control("GET")
def requests(said: Json, subdomain: str) -> Json:
    """Calls that reached the account: ``since`` (an id), ``method``, ``path`` (exact)."""
    rows = ApiRequest.objects.filter(subdomain=subdomain, pk__gt=int(said.get("since", 0)))
    if said.get("method"):
        rows = rows.filter(method=said["method"])
    if said.get("path"):
        rows = rows.filter(path=said["path"])
    return {"requests": [show_request(row) for row in rows.order_by("pk")[:5000]]}


def show_request(row: ApiRequest) -> Json:
    """One call."""
    return {
        "id": row.pk,
        "method": row.method,
        "path": row.path,
        "query": row.query,
        "status": row.status,
        "body": row.body,
        "idempotency_key": row.idempotency_key,
        "headers": row.headers,
        "fault": row.fault,
        "ms": row.ms,
        "at": row.at.isoformat(),
    }


@control("GET")
def invocations(said: Json, subdomain: str) -> Json:
    """Every call of the account's webhooks, with its attempts; ``pending`` counts those still due."""
    rows = Invocation.objects.filter(webhook__account=find_account(subdomain)).order_by("pk")
    return {
        "pending": rows.filter(next_attempt_at__isnull=False).count(),
        "invocations": [
            {"id": row.pk, "status": row.status, "status_code": row.status_code, "tries": row.tries,
             "endpoint": row.endpoint, "payload": row.payload, "ticket_id": row.ticket_number,
             "attempts": show_attempts(row)}
            for row in rows
        ],
    }  # fmt: skip


def show_attempts(row: Invocation) -> list[dict[str, Any]]:
    """The tries of one call."""
    return [
        {"status": one.status, "status_code": one.status_code, "ms": one.ms, "request": one.request,
         "response": one.response}
        for one in Attempt.objects.filter(invocation=row).order_by("pk")
    ]  # fmt: skip


@control("GET")
def health(said: Json) -> Json:
    """Whether it is up, with its database."""
    connection.ensure_connection()
    return {"ok": True, "accounts": Account.objects.count()}
