"""Agents' messages in a live conversation, on their way to the contact."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import nh3
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.html import escape, strip_tags
from django.utils.translation import gettext as _

from integrations.webhooks.sunshine import read_time
from ticketing.chat.text import MARKER
from ticketing.models import AgentReply, SessionTicketLink
from ticketing.replies import queue_response

AGENT_ID = "__zendesk_msg.agent.id"
AUTOMATIC = "__trigger"
OWN_SOURCE = "api:conversations"
BOT_SOURCES = ("zd:answerBot",)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def why_not_an_agent(message: dict[str, Any]) -> str:
    """Empty for a message that people in Zendesk sent; else who did: `own_echo`, `contact_message`, `bot`."""
    author, source = _mapping(message.get("author")), _mapping(message.get("source"))
    if author.get("type") != "business":
        return "contact_message"
    if MARKER in _mapping(message.get("metadata")) or source.get("type") == OWN_SOURCE:
        return "own_echo"
    if source.get("type") in BOT_SOURCES or "AI" in (author.get("subtypes") or []):
        return "bot"
    return ""


def queue_reply(link: SessionTicketLink, message: dict[str, Any]) -> AgentReply | None:
    """Store the reply with its event; None when its message is known."""
    author, agent = _mapping(message.get("author")), str(_mapping(message.get("metadata")).get(AGENT_ID) or "")
    text, html, files = read_content(_mapping(message.get("content")))
    is_automatic = agent == AUTOMATIC
    name = _("Automatic message") if is_automatic else str(author.get("displayName") or _("Agent"))
    try:
        with transaction.atomic():
            reply = AgentReply.objects.create(
                organization_id=link.organization_id,
                session_id=link.session_id,
                link=link,
                message_id=str(message.get("id") or "")[:64],
                text=text,
                html=html,
                attachments=files,
                agent_id=int(agent) if agent.isascii() and agent.isdigit() and len(agent) <= 18 else None,
                agent_name=name[:255],
                commented_at=read_time(str(message.get("received") or "")) or timezone.now(),
            )
            queue_response(link, reply, once_key=f"reply:{link.session_id}:{reply.message_id}")
    except IntegrityError:
        return None
    return reply


def read_content(content: dict[str, Any]) -> tuple[str, str, list[dict[str, Any]]]:
    """`(text, html, attachments)` of any content: what is rich becomes readable text."""
    text = str(content.get("text") or content.get("markdownText") or "")
    html = nh3.clean(str(content.get("htmlText") or ""))
    if html and not text:
        text = strip_tags(html)
    files: list[dict[str, Any]] = []
    url = content.get("mediaUrl")
    if isinstance(url, str) and url:
        size = content.get("mediaSize")
        files.append(
            {
                "name": str(content.get("altText") or PurePosixPath(urlsplit(url).path).name or _("File")),
                "url": url,
                "content_type": str(content.get("mediaType") or "application/octet-stream"),
                "size": int(size) if isinstance(size, int | float) else 0,
            }
        )
    lines = [text, *_list_items(content), *_list_actions(content.get("actions"))]
    text = "\n".join(line for line in lines if line)
    return text, html or _as_html(text), files


def _as_html(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _list_items(content: dict[str, Any]) -> list[str]:
    """Carousels, lists, forms and places, a line each."""
    found: list[str] = []
    for item in content.get("items") or []:
        words = [str(_mapping(item).get(name) or "") for name in ("title", "description", "mediaUrl")]
        found += [" · ".join(word for word in words if word), *_list_actions(_mapping(item).get("actions"))]
    for entry in content.get("fields") or []:
        found.append(f"{_mapping(entry).get('label') or _mapping(entry).get('name') or ''}: …")
    place = _mapping(content.get("coordinates"))
    if place:
        found.append(f"{place.get('lat')}, {place.get('long')}")
    return found


def _list_actions(actions: Any) -> list[str]:
    """Buttons as text: their words, and where they lead."""
    found = []
    for action in actions if isinstance(actions, list) else []:
        words = [str(_mapping(action).get(name) or "") for name in ("text", "uri")]
        found.append("→ " + " ".join(word for word in words if word))
    return found
