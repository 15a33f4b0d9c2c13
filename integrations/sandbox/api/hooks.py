"""``/webhooks`` and their calls."""

from datetime import UTC, datetime

from django.db.models.functions import Coalesce
from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, bad_request, not_found, nothing, ok
from integrations.sandbox.api.gate import Call
from integrations.sandbox.api.limits import spend_webhook_test
from integrations.sandbox.api.paging import paginate
from integrations.sandbox.hooks import calls, webhooks
from integrations.sandbox.hooks.webhooks import show_webhook
from integrations.sandbox.models import Attempt, Invocation, Webhook
from integrations.sandbox.store import new_ulid


def need_right(call: Call) -> None:
    """Raises 403 for a caller without the right, and for everybody where the plan has no webhooks."""
    webhooks.need_webhooks(call.account)
    call.need(call.caller.rights.manages_webhooks)


def find_webhook(call: Call, webhook_id: str) -> Webhook:
    """The account's webhook. Raises 403, 404."""
    need_right(call)
    row = Webhook.objects.filter(account=call.account, pk=webhook_id).first()
    if row is None:
        raise not_found()
    return row


def listing(call: Call) -> HttpResponse:
    """GET /webhooks?filter[name_contains]=."""
    need_right(call)
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
    need_right(call)
    row = webhooks.make_webhook(call.account, call.caller.person, call.part("webhook"))
    return ok({"webhook": show_webhook(row)}, 201)


def update(call: Call, webhook_id: str) -> HttpResponse:
    """PUT and PATCH /webhooks/{id}: 204 without a body."""
    webhooks.change_webhook(find_webhook(call, webhook_id), call.caller.person, call.part("webhook"))
    return nothing()


def delete(call: Call, webhook_id: str) -> HttpResponse:
    """DELETE /webhooks/{id}. Raises 400 while a trigger names it."""
    webhooks.remove_webhook(find_webhook(call, webhook_id), call.caller.person)
    return nothing()


def read_secret(call: Call, webhook_id: str) -> HttpResponse:
    """GET /webhooks/{id}/signing_secret."""
    row = find_webhook(call, webhook_id)
    return ok({"signing_secret": {"secret": row.secret, "algorithm": "SHA256"}})


def reset_secret(call: Call, webhook_id: str) -> HttpResponse:
    """POST /webhooks/{id}/signing_secret."""
    row = find_webhook(call, webhook_id)
    webhooks.reset_secret(row, call.caller.person)
    return ok({"signing_secret": {"secret": row.secret, "algorithm": "SHA256"}}, 201)


def test(call: Call) -> HttpResponse:
    """POST /webhooks/test[?webhook_id=]: calls at once; unsaved ones are signed with the published test secret."""
    need_right(call)
    call.headers.update(spend_webhook_test(call.account))
    request = call.body().get("request") or {}
    webhook_id = call.arg("webhook_id")
    row = find_webhook(call, webhook_id) if webhook_id else Webhook(account=call.account, secret=calls.TEST_SECRET)
    webhooks.put_fields(row, {**webhooks.own_fields(row), "name": row.name or "test", **request})
    body = calls.body_for(row, str(request.get("payload") or "{ }"))
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
    rows = rows.annotate(at=Coalesce("completed_at", "created_at"))
    for name, lookup in (("filter[from_ts]", "at__gte"), ("filter[to_ts]", "at__lte")):
        if call.arg(name):
            rows = rows.filter(**{lookup: read_moment(call.arg(name), name)})
    page = paginate(call, rows, f"webhooks/{webhook_id}/invocations", is_descending=True, wants_cursor=True)
    return ok({"invocations": [show_invocation(one) for one in page.rows], **page.envelope})


def read_moment(text: str, name: str) -> datetime:
    """A time of ISO 8601 with its zone. Raises 400."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request("InvalidRequest", f"{name} must be an ISO 8601 time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


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
