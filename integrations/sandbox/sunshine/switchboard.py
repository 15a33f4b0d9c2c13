"""Who has control of a conversation: pass, offer, accept, release."""

from typing import Any

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json
from integrations.sandbox.models import Chat, Seat, Ticket
from integrations.sandbox.sunshine import events, workspace
from integrations.sandbox.sunshine.answers import bad_request, done, refuse
from integrations.sandbox.sunshine.checks import read_metadata
from integrations.sandbox.sunshine.conversations import find_chat
from integrations.sandbox.sunshine.gate import Call

INVALID_TARGET = {"code": "switchboard_invalid_target", "message": "Switchboard invalid target"}
INVALID_ACTION = {"code": "switchboard_invalid_action", "message": "There is no pendingSwitchboardIntegration"}


def pass_control(call: Call, uid: str) -> HttpResponse:
    """POST: 200 says accepted; what came of it is an event."""
    chat, (target, metadata) = find_chat(call.app, uid), read_order(call)
    seat = find_seat(chat, target)
    failing = int(call.app.option("failing_passes"))
    if failing:
        call.app.options = {**call.app.options, "failing_passes": failing - 1}
        call.app.save(update_fields=["options"])
    if seat is None or failing:
        events.emit(call.app, "switchboard:passControl:failure", events.Payload(chat=chat), error=INVALID_TARGET)
        return done()
    if chat.seat is not None and chat.seat.pk == seat.pk:
        return done()
    hand_over(chat, seat, metadata)
    return done()


def read_order(call: Call) -> tuple[str, Json]:
    """The target and the metadata. Raises 400."""
    said = call.body()
    target = said.get("switchboardIntegration")
    if not isinstance(target, str) or not target:
        raise bad_request("should have required property 'switchboardIntegration'")
    return target, read_metadata(said.get("metadata"))


def find_seat(chat: Chat, target: str) -> Seat | None:
    """By id, name, type in that order, or ``next``; None when there is none, or several of the type."""
    if not chat.app.is_switchboard_enabled or not chat.app.has_switchboard:
        return None
    if target == "next":
        return chat.seat.next_seat if chat.seat is not None else None
    rows = Seat.objects.filter(app=chat.app)
    found = rows.filter(uid=target).first() or rows.filter(name=target).first()
    if found is not None:
        return found
    of_type = list(rows.filter(integration_type=target)[:2])
    return of_type[0] if len(of_type) == 1 else None


def hand_over(chat: Chat, seat: Seat, metadata: Json, reason: str | None = None) -> None:
    """Gives control to a seat, and says so; the Agent Workspace makes its ticket now."""
    chat.seat, chat.pending_seat = seat, None
    chat.save(update_fields=["seat", "pending_seat"])
    if seat.integration_type == workspace.AGENT_WORKSPACE:
        workspace.open_ticket(chat, metadata)
    told: dict[str, Any] = {"metadata": metadata or None, "reason": reason}
    events.emit(chat.app, "switchboard:passControl", events.Payload(chat=chat), **told)


def offer_control(call: Call, uid: str) -> HttpResponse:
    """POST: makes a seat the pending one."""
    chat, (target, metadata) = find_chat(call.app, uid), read_order(call)
    seat = find_seat(chat, target)
    told: dict[str, Any] = {"metadata": metadata or None}
    if seat is None or (chat.seat is not None and seat.pk == chat.seat.pk):
        message = "Cannot offer control to the active switchboard integration."
        error = INVALID_TARGET if seat is None else {**INVALID_TARGET, "message": message}
        events.emit(call.app, "switchboard:offerControl:failure", events.Payload(chat=chat), error=error, **told)
        return done()
    chat.pending_seat = seat
    chat.save(update_fields=["pending_seat"])
    events.emit(call.app, "switchboard:offerControl", events.Payload(chat=chat), **told)
    return done()


def accept_control(call: Call, uid: str) -> HttpResponse:
    """POST: the pending seat takes over; 403 for an integration key of another."""
    chat, metadata = find_chat(call.app, uid), read_metadata(call.body().get("metadata"))
    check_own_seat(call, chat.pending_seat)
    told: dict[str, Any] = {"metadata": metadata or None}
    if chat.pending_seat is None:
        events.emit(
            call.app, "switchboard:acceptControl:failure", events.Payload(chat=chat), error=INVALID_ACTION, **told
        )
        return done()
    chat.seat, chat.pending_seat = chat.pending_seat, None
    chat.save(update_fields=["seat", "pending_seat"])
    if chat.seat is not None and chat.seat.integration_type == workspace.AGENT_WORKSPACE:
        workspace.open_ticket(chat, metadata)
    events.emit(call.app, "switchboard:acceptControl", events.Payload(chat=chat), **told)
    return done()


def release_control(call: Call, uid: str) -> HttpResponse:
    """POST: nobody has control; 403 for an integration key that is not the active one."""
    chat, metadata = find_chat(call.app, uid), read_metadata(call.body().get("metadata"))
    check_own_seat(call, chat.seat)
    let_go(chat, metadata)
    return done()


def check_own_seat(call: Call, seat: Seat | None) -> None:
    """Raises 403 when an integration key acts for another's seat."""
    if call.key.scope != "integration":
        return
    own = call.own_seat
    if own is None or seat is None or own.pk != seat.pk:
        raise refuse(403)


def end_solved(ticket: Ticket) -> None:
    """A ticket that is solved ends the session that the Agent Workspace still has."""
    if ticket.status not in ("solved", "closed"):
        return
    rows = Chat.objects.select_related("app__account", "seat", "pending_seat")
    for chat in rows.filter(ticket=ticket, seat__integration_type=workspace.AGENT_WORKSPACE):
        let_go(chat, {}, "ticketClosed" if ticket.status == "closed" else None)


def let_go(chat: Chat, metadata: Json, reason: str | None = None) -> None:
    """Takes control from whoever has it, and says so."""
    chat.seat = chat.pending_seat = None
    chat.save(update_fields=["seat", "pending_seat"])
    told: dict[str, Any] = {"metadata": metadata or None, "reason": reason}
    events.emit(chat.app, "switchboard:releaseControl", events.Payload(chat=chat), **told)
