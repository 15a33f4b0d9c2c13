"""A chat handoff becomes a live conversation: user, conversation, transcript, control — each its own stored step.

Sunshine has no idempotency key. Before a write its step says that it was asked; a step found asked and without
an outcome is looked up first: the conversation by our session id, a message by its marker, control by who has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import messaging
from integrations.clients import errors
from integrations.clients.sunshine import AGENT_WORKSPACE, SunshineClient
from integrations.clients.zendesk_types import Identity
from integrations.models import SunshineConnection
from ticketing import links
from ticketing.chat import text as chat_text
from ticketing.fields import fill, refusals
from ticketing.models import Channel, Contact, ConversationTransfer, Handoff, ReasonCode, SessionTicketLink

PHONE_CHANNELS = (Channel.WHATSAPP, Channel.SMS, Channel.PHONE_VOICE)
Merge = ConversationTransfer.Merge


@dataclass
class Declined(Exception):
    """Messaging refuses for good: the handoff goes on as a ticket, and says why."""

    code: ReasonCode
    detail: str


def wants_conversation(handoff: Handoff) -> SunshineConnection | None:
    """The connection a chat-type handoff goes through; None for email and while Messaging is not active."""
    if handoff.session.channel == Channel.EMAIL or handoff.route == Handoff.Route.TICKET:
        return None
    if handoff.request_sent_at is not None:  # a ticket may exist already
        return None
    return messaging.find_active(handoff.organization)


def transfer(handoff: Handoff, connection: SunshineConnection) -> SessionTicketLink:
    """Take every step that is not done yet. Raises `Declined`, `LostClaim` or a retryable `ProviderError`."""
    client = messaging.open_sunshine(connection, subject=f"handoff:{handoff.pk}")
    steps, _made = ConversationTransfer.objects.get_or_create(handoff=handoff)
    try:
        _find_user(handoff, steps, connection, client)
        _find_conversation(handoff, steps, client)
        _post_transcript(handoff, steps, client)
        _pass_control(handoff, steps, connection, client)
    except (errors.Unauthorized, errors.Forbidden) as error:
        messaging.note_refusal(connection, error)
        raise Declined(ReasonCode.CREDENTIALS_REJECTED, error.sentence) from error
    except errors.NotFound as error:
        if error.code == "app_not_found":
            messaging.note_refusal(connection, error)
            raise Declined(ReasonCode.CREDENTIALS_REJECTED, error.sentence) from error
        raise
    return links.link_conversation(handoff, steps.conversation_id)


def _save(steps: ConversationTransfer, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(steps, name, value)
    steps.save(update_fields=list(changes))


# -- the user ----------------------------------------------------------------------------------------


def _find_user(
    handoff: Handoff, steps: ConversationTransfer, connection: SunshineConnection, client: SunshineClient
) -> None:
    if steps.user_id:
        return
    contact = handoff.session.contact
    if not steps.merge:
        _join_support_user(handoff, steps, connection)
    given, _sep, family = contact.name.partition(" ")
    profile = {"givenName": given, "surname": family, "email": contact.email, "locale": handoff.session.language}
    if not contact.name:
        profile["givenName"] = contact.phone or contact.email
    handoff.hold()
    _save(steps, user_id=client.find_or_create_user(contact.external_id, profile))


def _join_support_user(handoff: Handoff, steps: ConversationTransfer, connection: SunshineConnection) -> None:
    """Give the Support user of the same phone or verified email our contact's id, so that one person is one contact.

    A look-up that cannot be made never stops the handoff; it is written down as missed.
    """
    contact = handoff.session.contact
    query = support_query(contact, handoff.session.channel)
    if not query:
        _save(steps, merge=Merge.NOBODY, merge_detail=_("The contact gave nothing to look a user up by."))
        return
    try:
        support = messaging.open_support(connection, subject=f"handoff:{handoff.pk}")
        if support is None:
            _save(steps, merge=Merge.MISSED, merge_detail=_("No Zendesk API credentials are set in Messaging."))
            return
        person = next((p for p in support.search_users(query) if _is_same_person(p, contact)), None)
        if person is not None and person.id is not None and not person.external_id:
            support.update_user(person.id, {"external_id": contact.external_id})
    except errors.ProviderError as error:
        _save(steps, merge=Merge.MISSED, merge_detail=error.sentence[:300])
        return
    if person is None:
        _save(steps, merge=Merge.NOBODY)
    elif person.external_id in ("", contact.external_id):
        _save(steps, merge=Merge.FOUND, support_user_id=person.id)
    else:
        detail = _("User %(id)s in Support carries another system's external id.") % {"id": person.id}
        _save(steps, merge=Merge.MISSED, merge_detail=detail, support_user_id=person.id)


def _is_same_person(person: Identity, contact: Contact) -> bool:
    """Zendesk's search finds parts of numbers and addresses too; only the same one counts, and no agent."""
    if person.is_agent:
        return False
    if contact.phone and _digits(person.phone) == _digits(contact.phone):
        return True
    return bool(contact.email) and person.email.lower() == contact.email.lower()


def _digits(phone: str) -> str:
    return "".join(char for char in phone if char.isdigit()).lstrip("0")


def support_query(contact: Contact, channel: str) -> str:
    """What a Support user is searched by: the phone on phone channels, else a verified email."""
    if channel in PHONE_CHANNELS and contact.phone:
        return f"phone:{contact.phone}"
    return f"email:{contact.email}" if contact.email and contact.is_email_verified else ""


# -- the conversation --------------------------------------------------------------------------------


def _find_conversation(handoff: Handoff, steps: ConversationTransfer, client: SunshineClient) -> None:
    if steps.conversation_id:
        return
    session_id = handoff.session.external_id
    if steps.conversation_asked_at is not None:
        for found in client.conversations(steps.user_id):
            if found.metadata.get("opencx_handoff_id") == str(handoff.pk):
                _save(steps, conversation_id=found.id)
                return
    handoff.hold()
    _save(steps, conversation_asked_at=timezone.now())
    try:
        made = client.create_conversation(steps.user_id, chat_text.conversation_metadata(handoff))
    except (errors.Conflict, errors.Rejected, errors.Forbidden) as error:
        _save(steps, conversation_asked_at=None)
        if _is_limit(error):
            detail = _("The contact has a conversation already and multi-conversations are off (session %(id)s).")
            raise Declined(ReasonCode.CONVERSATION_LIMIT, detail % {"id": session_id}) from error
        raise
    _save(steps, conversation_id=made)


def _is_limit(error: errors.ProviderError) -> bool:
    """True for Sunshine's refusal of a second personal conversation of one user."""
    if isinstance(error, errors.Conflict):
        return True
    text = f"{error.code} {error.message} {error.answer}".lower()
    return any(word in text for word in ("multi", "limit", "already", "personal conversation", "exceed"))


# -- the transcript ----------------------------------------------------------------------------------


def _post_transcript(handoff: Handoff, steps: ConversationTransfer, client: SunshineClient) -> None:
    if not steps.messages:
        _save(steps, messages=chat_text.write_transcript(handoff))
    if steps.message_asked >= steps.messages_sent:
        _read_back(steps, client)
    for number in range(steps.messages_sent, len(steps.messages)):
        handoff.hold()
        _save(steps, message_asked=number)
        client.post_message(steps.conversation_id, put_author(steps.messages[number], steps.user_id))
        _save(steps, messages_sent=number + 1)


def _read_back(steps: ConversationTransfer, client: SunshineClient) -> None:
    """The message that was on its way when a worker died: count it as sent when the conversation has its marker."""
    marker = steps.messages[steps.message_asked]["metadata"][chat_text.MARKER]
    if any(found.metadata.get(chat_text.MARKER) == marker for found in client.messages(steps.conversation_id)):
        _save(steps, messages_sent=steps.message_asked + 1)


def put_author(message: dict[str, Any], user_id: str) -> dict[str, Any]:
    """The message with the Sunshine user as its author, when the contact wrote it."""
    if message["author"]["type"] != "user":
        return message
    return {**message, "author": {"type": "user", "userId": user_id}}


# -- control -----------------------------------------------------------------------------------------


def _pass_control(
    handoff: Handoff, steps: ConversationTransfer, connection: SunshineConnection, client: SunshineClient
) -> None:
    if steps.control_passed_at is not None:
        return
    target = connection.agent_workspace_id or AGENT_WORKSPACE
    if steps.control_asked_at is not None:
        active = client.conversation(steps.conversation_id).active_integration_id
        if active and active == connection.agent_workspace_id:
            _save(steps, control_passed_at=timezone.now())
            return
    metadata = _capture(handoff)
    handoff.hold()
    _save(steps, control_asked_at=timezone.now())
    try:
        client.pass_control(steps.conversation_id, target, metadata)
    except errors.Rejected as error:
        refusals.leave_all_out(handoff, error)  # the next try is without them
        raise
    _save(steps, control_passed_at=timezone.now())


def _capture(handoff: Handoff) -> dict[str, Any]:
    """What Zendesk puts on the ticket that it makes at the pass."""
    captured, tags = fill.list_captured(handoff)
    metadata = chat_text.control_metadata(handoff, captured, tags)
    refusals.leave_out_too_long(handoff, [int(name.rpartition(".")[2]) for name in captured if name not in metadata])
    return metadata
