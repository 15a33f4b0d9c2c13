"""The background sender: due invocations go out, several at a time, in no certain order."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from django.db import connections

from integrations.sandbox import faults
from integrations.sandbox.hooks import calls
from integrations.sandbox.models import Attempt, Invocation
from integrations.sandbox.store import writing

logger = logging.getLogger("sandbox")
_bell = threading.Condition()
_rung = False
_in_flight: set[str] = set()
AT_ONCE = 12
LONGEST_NAP = 1.0


def start() -> None:
    """Starts the sender's thread; it dies with the process."""
    threading.Thread(target=work, name="webhook-sender", daemon=True).start()


def wake() -> None:
    """There is something due."""
    global _rung
    with _bell:
        _rung = True
        _bell.notify()


def work() -> None:
    """Sends what is due, then naps until something else is, or the bell rings."""
    global _rung
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
        while True:
            try:
                nap = send_due(pool)
            except Exception:
                logger.exception("The sender of webhooks met an error and goes on.")
                nap = LONGEST_NAP
            with _bell:
                if not _rung:
                    _bell.wait(nap)
                _rung = False


def send_due(pool: ThreadPoolExecutor) -> float:
    """Hands what is due to the pool; seconds until the next is due."""
    moment = datetime.now(UTC)
    rows = Invocation.objects.filter(next_attempt_at__isnull=False).order_by("next_attempt_at")
    for row in rows.filter(next_attempt_at__lte=moment)[:200]:
        if row.pk not in _in_flight:
            _in_flight.add(row.pk)
            pool.submit(send, row.pk)
    later = rows.filter(next_attempt_at__gt=moment).first()
    if later is None or later.next_attempt_at is None:
        return LONGEST_NAP
    return min(LONGEST_NAP, max(0.01, (later.next_attempt_at - moment).total_seconds()))


def send(pk: str) -> None:
    """One attempt of one invocation, and what follows from it."""
    try:
        row = Invocation.objects.select_related("webhook", "webhook__account").filter(pk=pk).first()
        if row is None or row.next_attempt_at is None:
            return
        if is_broken(row):
            settle(row, "circuit broken", None)
            return
        secret = row.webhook.secret if row.webhook.is_signing else None
        if faults.take(row.webhook.account, {"webhook_unsigned"}) is not None:
            secret = None
        body = calls.body_for(row.webhook, row.payload)
        headers = calls.headers_for(row.webhook, row.pk, body, secret)
        timeout = row.webhook.account.limit("webhook_timeout")
        outcome = calls.post(row.webhook.http_method, row.endpoint, body, headers, timeout)
        keep(row, outcome)
    except Exception:
        logger.exception("A webhook call met an error.")
    finally:
        _in_flight.discard(pk)
        connections.close_all()
        wake()


def keep(row: Invocation, outcome: calls.Outcome) -> None:
    """Stores the attempt; success, another try later, or the end."""
    row.tries += 1
    status = "success" if outcome.is_success else "timeout" if outcome.is_timeout else "failed"
    with writing():
        if not Invocation.objects.filter(pk=row.pk).exists():
            return
        Attempt.objects.create(
            invocation=row,
            status=status,
            status_code=outcome.status_code,
            request=outcome.request,
            response=outcome.response,
            ms=outcome.ms,
        )
        if not outcome.is_success and outcome.may_retry(row.tries):
            pause = outcome.retry_after or row.webhook.account.limit("webhook_pause")
            row.status, row.status_code = "retrying", outcome.status_code
            row.next_attempt_at = datetime.now(UTC) + timedelta(seconds=pause)
            row.save()
            return
        settle(row, "success" if outcome.is_success else "terminated", outcome.status_code)


def settle(row: Invocation, status: str, status_code: int | None) -> None:
    """The invocation is over."""
    row.status, row.status_code = status, status_code
    row.next_attempt_at = None
    row.completed_at = datetime.now(UTC)
    with writing():
        row.save()


def is_broken(row: Invocation) -> bool:
    """Zendesk's circuit breaker, when the account has it on: 70 % errors, or over 1000, in 5 minutes."""
    least = int(row.webhook.account.limit("breaker"))
    if not least:
        return False
    since = datetime.now(UTC) - timedelta(minutes=5)
    recent = Attempt.objects.filter(invocation__webhook=row.webhook, created_at__gte=since)
    count, failed = recent.count(), recent.exclude(status="success").count()
    return count >= least and (failed > 1000 or failed >= 0.7 * count)
