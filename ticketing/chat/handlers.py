"""What Sunshine's events mean: agents' messages go to the contact, the end of the chat closes the session."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from integrations.models import EventResult, WebhookEvent
from integrations.webhooks.inbox import Outcome
from ticketing import handoff, links, status_sync
from ticketing.chat import replies as chat_replies
from ticketing.models import ConversationTransfer, SessionTicketLink

PENDING = (EventResult.QUEUED, EventResult.WORKING, EventResult.RETRYING)
TAKE_TURNS = 0.5


def process(event: WebhookEvent) -> Outcome:
    """Process one claimed event; those of a conversation one after another."""
    said = json.loads(event.body)
    payload: dict[str, Any] = said["payload"]
    act = ACTS[event.event_type]
    if event.conversation_id and _is_behind(event):
        return Outcome(EventResult.QUEUED, wait=TAKE_TURNS)
    return act(event, payload)


def _is_behind(event: WebhookEvent) -> bool:
    rows = WebhookEvent.objects.filter(organization=event.organization_id, conversation_id=event.conversation_id)
    earlier = Q(said_at__lt=event.said_at) | Q(said_at=event.said_at, pk__lt=event.pk)
    return rows.filter(earlier, result__in=PENDING).exists()


def _find(event: WebhookEvent) -> SessionTicketLink | None:
    """The session's link by this conversation: the active one, else the last."""
    rows = SessionTicketLink.objects.filter(organization=event.organization_id, conversation_id=event.conversation_id)
    found = rows.select_related("session__contact", "organization", "handoff").order_by("-is_active", "-pk").first()
    return found if event.conversation_id else None


def _not_ours(event: WebhookEvent) -> Outcome:
    """No link has this conversation: it waits while a handoff is on its way there, else it is not ours."""
    rows = ConversationTransfer.objects.filter(
        handoff__organization=event.organization_id, conversation_id=event.conversation_id
    ).exclude(handoff__status__in=("linked", "cancelled", "failed"))
    if event.conversation_id and rows.exists() and event.attempts < 200:
        return Outcome(EventResult.WAITING, "waits_for_link", _("Waits for the handoff to be linked."), wait=2.0)
    return Outcome(EventResult.IGNORED, "other_conversation", _("No session belongs to this conversation."))


def _message(event: WebhookEvent, payload: dict[str, Any]) -> Outcome:
    message = payload.get("message")
    if not isinstance(message, dict):
        return Outcome(EventResult.INCOMPLETE, "malformed_event", _("The event holds no message."))
    why_not = chat_replies.why_not_an_agent(message)
    if why_not:
        words = {
            "own_echo": _("Our own message came back."),
            "contact_message": _("The contact's own message."),
            "bot": _("A bot wrote it, no agent."),
        }
        link = _find(event)
        return Outcome(EventResult.IGNORED, why_not, words[why_not], link.session.external_id if link else "")
    link = _find(event)
    if link is None:
        return _not_ours(event)
    reply = chat_replies.queue_reply(link, message)
    if reply is None:
        return Outcome(EventResult.DUPLICATE, "nothing_new", _("It went out already."), link.session.external_id)
    effect = _("Reply of %(agent)s from %(time)s goes to the contact.")
    words_of_it = {"agent": reply.agent_name, "time": f"{reply.commented_at:%H:%M:%S} UTC"}
    return Outcome(EventResult.DELIVERED, session_ref=link.session.external_id, effects=(effect % words_of_it,))


def _release(event: WebhookEvent, payload: dict[str, Any]) -> Outcome:
    link = _find(event)
    if link is None:
        return _not_ours(event)
    ref = link.session.external_id
    if status_sync.end_chat(link):
        return Outcome(EventResult.DELIVERED, session_ref=ref, effects=(_("Agents ended the chat."),))
    return Outcome(EventResult.DUPLICATE, "nothing_new", _("The chat had ended already."), ref)


def _pass_failed(event: WebhookEvent, payload: dict[str, Any]) -> Outcome:
    link = _find(event)
    if link is None or not link.is_active or link.handoff is None:
        return _not_ours(event) if link is None else Outcome(EventResult.IGNORED, "link_ended")
    error = payload.get("error")
    said = str(error.get("message") or error.get("code") or "") if isinstance(error, dict) else ""
    detail = _("Agents never got the chat: %(said)s") % {"said": said or "switchboard:passControl:failure"}
    links.end(link, SessionTicketLink.End.REPLACED)
    handoff.send_back(link.handoff, detail)
    return Outcome(EventResult.DELIVERED, "fell_back", detail, link.session.external_id, (detail,))


def _removed(event: WebhookEvent, payload: dict[str, Any]) -> Outcome:
    link = _find(event)
    if link is None:
        return _not_ours(event)
    links.end_deleted(link)
    detail = _("The conversation was deleted in Zendesk; the link has ended.")
    return Outcome(EventResult.IGNORED, "ticket_deleted", detail, link.session.external_id, (detail,))


def _user_removed(event: WebhookEvent, payload: dict[str, Any]) -> Outcome:
    user = payload.get("user")
    user_id = str(user.get("id") or "") if isinstance(user, dict) else ""
    conversations = _transfers_of(event, user_id).values_list("conversation_id", flat=True)
    rows = SessionTicketLink.objects.filter(
        organization=event.organization_id, is_active=True, conversation_id__in=[c for c in conversations if c]
    ).select_related("session", "organization")
    effects = []
    for link in rows:
        links.end_deleted(link)
        effects.append(_("Session %(id)s: its user was deleted.") % {"id": link.session.external_id})
    result = EventResult.DELIVERED if effects else EventResult.IGNORED
    return Outcome(result, "" if effects else "other_conversation", effects=tuple(effects))


def _users_merged(event: WebhookEvent, payload: dict[str, Any]) -> Outcome:
    merged = payload.get("mergedUsers")
    merged = merged if isinstance(merged, dict) else payload
    surviving, discarded = merged.get("surviving"), merged.get("discarded")
    kept = str(surviving.get("id") or "") if isinstance(surviving, dict) else ""
    gone = str(discarded.get("id") or "") if isinstance(discarded, dict) else ""
    count = _transfers_of(event, gone).update(user_id=kept) if kept and gone else 0
    if not count:
        return Outcome(EventResult.IGNORED, "other_conversation", _("Neither user is one of ours."))
    return Outcome(EventResult.DELIVERED, effects=(_("The contact's user was merged; later messages follow it."),))


def _transfers_of(event: WebhookEvent, user_id: str) -> Any:
    rows = ConversationTransfer.objects.filter(handoff__organization=event.organization_id)
    return rows.filter(user_id=user_id) if user_id else rows.none()


ACTS: dict[str, Callable[[WebhookEvent, dict[str, Any]], Outcome]] = {
    "conversation:message": _message,
    "switchboard:releaseControl": _release,
    "switchboard:passControl:failure": _pass_failed,
    "conversation:remove": _removed,
    "user:merge": _users_merged,
    "user:remove": _user_removed,
}
