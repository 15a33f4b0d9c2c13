"""What each event of Sunshine Conversations tells of, in words.

https://developer.zendesk.com/api-reference/conversations/#tag/Webhooks
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "conversation:message": _("message in a conversation"),
    "conversation:create": _("conversation begun"),
    "conversation:join": _("somebody joined a conversation"),
    "conversation:leave": _("somebody left a conversation"),
    "conversation:read": _("conversation read"),
    "conversation:remove": _("conversation deleted"),
    "conversation:typing": _("somebody types"),
    "conversation:postback": _("button pressed"),
    "conversation:referral": _("contact came by a link"),
    "conversation:message:delivery:channel": _("message reached the channel"),
    "conversation:message:delivery:failure": _("message did not reach the channel"),
    "conversation:message:delivery:user": _("message reached the contact"),
    "client:add": _("channel added to a user"),
    "client:remove": _("channel removed from a user"),
    "client:update": _("channel of a user changed"),
    "switchboard:acceptControl": _("control taken"),
    "switchboard:acceptControl:failure": _("control not taken"),
    "switchboard:offerControl": _("control offered"),
    "switchboard:offerControl:failure": _("control not offered"),
    "switchboard:passControl": _("control passed"),
    "switchboard:passControl:failure": _("control not passed"),
    "switchboard:releaseControl": _("control given back: agents ended the chat"),
    "user:merge": _("two users merged"),
    "user:remove": _("user deleted"),
    "user:update": _("user changed"),
}


def event_words(event_type: str) -> str:
    """The words of an event's type; one without words is shown as it is."""
    return str(WORDS.get(event_type, event_type)) or str(_("event without a type"))
