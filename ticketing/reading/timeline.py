"""One line of time for a session: what was said, what we called, who called us, what came of it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.models import PlatformEvent, ProviderCall, WebhookEvent
from opencx_admin.orgs.components import Event
from opencx_admin.orgs.models import AuditEntry
from opencx_admin.orgs.times import clock_text
from ticketing.models import (
    AgentReply,
    ConversationTransfer,
    Handoff,
    Message,
    Sender,
    Session,
    SessionTicketLink,
    TicketUpdate,
)
from ticketing.reading import timeline_items as items
from ticketing.reading.joined import Joined
from ticketing.reading.reader import Reader
from ticketing.reading.transfer_steps import POST_MESSAGE, Post, Transfer, echo_item, read_transfers, transfer_items

MOST_MESSAGES = 300
MOST_ROWS = 300
KEPT_BEFORE_HANDOFF = 2
LIVE_FOR = dt.timedelta(minutes=30)
# What Sunshine tells of our own messages: one for each that we post, and none changes anything.
ECHOES = ("own_echo", "contact_message")
POSTED = Q(provider="sunshine", method="POST", path=POST_MESSAGE, status__range=(200, 299))

SHOWN = {
    "": (gettext_lazy("All"), None),
    "conversation": (gettext_lazy("Conversation"), {"contact", "ai", "agent", "system", "handoff", "folded"}),
    "us": (gettext_lazy("Us"), {"call_out", "us", "handoff", "gap", "now"}),
    "zendesk": (gettext_lazy("Zendesk"), {"call_in", "zendesk", "agent", "gap"}),
}


@dataclass(frozen=True)
class Story:
    """Everything we keep about one session, read in a fixed number of queries."""

    session: Session
    messages: list[Message]
    earlier_messages: int
    handoffs: list[Handoff]
    links: list[SessionTicketLink]
    replies: list[AgentReply]
    updates: list[TicketUpdate]
    events: list[PlatformEvent]
    calls: list[ProviderCall]
    webhooks: list[WebhookEvent]
    acts: list[AuditEntry]
    transfers: list[Transfer]
    # How many of our own messages came back as events, and when the first did.
    echoes: tuple[int, dt.datetime] | None = None

    @cached_property
    def handoff(self) -> Handoff | None:
        """The handoff that counts: the one that is not cancelled, else the latest."""
        live = [handoff for handoff in self.handoffs if handoff.status != Handoff.Status.CANCELLED]
        return next(iter((live or self.handoffs)[-1:]), None)

    @cached_property
    def link(self) -> SessionTicketLink | None:
        """The active link, else the last one that ended."""
        active = [link for link in self.links if link.is_active]
        return next(iter((active or self.links)[-1:]), None)

    @cached_property
    def transfer(self) -> Transfer | None:
        """The way into the conversation that counts: that of the handoff that counts."""
        mine = [transfer for transfer in self.transfers if transfer.row and transfer.handoff == self.handoff]
        return next(iter(mine[-1:]), None)

    @property
    def is_moving(self) -> bool:
        """True while a row of ours is on its way."""
        waiting = ("queued", "working", "retrying")
        rows: Sequence[Handoff | TicketUpdate | PlatformEvent] = [*self.handoffs, *self.updates, *self.events]
        return any(row.status in waiting and row.next_attempt_at is not None for row in rows)

    @property
    def is_live(self) -> bool:
        """True while an answer may come any moment: linked, open, and something happened lately."""
        link = self.link
        if link is None or not link.is_active or link.is_solved:
            return False
        lately = timezone.now() - LIVE_FOR
        times = [link.created_at, *(m.stored_at for m in self.messages[-1:]), *(r.found_at for r in self.replies[-1:])]
        return any(at > lately for at in times)


def read_story(session: Session, *, most_messages: int = MOST_MESSAGES) -> Story:
    """Read all that belongs to the session. `session.contact` should be selected along."""
    org = session.organization_id
    handoffs = list(session.handoffs.order_by("created_at"))
    links = list(session.links.order_by("pk"))
    newest = list(session.messages.order_by("-sent_at", "-pk")[:most_messages])
    total = session.messages.count() if len(newest) == most_messages else len(newest)
    own = Q(subject=f"session:{session.pk}") | Q(subject__startswith=f"session:{session.pk}:")
    for handoff in handoffs:
        own |= Q(subject__startswith=f"handoff:{handoff.pk}")
    ways = list(ConversationTransfer.objects.filter(handoff__in=handoffs).defer("messages")) if handoffs else []
    tickets = [str(link.ticket_id) for link in links if link.ticket_id]
    chats = {*(link.conversation_id for link in links), *(way.conversation_id for way in ways)} - {""}
    rang = Q(session_ref=session.external_id) | Q(ticket_id__in=tickets) | Q(conversation_id__in=chats)
    rung = WebhookEvent.objects.filter(rang, organization_id=org)
    webhooks = list(rung.exclude(reason__in=ECHOES).order_by("-pk")[:MOST_ROWS])[::-1]
    own |= Q(subject__in=[f"webhook:{webhook.pk}" for webhook in webhooks])
    pages = [session.get_absolute_url(), *(handoff.get_absolute_url() for handoff in handoffs)]
    calls = ProviderCall.objects.filter(own, organization_id=org).order_by("-pk")
    if ways:
        calls = calls.exclude(POSTED & Q(subject__startswith="handoff:"))
    told = list(calls[:MOST_ROWS])[::-1]
    events = PlatformEvent.objects.filter(organization_id=org, session_ref=session.external_id).order_by("-pk")
    return Story(
        session=session,
        messages=newest[::-1],
        earlier_messages=total - len(newest),
        handoffs=handoffs,
        links=links,
        replies=list(session.replies.select_related("event").order_by("commented_at", "comment_id")),
        updates=list(session.ticket_updates.order_by("pk")),
        events=list(events[:MOST_ROWS])[::-1],
        calls=told,
        webhooks=webhooks,
        acts=list(AuditEntry.objects.filter(organization_id=org, object_url__in=pages).order_by("-pk")[:MOST_ROWS]),
        transfers=read_transfers(handoffs, ways, links, told, _read_posts(handoffs) if ways else []),
        echoes=_count_echoes(rung) if chats else None,
    )


def _read_posts(handoffs: Sequence[Handoff]) -> list[Post]:
    """The messages of the transcripts that were posted: hundreds of calls that need no row each."""
    own = Q(subject__in=[f"handoff:{handoff.pk}" for handoff in handoffs])
    rows = ProviderCall.objects.filter(POSTED, own, organization_id=handoffs[0].organization_id)
    return [Post(*row) for row in rows.order_by("pk").values_list("subject", "at", "ms")]


def _count_echoes(rung: QuerySet[WebhookEvent]) -> tuple[int, dt.datetime] | None:
    found = rung.filter(reason__in=ECHOES).aggregate(n=Count("pk"), first=Min("received_at"))
    return (found["n"], found["first"]) if found["n"] else None


def tell(
    story: Story, reader: Reader, *, show: str = "", fold_at: Handoff | None = None, joined: Joined | None = None
) -> list[Event]:
    """The story as one line of time, oldest first.

    `show` keeps one side of it (a key of `SHOWN`). `fold_at` folds what was said long before that handoff.
    `joined` is what Zendesk told of its own side.
    """
    joined = joined or Joined()
    replied = [
        (place_in_second(story, reply.commented_at), items.reply_item(reply, story.session.contact, reader))
        for reply in story.replies
    ]
    rest = [(item.at, item) for item in (*_said(story, reader, fold_at), *_done(story, reader, joined))]
    told = [item for _key, item in sorted([*replied, *rest, *joined.items], key=lambda pair: pair[0])]
    kinds = SHOWN.get(show, SHOWN[""])[1]
    return [item for item in told if kinds is None or item.kind in kinds]


def place_in_second(story: Story, at: dt.datetime) -> dt.datetime:
    """Where what happened in Zendesk stands: its times are whole seconds, so it was within the second after `at`.

    Before the call that rang for it, and never before the ticket it answers.
    """
    latest = at + dt.timedelta(microseconds=999_999)
    rang = [call.received_at for call in story.webhooks if at <= call.received_at <= latest]
    return min([*rang, latest]) - dt.timedelta(microseconds=1)


def now_item(story: Story) -> Event | None:
    """The end of a line that goes on: when we try or look again. None when nothing moves."""
    handoff = story.handoff
    if handoff and handoff.status == Handoff.Status.RETRYING and handoff.next_attempt_at:
        words = _("Now. The next try is at %(time)s.") % {"time": clock_text(handoff.next_attempt_at)}
    elif story.is_moving:
        words = _("Now. Live, next look in %(n)s s.") % {"n": pace(story)}
    elif story.is_live:
        words = _("Now. Waits for what comes next, next look in %(n)s s.") % {"n": pace(story)}
    else:
        return None
    return Event("now", timezone.now(), what=words)


def pace(story: Story) -> int:
    """Seconds between two looks of an open page; 0 when nothing can change by itself."""
    if story.is_moving:
        return 2
    return 5 if story.is_live else 0


def fingerprint(story: Story, told: Sequence[Event]) -> str:
    """A short text that changes when the line of time, the handoff or the session changes."""
    handoff, link = story.handoff, story.link
    state = (handoff and (handoff.status, handoff.attempts), link and (link.pk, link.ticket_status))
    return hashlib.sha256(repr((told, state, story.session.status)).encode()).hexdigest()[:16]


def _said(story: Story, reader: Reader, fold_at: Handoff | None) -> Iterator[Event]:
    contact = story.session.contact
    updates = _worst_updates(story)
    messages, hidden = story.messages, story.earlier_messages
    if fold_at:
        before = [message for message in messages if message.sent_at <= fold_at.created_at]
        folded = max(len(before) - KEPT_BEFORE_HANDOFF, 0)
        hidden += folded if folded > 1 else 0
        messages = messages[folded if folded > 1 else 0 :]
    if hidden:
        yield _folded(story, hidden, messages)
    asked_at: dt.datetime | None = None
    for message in messages:
        wait = None
        if message.sender == Sender.CONTACT:
            asked_at = message.sent_at
        elif message.sender == Sender.AI and asked_at:
            wait, asked_at = (message.sent_at - asked_at).total_seconds(), None
        carried = items.carried(updates[message.pk], story.link) if message.pk in updates else None
        yield items.message_item(message, contact, reader, wait=wait, carried=carried)


def _worst_updates(story: Story) -> dict[int, TicketUpdate]:
    """The update of each message; of a long one that went in parts, the part that is furthest behind."""
    ranks = {TicketUpdate.Status.DONE: 0, TicketUpdate.Status.FAILED: 2}
    found: dict[int, TicketUpdate] = {}
    for update in sorted(story.updates, key=lambda row: ranks.get(TicketUpdate.Status(row.status), 1)):
        if update.message_id:
            found[update.message_id] = update
    return found


def _folded(story: Story, number: int, rest: Sequence[Message]) -> Event:
    words = ngettext("%(n)s earlier message", "%(n)s earlier messages", number) % {"n": number}
    first = rest[0].sent_at if rest else story.session.created_at
    at = min(story.messages[0].sent_at if story.messages else first, first)
    url = story.session.get_absolute_url()
    url = f"{url}?messages=all" if story.earlier_messages else url
    return Event(
        "folded",
        at,
        what=_("contact and AI, %(channel)s") % {"channel": story.session.get_channel_display()},
        link=(words, url),
    )


def _done(story: Story, reader: Reader, joined: Joined) -> Iterator[Event]:
    contact = story.session.contact
    made = {f"handoff:{link.handoff_id}": link for link in story.links[::-1] if link.handoff_id}
    replies = {reply.event_id: reply for reply in story.replies if reply.event_id}
    for handoff in story.handoffs:
        yield items.handoff_item(handoff, contact, reader)
    ends = [items.outcome_item(handoff, contact, reader) for handoff in story.handoffs]
    ends += [items.link_end_item(link) for link in story.links]
    yield from (end for end in ends if end)
    ways = {call.pk for transfer in story.transfers for call in transfer.calls}
    calls = [call for call in story.calls if call.pk not in ways]
    calls += [call for transfer in story.transfers for call in transfer.troubles]
    yield from (items.provider_call_item(call, reader, contact, made.get(call.subject)) for call in calls)
    for transfer in story.transfers:
        yield from transfer_items(transfer, lambda text: reader.words(text, contact))
    yield from (items.platform_event_item(event, replies.get(event.pk)) for event in story.events)
    yield from (items.webhook_item(webhook, joined.records.get(webhook.pk)) for webhook in story.webhooks)
    if story.echoes:
        number, first = story.echoes
        through = [way.row.control_passed_at for way in story.transfers if way.row and way.row.control_passed_at]
        yield echo_item(number, max([first, *through]), story.link)
    yield from (items.update_item(update) for update in story.updates if _speaks_for_itself(update))
    yield from (items.act_item(entry) for entry in story.acts)


def _speaks_for_itself(update: TicketUpdate) -> bool:
    """True when no other item tells of the update: a message carries its own mark, a done one is our call."""
    if update.kind == TicketUpdate.Kind.MESSAGE:
        return update.status == TicketUpdate.Status.FAILED
    if update.kind == TicketUpdate.Kind.NOTE:
        return True
    return update.status != TicketUpdate.Status.DONE
