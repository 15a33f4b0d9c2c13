"""``/apps/{appId}/conversations``, with their participants."""

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json
from integrations.sandbox.models import Chat, Participant, SunshineApp, SunshineUser
from integrations.sandbox.models.sunshine import OPTIONS
from integrations.sandbox.sunshine import events
from integrations.sandbox.sunshine.answers import bad_request, done, missing, refuse
from integrations.sandbox.sunshine.checks import merge_metadata, read_metadata
from integrations.sandbox.sunshine.gate import Call
from integrations.sandbox.sunshine.paging import page
from integrations.sandbox.sunshine.show import show_chat, show_participant
from integrations.sandbox.sunshine.users import find_named

API_SOURCE = {"type": "api:conversations"}
MOST_PARTICIPANTS = 10
TEXTS = {"displayName": "display_name", "description": "description", "iconUrl": "icon_url"}


def find_chat(app: SunshineApp, uid: str) -> Chat:
    """A conversation of the app. Raises 404."""
    rows = Chat.objects.select_related("app__account", "app__default_seat", "seat", "pending_seat", "ticket", "agent")
    found = rows.filter(app=app, uid=uid).first()
    if found is None:
        raise missing("conversation")
    return found


def create(call: Call) -> HttpResponse:
    """POST: 201; a second personal one of a user is refused unless multi-conversations are on."""
    said = call.body()
    kind = said.get("type")
    if kind not in ("personal", "sdkGroup"):
        raise bad_request("type should be equal to one of the allowed values")
    users = read_participants(call.app, said.get("participants"), str(kind))
    own = Participant.objects.filter(user__in=users, chat__kind="personal")
    is_first = kind == "personal" and not own.exists()
    if kind == "personal" and not is_first and not call.app.option("multi_conversations"):
        limit = {**OPTIONS["conversation_limit"], **call.app.option("conversation_limit")}
        raise refuse(int(limit["status"]), limit["title"], limit["code"])
    chat = Chat(
        app=call.app,
        kind=kind,
        is_default=is_first,
        metadata=read_metadata(said.get("metadata")),
        seat=call.app.default_seat if call.app.is_switchboard_enabled else None,
    )
    put_texts(chat, said)
    chat.save(force_insert=True)
    for user in users:
        Participant.objects.create(chat=chat, user=user)
    payload = events.Payload(chat=chat, user=users[0] if kind == "personal" else None)
    events.emit(call.app, "conversation:create", payload, creationReason="none", source=API_SOURCE)
    return done({"conversation": show_chat(chat)}, 201)


def read_participants(app: SunshineApp, said: object, kind: str) -> list[SunshineUser]:
    """The users named; exactly one in a personal conversation. Raises 400 and 404."""
    listed = said if isinstance(said, list) else []
    if kind == "personal" and len(listed) != 1:
        raise bad_request("participants should have exactly 1 item")
    if len(listed) > MOST_PARTICIPANTS:
        raise bad_request("Too many participants")
    return [find_named(app, one if isinstance(one, dict) else {}) for one in listed]


def put_texts(chat: Chat, said: Json) -> None:
    """Name, description, icon."""
    for name, column in TEXTS.items():
        if name in said:
            setattr(chat, column, str(said[name] or "")[: 2048 if name == "iconUrl" else 100])


def listing(call: Call) -> HttpResponse:
    """GET: those of the user in ``filter[userId]`` or ``filter[userExternalId]``."""
    named = {"userId": call.arg("filter[userId]"), "userExternalId": call.arg("filter[userExternalId]")}
    user = find_named(call.app, named)
    rows = Chat.objects.select_related("seat", "pending_seat").filter(app=call.app)
    mine = Participant.objects.filter(user=user).values("chat_id")
    found, envelope = page(call, rows.filter(pk__in=mine))
    return done({"conversations": [show_chat(row) for row in found], **envelope})


def show(call: Call, uid: str) -> HttpResponse:
    """GET one."""
    return done({"conversation": show_chat(find_chat(call.app, uid))})


def update(call: Call, uid: str) -> HttpResponse:
    """PATCH: what is named changes."""
    chat, said = find_chat(call.app, uid), call.body()
    put_texts(chat, said)
    if "metadata" in said:
        chat.metadata = merge_metadata(chat.metadata, said["metadata"])
    chat.save()
    return done({"conversation": show_chat(chat)})


def delete(call: Call, uid: str) -> HttpResponse:
    """DELETE: not the user's default one."""
    chat = find_chat(call.app, uid)
    if chat.is_default:
        raise bad_request(f"Conversation {chat.uid} cannot be deleted because it is the default.")
    remove_chat(chat)
    return done()


def remove_chat(chat: Chat) -> None:
    """Ends a conversation, and says so."""
    events.emit(chat.app, "conversation:remove", events.Payload(chat=chat))
    chat.delete()


def participants(call: Call, uid: str) -> HttpResponse:
    """GET …/participants."""
    rows = Participant.objects.select_related("user").filter(chat=find_chat(call.app, uid))
    found, envelope = page(call, rows)
    return done({"participants": [show_participant(row) for row in found], **envelope})


def join(call: Call, uid: str) -> HttpResponse:
    """POST …/join: groups only."""
    chat = find_chat(call.app, uid)
    user = find_named(call.app, call.body())
    if chat.kind != "sdkGroup":
        raise bad_request("Only conversations of type sdkGroup can be joined")
    if Participant.objects.filter(chat=chat).count() >= MOST_PARTICIPANTS:
        raise bad_request("Too many participants")
    row, is_new = Participant.objects.get_or_create(chat=chat, user=user)
    if is_new:
        events.emit(call.app, "conversation:join", events.Payload(chat=chat, user=user))
    return done({"participant": show_participant(row)}, 201)


def leave(call: Call, uid: str) -> HttpResponse:
    """POST …/leave: by user or by ``participantId``."""
    chat, said = find_chat(call.app, uid), call.body()
    rows = Participant.objects.select_related("user").filter(chat=chat)
    by_id = said.get("participantId")
    row = rows.filter(uid=by_id).first() if by_id else rows.filter(user=find_named(call.app, said)).first()
    if row is None:
        raise refuse(404, "User is not a member of the conversation")
    events.emit(call.app, "conversation:leave", events.Payload(chat=chat, user=row.user))
    row.delete()
    return done()
