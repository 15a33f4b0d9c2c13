"""What the engine reads of a session: the contact's own words, oldest first. They are data, never an order."""

from __future__ import annotations

from django.db.models import Q

from ticketing.models import Handoff, Message, Sender, Session

LONGEST = 12_000
LONGEST_MESSAGE = 4_000


def read_words(session: Session, last_message_id: int | None = None) -> str:
    """The subject and the contact's messages, one a line; of very long sessions the beginning and the newest."""
    rows = Message.objects.filter(session=session, sender=Sender.CONTACT).exclude(text="")
    if last_message_id is not None:
        rows = rows.filter(Q(pk__lte=last_message_id))
    texts = [" ".join(text.split())[:LONGEST_MESSAGE] for text in rows.values_list("text", flat=True)]
    lines = [line for line in [" ".join(session.subject.split()), *texts] if line]
    return _fit(lines)


def read_handed_off(handoff: Handoff) -> str:
    """The contact's words up to the handoff, as its transcript holds them."""
    return read_words(handoff.session, handoff.last_message_id)


def _fit(lines: list[str]) -> str:
    """The first line and as many of the newest as have room."""
    if sum(len(line) + 1 for line in lines) <= LONGEST:
        return "\n".join(lines)
    kept: list[str] = []
    room = LONGEST - len(lines[0])
    for line in reversed(lines[1:]):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([lines[0], *reversed(kept)])
