"""The transcript as Sunshine messages: right author, whole graphemes, files as files, a marker on each.

Texts are at most 4,096 characters, metadata at most 4 KB and flat.
https://developer.zendesk.com/api-reference/conversations/#tag/Messages/operation/PostMessage
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from integrations.clients.sunshine import LONGEST_TEXT
from ticketing.models import Channel, Handoff, Message, Sender
from ticketing.ticket_text import list_tags

MARKER = "opencx_message"
MOST_METADATA = 4_000
_JOINERS = {"\u200d", "\ufe0e", "\ufe0f", "\u20e3"}


def write_transcript(handoff: Handoff) -> list[dict[str, Any]]:
    """Everything that is posted, in order: what the AI says of the handoff, then the transcript.

    `userId` is left out of the contact's messages; it is put in when they are sent.
    """
    session = handoff.session
    found = [_by_business(text, "OpenCX") for text in split_text(_opening(handoff))]
    if handoff.last_message_id is not None:
        for message in session.messages.filter(pk__lte=handoff.last_message_id):
            found += write_message(message)
    for number, message_body in enumerate(found):
        message_body["metadata"] = {**message_body.get("metadata", {}), MARKER: f"{handoff.pk}:{number}"}
    return found


def write_message(message: Message) -> list[dict[str, Any]]:
    """One message of the session: its text in pieces, then its files."""
    contents = [{"type": "text", "text": text} for text in split_text(message.text)] if message.text.strip() else []
    contents += [_file(attachment) for attachment in message.attachments]
    sent_at = {"opencx_sent_at": message.sent_at.isoformat(), "opencx_sender": message.sender}
    if message.sender == Sender.CONTACT:
        return [{"author": {"type": "user"}, "content": content, "metadata": sent_at} for content in contents]
    name = str(Sender(message.sender).label)
    return [{**_by_business("", name), "content": content, "metadata": sent_at} for content in contents]


def _by_business(text: str, name: str) -> dict[str, Any]:
    author: dict[str, Any] = {"type": "business", "displayName": name}
    return {"author": author, "content": {"type": "text", "text": text}, "metadata": {}}


def _file(attachment: dict[str, Any]) -> dict[str, Any]:
    """An attachment as an image or a file; what has no address stays readable as text."""
    url, name = str(attachment.get("url") or ""), str(attachment.get("name") or _("Attachment"))
    if not url:
        return {"type": "text", "text": name}
    kind = "image" if str(attachment.get("content_type", "")).startswith("image/") else "file"
    return {"type": kind, "mediaUrl": url, "altText": name[:128]}


def _opening(handoff: Handoff) -> str:
    session = handoff.session
    words = {"channel": Channel(session.channel).label, "reason": handoff.get_reason_display()}
    lines = [_("Handed off by the AI on %(channel)s: %(reason)s") % words, handoff.topic, handoff.summary]
    lines.append(_("View session in OpenCX: %(url)s") % {"url": session.public_url})
    return "\n".join(line for line in lines if line)


def control_metadata(handoff: Handoff, captured: Mapping[str, Any], tags: Sequence[str] = ()) -> dict[str, Any]:
    """Tags and AI fields for the ticket that Zendesk makes at the pass, within 4 KB by whole keys."""
    listed = [*list_tags(handoff.session, handoff), *tags]
    return fit_metadata({"dataCapture.systemField.tags": ",".join(listed), **captured})


def conversation_metadata(handoff: Handoff) -> dict[str, str]:
    """The trace back to the session (contract 7)."""
    session = handoff.session
    return fit_metadata(
        {
            "opencx_session_id": session.external_id,
            "opencx_org_id": str(session.organization_id),
            "opencx_contact_id": session.contact.external_id,
            "opencx_handoff_id": str(handoff.pk),
        }
    )


def fit_metadata(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """As many whole keys as fit, in their order; a key is never cut."""
    kept: dict[str, Any] = {}
    for name, value in wanted.items():
        if len(json.dumps({**kept, name: value}, ensure_ascii=False).encode()) <= MOST_METADATA:
            kept[name] = value
    return kept


def split_text(text: str, size: int = LONGEST_TEXT) -> list[str]:
    """The text in pieces of at most `size` UTF-16 units, cut between words where that can be, never in a grapheme."""
    pieces, piece, length = [], "", 0
    for cluster in _clusters(text):
        units = len(cluster.encode("utf-16-le")) // 2
        if length + units > size and piece:
            head, rest = _cut_at_space(piece)
            pieces.append(head)
            piece, length = rest, len(rest.encode("utf-16-le")) // 2
        piece, length = piece + cluster, length + units
    return [*pieces, piece] if piece or not pieces else pieces


def _cut_at_space(piece: str) -> tuple[str, str]:
    at = max(piece.rfind(" "), piece.rfind("\n"))
    return (piece[: at + 1], piece[at + 1 :]) if at > len(piece) // 2 else (piece, "")


def _clusters(text: str) -> Iterator[str]:
    """Graphemes, near enough: marks, joiners and flags stay with what they belong to."""
    cluster = ""
    for char in text:
        is_tied = bool(cluster) and (
            unicodedata.combining(char)
            or unicodedata.category(char) in ("Mn", "Me", "Mc")
            or char in _JOINERS
            or cluster[-1] == "\u200d"
            or 0x1F3FB <= ord(char) <= 0x1F3FF
            or (len(cluster) == 1 and _is_flag_half(cluster) and _is_flag_half(char))
        )
        if is_tied and len(cluster) < 64:
            cluster += char
            continue
        if cluster:
            yield cluster
        cluster = char
    if cluster:
        yield cluster


def _is_flag_half(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF
