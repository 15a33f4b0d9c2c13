"""``/apps/{appId}/integrations`` and their webhooks."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json
from integrations.sandbox.models import SunshineHook, SunshineIntegration
from integrations.sandbox.sunshine.answers import bad_request, done, missing, refuse
from integrations.sandbox.sunshine.events import TRIGGERS
from integrations.sandbox.sunshine.gate import Call
from integrations.sandbox.sunshine.paging import page
from integrations.sandbox.sunshine.show import show_hook, show_integration

KINDS = frozenset({
    "android", "apple", "custom", "instagram", "ios", "line", "mailgun", "messagebird", "messenger", "telegram",
    "twilio", "twitter", "unity", "viber", "web", "whatsapp",
})  # fmt: skip
MOST_HOOKS = 10
LONGEST_NAME = 100


def find_integration(call: Call, uid: str) -> SunshineIntegration:
    """An integration of the app; an integration key sees but its own. Raises 403 and 404."""
    found = SunshineIntegration.objects.filter(app=call.app, uid=uid).first()
    if found is None:
        raise missing("integration")
    if call.key.scope == "integration" and (call.key.integration is None or call.key.integration.pk != found.pk):
        raise refuse(403)
    return found


def create(call: Call) -> HttpResponse:
    """POST: a custom one needs exactly one webhook, which is answered with its secret."""
    said = call.body()
    kind = said.get("type")
    if kind not in KINDS:
        raise bad_request("Invalid integration type")
    hooks: list[Any] = said["webhooks"] if isinstance(said.get("webhooks"), list) else []
    if kind == "custom" and (len(hooks) != 1 or not isinstance(hooks[0], dict)):
        raise bad_request("webhooks should have exactly 1 item")
    row = SunshineIntegration.objects.create(
        app=call.app,
        kind=kind,
        display_name=read_name(said),
        status="inactive" if said.get("status") == "inactive" else "active",
    )
    if kind == "custom":
        add_hook(row, hooks[0])
    return done({"integration": show_integration(row)}, 201)


def read_name(said: Json) -> str | None:
    """``displayName`` up to 100 characters, or none. Raises 400."""
    name = said.get("displayName")
    if name is not None and (not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME):
        raise bad_request("displayName should NOT be shorter than 1 or longer than 100 characters")
    return name


def listing(call: Call) -> HttpResponse:
    """GET: all, or those of ``filter[types]``."""
    rows = SunshineIntegration.objects.filter(app=call.app)
    if call.arg("filter[types]"):
        rows = rows.filter(kind__in=call.arg("filter[types]").split(","))
    found, envelope = page(call, rows)
    return done({"integrations": [show_integration(row) for row in found], **envelope})


def show(call: Call, uid: str) -> HttpResponse:
    """GET one."""
    return done({"integration": show_integration(find_integration(call, uid))})


def update(call: Call, uid: str) -> HttpResponse:
    """PATCH: ``displayName``, ``status``."""
    row, said = find_integration(call, uid), call.body()
    if "displayName" in said:
        row.display_name = read_name(said)
    if said.get("status") in ("active", "inactive"):
        row.status = said["status"]
    row.save()
    return done({"integration": show_integration(row)})


def delete(call: Call, uid: str) -> HttpResponse:
    """DELETE, with its webhooks."""
    row = find_integration(call, uid)
    if row.kind in ("web", "ios", "android"):
        raise bad_request("SDK integrations configured on Admin Center cannot be deleted")
    row.delete()
    return done()


# -- webhooks ----------------------------------------------------------------------------------------


def read_hook(said: Json) -> dict[str, Any]:
    """The columns that were named. Raises 400."""
    changes: dict[str, Any] = {}
    if "target" in said:
        target = said["target"]
        if not isinstance(target, str) or urlsplit(target).scheme not in ("http", "https"):
            raise bad_request('target should match format "uri"')
        changes["target"] = target
    if "triggers" in said:
        triggers = said["triggers"]
        if not isinstance(triggers, list) or not triggers or not {str(one) for one in triggers} <= TRIGGERS:
            raise bad_request("triggers should be equal to one of the allowed values")
        changes["triggers"] = triggers
    for name, column in (("includeFullUser", "includes_full_user"), ("includeFullSource", "includes_full_source")):
        if name in said:
            changes[column] = bool(said[name])
    return changes


def add_hook(row: SunshineIntegration, said: Json) -> SunshineHook:
    """A webhook with a secret of its own. Raises 400."""
    changes = read_hook(said)
    for name in ("target", "triggers"):
        if name not in changes:
            raise bad_request(f"should have required property '{name}'")
    if SunshineHook.objects.filter(integration__app=row.app).count() >= MOST_HOOKS:
        raise bad_request(f"An app is limited to {MOST_HOOKS} webhooks")
    return SunshineHook.objects.create(integration=row, secret=secrets.token_urlsafe(64), **changes)


def find_hook(call: Call, uid: str, hook_uid: str) -> SunshineHook:
    """A webhook of an integration. Raises 404."""
    found = SunshineHook.objects.filter(integration=find_integration(call, uid), uid=hook_uid).first()
    if found is None:
        raise refuse(404)
    return found


def create_hook(call: Call, uid: str) -> HttpResponse:
    """POST …/webhooks: a custom integration has one already."""
    row = find_integration(call, uid)
    if row.kind == "custom" and SunshineHook.objects.filter(integration=row).exists():
        raise bad_request("Custom integrations are limited to 1 webhook")
    return done({"webhook": show_hook(add_hook(row, call.body()))}, 201)


def list_hooks(call: Call, uid: str) -> HttpResponse:
    """GET …/webhooks."""
    rows = SunshineHook.objects.filter(integration=find_integration(call, uid)).order_by("pk")
    return done({"webhooks": [show_hook(row) for row in rows]})


def read_one_hook(call: Call, uid: str, hook_uid: str) -> HttpResponse:
    """GET …/webhooks/{id}."""
    return done({"webhook": show_hook(find_hook(call, uid, hook_uid))})


def update_hook(call: Call, uid: str, hook_uid: str) -> HttpResponse:
    """PATCH …/webhooks/{id}: what is named changes, the secret stays."""
    hook = find_hook(call, uid, hook_uid)
    for column, value in read_hook(call.body()).items():
        setattr(hook, column, value)
    hook.save()
    return done({"webhook": show_hook(hook)})


def delete_hook(call: Call, uid: str, hook_uid: str) -> HttpResponse:
    """DELETE …/webhooks/{id}."""
    find_hook(call, uid, hook_uid).delete()
    return done()
