"""The calls that Zendesk says it made to us for a ticket, held against those that arrived."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from integrations.clients.errors import Forbidden, NotFound, ProviderError
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_audits import Attempt, Invocation, list_attempts, list_invocations
from integrations.models import EndpointKind, ObjectKind, ProvisionedObject, WebhookEndpoint, WebhookEvent
from integrations.webhooks.parse import parse
from opencx_admin.orgs.models import Organization

KEPT_FOR = dt.timedelta(days=7)
# A call is made seconds after the update that rang; Zendesk tries again for some minutes.
BEFORE, AFTER = dt.timedelta(seconds=5), dt.timedelta(minutes=10)
MOST_WINDOWS = 6
MOST_ASKED = 20
WEBHOOK_ID = "x-zendesk-webhook-id"
NOT_SENT = ("throttled", "circuit broken")
STILL_TRYING = ("in progress", "retrying", "pending", "scheduled")


@dataclass(frozen=True)
class SentCall:
    """One call as Zendesk recorded it. `event` is our row of it; None: it is not among the calls that arrived.

    `ticket_id` is empty where Zendesk does not tell: what was throttled has no request. `at` is the time of its
    first try. `is_elsewhere`: it went to another address than our present one.
    """

    id: str
    status: str
    status_code: int | None
    at: dt.datetime
    event: int | None = None
    ticket_id: str = ""
    tries: int = 0
    tried: str = ""
    is_elsewhere: bool = False

    @property
    def is_not_sent(self) -> bool:
        """True when Zendesk held it back."""
        return self.status in NOT_SENT

    @property
    def is_moving(self) -> bool:
        """True while Zendesk still tries."""
        return self.status in STILL_TRYING


@dataclass(frozen=True)
class Record:
    """What Zendesk told of its calls. `windows` are the times that were read whole; `notes` say what was not."""

    calls: tuple[SentCall, ...] = ()
    windows: tuple[tuple[dt.datetime, dt.datetime], ...] = ()
    notes: tuple[str, ...] = ()


def webhook_ids(organization: Organization, arrived: Iterable[WebhookEvent] = ()) -> list[str]:
    """The webhooks in Zendesk that call us: the one we keep, and those that did call."""
    kept = ProvisionedObject.objects.filter(organization=organization, kind=ObjectKind.WEBHOOK)
    found = list(kept.values_list("external_id", flat=True))
    for event in arrived:
        names = {str(name).lower(): value for name, value in (event.headers or {}).items()}
        found.append(str(names.get(WEBHOOK_ID) or ""))
    return [name for name in dict.fromkeys(found) if name]


def read_record(
    client: ZendeskClient,
    organization: Organization,
    tickets: Sequence[str],
    rang: Sequence[dt.datetime],
    webhooks: Sequence[str],
    *,
    now: dt.datetime,
    deadline: float,
) -> Record:
    """Read the calls around the times at which the tickets should have rung. Never raises a failure of the client.

    `deadline` is a time of `time.monotonic`: what is not read by then is named in the notes.
    """
    windows, notes = _windows(rang, now)
    listed: dict[str, tuple[str, Invocation]] = {}
    whole: list[tuple[dt.datetime, dt.datetime]] = []
    for since, until in windows:
        is_whole = bool(webhooks)
        for webhook in webhooks:
            if time.monotonic() > deadline:
                notes.append(_("Zendesk answers slowly; a part of its calls was not read."))
                is_whole = False
                continue
            try:
                found, is_all = list_invocations(client, webhook, since, until)
            except ProviderError as error:
                notes.append(_say(error))
                found, is_all = [], isinstance(error, NotFound)  # a deleted webhook calls nobody
            listed |= {one.id: (webhook, one) for one in found}
            is_whole &= is_all
        if is_whole:
            whole.append((since, until))
    calls, left = _join(client, organization, tickets, listed, deadline)
    return Record(tuple(sorted(calls, key=lambda call: call.at)), tuple(whole), tuple(dict.fromkeys([*notes, *left])))


def _say(error: ProviderError) -> str:
    if isinstance(error, Forbidden):
        return _("Our user may not read webhooks, so Zendesk’s calls are not told. It needs the right to manage them.")
    if isinstance(error, NotFound):
        return _("A webhook that called us is not in Zendesk any more.")
    return _("Zendesk’s calls could not be read. %(why)s") % {"why": error.sentence}


def _windows(rang: Sequence[dt.datetime], now: dt.datetime) -> tuple[list[tuple[dt.datetime, dt.datetime]], list[str]]:
    """Spans of time around each ring, merged, newest first."""
    spans: list[tuple[dt.datetime, dt.datetime]] = []
    recent = sorted(at for at in rang if at > now - KEPT_FOR)
    for at in recent:
        since, until = at - BEFORE, min(at + AFTER, now + BEFORE)
        if spans and since <= spans[-1][1]:
            spans[-1] = (spans[-1][0], until)
        else:
            spans.append((since, until))
    notes = []
    if len(recent) < len(rang):
        notes.append(_("Zendesk keeps its calls for seven days; older ones are not told."))
    if len(spans) > MOST_WINDOWS:
        notes.append(_("Only the calls of the last %(n)s exchanges were read.") % {"n": MOST_WINDOWS})
    return spans[::-1][:MOST_WINDOWS], notes


def _join(
    client: ZendeskClient,
    organization: Organization,
    tickets: Sequence[str],
    listed: dict[str, tuple[str, Invocation]],
    deadline: float,
) -> tuple[list[SentCall], list[str]]:
    """The calls that are these tickets', and those of which Zendesk does not tell whose they are."""
    rows = WebhookEvent.objects.filter(organization=organization, invocation_id__in=list(listed))
    stored = {name: (pk, ticket, at) for name, pk, ticket, at in _arrived(rows)}
    address = WebhookEndpoint.current(organization, EndpointKind.ZENDESK).url
    calls, notes, asked = [], [], 0
    for name, (webhook, one) in sorted(listed.items(), key=lambda pair: pair[1][1].at, reverse=True):
        call = SentCall(one.id, one.status, one.status_code, one.at)
        if name in stored:
            pk, ticket, at = stored[name]
            if ticket in tickets:
                calls.append(replace(call, event=pk, ticket_id=ticket, at=min(at, one.at)))
        elif call.is_not_sent:
            calls.append(call)
        elif asked >= MOST_ASKED or time.monotonic() > deadline:
            notes.append(_("A part of the calls that did not arrive was not looked into."))
        else:
            asked += 1
            try:
                attempts = list_attempts(client, webhook, name)
            except ProviderError as error:
                notes.append(_say(error))
                continue
            call = _look_into(call, attempts, address)
            if call.ticket_id in tickets:
                calls.append(call)
    return calls, notes


def _arrived(rows: Iterable[WebhookEvent]) -> list[tuple[str, int, str, dt.datetime]]:
    return [(row.invocation_id, row.pk, row.ticket_id, row.received_at) for row in rows]


def _look_into(call: SentCall, attempts: Sequence[Attempt], address: str) -> SentCall:
    """The call with what its tries tell: whose it is, when it began, how often it was tried and why in vain."""
    sent = [one for one in attempts if one.payload is not None]
    if not sent:
        return call
    last = attempts[-1]
    return replace(
        call,
        ticket_id=parse((sent[0].payload or "").encode()).ticket_id,
        at=sent[0].at or call.at,
        tries=len(attempts),
        tried=last.status,
        is_elsewhere=bool(last.endpoint) and last.endpoint != address,
    )
