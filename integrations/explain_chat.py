"""A stored event of Sunshine in plain words: what happened, whose move it is, and what would help."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from integrations.event_words import event_words
from integrations.models import EventResult, WebhookEvent
from integrations.webhooks import inbox

FELL_BACK = "fell_back"


@dataclass(frozen=True)
class Explained:
    """`title` says what happened, `text` why, `owner` whose move it is (owner tag), `fix` what to do."""

    title: str
    text: str = ""
    owner: str = ""
    fix: str = ""


def explain_chat(event: WebhookEvent) -> Explained:
    """Why the event ended as it did."""
    found = (_needs_person(event) | _nothing_to_do(event)).get(event.reason)
    return found or _by_result(event)


def short_chat(event: WebhookEvent) -> str:
    """A few words for the list; empty when only the result says something."""
    words = {
        "own_echo": _("Our own message came back"),
        "contact_message": _("The contact’s own message"),
        "bot": _("A bot’s message"),
        "other_conversation": _("Conversation is none of ours"),
        "waits_for_link": _("Waits for the conversation’s link"),
        "ticket_deleted": _("Conversation was deleted"),
        "link_ended": _("Link to the session has ended"),
        "nothing_new": _("Known already"),
        FELL_BACK: _("Goes on as a ticket"),
        inbox.NOT_USED: _("An event that we do not use"),
        inbox.MALFORMED_EVENT: _("Event is broken"),
    }
    return words.get(event.reason, "")


def _needs_person(event: WebhookEvent) -> dict[str, Explained]:
    return {
        FELL_BACK: Explained(
            _("The chat goes on as a ticket."),
            event.detail,
            "you_here",
            _("verify Messaging; it reads whether the Agent Workspace takes chats."),
        ),
        inbox.MALFORMED_EVENT: Explained(
            _("The event is broken."),
            _("It lacks its id, type or payload. The other events of its call were kept. Sunshine sends whole ones."),
            "you_zendesk",
            _("look who calls this webhook; if it is not Sunshine, replace the secret."),
        ),
    }


def _nothing_to_do(event: WebhookEvent) -> dict[str, Explained]:
    words = {
        "own_echo": (
            _("Our own message came back."),
            _("Sunshine tells of every message in the conversation, also of those that we posted."),
        ),
        "contact_message": (
            _("The contact’s own message."),
            _("The contact has it already; only what agents write goes to them."),
        ),
        "bot": (
            _("A bot wrote it, no agent."),
            _("Zendesk’s own bot answers in the conversation; its words do not go to the contact through us."),
        ),
        "other_conversation": (
            _("The conversation belongs to no session."),
            _("The app has conversations that did not begin with a handoff; they are not ours to act on."),
        ),
        inbox.NOT_USED: (
            _("We do not use this event: %(words)s.") % {"words": event_words(event.event_type)},
            _("It is kept to be seen. The webhook may leave this trigger out."),
        ),
        "ticket_deleted": (
            _("The conversation was deleted in Zendesk."),
            _("The link to the session has ended; the handoff waits for a person."),
        ),
        "link_ended": (
            _("The conversation’s link to its session has ended."),
            _("What comes in it later has no contact to go to."),
        ),
        "nothing_new": (_("It changed nothing: we knew it already."), event.detail),
    }
    waits = Explained(
        _("The conversation is not linked yet."),
        _("The handoff is on its way there; the event is processed as soon as the link is made."),
        "us",
    )
    return {reason: Explained(title, text, "nobody") for reason, (title, text) in words.items()} | {
        "waits_for_link": waits
    }


def _by_result(event: WebhookEvent) -> Explained:
    """What has no reason of its own."""
    why = event.last_error or event.detail
    if event.result == EventResult.DELIVERED:
        return Explained(_("The event did what it told of."), "", "nobody")
    if event.result == EventResult.RETRYING:
        return Explained(_("It could not be processed; we try again."), why, "us")
    if event.result == EventResult.FAILED:
        return Explained(_("It could not be processed for a day."), why, "you_here", _("replay it."))
    if event.result in (EventResult.QUEUED, EventResult.WORKING):
        text = _("Events of one conversation are processed one after another.")
        return Explained(_("The event is stored and about to be processed."), text, "us")
    return Explained(event.detail or _("Nothing had to be done."), "", "nobody")
