"""Signed events to the platform, as the Standard Webhooks specification says.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import datetime as dt

import requests
from standardwebhooks.webhooks import Webhook

from integrations.clients import errors
from integrations.clients.http import Answer, Observe, Timeouts, send

GONE = 410
# Of its answer only the status counts.
MOST_BYTES = 65_536


def send_event(
    url: str, secret: str, webhook_id: str, body: str, *, at: dt.datetime, session: requests.Session, observe: Observe
) -> Answer:
    """POST one event; returns the 2xx answer.

    `secret` is `whsec_…`. Raises `Unreachable` or `NoAnswer` when there was no answer, and `Rejected` with
    the status for every answer outside 2xx.
    """
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "OpenCX-Admin/1.0",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, at, body),
    }
    answer = send(
        session,
        "POST",
        url,
        path="events",
        observe=observe,
        headers=headers,
        body=body.encode(),
        timeouts=Timeouts(connect=3.0, read=15.0),
        most_bytes=MOST_BYTES,
        cut=True,
    )
    if not 200 <= answer.status < 300:
        raise errors.Rejected("", status=answer.status, answer=answer.text[:500], retry_after=answer.retry_after)
    return answer
