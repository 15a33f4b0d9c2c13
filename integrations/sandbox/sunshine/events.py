"""What happened, told to the webhooks that asked for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from integrations.sandbox import faults
from integrations.sandbox.api.answers import Json
from integrations.sandbox.models import Chat, ChatMessage, EventCall, Seat, SunshineApp, SunshineHook, SunshineUser
from integrations.sandbox.store import new_object_id, now, stamp_ms
from integrations.sandbox.sunshine import sender
from integrations.sandbox.sunshine.show import show_chat_briefly, show_message, show_user, show_user_briefly

TRIGGERS = frozenset({
    "client:add", "client:remove", "client:update", "conversation:create", "conversation:join",
    "conversation:leave", "conversation:remove", "conversation:message", "conversation:message:delivery:channel",
    "conversation:message:delivery:failure", "conversation:message:delivery:user", "conversation:postback",
    "conversation:read", "conversation:referral", "passthrough:messaging", "conversation:typing",
    "switchboard:acceptControl", "switchboard:acceptControl:failure", "switchboard:offerControl",
    "switchboard:offerControl:failure", "switchboard:passControl", "switchboard:passControl:failure",
    "switchboard:releaseControl", "user:merge", "user:update", "user:remove",
})  # fmt: skip
GATHER_SECONDS = 0.3


@dataclass(frozen=True)
class Payload:
    """The records an event tells of; each hook decides how much of the users it sees."""

    chat: Chat | None = None
    user: SunshineUser | None = None
    message: ChatMessage | None = None
    surviving: SunshineUser | None = None
    discarded: SunshineUser | None = None

    def render(self, hook: SunshineHook) -> Json:
        """As this hook gets it."""
        show = show_user if hook.includes_full_user else show_user_briefly
        shown: Json = {}
        if self.chat is not None:
            shown["conversation"] = show_chat_briefly(self.chat)
        if self.user is not None:
            shown["user"] = show(self.user)
        if self.message is not None:
            shown["message"] = render_message(self.message, hook)
        if self.surviving is not None and self.discarded is not None:
            shown["mergedUsers"] = {"surviving": show(self.surviving), "discarded": show(self.discarded)}
        return shown


def render_message(message: ChatMessage, hook: SunshineHook) -> Json:
    """A message with its user inside the author, and the client of a channel when the hook wants the full source."""
    shown = show_message(message)
    if message.user is not None:
        show = show_user if hook.includes_full_user else show_user_briefly
        shown["author"] = {**shown["author"], "user": show(message.user)}
        if hook.includes_full_source and ":" not in message.source["type"]:
            client = {"id": message.user.uid, "type": message.source.get("type"), "status": "active"}
            shown["source"] = {**shown["source"], "client": client}
    return shown


def emit(app: SunshineApp, kind: str, payload: Payload, **extra: Any) -> None:
    """Queues one event for every webhook subscribed to its kind; ``extra`` keys that are None are left away."""
    event_id, moment = new_object_id(), stamp_ms(now())
    for hook in listeners(app, kind, payload.chat):
        body = {**payload.render(hook), **{name: one for name, one in extra.items() if one is not None}}
        put(app, hook, {"id": event_id, "createdAt": moment, "type": kind, "payload": body})


def listeners(app: SunshineApp, kind: str, chat: Chat | None) -> Iterator[SunshineHook]:
    """Webhooks that hear of it. One in the switchboard without control hears only when it asked for standby events."""
    rows = SunshineHook.objects.select_related("integration").filter(integration__app=app)
    for hook in rows.filter(integration__status="active").order_by("pk"):
        if kind not in hook.triggers:
            continue
        seat = Seat.objects.filter(app=app, integration_uid=hook.integration.uid).first()
        is_standby = seat is not None and chat is not None and chat.seat is not None and chat.seat.pk != seat.pk
        if seat is not None and is_standby and not seat.delivers_standby_events and kind.startswith("conversation:"):
            continue
        yield hook


def put(app: SunshineApp, hook: SunshineHook, event: Json) -> None:
    """Writes the call down as due; faults may lose, double or delay it, or spoil its key."""
    if faults.take(app.account, {"event_lost"}) is not None:
        EventCall.objects.create(hook=hook, events=[event], status="lost")
        return
    is_double = faults.take(app.account, {"event_duplicated"}) is not None
    late = faults.take(app.account, {"event_delayed"})
    has_wrong_key = faults.take(app.account, {"event_wrong_key"}) is not None
    moment = datetime.now(UTC)
    most = int(app.option("events_per_call"))
    if most > 1 and not late and not has_wrong_key and gather(hook, event, most, moment):
        return
    wait = (late.seconds or 5) if late else GATHER_SECONDS if most > 1 else 0
    for _copy in range(2 if is_double else 1):
        EventCall.objects.create(
            hook=hook,
            events=[event],
            sends_wrong_key=has_wrong_key,
            next_attempt_at=moment + timedelta(seconds=wait),
        )
    transaction.on_commit(sender.wake)


def gather(hook: SunshineHook, event: Json, most: int, moment: datetime) -> bool:
    """Adds the event to a call that still waits; False when there is none."""
    waiting = EventCall.objects.filter(hook=hook, attempts=[], next_attempt_at__gt=moment + timedelta(seconds=0.02))
    for row in waiting.order_by("pk"):
        if len(row.events) < most:
            row.events = [*row.events, event]
            row.save(update_fields=["events"])
            return True
    return False
