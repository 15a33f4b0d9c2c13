"""What stands beside a line of time: the contact, the link, and the agents' replies."""

from __future__ import annotations

import datetime as dt
from typing import Any

from integrations.models import PlatformEvent
from opencx_admin.orgs.components import Mark
from ticketing.models import AgentReply
from ticketing.reader import Reader
from ticketing.timeline import Story


def rail_context(story: Story, reader: Reader) -> dict[str, Any]:
    """The values of `ticketing/_rail.html`, masked for whom contacts are masked."""
    session, contact = story.session, story.session.contact
    return {
        "session": session,
        "story": story,
        "reader": reader,
        "name": reader.name(contact),
        "contact": {name: reader.hide(getattr(contact, name)) for name in ("name", "email", "phone")},
        "replies": [_reply(reply, session.get_absolute_url()) for reply in story.replies],
    }


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
