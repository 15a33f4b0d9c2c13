"""One HTTP call to an outside system: sent once, timed, reported, and turned into a value or a failure."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from urllib3.exceptions import NewConnectionError

from integrations.clients import errors
from opencx_admin.net import ForbiddenAddress

CONNECT_SECONDS = 3.0
READ_SECONDS = 15.0
ANSWER_LIMIT = 2_000


@dataclass(frozen=True)
class Timeouts:
    """Seconds to connect and seconds to wait for an answer."""

    connect: float = CONNECT_SECONDS
    read: float = READ_SECONDS


@dataclass(frozen=True)
class CallRecord:
    """What is told about each call that was tried; never a header or a body that we sent."""

    method: str
    path: str
    status: int | None
    error: str
    ms: int
    request_id: str = ""
    rate: dict[str, str] = field(default_factory=dict)
    answer: str = ""


DEFAULT_TIMEOUTS = Timeouts()

Observe = Callable[[CallRecord], None]


@dataclass(frozen=True)
class Answer:
    """A complete answer of the other side, whatever its status."""

    status: int
    headers: Mapping[str, str]
    text: str
    ms: int

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError`."""
        return json.loads(self.text)

    @property
    def retry_after(self) -> float | None:
        """Seconds of `Retry-After`, else of the reset header; None when neither is a number."""
        for name in ("Retry-After", "ratelimit-reset", "rate-limit-reset"):
            try:
                return max(0.0, float(self.headers.get(name, "")))
            except ValueError:
                continue
        return None

    @property
    def rate(self) -> dict[str, str]:
        """Every header that speaks of rate limits, by its lower-case name (spellings differ by year)."""
        return {
            name.lower(): value
            for name, value in self.headers.items()
            if "rate-limit" in name.lower() or "ratelimit" in name.lower()
        }


def send(
    session: requests.Session,
    method: str,
    url: str,
    *,
    path: str,
    observe: Observe,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    params: Mapping[str, str] | None = None,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
) -> Answer:
    """Send one request and return the answer, whatever its status.

    `path` is the template that is reported. Raises `Unreachable` when nothing left and `NoAnswer` when
    the request may have been carried out though no whole answer came.
    """
    began = time.monotonic()
    try:
        response = session.request(
            method,
            url,
            headers=dict(headers or {}),
            data=body,
            params=dict(params or {}),
            timeout=(timeouts.connect, timeouts.read),
            allow_redirects=False,
        )
        text = response.content.decode(response.encoding or "utf-8", "replace")
    except (requests.RequestException, ForbiddenAddress, UnicodeError, LookupError) as error:
        failure = _failure(error)
        observe(CallRecord(method, path, None, failure.code, _ms(began)))
        raise failure from error
    answer = Answer(response.status_code, response.headers, text, _ms(began))
    observe(
        CallRecord(
            method,
            path,
            answer.status,
            "",
            answer.ms,
            request_id=response.headers.get("X-Request-Id", "")[:100],
            rate=answer.rate,
            answer=text[:ANSWER_LIMIT] if answer.status >= 300 else "",
        )
    )
    return answer


def _ms(began: float) -> int:
    return int((time.monotonic() - began) * 1000)


def _failure(error: Exception) -> errors.ProviderError:
    """Tell "nothing left this machine" from "it may have arrived"."""
    if isinstance(error, ForbiddenAddress):
        return errors.Unreachable("the address is on a private network", code="forbidden_address")
    if isinstance(error, requests.ConnectTimeout):
        return errors.Unreachable("time-out while connecting", code="timeout")
    if isinstance(error, requests.exceptions.SSLError):
        return errors.Unreachable("the TLS certificate is not accepted", code="tls")
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return errors.Unreachable("the address is no URL", code="url")
    if isinstance(error, requests.ConnectionError) and _is_new_connection(error):
        name = "dns" if "does not resolve" in str(error) else "refused"
        words = {"dns": "the name does not resolve", "refused": "connection refused"}
        return errors.Unreachable(words[name], code=name)
    if isinstance(error, requests.Timeout):
        return errors.NoAnswer("time-out", code="timeout")
    return errors.NoAnswer("the connection broke", code="dropped")


def _is_new_connection(error: Exception) -> bool:
    cause: Any = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
