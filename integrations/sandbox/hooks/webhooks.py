"""Webhooks made, changed and removed by a person: through the API, or by hand."""

import base64
import secrets

from integrations.sandbox.api.answers import Json, bad_request, forbidden
from integrations.sandbox.hooks import ledger
from integrations.sandbox.models import Account, Person, Trigger, Webhook
from integrations.sandbox.store import now

FIELDS = ("name", "description", "endpoint", "http_method", "request_format", "status", "subscriptions",
          "authentication", "custom_headers")  # fmt: skip
REQUIRED = ("name", "endpoint", "http_method", "request_format")
TYPES = {"authentication": dict, "custom_headers": dict, "subscriptions": list}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FORMATS = ("json", "xml", "form_encoded")
ALLOWED = {"status": ("active", "inactive"), "http_method": METHODS, "request_format": FORMATS}
RINGING = "notification_webhook"


def make_webhook(account: Account, person: Person | None, said: Json) -> Webhook:
    """A new webhook with a secret of its own. Raises 400, and 403 where the plan has none."""
    need_webhooks(account)
    most = int(account.limit("webhooks"))
    if most and Webhook.objects.filter(account=account).count() >= most:
        raise bad_request("WebhookLimitExceeded", f"The account may have {most} webhooks")
    maker = str(person.pk) if person is not None else str(ledger.SYSTEM_ID)
    row = Webhook(account=account, secret=new_secret(), created_by=maker, updated_by=maker)
    put_fields(row, said)
    row.save(force_insert=True)
    ledger.record(account, person, "create", ("webhook", row.pk, row.name))
    return row


def change_webhook(row: Webhook, person: Person | None, said: Json) -> None:
    """Changes what was said. Raises 400."""
    if "subscriptions" in said and said["subscriptions"] != row.subscriptions:
        raise bad_request("InvalidRequest", "subscriptions cannot be changed between triggers and events")
    before = own_fields(row)
    put_fields(row, {**before, **said})
    row.updated_at, row.updated_by = now(), str(person.pk) if person is not None else str(ledger.SYSTEM_ID)
    row.save()
    shown = [{**one, "authentication": hide_data(one["authentication"])} for one in (before, own_fields(row))]
    ledger.record(row.account, person, "update", ("webhook", row.pk, row.name), *shown)


def remove_webhook(row: Webhook, person: Person | None, *, is_forced: bool = False) -> None:
    """Deletes it, with its calls. Raises 400 while a trigger names it, unless forced."""
    users = [one.title for one in Trigger.objects.filter(account=row.account).order_by("pk") if names(one, row.pk)]
    if users and not is_forced:
        raise bad_request("WebhookInUse", "Webhook is connected to triggers and cannot be deleted", ", ".join(users))
    ledger.record(row.account, person, "destroy", ("webhook", row.pk, row.name))
    row.delete()


def names(trigger: Trigger, webhook_id: str) -> bool:
    """Whether an action of the trigger rings that webhook."""
    return any(
        one.get("field") == RINGING and isinstance(one.get("value"), list) and one["value"][:1] == [webhook_id]
        for one in trigger.actions
    )


def reset_secret(row: Webhook, person: Person | None) -> None:
    """A new signing secret."""
    row.secret = new_secret()
    row.save(update_fields=["secret"])
    ledger.record(row.account, person, "update", ("webhook", row.pk, row.name), {"signing_secret": "•"},
                  {"signing_secret": "••"})  # fmt: skip


def need_webhooks(account: Account) -> None:
    """Raises 403 where the plan has no webhooks."""
    if not account.has_webhooks:
        raise forbidden()


def put_fields(row: Webhook, said: Json) -> None:
    """Puts what was said onto the webhook. Raises 400."""
    check_fields(said)
    if row.endpoint and row.endpoint != said["endpoint"]:
        row.previous_endpoint = row.endpoint
    for name in FIELDS:
        if name in said and (said[name] is not None or name in ("authentication", "custom_headers")):
            setattr(row, name, said[name])


def check_fields(said: Json) -> None:
    """Raises 400 for what is missing or of a wrong kind."""
    for name in REQUIRED:
        if not said.get(name):
            raise bad_request("InvalidRequest", f"{name} is required")
    if not str(said["endpoint"]).startswith(("http://", "https://")):
        raise bad_request("InvalidRequest", "endpoint must be a URL")
    for name, kind in TYPES.items():
        if said.get(name) is not None and not isinstance(said[name], kind):
            raise bad_request("InvalidRequest", f"{name} has a wrong type")
    for name, values in ALLOWED.items():
        if said.get(name, values[0]) not in values:
            raise bad_request("InvalidRequest", f"{name} must be one of {', '.join(values)}")


def own_fields(row: Webhook) -> Json:
    """What can be set, as it is."""
    return {name: getattr(row, name) for name in FIELDS}


def show_webhook(row: Webhook) -> Json:
    """A webhook; its secrets are not shown."""
    shown: Json = {
        "id": row.pk,
        "name": row.name,
        "status": row.status,
        "subscriptions": row.subscriptions,
        "created_at": row.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "593Z",
        "created_by": row.created_by,
        "endpoint": row.endpoint,
        "http_method": row.http_method,
        "request_format": row.request_format,
        "updated_at": row.updated_at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "593Z",
        "updated_by": row.updated_by or row.created_by,
    }
    if row.description:
        shown["description"] = row.description
    if row.authentication:
        shown["authentication"] = hide_data(row.authentication)
    if row.custom_headers:
        shown["custom_headers"] = row.custom_headers
    return shown


def hide_data(said: Json | None) -> Json | None:
    """An authentication as the API gives it back: of its data only the user's name."""
    if not said:
        return None
    data = said.get("data") or {}
    kept = {"username": data["username"]} if "username" in data else {}
    shown = {"type": said.get("type"), "add_position": said.get("add_position", "header")}
    return {**shown, **({"data": kept} if kept else {})}


def new_secret() -> str:
    """A signing secret: it looks like base64 and is used as text."""
    return base64.b64encode(secrets.token_bytes(32)).decode()
