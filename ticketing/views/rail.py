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
from ticketing.reach import read_reach
from ticketing.reader import Reader
from ticketing.timeline import Story
from ticketing.transfer_steps import Transfer, count_all, count_posted, posted_text


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
        "chat": read_card(story.transfer, reader) if story.transfer else None,
        "messaging": Action(_("Check Messaging"), reverse("zendesk-messaging")),
        "replies": [_reply(reply, session.get_absolute_url()) for reply in story.replies],
    }


@dataclass(frozen=True, slots=True)
class ChatCard:
    """The live conversation: its id, whether the contact stayed one person, how much of the transcript is there."""

    conversation_id: str
    joined: Mark
    detail: str
    owner: str
    repair: Action | None
    posted: str


def read_card(transfer: Transfer, reader: Reader) -> ChatCard | None:
    """None before the first step."""
    row = transfer.row
    if row is None or not (row.user_id or row.merge):
        return None
    joined, owner, repair = _joined(row, has_looked=any(call.provider == "zendesk" for call in transfer.calls))
    total = count_all(transfer)
    return ChatCard(
        row.conversation_id,
        joined,
        reader.words(row.merge_detail, transfer.handoff.session.contact),
        owner,
        repair,
        posted_text(count_posted(transfer), total) if total else "",
    )


def _joined(row: ConversationTransfer, *, has_looked: bool) -> tuple[Mark, str, Action | None]:
    """What became of the look-up of the contact's user in Support, whose move that makes it, and the way there."""
    merge = ConversationTransfer.Merge
    if row.merge != merge.MISSED:
        return Mark("ok" if row.merge == merge.FOUND else "skipped", row.get_merge_display()), "", None
    if row.support_user_id:
        return Mark("warning", _("One person may become two contacts: merge them in Zendesk")), Owner.YOU_ZENDESK, None
    if has_looked:
        words = _("One person may become two contacts: the look-up in Zendesk failed")
        action = Action(_("Check the credentials"), reverse("zendesk-messaging"))
        return Mark("warning", words), Owner.YOU_HERE, action
    words = _("One person may become two contacts: turn on the Zendesk API credentials in Messaging")
    return Mark("warning", words), Owner.YOU_HERE, Action(_("Turn them on"), reverse("zendesk-messaging"))


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
