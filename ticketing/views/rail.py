"""What stands beside a line of time: the contact and their reach, the link, the conversation, the agents' replies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.models import PlatformEvent
from opencx_admin.orgs.components import Action, Mark
from ticketing.models import AgentReply, ConversationTransfer
from ticketing.models.handoffs import Owner
from ticketing.reading.ai_fields import read_rows
from ticketing.reading.reach import read_reach
from ticketing.reading.reader import Reader
from ticketing.reading.timeline import Story
from ticketing.reading.transfer_steps import Transfer, count_all, count_posted, posted_text


def rail_context(story: Story, reader: Reader) -> dict[str, Any]:
    """The values of `ticketing/_rail.html`, masked for whom contacts are masked."""
    session, contact = story.session, story.session.contact
    return {
        "session": session,
        "story": story,
        "reader": reader,
        "name": reader.name(contact),
        "contact": {name: reader.hide(getattr(contact, name)) for name in ("name", "email", "phone")},
        "reach": read_reach(session),
        "topic": reader.words(story.handoff.topic, contact) if story.handoff else "",
        "ai_fields": read_rows(story, reader),
        "chat": read_card(story.transfer, story, reader) if story.transfer else None,
        "messaging": Action(_("Check Messaging"), reverse("zendesk-messaging")),
        "replies": [_reply(reply, session.get_absolute_url()) for reply in story.replies],
    }


@dataclass(frozen=True, slots=True)
class ChatCard:
    """The live conversation: whether the contact stayed one person, and how much of the transcript is there.

    `conversation_id` only while no link names it yet.
    """

    conversation_id: str
    joined: Mark | None
    text: str
    owner: str
    repair: Action | None
    posted: str


def read_card(transfer: Transfer, story: Story, reader: Reader) -> ChatCard | None:
    """None before the first step."""
    row = transfer.row
    if row is None or not (row.user_id or row.merge):
        return None
    detail = reader.words(row.merge_detail, story.session.contact)
    joined, text, owner, repair = _joined(transfer, row, detail)
    total = count_all(transfer)
    return ChatCard(
        "" if any(link.conversation_id == row.conversation_id for link in story.links) else row.conversation_id,
        joined,
        text,
        owner,
        repair,
        posted_text(count_posted(transfer), total) if total else "",
    )


def _joined(transfer: Transfer, row: ConversationTransfer, detail: str) -> tuple[Mark | None, str, str, Action | None]:
    """What became of the look-up of the contact's user in Support, whose move that makes it, and the way there."""
    merge, url = ConversationTransfer.Merge, reverse("zendesk-messaging")
    if row.merge == merge.FOUND:
        return Mark("ok", _("Joined")), _("with the contact’s user there"), "", None
    if row.merge != merge.MISSED:
        return None, detail or _("No user to join with yet"), "", None
    mark = Mark("warning", _("Not joined"))
    if row.support_user_id:
        text = _("One person may become two contacts: merge them in Zendesk.")
        return mark, f"{text} {detail}", Owner.YOU_ZENDESK, None
    if any(call.provider == "zendesk" for call in transfer.calls):
        text = _("One person may become two contacts: the look-up in Zendesk failed.")
        return mark, f"{text} {detail}", Owner.YOU_HERE, Action(_("Check the credentials"), url)
    text = _("One person may become two contacts: turn on the Zendesk API credentials in Messaging.")
    return mark, text, Owner.YOU_HERE, Action(_("Turn them on"), url)


def _reply(reply: AgentReply, url: str) -> tuple[dt.datetime, Mark, str]:
    """When the agent wrote, how far the reply got, and where its words stand."""
    return reply.commented_at, reply_mark(reply), f"{url}#reply-{reply.pk}"


def reply_mark(reply: AgentReply) -> Mark:
    """The channel's receipt, else how far the platform's event got."""
    if reply.receipt:
        return Mark(reply.receipt)
    if reply.event is None:
        return Mark("unknown")
    return Mark("delivered" if reply.event.status == PlatformEvent.Status.DELIVERED else reply.event.status)
