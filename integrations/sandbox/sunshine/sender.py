"""The background sender of events: due calls go out, several at a time, in no certain order."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from django.db import connections

from integrations.sandbox.hooks.calls import Outcome, post
from integrations.sandbox.models import EventCall
from integrations.sandbox.store import writing

logger = logging.getLogger("sandbox")
_bell = threading.Event()
_in_flight: set[int] = set()
AT_ONCE = 8
LONGEST_NAP = 1.0
MOST_TRIES = 5
FINAL = (400, 401, 403, 404, 406)


def start() -> None:
    """Starts the sender's thread; it dies with the process."""
    threading.Thread(target=work, name="event-sender", daemon=True).start()


def wake() -> None:
    """There is something due."""
    _bell.set()


def work() -> None:
    """Sends what is due, then naps until something else is, or the bell rings."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="event") as pool:
        while True:
            _bell.clear()
            try:
                nap = send_due(pool)
            except Exception:
                logger.exception("The sender of events met an error and goes on.")
                nap = LONGEST_NAP
            _bell.wait(nap)


def send_due(pool: ThreadPoolExecutor) -> float:
    """Hands what is due to the pool; seconds until the next is due."""
    moment = datetime.now(UTC)
    rows = EventCall.objects.filter(next_attempt_at__isnull=False).order_by("next_attempt_at", "pk")
    for row in rows.filter(next_attempt_at__lte=moment)[:200]:
        if row.pk not in _in_flight:
            _in_flight.add(row.pk)
            pool.submit(send, row.pk)
    later = rows.filter(next_attempt_at__gt=moment).first()
    if later is None or later.next_attempt_at is None:
        return LONGEST_NAP
    return min(LONGEST_NAP, max(0.01, (later.next_attempt_at - moment).total_seconds()))


def send(pk: int) -> None:
    """One attempt of one call, and what follows from it."""
    try:
        rows = EventCall.objects.select_related("hook__integration__app__account")
        row = rows.filter(pk=pk, next_attempt_at__isnull=False).first()
        if row is not None:
            attempt(row)
    except Exception:
        logger.exception("A call with events met an error.")
    finally:
        _in_flight.discard(pk)
        connections.close_all()
        wake()


def attempt(row: EventCall) -> None:
    """Makes the call and keeps what came of it."""
    hook = row.hook
    app = hook.integration.app
    body = {"app": {"id": app.uid}, "webhook": {"id": hook.uid, "version": "v2"}, "events": row.events}
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "smooch-webhooks",
        "X-API-Key": "not-the-secret" if row.sends_wrong_key else hook.secret,
    }
    timeout = app.account.limit("event_timeout")
    keep(row, post("POST", hook.target, json.dumps(body).encode(), headers, timeout))


def keep(row: EventCall, outcome: Outcome) -> None:
    """Stores the attempt; success, another try later, or the end. The gaps double: 15 minutes in all as shipped."""
    code = outcome.status_code
    status = "success" if outcome.is_success else "timeout" if outcome.is_timeout else "failed"
    answer = (outcome.response or {}).get("payload", outcome.trouble)
    tried = {"status": status, "status_code": code, "ms": outcome.ms, "answer": str(answer)[:2000]}
    row.attempts = [*row.attempts, {**tried, "at": datetime.now(UTC).isoformat()}]
    tries = len(row.attempts)
    is_over = outcome.is_success or code in FINAL or tries >= MOST_TRIES
    row.status = "success" if outcome.is_success else "terminated" if is_over else "retrying"
    pause = row.hook.integration.app.account.limit("event_pause") * 2 ** (tries - 1)
    row.next_attempt_at = None if is_over else datetime.now(UTC) + timedelta(seconds=pause)
    with writing():
        EventCall.objects.filter(pk=row.pk).update(
            attempts=row.attempts, status=row.status, next_attempt_at=row.next_attempt_at
        )
