"""The one best action on a session: what is wrong, why acting is safe, and the button that names its effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.models import EventType, PlatformEvent
from opencx_admin.orgs.components import Action, Banner
from opencx_admin.orgs.models import Role
from opencx_admin.orgs.times import clock_text
from ticketing.models import AgentReply, Handoff, ReasonCode, SessionStatus, TicketUpdate
from ticketing.models.handoffs import Owner
from ticketing.reading.reader import Reader
from ticketing.reading.reasons import ALWAYS_SAFE, CHAT_IS_SAFE, explain, whose_move
from ticketing.reading.timeline import Story

Status = Handoff.Status
SETTINGS_CODES = {
    ReasonCode.NOT_CONNECTED: gettext_lazy("Connect Zendesk"),
    ReasonCode.CREDENTIALS_REJECTED: gettext_lazy("Check the credentials"),
    ReasonCode.PERMISSION_MISSING: gettext_lazy("Check the permissions"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next. `asks_contact` puts the form for an email or a number into the banner."""

    banner: Banner
    asks_contact: bool = False


def next_step(story: Story, reader: Reader) -> Step | None:
    """The most harmful thing that waits, or None with nothing to do."""
    handoff = story.handoff
    if handoff is None:
        return None
    if handoff.status in (Status.FAILED, Status.RETRYING):
        return _without_ticket(story, handoff, reader)
    steps = (look(story, handoff, reader) for look in (_lost_reply, _lost_update, _lost_event))
    return next((step for step in steps if step), None)


def may(reader: Reader, action: Action) -> Action:
    """The action, or the same one disabled with the role that may."""
    if reader.role.allows(Role.LEAD):
        return action
    return Action(action.label, value=action.value, icon=action.icon, needs=Role.LEAD.label)


def press(handoff: Handoff, label: object, value: str, **looks: str) -> Action:
    """A button that posts `action=value` to the handoff's page."""
    return Action(label, handoff.get_absolute_url(), post=True, value=value, **looks)


def cancel_action(handoff: Handoff, reader: Reader) -> Action | None:
    """Cancel, while it can be."""
    return may(reader, press(handoff, _("Cancel handoff"), "cancel")) if handoff.can_cancel else None


def _is_chat(story: Story, handoff: Handoff) -> bool:
    """True while the handoff goes into a live conversation, and when its conversation is gone."""
    if handoff.reason_code == ReasonCode.TICKET_DELETED:
        return story.link is not None and story.link.is_conversation
    return story.transfer is not None and handoff.route != Handoff.Route.TICKET


def _settings_action(handoff: Handoff, *, is_chat: bool) -> Action | None:
    """The way to the settings that the cause lies in."""
    code = handoff.reason_code
    if code == ReasonCode.CONVERSATION_LIMIT:
        return Action(_("Show how, in Messaging"), reverse("zendesk-messaging"))
    if handoff.status != Status.FAILED or code not in SETTINGS_CODES:
        return None
    url = reverse("zendesk-messaging" if is_chat else "zendesk-ticketing")
    return Action(SETTINGS_CODES[ReasonCode(code)], url)


def _without_ticket(story: Story, handoff: Handoff, reader: Reader) -> Step:
    is_chat = _is_chat(story, handoff)
    words = explain(handoff, is_chat=is_chat)
    failed = handoff.status == Status.FAILED
    asks = failed and handoff.reason_code == ReasonCode.CONTACT_HAS_NO_EMAIL
    actions: list[Action] = [may(reader, press(handoff, _("Cancel handoff"), "cancel"))]
    settings = _settings_action(handoff, is_chat=is_chat)
    actions += [settings] if settings else []
    if asks and not reader.role.allows(Role.LEAD):
        actions.append(may(reader, Action(words.act)))
    else:
        # Without an email the form is the best action; OpenCX may also have sent an address meanwhile.
        label, kind = (_("Try again"), "") if asks else (words.act, "act" if failed else "")
        actions.append(may(reader, press(handoff, label, "retry", kind=kind, icon="arrow-clockwise", key="r")))
    is_gone = is_chat and handoff.reason_code == ReasonCode.TICKET_DELETED
    safe = CHAT_IS_SAFE if is_chat else ALWAYS_SAFE
    banner = Banner(
        handoff.status,
        _("Conversation was deleted, the link has ended")
        if is_gone
        else handoff.get_reason_code_display() or words.what,
        f"{words.what} {words.move}",
        whose_move(handoff),
        "" if asks else " ".join(part for part in (_said(handoff, reader), "" if is_gone else str(safe)) if part),
        actions,
    )
    return Step(banner, asks_contact=asks and reader.role.allows(Role.LEAD))


def _said(handoff: Handoff, reader: Reader) -> str:
    """What Zendesk answered, where that helps."""
    if handoff.reason_code == ReasonCode.NOT_CONNECTED or not handoff.detail:
        return ""
    said = reader.words(handoff.detail, handoff.session.contact)
    return said if said.endswith((".", "?", "!")) else f"{said}."


def _lost_reply(story: Story, handoff: Handoff, reader: Reader) -> Step | None:
    for reply in story.replies:
        words = {
            "agent": reply.agent_name or _("The agent"),
            "time": clock_text(reply.commented_at, seconds=False),
            "name": reader.name(story.session.contact),
        }
        if reply.event and reply.event.status == PlatformEvent.Status.FAILED:
            title = _("%(agent)s’s reply of %(time)s has not reached %(name)s") % words
            text = _("It is in Zendesk; OpenCX did not take it. Sending is safe: the same id counts once.")
            actions = _send(reply, handoff, reader)
            return Step(Banner("failed", title, text, Owner.YOU_HERE, reply.event.last_error, actions))
        if reply.receipt == AgentReply.Receipt.FAILED and story.session.status == SessionStatus.OPEN:
            title = _("The channel refused %(agent)s’s reply of %(time)s") % words
            text = _("OpenCX has it and could not hand it to %(name)s. Write another way from Zendesk.") % words
            told = _tell_agent(story, reply)
            note = f"{reply.receipt_detail} {told}".strip()
            return Step(Banner("failed", title, text, Owner.YOU_ZENDESK, note))
    return None


def _tell_agent(story: Story, reply: AgentReply) -> str:
    """Whether the agent can know: by our note in the ticket, or not at all."""
    if reply.message_id:
        return _("A live chat has no internal notes, so the agent is not told there.")
    note = next((row for row in story.updates if row.reply_id == reply.pk), None)
    if note is None or note.status in (TicketUpdate.Status.FAILED, TicketUpdate.Status.CANCELLED):
        return _("The agent is not told in the ticket.")
    return _("An internal note in the ticket tells the agent.")


def _send(reply: AgentReply, handoff: Handoff, reader: Reader) -> Sequence[Action]:
    value = f"retry_event:{reply.event_id}"
    return [may(reader, press(handoff, _("Deliver the reply"), value, kind="act", icon="send", key="r"))]


def _lost_update(story: Story, handoff: Handoff, reader: Reader) -> Step | None:
    failed = next((row for row in story.updates if row.status == TicketUpdate.Status.FAILED), None)
    if failed is None:
        return None
    if story.link is not None and story.link.is_conversation:
        return _lost_in_chat(failed, handoff, reader)
    titles = {
        TicketUpdate.Kind.MESSAGE: _("A contact’s message is not in the ticket"),
        TicketUpdate.Kind.TRANSCRIPT: _("The rest of the transcript is not in the ticket"),
        TicketUpdate.Kind.STATUS: _("The ticket did not follow the session’s status"),
        TicketUpdate.Kind.NOTE: _("The note that a reply did not arrive is not in the ticket"),
    }
    text = failed.detail or str(failed.get_reason_code_display())
    note = _("We read the ticket’s comments first, so nothing stands in it twice.")
    action = press(
        handoff, _("Write it into the ticket"), f"retry_update:{failed.pk}", kind="act", icon="send", key="r"
    )
    title = titles[TicketUpdate.Kind(failed.kind)]
    return Step(Banner("failed", title, text, Owner.YOU_HERE, note, [may(reader, action)]))


def _lost_in_chat(failed: TicketUpdate, handoff: Handoff, reader: Reader) -> Step:
    title = _("A contact’s message is not in the conversation")
    text = failed.detail or str(failed.get_reason_code_display())
    note = _("We read the conversation first, so nothing stands in it twice.")
    value = f"retry_update:{failed.pk}"
    action = press(handoff, _("Write it into the conversation"), value, kind="act", icon="send", key="r")
    return Step(Banner("failed", title, text, Owner.YOU_HERE, note, [may(reader, action)]))


def _lost_event(story: Story, handoff: Handoff, reader: Reader) -> Step | None:
    rows = [row for row in story.events if row.status == PlatformEvent.Status.FAILED]
    failed = next((row for row in rows if row.event != EventType.TEST), None)
    if failed is None:
        return None
    title = _("OpenCX did not take the event “%(event)s”") % {"event": failed.get_event_display()}
    note = _("Sending is safe: the same id counts once.")
    action = press(handoff, _("Send it again"), f"retry_event:{failed.pk}", kind="act", icon="send", key="r")
    return Step(Banner("failed", title, failed.last_error, Owner.YOU_HERE, note, [may(reader, action)]))
