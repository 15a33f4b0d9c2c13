"""A chat's way into a live conversation, as items of the line of time: one when all went well, else step by step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import ProviderCall
from opencx_admin.orgs.components import Event, Mark, More
from opencx_admin.orgs.times import clock_text, span_text
from ticketing.models import ConversationTransfer, Handoff, SessionTicketLink

APP = "/v2/apps/{appId}"
POST_MESSAGE = f"{APP}/conversations/{{id}}/messages"
# The look-up of the contact's user in Support; a ticket's own calls have other paths.
LOOK_UP = (("GET", "/api/v2/users/search"), ("PUT", "/api/v2/users/{id}"))
KNOWN_USER = 409
Merge = ConversationTransfer.Merge


@dataclass(frozen=True, slots=True)
class Post:
    """One message that was posted: the handoff it belongs to, when, and how long it took in ms."""

    subject: str
    at: dt.datetime
    ms: int


@dataclass(frozen=True)
class Transfer:
    """One way into a conversation. `row` is None for one whose conversation was deleted since."""

    handoff: Handoff
    row: ConversationTransfer | None
    calls: Sequence[ProviderCall]
    posts: Sequence[Post]

    @property
    def is_through(self) -> bool:
        """True when agents have the conversation."""
        if self.row is not None:
            return self.row.control_passed_at is not None
        return any(call.path.endswith("/passControl") and _is_fine(call) for call in self.calls)

    @property
    def went_well(self) -> bool:
        """True when every call was answered as hoped and the contact stayed one person."""
        missed = self.row is not None and self.row.merge == Merge.MISSED
        return self.is_through and not missed and all(_is_fine(call) for call in self.calls)

    @property
    def troubles(self) -> list[ProviderCall]:
        """The calls that failed; they stand for themselves."""
        return [] if self.went_well else [call for call in self.calls if not _is_fine(call)]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: when it was done, what was done, and how it ended when not well."""

    at: dt.datetime
    what: str
    mark: Mark
    note: str = ""


def is_step(call: ProviderCall) -> bool:
    """True for a call that a transfer makes."""
    if not call.subject.startswith("handoff:"):
        return False
    return call.provider == "sunshine" or (call.provider == "zendesk" and (call.method, call.path) in LOOK_UP)


def read_transfers(
    handoffs: Sequence[Handoff],
    rows: Sequence[ConversationTransfer],
    links: Sequence[SessionTicketLink],
    calls: Sequence[ProviderCall],
    posts: Sequence[Post],
) -> list[Transfer]:
    """The transfers of a session, oldest first: the present one of each handoff, and those before a deletion."""
    found = []
    for handoff in handoffs:
        subject = f"handoff:{handoff.pk}"
        mine = [call for call in calls if call.subject == subject and is_step(call)]
        sent = [post for post in posts if post.subject == subject]
        row = next((row for row in rows if row.handoff_id == handoff.pk), None)
        for end in _deletions(handoff, row, links):
            before = [call for call in mine if call.at <= end]
            if before:
                found.append(Transfer(handoff, None, before, [post for post in sent if post.at <= end]))
            mine = [call for call in mine if call.at > end]
            sent = [post for post in sent if post.at > end]
        if mine or row is not None:
            found.append(Transfer(handoff, row, mine, sent))
    return found


def _deletions(
    handoff: Handoff, row: ConversationTransfer | None, links: Sequence[SessionTicketLink]
) -> list[dt.datetime]:
    """When what the handoff had become was deleted in Zendesk, before the transfer that `row` holds began."""
    gone = [link for link in links if link.handoff_id == handoff.pk and link.ended_as == SessionTicketLink.End.DELETED]
    former = [link for link in gone if row is None or link.conversation_id != row.conversation_id]
    return sorted(link.ended_at for link in former if link.ended_at)


def transfer_items(transfer: Transfer, words: Callable[[str], str]) -> Iterator[Event]:
    """The transfer in the line of time. `words` masks what a contact's detail may stand in."""
    steps = list(_steps(transfer, words))
    if transfer.went_well:
        yield _folded(transfer, steps)
        return
    for step in steps:
        yield Event("call_out", step.at, _we(), step.what, mark=step.mark, note=step.note)


def _we() -> str:
    return _("We → Zendesk")


def _folded(transfer: Transfer, steps: Sequence[Step]) -> Event:
    number = count_posted(transfer)
    took = sum(call.ms for call in transfer.calls) + sum(post.ms for post in transfer.posts)
    notes = [ngettext("%(n)s message", "%(n)s messages", number) % {"n": number}] if number else []
    notes += [span_text(took / 1000)] if took else []
    lines = "\n".join(f"{clock_text(step.at)}  {step.what}" for step in steps)
    last = steps[-1].at if steps else transfer.handoff.created_at
    more = More(_("%(n)s steps") % {"n": len(steps)}, lines)
    return Event(
        "call_out",
        last,
        _we(),
        _("live conversation opened, control passed to agents"),
        mark=Mark("ok"),
        note=" · ".join(notes),
        mores=[more, *([More(_("Calls"), _list_calls(transfer), is_mono=True)] if transfer.calls else [])],
    )


def _list_calls(transfer: Transfer) -> str:
    """Every call in one line; the messages, which may be hundreds, in one together."""
    lines = [(call.at, f"{call.method} {call.path}  {call.status}  {call.ms} ms") for call in transfer.calls]
    if transfer.posts:
        posts, took = transfer.posts, sum(post.ms for post in transfer.posts)
        lines.append((posts[0].at, f"POST {POST_MESSAGE}  201  {took} ms" + (f"  × {len(posts)}" if posts[1:] else "")))
    return "\n".join(line for _at, line in sorted(lines))


def echo_item(number: int, at: dt.datetime, link: SessionTicketLink | None) -> Event:
    """What Sunshine told us of messages that no agent wrote, most of them posted by us: nothing to do."""
    url = reverse("webhooks")
    if link is not None and link.is_conversation:
        url += f"?{urlencode({'view': 'ignored', 'conversation': link.conversation_id})}"
    words = ngettext(
        "%(n)s message of the AI or the contact came back",
        "%(n)s messages of the AI or the contact came back",
        number,
    )
    link_words = ngettext("%(n)s call", "%(n)s calls", number) % {"n": number}
    what, note = words % {"n": number}, _("known here, nothing to do")
    return Event("call_in", at, _("Zendesk → us"), what, note=note, link=(link_words, url))


def count_posted(transfer: Transfer) -> int:
    """How many messages are in the conversation."""
    return transfer.row.messages_sent if transfer.row else len(transfer.posts)


def _steps(transfer: Transfer, words: Callable[[str], str]) -> Iterator[Step]:
    """The steps that were taken, in their order."""
    yield from _joining(transfer, words)
    yield from _user(transfer)
    yield from _conversation(transfer)
    yield from _messages(transfer)
    if transfer.is_through:
        asked = transfer.row.control_passed_at if transfer.row else None
        at = _last(transfer, "POST", "/passControl") or asked or transfer.handoff.created_at
        yield Step(at, _("control passed to agents"), Mark("ok"))


def _joining(transfer: Transfer, words: Callable[[str], str]) -> Iterator[Step]:
    row = transfer.row
    if row is None or not row.merge:
        return
    looked = max((call.at for call in transfer.calls if call.provider == "zendesk"), default=None)
    at = looked or _first(transfer) or transfer.handoff.created_at
    if row.merge == Merge.MISSED:
        yield Step(
            at, _("one person may become two contacts"), Mark("warning", _("not joined")), words(row.merge_detail)
        )
    elif row.merge == Merge.FOUND:
        yield Step(at, _("contact joined with their user in Support"), Mark("ok"))
    elif row.merge_detail:
        yield Step(at, _("nothing to look the contact up by in Support"), Mark("ok"))
    else:
        yield Step(at, _("contact has no user in Support yet"), Mark("ok"))


def _user(transfer: Transfer) -> Iterator[Step]:
    found = _last(transfer, "GET", "/users/{externalId}")
    at = found or _last(transfer, "POST", "/users")
    if at or (transfer.row and transfer.row.user_id):
        what = _("user found in Messaging") if found else _("user made in Messaging")
        yield Step(at or transfer.handoff.created_at, what, Mark("ok"))


def _conversation(transfer: Transfer) -> Iterator[Step]:
    made, found = _last(transfer, "POST", "/conversations"), _last(transfer, "GET", "/conversations")
    row = transfer.row
    if row and not row.conversation_id:
        return
    at = made or found or (row.conversation_asked_at if row else None)
    if at:
        yield Step(at, _("conversation found again") if found and not made else _("conversation made"), Mark("ok"))


def _messages(transfer: Transfer) -> Iterator[Step]:
    """How much of the transcript is there, out of how much."""
    row, number = transfer.row, count_posted(transfer)
    total = count_all(transfer)
    if not total:
        return
    at = max((post.at for post in transfer.posts), default=None)
    at = at or _last(transfer, "POST", "/conversations") or (row.control_asked_at if row else None)
    mark = Mark("ok") if number == total else _unfinished(transfer.handoff)
    yield Step(at or transfer.handoff.created_at, posted_text(number, total), mark)


def count_all(transfer: Transfer) -> int:
    """How many messages the conversation should hold. The stored transcript is read only while it is on its way."""
    row = transfer.row
    return len(row.messages) if row and not transfer.is_through else count_posted(transfer)


def posted_text(number: int, total: int) -> str:
    """ "3 of 14 messages posted"."""
    words = ngettext("%(n)s of %(m)s message posted", "%(n)s of %(m)s messages posted", total)
    return words % {"n": number, "m": total}


def _unfinished(handoff: Handoff) -> Mark:
    status = Handoff.Status
    if handoff.status in (status.QUEUED, status.WORKING):
        return Mark("working")
    return Mark("retrying") if handoff.status == status.RETRYING else Mark("cancelled", _("stopped"))


def _is_fine(call: ProviderCall) -> bool:
    """2xx; and the answer that the user exists, which is then read."""
    if call.status == KNOWN_USER and call.method == "POST" and call.path == f"{APP}/users":
        return True
    return call.status is not None and 200 <= call.status < 300


def _first(transfer: Transfer) -> dt.datetime | None:
    return min((call.at for call in transfer.calls), default=None)


def _last(transfer: Transfer, method: str, ending: str) -> dt.datetime | None:
    """When a call of this kind last went well."""
    return max(
        (call.at for call in transfer.calls if call.method == method and call.path.endswith(ending) and _is_fine(call)),
        default=None,
    )
