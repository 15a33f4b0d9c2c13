"""What a handoff's cause means for the person who reads it: what happened, what to do, what the button says."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ticketing.models import Handoff, ReasonCode
from ticketing.models.handoffs import HEALING_CODES, Owner

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Explanation:
    """`what` happened, as a sentence; `move`, the next step; `act`, the label of Retry by its effect."""

    what: Text
    move: Text
    act: Text


MAKE_TICKET = _("Make the ticket")
ALWAYS_SAFE = _("We look for the ticket in Zendesk first, so there is never a second one.")

EXPLANATIONS: dict[str, Explanation] = {
    ReasonCode.CONTACT_HAS_NO_EMAIL: Explanation(
        _("Zendesk needs an email or a phone number to make a requester. This contact gave neither."),
        _("Enter one, and we try again at once."),
        _("Save and retry"),
    ),
    ReasonCode.NOT_CONNECTED: Explanation(
        _("No Zendesk account is saved here, so there is nowhere to make the ticket."),
        _("Connect Zendesk. What waits for it then goes by itself."),
        MAKE_TICKET,
    ),
    ReasonCode.CREDENTIALS_REJECTED: Explanation(
        _("Zendesk answered that it does not know our credentials."),
        _("Verify the credentials again. What waits for them then goes by itself."),
        MAKE_TICKET,
    ),
    ReasonCode.PERMISSION_MISSING: Explanation(
        _("The Zendesk user we act as may not do this."),
        _("Give that user the right in Zendesk, then verify here. What waits for it then goes by itself."),
        MAKE_TICKET,
    ),
    ReasonCode.REQUESTER_SUSPENDED: Explanation(
        _("Zendesk has suspended this contact and takes no ticket from them."),
        _("Unsuspend the user in Zendesk, then make the ticket."),
        MAKE_TICKET,
    ),
    ReasonCode.FIELD_REJECTED: Explanation(
        _("Zendesk did not accept a value in the ticket."),
        _("See what Zendesk said, change it there, then make the ticket."),
        MAKE_TICKET,
    ),
    ReasonCode.RATE_LIMITED: Explanation(
        _("Zendesk tells us how long to wait, and we wait."),
        _("Nothing to do: it heals by itself."),
        _("Try now"),
    ),
    ReasonCode.ZENDESK_UNAVAILABLE: Explanation(
        _("Zendesk did not answer, or answered with an error of its own."),
        _("Nothing to do: we try again for 24 hours."),
        _("Try now"),
    ),
    ReasonCode.OUTCOME_UNKNOWN: Explanation(
        _("The call went out and no answer came, so the ticket may exist already."),
        _("Nothing to do: we look for it before we write again."),
        _("Look now"),
    ),
    ReasonCode.CONVERSATION_LIMIT: Explanation(
        _("The contact already has an open conversation, and Zendesk allows only one."),
        _("Close the other conversation in Zendesk, or turn on several conversations there."),
        _("Try again"),
    ),
    ReasonCode.TICKET_DELETED: Explanation(
        _("Somebody deleted the ticket in Zendesk, so agents cannot answer this contact any more."),
        _("Make a new ticket if the contact still waits."),
        _("Make a new ticket"),
    ),
    ReasonCode.REJECTED: Explanation(
        _("Zendesk refused the ticket for a reason of its own."),
        _("See what Zendesk said, change it there, then make the ticket."),
        MAKE_TICKET,
    ),
}
# What reads differently for a handoff on its way into a live conversation, or whose conversation is gone.
TRY_AGAIN = _("Try again")
CHAT_IS_SAFE = _("Each step is stored, and we look in the conversation first: nothing stands in it twice.")
OF_CHATS: dict[str, Explanation] = {
    ReasonCode.CREDENTIALS_REJECTED: Explanation(
        _("Zendesk does not know our Messaging key, and a ticket cannot be made instead."),
        _("Verify Messaging again. What waits for it then goes by itself."),
        TRY_AGAIN,
    ),
    ReasonCode.OUTCOME_UNKNOWN: Explanation(
        _("The call went out and no answer came, so its step may be done already."),
        _("Nothing to do: we look in Zendesk before we write again."),
        _("Look now"),
    ),
    ReasonCode.TICKET_DELETED: Explanation(
        _("Somebody deleted the conversation in Zendesk, so agents cannot answer this contact any more."),
        _("Begin a new one if the contact still waits."),
        _("Begin a new conversation"),
    ),
}
UNKNOWN = Explanation(_("We could not make the ticket."), _("Try again, or cancel the handoff."), MAKE_TICKET)
GAVE_UP = _("We tried for 24 hours. It goes on only when you say so.")


def explain(handoff: Handoff, *, is_chat: bool = False) -> Explanation:
    """The explanation of the handoff's cause; one that gave up on something that heals waits for a person.

    `is_chat`: it goes, or went, into a live conversation.
    """
    found = EXPLANATIONS.get(handoff.reason_code, UNKNOWN)
    if is_chat:
        found = OF_CHATS.get(handoff.reason_code) or replace(found, act=_chat_word(found.act))
    if handoff.status == Handoff.Status.FAILED and handoff.reason_code in HEALING_CODES:
        return Explanation(found.what, GAVE_UP, TRY_AGAIN if is_chat else MAKE_TICKET)
    return found


def _chat_word(act: Text) -> Text:
    return TRY_AGAIN if act == MAKE_TICKET else act


def whose_move(handoff: Handoff, *, is_missing_words: bool = False) -> Owner:
    """Whose move it is. `is_missing_words`: it is linked, but a reply or a message did not arrive."""
    return Owner.YOU_HERE if is_missing_words else handoff.owner
