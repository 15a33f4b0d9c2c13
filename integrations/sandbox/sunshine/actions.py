"""What agents, contacts and Zendesk itself do in conversations: the pages and the control API play it with these."""

from collections.abc import Callable
from typing import Any

from integrations.sandbox.api.answers import Json
from integrations.sandbox.desk import tickets
from integrations.sandbox.desk.actions import WEB, UnplayableError, find_agent
from integrations.sandbox.models import Account, Chat, Person, Seat, SunshineApp, SunshineUser
from integrations.sandbox.sunshine import checks, messages, switchboard, users, workspace
from integrations.sandbox.sunshine.conversations import remove_chat

AGENT_KEY = "__zendesk_msg.agent.id"
AUTOMATIC = "__trigger"


def find_app(account: Account) -> SunshineApp:
    """The account's app. Raises ``UnplayableError``."""
    app = SunshineApp.objects.select_related("account", "default_seat").filter(account=account).first()
    if app is None:
        raise UnplayableError("the account has no Sunshine app")
    return app


def find_chat(account: Account, said: Json) -> Chat:
    """By ``conversation_id``, else the newest of ``session_id``. Raises ``UnplayableError``."""
    rows = Chat.objects.select_related("app__account", "app__default_seat", "seat", "pending_seat", "ticket", "agent")
    rows = rows.filter(app=find_app(account)).order_by("-pk")
    if said.get("conversation_id"):
        found = rows.filter(uid=said["conversation_id"]).first()
    else:
        session_id = said.get("session_id")
        found = next((row for row in rows if row.metadata.get("opencx_session_id") == session_id), None)
    if found is None:
        raise UnplayableError(f"no conversation {said.get('conversation_id') or said.get('session_id')}")
    return found


def find_user(account: Account, name: Any) -> SunshineUser:
    """By id or external id. Raises ``RefusedError``."""
    return users.find_user(find_app(account), str(name))


def take_chat(chat: Chat, agent: Person) -> None:
    """The agent has the conversation; control comes back to the Agent Workspace when it was let go."""
    if chat.ticket is None:
        raise UnplayableError("the conversation was never passed to the Agent Workspace")
    if chat.seat is None or chat.seat.integration_type != workspace.AGENT_WORKSPACE:
        seat = Seat.objects.filter(app=chat.app, integration_type=workspace.AGENT_WORKSPACE).first()
        if seat is None:
            raise UnplayableError("the switchboard has no Agent Workspace")
        switchboard.hand_over(chat, seat, {})
    chat.agent = agent
    chat.save(update_fields=["agent"])
    if chat.ticket.status in ("new", "pending", "hold", "solved"):
        part: Json = {"status": "open", "assignee_id": agent.pk}
        tickets.update_ticket(chat.ticket, agent, part, "web", WEB)


def speak(chat: Chat, name: str, agent_key: str, content: Json) -> Json:
    """A message out of the Agent Workspace."""
    author: Json = {"type": "business", "displayName": name, "avatarUrl": messages.AVATAR}
    source = {"type": workspace.AGENT_WORKSPACE}
    row = messages.say(chat, author, checks.read_content(content), source, {AGENT_KEY: agent_key})
    return {"conversation_id": chat.uid, "message_id": row.uid}


def take(account: Account, said: Json) -> Json:
    """``agent`` takes the conversation."""
    chat, agent = find_chat(account, said), find_agent(account, said)
    take_chat(chat, agent)
    return {"conversation_id": chat.uid, "agent": agent.email}


def reply(account: Account, said: Json) -> Json:
    """``agent`` answers with ``text``; one message per 4096 characters is the caller's care."""
    chat, agent = find_chat(account, said), find_agent(account, said)
    take_chat(chat, agent)
    return speak(chat, agent.name, str(agent.pk), {"type": "text", "text": said["text"]})


def send_file(account: Account, said: Json) -> Json:
    """``agent`` sends ``url`` as ``kind`` ``image`` or ``file``, with ``name`` and ``text``."""
    chat, agent = find_chat(account, said), find_agent(account, said)
    take_chat(chat, agent)
    content: Json = {"type": said.get("kind", "file"), "mediaUrl": said["url"]}
    for name, key in (("altText", "name"), ("text", "text")):
        if said.get(key):
            content[name] = said[key]
    return speak(chat, agent.name, str(agent.pk), content)


def automatic_text(account: Account, said: Json) -> Json:
    """A trigger of Zendesk says ``text``."""
    return speak(find_chat(account, said), "Acme", AUTOMATIC, {"type": "text", "text": said["text"]})


def bot_message(account: Account, said: Json) -> Json:
    """Zendesk's own bot says ``text``."""
    chat = find_chat(account, said)
    return {"conversation_id": chat.uid, "message_id": messages.say_as_bot(chat, said["text"]).uid}


def user_message(account: Account, said: Json) -> Json:
    """The contact writes ``text`` in a channel of Zendesk's own (``channel``, usually ``web``)."""
    chat = find_chat(account, said)
    user = workspace.first_user(chat)
    if user is None:
        raise UnplayableError("nobody is in the conversation")
    author: Json = {"type": "user", "userId": user.uid, "displayName": user.name}
    content = {"type": "text", "text": said["text"]}
    row = messages.say(chat, author, content, {"type": said.get("channel", "web")}, None, user)
    return {"conversation_id": chat.uid, "message_id": row.uid}


def end(account: Account, said: Json) -> Json:
    """The agent ends the session: the ticket is solved (unless ``solve`` is false), control let go with ``reason``."""
    chat, agent = find_chat(account, said), find_agent(account, said)
    ticket = chat.ticket
    switchboard.let_go(chat, {}, said.get("reason"))
    if ticket is not None and said.get("solve", True) and ticket.status not in ("solved", "closed"):
        tickets.update_ticket(ticket, agent, {"status": "solved"}, "web", WEB)
    return {"conversation_id": chat.uid, "status": ticket.status if ticket is not None else None}


def merge_users(account: Account, said: Json) -> Json:
    """``user`` becomes part of ``into``; both by id or external id."""
    surviving, discarded = find_user(account, said["into"]), find_user(account, said["user"])
    if surviving.pk == discarded.pk:
        raise UnplayableError("a user cannot be merged into itself")
    users.merge_users(surviving, discarded)
    return {"user_id": surviving.uid}


def remove_user(account: Account, said: Json) -> Json:
    """``user`` is deleted, with its conversations."""
    user = find_user(account, said["user"])
    users.remove_user(user)
    return {"user": said["user"]}


def remove_conversation(account: Account, said: Json) -> Json:
    """The conversation is deleted, the default one too."""
    chat = find_chat(account, said)
    remove_chat(chat)
    return {"conversation_id": chat.uid}


ACTIONS: dict[str, Callable[[Account, Json], Json]] = {
    "chat_take": take,
    "chat_reply": reply,
    "chat_file": send_file,
    "chat_end": end,
    "automatic_text": automatic_text,
    "bot_message": bot_message,
    "user_message": user_message,
    "user_merge": merge_users,
    "user_remove": remove_user,
    "conversation_remove": remove_conversation,
}
