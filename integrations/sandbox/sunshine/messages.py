"""``/conversations/{conversationId}/messages`` and ``/activity``."""

from typing import Any

from django.db.models import F
from django.http import HttpResponse

from integrations.sandbox.api.answers import Json
from integrations.sandbox.models import Chat, ChatMessage, Participant, SunshineApp, SunshineUser
from integrations.sandbox.store import now
from integrations.sandbox.sunshine import events
from integrations.sandbox.sunshine.answers import bad_request, done, refuse
from integrations.sandbox.sunshine.checks import read_content, read_metadata
from integrations.sandbox.sunshine.conversations import API_SOURCE, find_chat
from integrations.sandbox.sunshine.gate import Call
from integrations.sandbox.sunshine.paging import page
from integrations.sandbox.sunshine.show import show_message
from integrations.sandbox.sunshine.users import find_named

ANSWER_BOT = "zd:answerBot"
AVATAR = "https://www.gravatar.com/avatar/00000000000000000000000000000000.png?s=200&d=mm"
PAGE = 100
ACTIVITIES = ("conversation:read", "typing:start", "typing:stop")
SUBTYPES = ("AI", "activity", "agent", "bot")
USERS_MAY_SAY = ("text", "image", "file")


def post(call: Call, uid: str) -> HttpResponse:
    """POST: 201 with the message, 423 when the conversation is full."""
    chat, said = find_chat(call.app, uid), call.body()
    content = read_content(said.get("content"))
    author, user = read_author(call.app, chat, said.get("author"))
    if user is not None and content["type"] not in USERS_MAY_SAY:
        raise bad_request("content.type should be one of text, image, file when the author is a user")
    most = int(call.app.option("message_limit"))
    if ChatMessage.objects.filter(chat=chat).count() >= most:
        raise refuse(423, f"Message limit of {most} per conversation reached.", "locked")
    metadata = read_metadata(said.get("metadata"))
    row = say(chat, author, content, API_SOURCE, metadata, user)
    return done({"messages": [show_message(row)]}, 201)


def read_author(app: SunshineApp, chat: Chat, said: Any) -> tuple[Json, SunshineUser | None]:
    """The author as kept, and the user when it is one. Raises 400 and 404."""
    if not isinstance(said, dict):
        raise bad_request("should have required property 'author'")
    kind = said.get("type")
    if kind not in ("business", "user"):
        raise bad_request("author.type should be equal to one of the allowed values")
    named = {key: said[key] for key in ("displayName", "avatarUrl") if isinstance(said.get(key), str)}
    if kind == "user":
        user = find_named(app, said)
        if not Participant.objects.filter(chat=chat, user=user).exists():
            raise bad_request("User is not a participant of the conversation")
        return {"type": "user", "userId": user.uid, "displayName": user.name, **named}, user
    subtypes = said.get("subtypes")
    if subtypes is not None and (not isinstance(subtypes, list) or len(subtypes) != 1 or subtypes[0] not in SUBTYPES):
        raise bad_request("author.subtypes should be equal to one of the allowed values")
    shown: Json = {"type": "business", "avatarUrl": AVATAR, **named}
    return {**shown, "subtypes": subtypes} if subtypes else shown, None


def say(
    chat: Chat,
    author: Json,
    content: Json,
    source: Json,
    metadata: Json | None = None,
    user: SunshineUser | None = None,
) -> ChatMessage:
    """Keeps a message, and tells of it. A user's words wake the default seat when nobody has control."""
    row = ChatMessage.objects.create(
        chat=chat, author=author, content=content, source=source, metadata=metadata or None, user=user
    )
    chat.last_updated_at = row.received
    if user is not None and chat.seat is None and chat.app.is_switchboard_enabled:
        chat.seat = chat.app.default_seat
    chat.save(update_fields=["last_updated_at", "seat"])
    if user is None:
        Participant.objects.filter(chat=chat).update(unread_count=F("unread_count") + 1)
    events.emit(chat.app, "conversation:message", events.Payload(chat=chat, message=row))
    is_bots = chat.seat is not None and chat.seat.integration_type == ANSWER_BOT
    if user is not None and is_bots and chat.app.option("answers_by_bot"):
        say_as_bot(chat, "Hi there. Got a question? I'm here to help.")
    return row


def say_as_bot(chat: Chat, text: str) -> ChatMessage:
    """Zendesk's own bot says something."""
    author: Json = {"type": "business", "displayName": "Answer Bot", "avatarUrl": AVATAR, "subtypes": ["bot"]}
    return say(chat, author, {"type": "text", "text": text}, {"type": ANSWER_BOT})


def listing(call: Call, uid: str) -> HttpResponse:
    """GET: the last 100, or those before or after a message; oldest first on each page."""
    rows = ChatMessage.objects.filter(chat=find_chat(call.app, uid))
    found, envelope = page(call, rows, size=PAGE, from_the_end=True)
    return done({"messages": [show_message(row) for row in found], **envelope})


def delete_all(call: Call, uid: str) -> HttpResponse:
    """DELETE: all of them."""
    ChatMessage.objects.filter(chat=find_chat(call.app, uid)).delete()
    return done()


def delete_one(call: Call, uid: str, message_uid: str) -> HttpResponse:
    """DELETE one."""
    gone, _kinds = ChatMessage.objects.filter(chat=find_chat(call.app, uid), uid=message_uid).delete()
    if not gone:
        raise refuse(404)
    return done()


def activity(call: Call, uid: str) -> HttpResponse:
    """POST …/activity: typing, or read."""
    chat, said = find_chat(call.app, uid), call.body()
    author, user = read_author(call.app, chat, said.get("author"))
    kind = said.get("type")
    if kind not in ACTIVITIES or (user is not None and kind != "conversation:read"):
        raise bad_request("type should be equal to one of the allowed values")
    shown = {"type": author["type"], **({"userId": user.uid} if user is not None else {})}
    told = {"type": kind, "author": shown, "source": API_SOURCE}
    if kind == "conversation:read":
        mark_read(chat, user)
        events.emit(call.app, "conversation:read", events.Payload(chat=chat), activity=told)
    else:
        events.emit(call.app, "conversation:typing", events.Payload(chat=chat), activity=told)
    return done()


def mark_read(chat: Chat, user: SunshineUser | None) -> None:
    """By a user, or by the business."""
    if user is not None:
        Participant.objects.filter(chat=chat, user=user).update(unread_count=0, last_read=now())
        return
    chat.business_last_read = now()
    chat.save(update_fields=["business_last_read"])
