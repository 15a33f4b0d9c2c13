"""A contact's conversation, told to the product through its real API."""

import secrets
from typing import Any

from integrations.sandbox.models import Conversation, PlatformLink, Utterance
from integrations.sandbox.platform import assistant, product
from integrations.sandbox.store import now, writing

CHANNELS = ("web", "email", "phone_voice", "sms", "whatsapp", "instagram", "messenger", "slack", "api", "web_voice")


def begin(link: PlatformLink, said: dict[str, str]) -> Conversation:
    """A new conversation with its first message."""
    with writing():
        row = Conversation.objects.create(
            session_id=f"sess-{secrets.token_hex(6)}",
            link=link,
            channel=said["channel"],
            contact_id=f"contact-{(said.get('email') or said.get('phone') or secrets.token_hex(4)).lower()}",
            name=said.get("name", ""),
            email=said.get("email", ""),
            phone=said.get("phone", ""),
        )
    open_session(row)
    return row


def open_session(row: Conversation) -> str:
    """``PUT /sessions/{id}``; what went wrong, else nothing."""
    contact: dict[str, Any] = {"id": row.contact_id}
    for name, value in (("name", row.name), ("email", row.email), ("phone", row.phone)):
        if value:
            contact[name] = value
    body = {"channel": row.channel, "contact": contact, "language": "en"}
    return trouble_of(*product.call(row.link, "PUT", f"sessions/{row.session_id}", body))


def say(row: Conversation, text: str) -> None:
    """The contact says something; before the handoff the AI answers, or hands off when asked to."""
    send(row, "contact", row.name, text)
    if row.is_handed_off:
        return
    if assistant.wants_human(text):
        hand_off(row)
        return
    said = assistant.answer(text)
    extra = {"reasoning": said.reasoning, "tool_calls": said.tool_calls, "knowledge": said.knowledge}
    send(row, "ai", "AI", said.text, extra)


def hand_off(row: Conversation) -> str:
    """Asks the product for a handoff; what went wrong, else nothing."""
    lines = Utterance.objects.filter(conversation=row, sender="contact").order_by("created_at")
    words = [line.text for line in lines]
    reasoning = {"reasoning": "The contact wants a person. I hand the conversation over with a summary."}
    send(row, "ai", "AI", "I am passing you to a colleague. Your answer will appear here.", reasoning)
    topic = assistant.answer(words[0]).topic if words else "Other"
    body = {
        "reason": "user_requested_human_assistance",
        "summary": f"The contact asked: {words[0] if words else '(nothing yet)'}",
        "sentiment": "neutral",
        "topic": topic,
    }
    trouble = trouble_of(*product.call(row.link, "POST", f"sessions/{row.session_id}/handoff", body))
    if not trouble:
        with writing():
            Conversation.objects.filter(pk=row.pk).update(is_handed_off=True)
            row.is_handed_off = True
    return trouble


def send(row: Conversation, sender: str, author: str, text: str, extra: dict[str, Any] | None = None) -> None:
    """One message: kept here and told to the product, with what it answered when that was a refusal."""
    moment = now()
    message_id = f"msg-{secrets.token_hex(8)}"
    message = {"id": message_id, "sender": sender, "text": text, "created_at": moment.isoformat(), **(extra or {})}
    answer = product.call(row.link, "POST", f"sessions/{row.session_id}/messages", {"messages": [message]})
    if answer[0] == 404:
        open_session(row)
        answer = product.call(row.link, "POST", f"sessions/{row.session_id}/messages", {"messages": [message]})
    with writing():
        Utterance.objects.create(
            id=message_id,
            conversation=row,
            sender=sender,
            author=author,
            text=text,
            trouble=trouble_of(*answer),
            created_at=moment,
        )


def trouble_of(status: int, said: dict[str, Any]) -> str:
    """Why the product did not take it; empty when it did."""
    if 200 <= status < 300:
        return ""
    return f"{status or 'no answer'}: {said.get('error', '')} {said.get('detail', '')}".strip()
