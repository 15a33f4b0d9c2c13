"""Records as Sunshine shows them, in answers and in events."""

from integrations.sandbox.api.answers import Json
from integrations.sandbox.models import (
    Chat,
    ChatMessage,
    Participant,
    Seat,
    SunshineApp,
    SunshineHook,
    SunshineIntegration,
    SunshineKey,
    SunshineUser,
)
from integrations.sandbox.store import stamp_ms


def show_app(app: SunshineApp) -> Json:
    """An app; ``subdomain`` is added where an answer has it."""
    return {
        "id": app.uid,
        "displayName": app.display_name,
        "settings": {
            "appLocalizationEnabled": True,
            "echoPostback": False,
            "maskCreditCardNumbers": True,
            "useAnimalNames": False,
            **app.settings,
            "multiConvoEnabled": bool(app.option("multi_conversations")),
        },
        "metadata": app.metadata,
    }


def show_key(key: SunshineKey) -> Json:
    """A key with its secret, as every answer has it."""
    return {"id": key.key_id, "displayName": key.display_name, "secret": key.secret}


def show_user_briefly(user: SunshineUser) -> Json:
    """Ids only: what an event tells of a user unless more is asked for."""
    shown: Json = {"id": user.uid, "authenticated": user.is_authenticated}
    if user.external_id:
        shown["externalId"] = user.external_id
    if user.person is not None:
        shown["zendeskId"] = str(user.person.pk)
    return shown


def show_user(user: SunshineUser) -> Json:
    """A whole user."""
    return {
        **show_user_briefly(user),
        "signedUpAt": stamp_ms(user.signed_up_at),
        "hasPaymentInfo": False,
        "identities": user.identities,
        "profile": {"locale": "en", "localeOrigin": "zendeskAccount", **user.profile},
        "metadata": user.metadata,
    }


def show_seat_briefly(seat: Seat) -> Json:
    """Who has control, inside a conversation."""
    return {
        "id": seat.uid,
        "name": seat.name,
        "integrationId": seat.integration_uid,
        "integrationType": seat.integration_type,
    }


def show_seat(seat: Seat) -> Json:
    """A switchboard integration."""
    shown = {**show_seat_briefly(seat), "deliverStandbyEvents": seat.delivers_standby_events}
    if seat.next_seat is not None:
        shown["nextSwitchboardIntegrationId"] = seat.next_seat.uid
    if seat.message_history_count is not None:
        shown["messageHistoryCount"] = seat.message_history_count
    return shown


def show_switchboard(app: SunshineApp) -> Json:
    """An app's only switchboard."""
    shown: Json = {"id": app.switchboard_uid, "enabled": app.is_switchboard_enabled}
    if app.default_seat is not None:
        shown["defaultSwitchboardIntegrationId"] = app.default_seat.uid
    return shown


def show_chat_briefly(chat: Chat) -> Json:
    """A conversation as events have it; nobody in control leaves the key away."""
    shown: Json = {"id": chat.uid, "type": chat.kind}
    if chat.metadata:
        shown["metadata"] = chat.metadata
    if chat.seat is not None:
        shown["activeSwitchboardIntegration"] = show_seat_briefly(chat.seat)
    if chat.pending_seat is not None:
        shown["pendingSwitchboardIntegration"] = show_seat_briefly(chat.pending_seat)
    return shown


def show_chat(chat: Chat) -> Json:
    """A whole conversation."""
    shown = {
        **show_chat_briefly(chat),
        "isDefault": chat.is_default,
        "lastUpdatedAt": stamp_ms(chat.last_updated_at),
        "createdAt": stamp_ms(chat.created_at),
    }
    for name, value in (
        ("displayName", chat.display_name),
        ("description", chat.description),
        ("iconUrl", chat.icon_url),
        ("businessLastRead", stamp_ms(chat.business_last_read)),
    ):
        if value:
            shown[name] = value
    return shown


def show_participant(row: Participant) -> Json:
    """A user's place in a conversation."""
    shown: Json = {
        "id": row.uid,
        "userId": row.user.uid,
        "unreadCount": row.unread_count,
        "clientAssociations": [],
    }
    if row.user.external_id:
        shown["userExternalId"] = row.user.external_id
    if row.last_read:
        shown["lastRead"] = stamp_ms(row.last_read)
    return shown


def show_message(row: ChatMessage) -> Json:
    """A message."""
    shown: Json = {
        "id": row.uid,
        "received": stamp_ms(row.received),
        "author": row.author,
        "content": row.content,
        "source": row.source,
    }
    if row.metadata:
        shown["metadata"] = row.metadata
    return shown


def show_hook(hook: SunshineHook) -> Json:
    """A webhook with its secret, as every answer has it."""
    return {
        "id": hook.uid,
        "version": "v2",
        "target": hook.target,
        "triggers": hook.triggers,
        "secret": hook.secret,
        "includeFullUser": hook.includes_full_user,
        "includeFullSource": hook.includes_full_source,
    }


def show_integration(row: SunshineIntegration) -> Json:
    """An integration; a custom one with its webhook."""
    shown: Json = {"id": row.uid, "type": row.kind, "status": row.status}
    if row.display_name:
        shown["displayName"] = row.display_name
    if row.kind == "custom":
        shown["webhooks"] = [show_hook(hook) for hook in SunshineHook.objects.filter(integration=row).order_by("pk")]
    return shown
