"""Sunshine's part of the control API."""

from integrations.sandbox.control.accounts import find_account
from integrations.sandbox.control.guard import ControlError, Json, control
from integrations.sandbox.models import (
    Chat,
    ChatMessage,
    EventCall,
    Participant,
    Seat,
    SunshineApp,
    SunshineHook,
    SunshineKey,
    SunshineUser,
)
from integrations.sandbox.models.sunshine import OPTIONS
from integrations.sandbox.store import writing
from integrations.sandbox.sunshine.setup import add_agent_workspace
from integrations.sandbox.sunshine.show import show_chat, show_hook, show_message, show_seat, show_user
from integrations.sandbox.sunshine.workspace import AGENT_WORKSPACE


@control("GET", "POST")
def sunshine(said: Json, subdomain: str) -> Json:
    """GET describes; POST changes the options, ``app_id``, ``switchboard``, ``agent_workspace`` and ``keys`` (all)."""
    app = SunshineApp.objects.select_related("account", "default_seat").filter(account=find_account(subdomain)).first()
    if app is None:
        raise ControlError("the account has no Sunshine app")
    with writing():
        change(app, said)
    return describe(app)


def change(app: SunshineApp, said: Json) -> None:
    """What was ordered."""
    app.options = {**app.options, **{name: said[name] for name in OPTIONS if name in said}}
    app.uid = said.get("app_id", app.uid)
    app.has_switchboard = said.get("switchboard", app.has_switchboard)
    app.save()
    seats = Seat.objects.filter(app=app, integration_type=AGENT_WORKSPACE)
    if said.get("agent_workspace") is False:
        seats.delete()
    elif said.get("agent_workspace") and not seats.exists():
        add_agent_workspace(app)
    if "keys" in said:
        SunshineKey.objects.filter(app=app).delete()
        for one in said["keys"]:
            scope = one.get("scope", "app")
            SunshineKey.objects.create(app=app, key_id=one["id"], secret=one["secret"], scope=scope)


def describe(app: SunshineApp) -> Json:
    """All of an app that a test or a demo needs."""
    chats = Chat.objects.select_related("seat", "pending_seat", "ticket", "agent").filter(app=app).order_by("pk")
    return {
        "app_id": app.uid,
        "keys": [
            {"id": row.key_id, "secret": row.secret, "scope": row.scope}
            for row in SunshineKey.objects.filter(app=app).order_by("pk")
        ],
        "options": app.options,
        "switchboard_id": app.switchboard_uid if app.has_switchboard else None,
        "switchboard_integrations": [
            show_seat(row) for row in Seat.objects.select_related("next_seat").filter(app=app).order_by("pk")
        ],
        "webhooks": [
            {**show_hook(row), "integrationId": row.integration.uid, "displayName": row.integration.display_name}
            for row in SunshineHook.objects.select_related("integration").filter(integration__app=app).order_by("pk")
        ],
        "users": [
            show_user(row) for row in SunshineUser.objects.select_related("person").filter(app=app).order_by("pk")
        ],
        "conversations": [describe_chat(row) for row in chats],
    }


def describe_chat(chat: Chat) -> Json:
    """A conversation with everything in it."""
    people = Participant.objects.select_related("user").filter(chat=chat).order_by("pk")
    return {
        **show_chat(chat),
        "metadata": chat.metadata,
        "control": chat.seat.integration_type if chat.seat is not None else None,
        "captured": chat.captured,
        "ticket_id": chat.ticket.number if chat.ticket is not None else None,
        "agent": chat.agent.email if chat.agent is not None else None,
        "users": [{"id": row.user.uid, "externalId": row.user.external_id} for row in people],
        "messages": [show_message(row) for row in ChatMessage.objects.filter(chat=chat).order_by("pk")],
    }


@control("GET")
def calls(said: Json, subdomain: str) -> Json:
    """Every call with events, with its attempts; ``pending`` counts those still due."""
    rows = EventCall.objects.select_related("hook").filter(hook__integration__app__account=find_account(subdomain))
    return {
        "pending": rows.filter(next_attempt_at__isnull=False).count(),
        "calls": [
            {"id": row.pk, "webhook_id": row.hook.uid, "target": row.hook.target, "status": row.status,
             "events": row.events, "attempts": row.attempts}
            for row in rows.order_by("pk")
        ],
    }  # fmt: skip
