"""The words of the product for states, owners and channels, each with its icon: one word for one thing."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Look(NamedTuple):
    """How a state is shown: tone (ok, bad, warn, wait, ai), icon of the sprite, word."""

    tone: str
    icon: str
    word: str | Promise


_FINE, _FAILED, _WARNING = "check-circle-fill", "x-octagon-fill", "exclamation-triangle-fill"

STATUSES: dict[str, Look] = {
    "queued": Look("wait", "clock", _("Queued")),
    "waiting": Look("wait", "clock", _("Waiting")),
    "working": Look("wait", "hourglass-split", _("Working")),
    "linked": Look("ok", _FINE, _("Linked")),
    "retrying": Look("warn", "arrow-repeat", _("Retrying")),
    "failed": Look("bad", _FAILED, _("Failed")),
    "cancelled": Look("wait", "slash-circle", _("Cancelled")),
    "delivered": Look("ok", _FINE, _("Delivered")),
    "duplicate": Look("wait", "dash-circle", _("Duplicate")),
    "ignored": Look("wait", "dash-circle", _("Ignored")),
    "no_match": Look("bad", _FAILED, _("No match")),
    "incomplete": Look("bad", _FAILED, _("Incomplete")),
    "refused": Look("bad", _FAILED, _("Refused")),
    "parked": Look("warn", "pause-circle", _("Parked")),
    "never_arrived": Look("bad", _FAILED, _("Never arrived")),
    "ok": Look("ok", _FINE, _("OK")),
    "problem": Look("bad", _FAILED, _("Problem")),
    "warning": Look("warn", _WARNING, _("Warning")),
    "skipped": Look("wait", "dash-circle", _("Skipped")),
    "unknown": Look("wait", "question-circle", _("Cannot tell")),
    "proven": Look("ok", _FINE, _("Proven")),
    "missing": Look("bad", _FAILED, _("Missing")),
    "overdue": Look("warn", _WARNING, _("Overdue")),
    "unproven": Look("wait", "circle", _("Not proven yet")),
    "not_set_up": Look("wait", "dash-circle", _("Not set up")),
    "checking": Look("wait", "hourglass-split", _("Checking")),
    "open": Look("wait", "circle", _("Open")),
    "closed_resolved": Look("ok", "check-lg", _("Resolved")),
    "closed_unresolved": Look("wait", "slash-circle", _("Unresolved")),
    "active": Look("ok", _FINE, _("Active")),
    "revoked": Look("wait", "slash-circle", _("Revoked")),
}

OWNERS: dict[str, Look] = {
    "you_here": Look("you", "person-fill", _("You, here")),
    "you_zendesk": Look("you", "person-fill", _("You, in Zendesk")),
    "contact": Look("", "chat-left-text", _("The contact")),
    "zendesk": Look("", "hourglass-split", _("Zendesk")),
    "us": Look("", "gear", _("Us")),
    "nobody": Look("", "check", _("Nobody")),
}

CHANNELS: dict[str, Look] = {
    "web": Look("", "globe", _("Web chat")),
    "email": Look("", "envelope", _("Email")),
    "phone_voice": Look("", "telephone", _("Phone")),
    "sms": Look("", "phone", _("SMS")),
    "whatsapp": Look("", "whatsapp", _("WhatsApp")),
    "instagram": Look("", "instagram", _("Instagram")),
    "messenger": Look("", "messenger", _("Messenger")),
    "slack": Look("", "slack", _("Slack")),
    "api": Look("", "code-slash", _("API")),
    "web_voice": Look("", "mic", _("Web voice")),
}

# Timeline kinds: tone of the node and icon. An outcome (a mark) gives a call its tone.
EVENTS: dict[str, tuple[str, str]] = {
    "contact": ("", "person"),
    "agent": ("", "headset"),
    "ai": ("ai", "stars"),
    "handoff": ("ai", "arrow-left-right"),
    "call_out": ("", "arrow-up-right"),
    "call_in": ("", "arrow-down-left"),
    "zendesk": ("", "gear"),
    "us": ("", "gear"),
    "system": ("", "info-circle"),
    "folded": ("", "chat-left-text"),
    "gap": ("bad", _FAILED),
    "now": ("", "clock"),
}


def status_look(value: object) -> Look:
    """How to show a status; a value without a word of its own is shown as it is, as "waiting"."""
    text = str(value)
    return STATUSES.get(text) or Look("wait", "question-circle", text.replace("_", " ").capitalize())
