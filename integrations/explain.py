"""A stored webhook call in plain words: what happened, whose move it is, and what would help."""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.event_words import event_words
from integrations.explain_chat import Explained, explain_chat, short_chat
from integrations.models import EndpointKind, EventResult, WebhookEvent
from integrations.webhooks import inbox, parse
from integrations.webhooks.inbox import Match


def explain(event: WebhookEvent) -> Explained:
    """Why the call ended as it did."""
    if event.kind == EndpointKind.SUNSHINE:
        return explain_chat(event)
    by_reason = _by_reason(event).get(event.reason)
    if by_reason is not None:
        return by_reason
    return _by_result(event)


def short(event: WebhookEvent) -> str:
    """A few words for the list: what it caused, else why not."""
    if event.result == EventResult.DELIVERED and event.effects:
        return str(event.effects[-1])
    if event.kind == EndpointKind.SUNSHINE:
        return short_chat(event) or event.last_error or event_words(event.event_type).capitalize()
    words = {
        parse.MALFORMED: _("Body is no JSON object"),
        parse.MISSING_TICKET: _("Body without ticket_id"),
        parse.MISSING_EXTERNAL: _("Body without external_id"),
        inbox.UNMATCHED: _("No session has this external id"),
        "internal_note": _("Internal note"),
        "nothing_new": _("Nothing new to deliver"),
        "read_already": _("A later reading has seen it"),
        "native_ticket": _("Ticket opened in Zendesk"),
        "assist": _("Considered by Assist"),
        "ticket_deleted": _("Ticket was deleted"),
        "link_ended": _("Link to the session has ended"),
        "other_ticket": _("Session belongs to another ticket"),
        "no_handoff": _("Session was never handed off"),
        inbox.TEST_CALL: _("Test call"),
        "never_linked": _("Handoff never got a ticket"),
        "waits_for_link": _("Waits for the ticket’s link"),
    }
    return words.get(event.reason) or event.last_error or event.ticket_status or _("Ticket changed")


def foresee(event: WebhookEvent) -> str:
    """What a replay would do now, from our rows only."""
    if event.kind == EndpointKind.SUNSHINE:
        if not inbox.may_replay(event):
            return _("A replay is not possible: there is nothing in it that we use.")
        return _("A replay now processes it again; what went to the contact does not go twice.")
    if not event.ticket_id:
        return _("A replay is not possible: the body names no ticket.")
    if inbox.hooks.match is None:
        return ""
    match, session_ref = inbox.hooks.match(event.organization_id, event.ticket_id, event.external_id)
    if match is Match.LINKED:
        return _("A replay now reads ticket #%(ticket)s again and delivers what was not delivered yet, once.") % {
            "ticket": event.ticket_id
        }
    if match is Match.SESSION:
        return _("A replay now finds the session %(session)s and waits for its ticket.") % {"session": session_ref}
    if match is Match.NATIVE:
        return _("A replay now is ignored again: the ticket was opened in Zendesk.")
    return _("A replay now finds no session again.")


def _by_reason(event: WebhookEvent) -> dict[str, Explained]:
    return _needs_person(event) | _nothing_to_do(event)


def _needs_person(event: WebhookEvent) -> dict[str, Explained]:
    """The calls that were answered 500, each with its fix."""
    ticket = f"#{event.ticket_id}" if event.ticket_id else _("the ticket")
    body_fix = _("Let the trigger send the body that Settings › Integrations › Zendesk › Webhook shows.")
    return {
        parse.MALFORMED: Explained(
            _("The body is no JSON object."),
            _("No ids could be read from it, not even leniently. Zendesk does not call again after a 500."),
            "you_zendesk",
            body_fix,
        ),
        parse.MISSING_TICKET: Explained(
            _("The body has no ticket_id."),
            _("Without it nobody knows which ticket rang. The hourly reading still finds replies."),
            "you_zendesk",
            body_fix,
        ),
        parse.MISSING_EXTERNAL: Explained(
            _("The body has no external_id."),
            _("The key must be there; it may be empty for a ticket that was opened in Zendesk."),
            "you_zendesk",
            body_fix,
        ),
        inbox.UNMATCHED: Explained(
            _("Ticket %(ticket)s names a session that we do not know.") % {"ticket": ticket},
            _(
                "Its external id “%(id)s” is none of ours, and the ticket is not linked. It is matched by itself "
                "if the link appears."
            )
            % {"id": event.external_id},
            "you_here",
            _("match it to a session, or narrow the trigger to tickets with our tag."),
        ),
    }


def _nothing_to_do(event: WebhookEvent) -> dict[str, Explained]:
    """The calls that were right and changed nothing, or not yet."""
    ticket = f"#{event.ticket_id}" if event.ticket_id else _("the ticket")
    words = {
        "internal_note": (_("The newest comment is an internal note."), _("Internal notes never go to a contact.")),
        "nothing_new": (_("There was nothing new to deliver."), event.detail),
        "read_already": (
            _("A later reading of the ticket has seen it already."),
            _("Two calls in a burst read the ticket once; every reply goes out once."),
        ),
        "native_ticket": (
            _("Ticket %(ticket)s was opened in Zendesk.") % {"ticket": ticket},
            _("No session belongs to it, so there is no contact to tell."),
        ),
        "assist": (_("Assist considers ticket %(ticket)s.") % {"ticket": ticket}, event.detail),
        "ticket_deleted": (
            _("Ticket %(ticket)s was deleted in Zendesk.") % {"ticket": ticket},
            _("The link to the session has ended; later replies have nowhere to come from."),
        ),
        "link_ended": (_("The ticket’s link to its session has ended."), event.detail),
        "other_ticket": (_("The session belongs to another ticket."), event.detail),
        "no_handoff": (_("The session was never handed off."), _("So its ticket cannot be this one.")),
        inbox.TEST_CALL: (
            _("A test call that we asked Zendesk for."),
            _("It proves the way from Zendesk to here and belongs to no ticket."),
        ),
        "never_linked": (_("The handoff never got a ticket."), event.detail),
    }
    waits = Explained(
        _("The session’s ticket is not linked yet."),
        _("The call waits; it is processed as soon as the link is there."),
        "us",
    )
    return {reason: Explained(title, text, "nobody") for reason, (title, text) in words.items()} | {
        "waits_for_link": waits
    }


def _by_result(event: WebhookEvent) -> Explained:
    why = event.last_error or event.detail
    if event.result == EventResult.DELIVERED:
        return Explained(_("The call did what it rang for."), "", "nobody")
    if event.result == EventResult.RETRYING and event.reason == "unauthorized":
        title = _("Zendesk refuses our credentials, so the ticket cannot be read.")
        return Explained(title, why, "you_here", _("verify the credentials under Settings › Integrations › Zendesk."))
    if event.result == EventResult.RETRYING:
        return Explained(_("Zendesk could not be read; we try again."), why, "zendesk")
    if event.result == EventResult.FAILED:
        return Explained(
            _("Zendesk could not be read for a day."),
            why,
            "you_here",
            _("replay it when the connection works; the hourly reading may have delivered it meanwhile."),
        )
    if event.result in (EventResult.QUEUED, EventResult.WORKING):
        return Explained(_("The call is stored and about to be processed."), "", "us")
    return Explained(event.detail or _("Nothing had to be done."), "", "nobody")
