"""The inbox: store a call first, answer it, process it afterwards.

What a call is about is the other app's knowledge; it says so through the two hooks `match` and `process`.
"""

from __future__ import annotations

import datetime as dt
import enum
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients.errors import ProviderError
from integrations.models import EndpointKind, EventResult, TestCall, WebhookEndpoint, WebhookEvent
from integrations.webhooks import parse, signatures
from integrations.webhooks.statements import Endpoint, insert_event
from opencx_admin.due import GIVE_UP_AFTER, backoff
from opencx_admin.orgs.models import Organization

log = logging.getLogger("opencx.webhooks")
UNMATCHED = "unmatched_ticket"
# A call that we asked Zendesk for, to prove the way: its external id is a nonce of ours and names no session.
TEST_PREFIX, TEST_CALL = "opencx-test-", "test_call"
# Sunshine's events that nobody can process: not of a kind that we use, or broken.
MALFORMED_EVENT, NOT_USED = "malformed_event", "not_used"
NEVER_USED = (MALFORMED_EVENT, NOT_USED)
LEASE = dt.timedelta(seconds=45)
LOOK_AGAIN = dt.timedelta(seconds=10)
# A replayed call may be days old: its day is this many tries.
MOST_TRIES = 150


class Match(enum.Enum):
    """What a call's ids are to us when it arrives."""

    LINKED = "linked"  # the ticket is linked to a session
    SESSION = "session"  # the external id names a session; its ticket is not linked (yet)
    NATIVE = "native"  # a ticket opened in Zendesk
    NOBODY = "nobody"  # an external id that names nothing here


@dataclass(frozen=True)
class Outcome:
    """What processing a call came to. `wait` (seconds) asks for another look."""

    result: EventResult
    reason: str = ""
    detail: str = ""
    session_ref: str = ""
    effects: tuple[str, ...] = ()
    wait: float | None = None


@dataclass
class Hooks:
    """Filled by the app that knows sessions and tickets."""

    match: Callable[[int, str, str], tuple[Match, str]] | None = None
    process: Callable[[WebhookEvent], Outcome] | None = None
    adopt: Callable[[WebhookEvent, str], str | None] | None = None


hooks = Hooks()


@dataclass(frozen=True)
class Call:
    """One HTTP call as it came."""

    body: bytes
    signature: str = ""
    timestamp: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    invocation_id: str = ""
    ip: str | None = None
    began: float = field(default_factory=time.monotonic)


def refuse_unsigned(endpoint: WebhookEndpoint | Endpoint, call: Call) -> str:
    """Empty when the call may come in; else why its signature is refused. A refusal is counted, not stored."""
    if not endpoint.signing_secret:
        return ""
    why = signatures.check(
        endpoint.signing_secret.reveal(), call.signature, call.timestamp, call.body, now=timezone.now()
    )
    if why:
        rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
        rows.update(calls_refused=F("calls_refused") + 1, last_refused_at=timezone.now())
    return why


@dataclass(frozen=True)
class Stored:
    """A stored call: its row's id, and the error code of its answer, empty when it is accepted or parked."""

    pk: int
    reason: str


def store(endpoint: WebhookEndpoint | Endpoint, call: Call) -> Stored:
    """Store the call with the answer it gets; the row is due when there is something to process."""
    payload = parse.parse(call.body)
    error, result, session_ref = payload.error, EventResult.QUEUED, ""
    test = _find_test(endpoint.organization_id, payload.external_id)
    if test is not None:
        result = EventResult.IGNORED
    elif error:
        result = EventResult.NO_MATCH if error == UNMATCHED else EventResult.INCOMPLETE
    elif hooks.match is not None:
        payload, match, session_ref = _match(endpoint.organization_id, payload, hooks.match)
        if match is Match.NOBODY:
            error, result = UNMATCHED, EventResult.NO_MATCH
    now, is_parked = timezone.now(), endpoint.parks_since is not None
    pk = insert_event(
        organization_id=endpoint.organization_id,
        endpoint_id=endpoint.pk,
        kind=endpoint.kind,
        received_at=now,
        result=result.value,
        reason=TEST_CALL if test else error,
        http_status=500 if error and not is_parked else 200,
        ms=int((time.monotonic() - call.began) * 1000),
        ticket_id=payload.ticket_id,
        external_id=payload.external_id,
        ticket_status=payload.status,
        session_ref=session_ref,
        headers=call.headers,
        body=call.body.decode("utf-8", "replace").replace("\x00", "\ufffd"),
        source_ip=call.ip,
        invocation_id=call.invocation_id[:64],
        is_signed=bool(endpoint.signing_secret),
        is_via_old_url=not endpoint.is_current,
        next_attempt_at=_next_look(result, now),
    )
    count_call(endpoint)
    if test is not None:
        TestCall.objects.filter(pk=test.pk, arrived_at=None).update(event=pk, arrived_at=now)
    return Stored(pk, "" if is_parked else error)


def _find_test(organization_id: int, external_id: str) -> TestCall | None:
    """The test call with this nonce."""
    if not external_id.startswith(TEST_PREFIX):
        return None
    return TestCall.objects.filter(organization_id=organization_id, nonce=external_id).first()


def _match(
    organization_id: int, payload: parse.Payload, look: Callable[[int, str, str], tuple[Match, str]]
) -> tuple[parse.Payload, Match, str]:
    """What the ids are to us. A broken body may hold others beside them, in a contact's words: a linked pair wins."""
    match, session_ref = look(organization_id, payload.ticket_id, payload.external_id)
    for other in payload.others if match in (Match.NOBODY, Match.NATIVE) else ():
        found, ref = look(organization_id, other.ticket_id, other.external_id)
        if found in (Match.LINKED, Match.SESSION):
            return other, found, ref
    return payload, match, session_ref


def _next_look(result: str, now: dt.datetime) -> dt.datetime | None:
    """At once when there is something to process. A call that matches nothing is looked at once more.

    Its link may have been stored while it was, and then nobody could ring for it.
    """
    if result == EventResult.NO_MATCH:
        return now + LOOK_AGAIN
    return None if result in (EventResult.INCOMPLETE, EventResult.IGNORED) else now


def count_call(endpoint: WebhookEndpoint | Endpoint) -> None:
    """Note the call on the address: each one for an old address, once in ten seconds for the current one.

    Calls to an address whose overlap is over count too: "Zendesk still calls the old URL".
    """
    now = timezone.now()
    if not endpoint.is_current:
        rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
        rows.update(last_called_at=now, calls_after_rotation=F("calls_after_rotation") + 1)
    elif endpoint.last_called_at is None or (now - endpoint.last_called_at).total_seconds() > 10:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(last_called_at=now)


def process(event: WebhookEvent) -> None:
    """Process one due call if this worker wins it; a failure of Zendesk's puts it off."""
    if hooks.process is None or not event.claim(LEASE, result=EventResult.WORKING):
        return
    try:
        outcome = hooks.process(event)
    except ProviderError as error:
        _put_off(event, error)
        return
    except Exception:
        log.exception("webhook call %s could not be processed", event.pk)
        _put_off(event, ProviderError(_("It could not be processed; the log tells more.")))
        return
    changes = {
        "result": outcome.result,
        "reason": outcome.reason,
        "detail": outcome.detail,
        "session_ref": outcome.session_ref or event.session_ref,
        "effects": [*event.effects, *outcome.effects],
        "last_error": "",
    }
    if outcome.wait is not None:
        event.postpone(outcome.wait, **changes)
        return
    event.rest(processed_at=timezone.now(), **changes)


def _put_off(event: WebhookEvent, error: ProviderError) -> None:
    """Try again later; a day after it came it is a person's."""
    changes = {"last_error": error.sentence, "detail": error.sentence, "reason": type(error).__name__.lower()}
    is_old = timezone.now() - event.received_at >= GIVE_UP_AFTER
    if is_old and (event.replays == 0 or event.attempts >= MOST_TRIES):
        event.rest(result=EventResult.FAILED, processed_at=timezone.now(), **changes)
        return
    event.postpone(error.retry_after or backoff(event.attempts), result=EventResult.RETRYING, **changes)


def ring_for(organization: Organization, *, ticket_id: int | None = None, session_ref: str = "") -> int:
    """Make due what waited for a link: calls that named this ticket or this session. Returns how many.

    One that is being processed just now loses its claim and is processed once more: it may have looked for
    the link a moment too early.
    """
    named = Q()
    if ticket_id is not None:
        named |= Q(ticket_id=str(ticket_id))
    if session_ref:
        named |= Q(external_id=session_ref) | Q(session_ref=session_ref)
    if not named:
        return 0
    rows = WebhookEvent.objects.filter(named, organization=organization)
    moving = (EventResult.WAITING, EventResult.WORKING, EventResult.RETRYING, EventResult.NO_MATCH)
    now = timezone.now()
    rung = rows.filter(next_attempt_at__isnull=False, result__in=moving).update(next_attempt_at=now)
    # By the indexed ids: a call that matched nothing has no session.
    ids = Q(ticket_id=str(ticket_id)) if ticket_id is not None else Q()
    ids |= Q(external_id=session_ref) if session_ref else Q()
    resting = WebhookEvent.objects.filter(ids, organization=organization, next_attempt_at=None)
    return rung + resting.filter(result=EventResult.NO_MATCH).update(next_attempt_at=now)


def may_replay(event: WebhookEvent) -> bool:
    """True when processing it once more can come to something: it names a ticket, or is an event that we use."""
    if event.kind == EndpointKind.SUNSHINE:
        return event.reason not in NEVER_USED
    return bool(event.ticket_id) and event.reason != TEST_CALL


def replay(event: WebhookEvent) -> bool:
    """Process a stored call once more; False while it is under way or when there is nothing to process."""
    if not may_replay(event):
        return False
    rows = WebhookEvent.objects.filter(pk=event.pk).exclude(result=EventResult.WORKING)
    return bool(
        rows.update(
            next_attempt_at=timezone.now(),
            result=EventResult.QUEUED,
            replays=F("replays") + 1,
            attempts=0,
            processed_at=None,
        )
    )


def match(event: WebhookEvent, session_ref: str) -> str | None:
    """A person says which session the call's ticket belongs to. Returns a sentence when that cannot be."""
    if hooks.adopt is None:
        return _("Matching is not available.")
    return hooks.adopt(event, session_ref)
