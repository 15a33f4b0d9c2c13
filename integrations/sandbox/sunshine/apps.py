"""``/apps/{appId}`` itself: settings, keys, the switchboard."""

import re
import secrets

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json
from integrations.sandbox.models import Seat, SunshineIntegration, SunshineKey
from integrations.sandbox.store import new_object_id
from integrations.sandbox.sunshine.answers import bad_request, done, missing, refuse
from integrations.sandbox.sunshine.checks import merge_metadata
from integrations.sandbox.sunshine.gate import Call
from integrations.sandbox.sunshine.show import show_app, show_key, show_seat, show_switchboard

NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
MOST_SEATS = 10


def show(call: Call) -> HttpResponse:
    """GET: the app with its subdomain; also ``/tokenInfo``."""
    return done({"app": {**show_app(call.app), "subdomain": call.app.account.subdomain}})


def listing(call: Call) -> HttpResponse:
    """GET /apps: for account keys."""
    return done({"apps": [show_app(call.app)], "meta": {"hasMore": False}, "links": {}})


def update(call: Call) -> HttpResponse:
    """PATCH: name, settings, metadata; multi-conversations can be turned on, never off."""
    app, said = call.app, call.body()
    if isinstance(said.get("displayName"), str):
        app.display_name = said["displayName"][:100]
    if "metadata" in said:
        app.metadata = merge_metadata(app.metadata, said["metadata"])
    if isinstance(said.get("settings"), dict):
        chosen: Json = dict(said["settings"])
        if chosen.pop("multiConvoEnabled", False):
            app.options = {**app.options, "multi_conversations": True}
        app.settings = {**app.settings, **chosen}
    app.save()
    return done({"app": show_app(app)})


def list_keys(call: Call) -> HttpResponse:
    """GET …/keys."""
    rows = SunshineKey.objects.filter(app=call.app, scope="app").order_by("pk")
    return done({"keys": [show_key(row) for row in rows]})


def create_key(call: Call) -> HttpResponse:
    """POST …/keys."""
    name = call.body().get("displayName")
    if not isinstance(name, str) or not name:
        raise bad_request("should have required property 'displayName'")
    row = SunshineKey.objects.create(
        app=call.app, key_id=f"app_{new_object_id()}", display_name=name[:100], secret=secrets.token_urlsafe(64)
    )
    return done({"key": show_key(row)}, 201)


def read_key(call: Call, key_id: str) -> HttpResponse:
    """GET …/keys/{id}."""
    return done({"key": show_key(find_key(call, key_id))})


def delete_key(call: Call, key_id: str) -> HttpResponse:
    """DELETE …/keys/{id}."""
    find_key(call, key_id).delete()
    return done()


def find_key(call: Call, key_id: str) -> SunshineKey:
    """An App key. Raises 404."""
    row = SunshineKey.objects.filter(app=call.app, scope="app", key_id=key_id).first()
    if row is None:
        raise refuse(404)
    return row


# -- the switchboard ---------------------------------------------------------------------------------


def list_switchboards(call: Call) -> HttpResponse:
    """GET …/switchboards: one or none."""
    return done({"switchboards": [show_switchboard(call.app)] if call.app.has_switchboard else []})


def create_switchboard(call: Call) -> HttpResponse:
    """POST …/switchboards: one for each app."""
    if call.app.has_switchboard:
        raise bad_request("Only one switchboard can be created per app")
    call.app.has_switchboard, call.app.is_switchboard_enabled = True, False
    call.app.switchboard_uid = new_object_id()
    call.app.save()
    return done({"switchboard": show_switchboard(call.app)}, 201)


def check_switchboard(call: Call, uid: str) -> None:
    """Raises 404 when it is not the app's."""
    if not call.app.has_switchboard or call.app.switchboard_uid != uid:
        raise missing("switchboard")


def update_switchboard(call: Call, uid: str) -> HttpResponse:
    """PATCH: ``enabled``, ``defaultSwitchboardIntegrationId``."""
    check_switchboard(call, uid)
    said = call.body()
    if said.get("defaultSwitchboardIntegrationId"):
        call.app.default_seat = find_seat(call, str(said["defaultSwitchboardIntegrationId"]))
    if "enabled" in said:
        if said["enabled"] and call.app.default_seat is None:
            title = "Enabled switchboard must have an associated default switchboardIntegration"
            raise refuse(404, title, "switchboard_integration_not_found")
        call.app.is_switchboard_enabled = bool(said["enabled"])
    call.app.save()
    return done({"switchboard": show_switchboard(call.app)})


def delete_switchboard(call: Call, uid: str) -> HttpResponse:
    """DELETE, with its seats."""
    check_switchboard(call, uid)
    Seat.objects.filter(app=call.app).delete()
    call.app.refresh_from_db()
    call.app.has_switchboard = False
    call.app.save(update_fields=["has_switchboard"])
    return done()


def find_seat(call: Call, uid: str) -> Seat:
    """A switchboard integration. Raises 404."""
    row = Seat.objects.select_related("next_seat").filter(app=call.app, uid=uid).first()
    if row is None:
        raise refuse(404, "SwitchboardIntegration not found", "switchboard_integration_not_found")
    return row


def list_seats(call: Call, uid: str) -> HttpResponse:
    """GET …/switchboardIntegrations."""
    check_switchboard(call, uid)
    rows = Seat.objects.select_related("next_seat").filter(app=call.app).order_by("pk")
    return done({"switchboardIntegrations": [show_seat(row) for row in rows]})


def create_seat(call: Call, uid: str) -> HttpResponse:
    """POST …/switchboardIntegrations: of an integration, or of a type."""
    check_switchboard(call, uid)
    said = call.body()
    if not isinstance(said.get("name"), str) or not NAME.fullmatch(said["name"]):
        raise bad_request("name should match pattern")
    if Seat.objects.filter(app=call.app).count() >= MOST_SEATS:
        title = f"Switchboard has reached the max number of switchboard integrations ({MOST_SEATS})"
        raise refuse(400, title, "too_many_switchboard_integrations")
    kind, integration_uid = said.get("integrationType"), said.get("integrationId")
    if integration_uid:
        linked = SunshineIntegration.objects.filter(app=call.app, uid=str(integration_uid)).first()
        if linked is None:
            raise missing("integration")
        kind = linked.kind
    if not kind:
        raise bad_request("One of integrationId or integrationType is required")
    row = Seat(app=call.app, name=said["name"], integration_type=str(kind))
    row.integration_uid = str(integration_uid or row.integration_uid)
    put_seat(call, row, said)
    row.save(force_insert=True)
    return done({"switchboardIntegration": show_seat(row)}, 201)


def put_seat(call: Call, row: Seat, said: Json) -> None:
    """The columns that may change later too."""
    if "deliverStandbyEvents" in said:
        row.delivers_standby_events = bool(said["deliverStandbyEvents"])
    if "nextSwitchboardIntegrationId" in said:
        named = said["nextSwitchboardIntegrationId"]
        row.next_seat = find_seat(call, str(named)) if named else None
    if "messageHistoryCount" in said:
        row.message_history_count = said["messageHistoryCount"]


def update_seat(call: Call, uid: str, seat_uid: str) -> HttpResponse:
    """PATCH …/switchboardIntegrations/{id}."""
    check_switchboard(call, uid)
    row, said = find_seat(call, seat_uid), call.body()
    put_seat(call, row, said)
    row.save()
    return done({"switchboardIntegration": show_seat(row)})


def delete_seat(call: Call, uid: str, seat_uid: str) -> HttpResponse:
    """DELETE: not the default one."""
    check_switchboard(call, uid)
    row = find_seat(call, seat_uid)
    if call.app.default_seat is not None and call.app.default_seat.pk == row.pk:
        raise refuse(403)
    row.delete()
    return done()
