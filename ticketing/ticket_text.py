"""The words we write into Zendesk: escaped, without live placeholders, and never longer than Zendesk keeps.

Zendesk expands `{{…}}` and `{%…%}` in an agent's comment and cuts a comment over 64 KB without a word.
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import gettext as _

from ticketing import reason_rules
from ticketing.models import Channel, Handoff, Message, Sender, Session

LARGEST_COMMENT = 60_000
LARGEST_PIECE = 20_000
LONGEST_SUBJECT = 150
# By it the triggers tell the comments of our own round trip, which are written by API and must ring all the same.
CANARY_TAG = "opencx_canary"
_PLACEHOLDER = re.compile(r"\{(?=[{%])")


def defuse(text: str) -> str:
    """Put a zero-width space behind each brace that would open a placeholder; the eye sees no difference."""
    return _PLACEHOLDER.sub("{\u200b", text)


def render_message(text: str, attachments: list[dict[str, Any]]) -> list[str]:
    """A contact's message as the HTML of its comments: one, or several when it is long."""
    blocks = [f"<p>{_escape(piece)}</p>" for piece in _pieces(text)] if text else []
    return _pack([*blocks, *_files(attachments)])


def write_ticket(handoff: Handoff, key: str, requester: dict[str, Any], **extra: Any) -> tuple[str, list[str]]:
    """The exact JSON body of the one create call, and the HTML of the comments that continue it.

    `requester` is `{"requester": {…}}` or `{"requester_id": n}`; `extra` goes into the ticket as it is
    (`assignee_id`, `custom_fields`). `public` is the key of `extra` that opens the transcript to the contact.
    """
    session = handoff.session
    is_public = bool(extra.pop("public", False))
    first, *rest = _pack([_opening(handoff, key), *_summary(handoff), *_transcript(handoff)])
    ticket = {
        "subject": _subject(handoff),
        "comment": {"html_body": first, "public": is_public},
        **requester,
        "external_id": session.external_id,
        "tags": list_tags(session, handoff),
        **extra,
    }
    return json.dumps({"ticket": ticket}, ensure_ascii=False), rest


def write_follow_up(session: Session, html: str, source_id: int, requester_id: int | None) -> str:
    """The exact JSON body of the follow-up ticket that carries a message after its ticket was closed."""
    comment: dict[str, Any] = {"html_body": html, "public": True}
    ticket: dict[str, Any] = {
        "via_followup_source_id": source_id,
        "subject": _cut(session.subject) or _("Follow-up of ticket %(ticket)s") % {"ticket": source_id},
        "external_id": session.external_id,
        "tags": list_tags(session, None),
        "comment": comment,
    }
    if requester_id is not None:
        comment["author_id"] = ticket["requester_id"] = requester_id
    return json.dumps({"ticket": ticket}, ensure_ascii=False)


def list_tags(session: Session, handoff: Handoff | None) -> list[str]:
    """The tags of contract 7, and those that the settings add for the handoff's reason."""
    tags = ["opencx_handedoff", Channel(session.channel).tag]
    tags += [CANARY_TAG] if session.is_canary else []
    sentiment = (handoff.sentiment if handoff else "") or session.sentiment
    tags += [f"opencx_sentiment_{sentiment}"] if sentiment else []
    return [*tags, *reason_rules.list_tags(handoff)] if handoff else tags


def _subject(handoff: Handoff) -> str:
    session = handoff.session
    name = session.contact.display_name
    channel = Channel(session.channel).label
    return _cut(session.subject or handoff.summary) or _cut(
        _("%(channel)s: conversation with %(name)s") % {"channel": channel, "name": name}
    )


def _cut(text: str) -> str:
    line = " ".join(defuse(text).split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1].rstrip() + "…"


def _opening(handoff: Handoff, key: str) -> str:
    session = handoff.session
    words = {
        "channel": Channel(session.channel).label,
        "reason": handoff.get_reason_display(),
        "topic": handoff.topic,
        "url": session.public_url,
        "session_id": session.external_id,
        "key": key,
    }
    return defuse(render_to_string("ticketing/outbound/opening.html", words))


def _summary(handoff: Handoff) -> list[str]:
    if not handoff.summary:
        return []
    first, *rest = [_escape(piece) for piece in _pieces(handoff.summary)]
    title = escape(_("Summary"))
    return [f"<p><strong>{title}</strong><br>{first}</p>", *(f"<p>{piece}</p>" for piece in rest)]


def _transcript(handoff: Handoff) -> list[str]:
    if handoff.last_message_id is None:
        return []
    blocks = [f"<hr><p><strong>{escape(_('Transcript, times in UTC'))}</strong></p>"]
    for message in handoff.session.messages.filter(pk__lte=handoff.last_message_id):
        who, when = _escape(_speaker(message)), message.sent_at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
        blocks += [f"<p><strong>{who}</strong> · {when}<br>{_escape(piece)}</p>" for piece in _pieces(message.text)]
        blocks += _files(message.attachments)
    return blocks


def _files(attachments: list[dict[str, Any]]) -> list[str]:
    word = escape(_("Attachment:"))
    return [
        f'<p>{word} <a href="{_escape(str(file.get("url", "")))}">{_escape(str(file.get("name", "")))}</a></p>'
        for file in attachments
    ]


def _escape(text: str) -> str:
    """Text as HTML: markup escaped, placeholders defused, line ends kept."""
    return defuse(escape(text)).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")


def _speaker(message: Message) -> str:
    if message.sender == Sender.CONTACT:
        return message.session.contact.display_name
    return str(Sender(message.sender).label)


def _pieces(text: str) -> list[str]:
    """The text in pieces that stay under the limit even when every character is escaped or four bytes long."""
    if len(escape(text).encode()) <= LARGEST_PIECE:
        return [text]
    size = LARGEST_PIECE // 6
    return [text[at : at + size] for at in range(0, len(text), size)]


def _pack(blocks: list[str]) -> list[str]:
    """The blocks joined into as few comments as hold them, in order, nothing cut."""
    comments = [""]
    for block in blocks:
        if comments[-1] and len((comments[-1] + block).encode()) > LARGEST_COMMENT:
            comments.append("")
        comments[-1] += block
    return comments
