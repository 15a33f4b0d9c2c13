"""``/webhooks`` and their calls."""

import base64
import secrets

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, bad_request, not_found, nothing, ok
from integrations.sandbox.api.gate import Call
from integrations.sandbox.api.paging import paginate
from integrations.sandbox.hooks import calls
from integrations.sandbox.models import Attempt, Invocation, Webhook
from integrations.sandbox.store import new_ulid, now

FIELDS = ("name", "description", "endpoint", "http_method", "request_format", "status", "subscriptions",
          "authentication", "custom_headers")  # fmt: skip


def find_webhook(call: Call, webhook_id: str) -> Webhook:
    """The account's webhook. Raises 403, 404."""
    call.need(call.caller.rights.manages_webhooks)
    row = Webhook.objects.filter(account=call.account, pk=webhook_id).first()
    if row is None:
        raise not_found()
    return row


def listing(call: Call) -> HttpResponse:
    """GET /webhooks?filter[name_contains]=."""
    call.need(call.caller.rights.manages_webhooks)
    rows = Webhook.objects.filter(account=call.account)
    if call.arg("filter[name_contains]"):
        rows = rows.filter(name__icontains=call.arg("filter[name_contains]"))
    if call.arg("filter[status]"):
        rows = rows.filter(status=call.arg("filter[status]"))
    page = paginate(call, rows, "webhooks", wants_cursor=True)
    return ok({"webhooks": [show_webhook(row) for row in page.rows], **page.envelope})


def show(call: Call, webhook_id: str) -> HttpResponse:
    """GET /webhooks/{id}."""
    return ok({"webhook": show_webhook(find_webhook(call, webhook_id))})


def create(call: Call) -> HttpResponse:
    """POST /webhooks. Raises 400 when something needed is missing."""
    call.need(call.caller.rights.manages_webhooks)
    said = call.part("webhook")
    row = Webhook(account=call.account, secret=new_secret(), created_by=str(call.caller.person.pk))
    change(row, said)
    row.save(force_insert=True)
    return ok({"webhook": show_webhook(row)}, 201)


def update(call: Call, webhook_id: str) -> HttpResponse:
    """PUT and PATCH /webhooks/{id}: 204 without a body."""
    row = find_webhook(call, webhook_id)
    said = call.part("webhook")
    if "subscriptions" in said and said["subscriptions"] != row.subscriptions:
        raise bad_request("InvalidRequest", "subscriptions cannot be changed between triggers and events")
    change(row, {**show_own(row), **said})
    row.updated_at = now()
    row.save()
    return nothing()


def delete(call: Call, webhook_id: str) -> HttpResponse:
    """DELETE /webhooks/{id}."""
    find_webhook(call, webhook_id).delete()
    return nothing()


def change(row: Webhook, said: Json) -> None:
    """Puts what was said onto the webhook. Raises 400."""
    for name in ("name", "endpoint", "http_method", "request_format"):
        if not said.get(name):
            raise bad_request("InvalidRequest", f"{name} is required")
    if not str(said["endpoint"]).startswith(("http://", "https://")):
        raise bad_request("InvalidRequest", "endpoint must be a URL")
    for name, kind in (("authentication", dict), ("custom_headers", dict), ("subscriptions", list)):
        if said.get(name) is not None and not isinstance(said[name], kind):
            raise bad_request("InvalidRequest", f"{name} has a wrong type")
    if said.get("status", "active") not in ("active", "inactive"):
        raise bad_request("InvalidRequest", "status must be active or inactive")
    if row.endpoint and row.endpoint != said["endpoint"]:
        row.previous_endpoint = row.endpoint
    for name in FIELDS:
        if name in said and (said[name] is not None or name in ("authentication", "custom_headers")):
            setattr(row, name, said[name])


def show_own(row: Webhook) -> Json:
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
        "updated_by": row.created_by,
    }
    if row.description:
        shown["description"] = row.description
    if row.authentication:
        data = row.authentication.get("data") or {}
        kept = {"username": data["username"]} if "username" in data else {}
        shown["authentication"] = {
            "type": row.authentication.get("type"),
            "add_position": row.authentication.get("add_position", "header"),
            **({"data": kept} if kept else {}),
        }
    if row.custom_headers:
        shown["custom_headers"] = row.custom_headers
    return shown


def new_secret() -> str:
    """A signing secret: it looks like base64 and is used as text."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def read_secret(call: Call, webhook_id: str) -> HttpResponse:
    """GET /webhooks/{id}/signing_secret."""
    row = find_webhook(call, webhook_id)
    return ok({"signing_secret": {"secret": row.secret, "algorithm": "SHA256"}})


def reset_secret(call: Call, webhook_id: str) -> HttpResponse:
    """POST /webhooks/{id}/signing_secret."""
    row = find_webhook(call, webhook_id)
    row.secret = new_secret()
    row.save(update_fields=["secret"])
    return ok({"signing_secret": {"secret": row.secret, "algorithm": "SHA256"}}, 201)


def test(call: Call) -> HttpResponse:
    """POST /webhooks/test[?webhook_id=]: calls at once; unsaved ones are signed with the published test secret."""
    call.need(call.caller.rights.manages_webhooks)
    request = call.body().get("request") or {}
    webhook_id = call.arg("webhook_id")
    row = find_webhook(call, webhook_id) if webhook_id else Webhook(account=call.account, secret=calls.TEST_SECRET)
    change(row, {**show_own(row), "name": row.name or "test", **request})
    body = str(request.get("payload") or "{ }").encode()
    headers = calls.headers_for(row, new_ulid(), body, row.secret)
    outcome = calls.post(row.http_method, row.endpoint, body, headers, call.account.limit("webhook_timeout"))
    if outcome.status_code is None or outcome.response is None:
        raise bad_request("EndpointUnreachable", outcome.trouble or "The endpoint gave no answer")
    return ok({"response": {**outcome.response, "status_code": outcome.status_code}})


def list_invocations(call: Call, webhook_id: str) -> HttpResponse:
    """GET /webhooks/{id}/invocations, newest first."""
    row = find_webhook(call, webhook_id)
    rows = Invocation.objects.filter(webhook=row)
    if call.arg("filter[status]"):
        rows = rows.filter(status=call.arg("filter[status]"))
    page = paginate(call, rows, f"webhooks/{webhook_id}/invocations", is_descending=True, wants_cursor=True)
    return ok({"invocations": [show_invocation(one) for one in page.rows], **page.envelope})


def show_invocation(row: Invocation) -> Json:
    """One call; a throttled one has no status code."""
    moment = row.completed_at or row.created_at
    shown: Json = {"id": row.pk, "status": row.status, "latest_completed_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return shown if row.status_code is None else {**shown, "status_code": row.status_code}


def list_attempts(call: Call, webhook_id: str, invocation_id: str) -> HttpResponse:
    """GET /webhooks/{id}/invocations/{id}/attempts."""
    row = find_webhook(call, webhook_id)
    invocation = Invocation.objects.filter(webhook=row, pk=invocation_id).first()
    if invocation is None:
        raise not_found()
    rows = Attempt.objects.filter(invocation=invocation).order_by("pk")
    return ok({"attempts": [show_attempt(one, invocation) for one in rows]})


def show_attempt(row: Attempt, invocation: Invocation) -> Json:
    """One try, with what was sent and what came back."""
    shown: Json = {
        "id": row.pk,
        "invocation_id": invocation.pk,
        "status": row.status,
        "completed_at": row.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    for name in ("status_code", "request", "response"):
        if getattr(row, name) is not None:
            shown[name] = getattr(row, name)
    return shown
