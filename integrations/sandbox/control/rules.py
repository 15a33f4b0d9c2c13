"""Webhooks, triggers and views of an account, changed by hand."""

from typing import Any

from integrations.sandbox.api.schedules import add_schedule
from integrations.sandbox.control.accounts import find_account
from integrations.sandbox.control.guard import ControlError, Json, control
from integrations.sandbox.desk import by_hand
from integrations.sandbox.desk.by_hand import describe_object
from integrations.sandbox.hooks.rules import make_trigger
from integrations.sandbox.hooks.webhooks import reset_secret
from integrations.sandbox.models import Account, AuditEntry, Person, Schedule, Trigger, Webhook
from integrations.sandbox.store import writing

KINDS = ("webhook", "trigger", "view")


@control("POST")
def hand(said: Json, subdomain: str) -> Json:
    """``{do, kind, id, by, fields, force}``: one change in Admin Center.

    ``do``: create, change, delete, reset_secret. ``kind``: webhook, trigger, view. ``id``: the first when left
    away. ``by``: name or address of one of the staff. ``fields``: as the API takes them.
    """
    account, kind, pk = find_account(subdomain), said.get("kind"), str(said.get("id", ""))
    fields: dict[str, Any] = said.get("fields", {})
    if kind not in KINDS:
        raise ControlError(f"no kind {kind}; there are {KINDS}")
    person = find_person(account, said.get("by", ""))
    with writing():
        if said["do"] == "create":
            return describe_object(by_hand.create(account, kind, person, fields))
        row = by_hand.find_object(account, kind, pk)
        if said["do"] == "change":
            by_hand.change(row, person, fields)
        elif said["do"] == "delete":
            by_hand.remove(row, person, is_forced=bool(said.get("force")))
            return {"id": pk, "deleted": True}
        elif said["do"] == "reset_secret" and isinstance(row, Webhook):
            reset_secret(row, person)
        else:
            raise ControlError(f"nothing called {said['do']} can be done to a {kind}")
    return describe_object(row)


def find_person(account: Account, name: str) -> Person | None:
    """Whose hand it is. Raises ``ControlError`` for a name that nobody has."""
    person = by_hand.find_hand(account, name)
    if name and person is None:
        raise ControlError(f"nobody of the staff is called {name}")
    return person


@control("GET")
def audit(said: Json, subdomain: str) -> Json:
    """The account's audit log, whatever its plan, oldest first."""
    rows = AuditEntry.objects.filter(account=find_account(subdomain)).order_by("pk")
    return {
        "entries": [
            {"id": row.pk, "action": row.action, "kind": row.kind, "source_id": row.source_id,
             "source_label": row.source_label, "actor_name": row.actor_name,
             "change_description": row.change_description}
            for row in rows
        ]
    }  # fmt: skip


@control("POST")
def webhook(said: Json, subdomain: str) -> Json:
    """Sets ``endpoint``, ``signing`` (bool), ``signing_secret``, ``active``; of the first webhook or of ``id``."""
    account = find_account(subdomain)
    rows = Webhook.objects.filter(account=account).order_by("pk")
    found = rows.filter(pk=said["id"]).first() if said.get("id") else rows.first()
    if found is None:
        raise ControlError("the account has no webhook")
    with writing():
        set_webhook(found, said)
    return {"id": found.pk, "endpoint": found.endpoint, "signing_secret": found.secret, "signs": found.is_signing}


def set_webhook(row: Webhook, said: Json) -> None:
    """Changes a webhook as ordered; a new endpoint switches it on, none switches it off."""
    fields: Json = {name: said[name] for name in ("signing", "signing_secret") if name in said}
    if "endpoint" in said and said["endpoint"] != row.endpoint:
        fields |= {"endpoint": said["endpoint"], "status": "active"}
    if "active" in said:
        fields["status"] = "active" if said["active"] else "inactive"
    if fields.get("endpoint") == "":
        fields.pop("endpoint")
        row.previous_endpoint, row.endpoint, row.status = row.endpoint, "", "inactive"
        row.save()
        fields.pop("status")
    by_hand.change(row, by_hand.find_hand(row.account), fields)


@control("POST")
def trigger(said: Json, subdomain: str) -> Json:
    """Changes the first trigger (or ``id``): ``conditions``, ``body``, ``active``; ``add``: true makes one more."""
    account = find_account(subdomain)
    rows = Trigger.objects.filter(account=account).order_by("pk")
    found = rows.filter(pk=said["id"]).first() if said.get("id") else rows.first()
    if found is None:
        raise ControlError("the account has no trigger")
    fields: Json = {name: said[name] for name in ("conditions", "body", "active", "title") if name in said}
    person = by_hand.find_hand(account)
    with writing():
        if said.get("add"):
            like = {"title": f"{found.title} (2)", "conditions": found.conditions, "actions": found.actions}
            found = make_trigger(account, person, {**like, "title": said.get("title", like["title"])})
        by_hand.change(found, person, fields)
    return {"id": found.pk, "title": found.title, "conditions": found.conditions, "actions": found.actions}


@control("POST")
def schedules(said: Json, subdomain: str) -> Json:
    """Adds a schedule: ``name``, ``time_zone``, ``intervals``, ``holidays``; ``clear``: true removes all first."""
    account = find_account(subdomain)
    with writing():
        if said.get("clear"):
            Schedule.objects.filter(account=account).delete()
        return {"id": add_schedule(account, said).pk} if "name" in said else {}
