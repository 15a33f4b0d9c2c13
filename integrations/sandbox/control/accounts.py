"""Accounts, their faults, and what reached them."""

from typing import Any

from django.db import connection

from integrations.sandbox import faults, store
from integrations.sandbox.api.limits import forget
from integrations.sandbox.control.guard import ControlError, Json, control
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
    Trigger,
    Webhook,
)
from integrations.sandbox.setup import build_account
from integrations.sandbox.store import writing


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
    """GET describes; POST changes ``token_access``, ``limits``, ``oauth_clients``, ``api_tokens``."""
    row = find_account(subdomain)
    with writing():
        for name in ("token_access", "oauth_clients", "api_tokens", "name"):
            if name in said:
                setattr(row, name, said[name])
        row.limits = {**row.limits, **said.get("limits", {})}
        if said.get("expire_tokens"):
            AccessToken.objects.filter(account=row).delete()
        row.save(update_fields=["token_access", "oauth_clients", "api_tokens", "name", "limits"])  # the rest moves on
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
        "people": [
            {"id": one.pk, "name": one.name, "email": one.email, "phone": one.phone, "role": one.role,
             "external_id": one.external_id, "suspended": one.is_suspended}
            for one in people
        ],
        "webhooks": [
            {"id": one.pk, "name": one.name, "endpoint": one.endpoint, "status": one.status,
             "signing_secret": one.secret, "signs": one.is_signing}
            for one in Webhook.objects.filter(account=row).order_by("pk")
        ],
        "triggers": [
            {"id": one.pk, "title": one.title, "active": one.is_active, "conditions": one.conditions,
             "actions": one.actions}
            for one in Trigger.objects.filter(account=row).order_by("pk")
        ],
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


@control("POST")
def webhook(said: Json, subdomain: str) -> Json:
    """Sets ``endpoint``, ``signing`` (bool), ``signing_secret``, ``active``; of the first webhook or of ``id``."""
    row = find_account(subdomain)
    rows = Webhook.objects.filter(account=row).order_by("pk")
    found = rows.filter(pk=said["id"]).first() if said.get("id") else rows.first()
    if found is None:
        raise ControlError("the account has no webhook")
    with writing():
        set_webhook(found, said)
    return {"id": found.pk, "endpoint": found.endpoint, "signing_secret": found.secret, "signs": found.is_signing}


def set_webhook(row: Webhook, said: Json) -> None:
    """Changes a webhook as ordered; a new endpoint switches it on."""
    if "endpoint" in said and said["endpoint"] != row.endpoint:
        row.previous_endpoint, row.endpoint = row.endpoint, said["endpoint"]
        row.status = "active" if row.endpoint else "inactive"
    if "active" in said:
        row.status = "active" if said["active"] else "inactive"
    row.is_signing = bool(said.get("signing", row.is_signing))
    row.secret = said.get("signing_secret", row.secret)
    row.save()


@control("POST")
def trigger(said: Json, subdomain: str) -> Json:
    """Changes the first trigger (or ``id``): ``conditions``, ``body``, ``active``; ``add``: true makes one more."""
    row = find_account(subdomain)
    rows = Trigger.objects.filter(account=row).order_by("pk")
    found = rows.filter(pk=said["id"]).first() if said.get("id") else rows.first()
    if found is None:
        raise ControlError("the account has no trigger")
    with writing():
        if said.get("add"):
            found.pk, found.title = store.new_id(), said.get("title", f"{found.title} (2)")
            found._state.adding = True
        found.conditions = said.get("conditions", found.conditions)
        found.is_active = said.get("active", found.is_active)
        if "body" in said:
            found.actions = [{**one, "value": [one["value"][0], said["body"]]} for one in found.actions]
        found.save()
    return {"id": found.pk, "title": found.title, "conditions": found.conditions, "actions": found.actions}


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
