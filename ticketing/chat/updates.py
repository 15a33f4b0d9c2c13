"""A contact's later messages go into the live conversation, as that contact, once."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import messaging
from integrations.clients import errors
from integrations.clients.sunshine import AGENT_WORKSPACE, SunshineClient
from integrations.models import SunshineConnection
from ticketing.chat import text as chat_text
from ticketing.chat.conversation import put_author
from ticketing.failures import Stuck
from ticketing.fields import fill
from ticketing.models import ConversationTransfer, ReasonCode, SessionTicketLink, TicketUpdate

Status = TicketUpdate.Status


def write(update: TicketUpdate, link: SessionTicketLink) -> None:
    """One try at a claimed update. Raises `Stuck`, `LostClaim` or a `ProviderError`."""
    if update.kind != TicketUpdate.Kind.MESSAGE or update.message is None or update.part:
        # A chat's status is the agents' own, and the first part of a message carries all of it.
        detail = "" if update.part else _("A live chat is ended by agents only.")
        _finish(update, detail)
        return
    connection = messaging.find_active(update.organization)
    if connection is None:
        raise Stuck(ReasonCode.NOT_CONNECTED, _("Messaging is not active."))
    transfer = ConversationTransfer.objects.filter(
        conversation_id=link.conversation_id, handoff=link.handoff_id
    ).first()
    if transfer is None:
        raise Stuck(ReasonCode.REJECTED, _("The conversation's user is not known."))
    client = messaging.open_sunshine(connection, subject=f"session:{update.session_id}")
    bodies = chat_text.write_message(update.message)
    try:
        _post(update, link, bodies, transfer.user_id, client)
        _wake_agents(link, connection, client)
    except (errors.Unauthorized, errors.Forbidden) as error:
        messaging.note_refusal(connection, error)
        raise Stuck(ReasonCode.CREDENTIALS_REJECTED, error.sentence) from error
    _finish(update, "")


def _post(
    update: TicketUpdate, link: SessionTicketLink, bodies: list[dict[str, Any]], user_id: str, client: SunshineClient
) -> None:
    """Post what is not there yet; after an unknown outcome the markers in the conversation tell."""
    there: set[str] = set()
    if update.sent_at is not None:
        there = {str(found.metadata.get(chat_text.MARKER)) for found in client.messages(link.conversation_id)}
    for number, body in enumerate(bodies):
        marker = f"update:{update.uid}:{number}"
        if marker in there:
            continue
        update.hold(sent_at=timezone.now())
        body["metadata"] = {**body["metadata"], chat_text.MARKER: marker}
        client.post_message(link.conversation_id, put_author(body, user_id))


def _wake_agents(link: SessionTicketLink, connection: SunshineConnection, client: SunshineClient) -> None:
    """After agents ended the chat nobody has control: pass it to them again, with the same tags."""
    if not link.is_solved or link.handoff is None:
        return
    target = connection.agent_workspace_id or AGENT_WORKSPACE
    client.pass_control(
        link.conversation_id, target, chat_text.control_metadata(link.handoff, *fill.list_captured(link.handoff))
    )
    SessionTicketLink.objects.filter(pk=link.pk).update(ticket_status="open", status_read_at=timezone.now())


def _finish(update: TicketUpdate, detail: str) -> None:
    TicketUpdate.objects.filter(pk=update.pk).update(
        status=Status.DONE,
        done_at=timezone.now(),
        detail=detail,
        reason_code="",
        last_error="",
        next_attempt_at=None,
    )
