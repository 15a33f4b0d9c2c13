"""One call of a webhook: headers, signature, and what the answer means."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from integrations.sandbox.models import Webhook

TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105  (published by Zendesk, for tests)
USER_AGENT = "Zendesk Webhook"
CONTENT_TYPES = {
    "json": "application/json; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "form_encoded": "application/x-www-form-urlencoded",
}
MOST_RETRIES = {409: 3, 429: 3, 503: 3, None: 5}


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt; ``status_code`` None = no answer (time-out or no connection)."""

    request: dict[str, Any]
    status_code: int | None = None
    response: dict[str, Any] | None = None
    retry_after: float | None = None
    is_timeout: bool = False
    trouble: str = ""
    ms: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        """2xx."""
        return self.status_code is not None and 200 <= self.status_code < 300

    def may_retry(self, tries: int) -> bool:
        """Zendesk's rules: 409; 429 and 503 with a Retry-After under 60 s; time-outs. Nothing else."""
        if self.status_code in (429, 503) and (self.retry_after is None or self.retry_after >= 60):
            return False
        if self.status_code is None and not self.is_timeout:
            return False
        most = MOST_RETRIES.get(self.status_code)
        return most is not None and tries <= most


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """base64(HMAC-SHA256(secret, timestamp + body)); the secret is used as text."""
    digest = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def headers_for(webhook: Webhook, invocation_id: str, body: bytes, secret: str | None) -> dict[str, str]:
    """The headers of a real delivery; no signature when ``secret`` is None."""
    headers = {
        "Content-Type": CONTENT_TYPES.get(webhook.request_format, CONTENT_TYPES["json"]),
        "User-Agent": USER_AGENT,
        "X-Zendesk-Account-Id": str(webhook.account.number),
        "X-Zendesk-Webhook-Id": webhook.pk,
        "X-Zendesk-Webhook-Invocation-Id": invocation_id,
        **(webhook.custom_headers or {}),
        **authentication_headers(webhook.authentication),
    }
    if secret is not None:
        timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers["X-Zendesk-Webhook-Signature-Timestamp"] = timestamp
        headers["X-Zendesk-Webhook-Signature"] = sign(secret, timestamp, body)
    return headers


def authentication_headers(said: dict[str, Any] | None) -> dict[str, str]:
    """What the webhook's own authentication adds."""
    data = (said or {}).get("data") or {}
    kind = (said or {}).get("type")
    if kind == "bearer_token":
        return {"Authorization": f"Bearer {data.get('token', '')}"}
    if kind == "basic_auth":
        pair = f"{data.get('username', '')}:{data.get('password', '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {str(data["name"]): str(data.get("value", ""))} if kind == "api_key" and data.get("name") else {}


def body_for(webhook: Webhook, payload: str) -> bytes:
    """The bytes that go out: GET and DELETE carry none."""
    return b"" if webhook.http_method in ("GET", "DELETE") else payload.encode()


def post(method: str, url: str, body: bytes, headers: dict[str, str], timeout: float) -> Outcome:
    """Makes the call; never raises."""
    sent = {
        "headers": [{"key": key, "value": value} for key, value in headers.items()],
        "method": method,
        "endpoint": url,
        "payload": body.decode(errors="replace"),
    }
    started = datetime.now(UTC)
    session = requests.Session()
    session.trust_env = False
    try:
        with session:
            answer = session.request(method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False)
    except requests.RequestException as error:
        is_timeout = isinstance(error, requests.Timeout)
        return Outcome(sent, is_timeout=is_timeout, trouble=type(error).__name__, ms=since(started))
    response = {
        "headers": [{"key": key, "value": value} for key, value in answer.headers.items()],
        "payload": answer.text[:20_000],
    }
    return Outcome(
        sent,
        status_code=answer.status_code,
        response=response,
        retry_after=read_seconds(answer.headers.get("Retry-After")),
        ms=since(started),
    )


def read_seconds(text: str | None) -> float | None:
    """Retry-After in seconds; None when missing or no number."""
    return float(text) if text and text.strip().isdigit() else None


def since(started: datetime) -> int:
    """Milliseconds since then."""
    return int((datetime.now(UTC) - started).total_seconds() * 1000)
