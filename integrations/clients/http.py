"""One HTTP call to an outside system: sent once, timed, reported, and turned into a value or a failure."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.exceptions import HTTPError, NewConnectionError

from integrations.clients import errors
from opencx_admin.net import ForbiddenAddress, GuardedAdapter

CONNECT_SECONDS = 3.0
READ_SECONDS = 15.0
ANSWER_LIMIT = 2_000
# A hundred comments of 64 KB, three times each and escaped, are under this.
MOST_BYTES = 48 * 1_048_576
LONGEST_WAIT = 3600.0
DOTS = "•••••"
BROKEN = (requests.RequestException, HTTPError, OSError, ValueError)


@dataclass(frozen=True)
class Timeouts:
    """Seconds to connect and seconds to wait for an answer; both together are the time for the whole call."""

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
        """The body as JSON, without what no database stores. Raises `ValueError`."""
        try:
            value = json.loads(self.text)
            return clean_json(value) if "\\u" in self.text else value
        except RecursionError as error:
            raise ValueError("nested too deeply") from error

    @property
    def retry_after(self) -> float | None:
        """Seconds of `Retry-After` (a number or a date), else of the reset header; None when neither tells.

        At most an hour; a reset header that is further off is no number of seconds.
        """
        seconds = _read_seconds(self.headers.get("Retry-After", ""))
        if seconds is not None:
            return min(seconds, LONGEST_WAIT)
        for name in ("ratelimit-reset", "rate-limit-reset"):
            seconds = _read_seconds(self.headers.get(name, ""))
            if seconds is not None and seconds <= LONGEST_WAIT:
                return seconds
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
    most_bytes: int = MOST_BYTES,
    cut: bool = False,
    hide: Sequence[str] = (),
) -> Answer:
    """Send one request and return the answer, whatever its status.

    `path` is the template that is reported. Only the status counts when `cut`: then an answer longer than
    `most_bytes`, or broken after its headers, is as good as a whole one; else it is a failure. What a refusal
    repeats of our credentials or of `hide` becomes dots.

    Raises `Unreachable` when nothing left and `NoAnswer` when the request may have been carried out though no
    whole answer came in time.
    """
    began, content, is_whole = time.monotonic(), b"", False
    try:
        with _time_limit(session, timeouts) as (held, check_time):
            said: dict[str, Any] = {"headers": dict(headers or {}), "data": body, "params": dict(params or {})}
            wait = (timeouts.connect, timeouts.read)
            response = session.request(method, url, timeout=wait, allow_redirects=False, stream=True, **said)
            held.append(response)
            with contextlib.suppress(*(BROKEN if cut else ())):
                content, is_whole = _read(response, most_bytes, check_time)
        text = _decode(content, response.encoding)
    except (*BROKEN, ForbiddenAddress, LookupError) as error:
        failure = _failure(error)
        observe(CallRecord(method, path, None, failure.code, _ms(began)))
        raise failure from error
    if response.status_code >= 300:
        text = _hide(text, [*hide, (headers or {}).get("Authorization", "").partition(" ")[2]])
    answer = Answer(response.status_code, response.headers, text, _ms(began))
    observe(_record(method, path, answer))
    if not is_whole and not cut:
        raise errors.BadResponse("", status=answer.status, code="too_large", answer=text[:500])
    return answer


def _hide(text: str, secrets: Sequence[str]) -> str:
    """A refusal as it may be stored: some repeat what they were sent."""
    for secret in filter(None, secrets):
        text = text.replace(secret, DOTS)
    return text


def _record(method: str, path: str, answer: Answer) -> CallRecord:
    return CallRecord(
        method,
        path,
        answer.status,
        "",
        answer.ms,
        request_id=answer.headers.get("X-Request-Id", "")[:100],
        rate=answer.rate,
        answer=answer.text[:ANSWER_LIMIT] if answer.status >= 300 else "",
    )


@contextlib.contextmanager
def _time_limit(
    session: requests.Session, timeouts: Timeouts
) -> Iterator[tuple[list[requests.Response], Callable[[], None]]]:
    """Hang up when the whole call takes too long: a time-out of a socket begins anew with every byte.

    Gives a list for the response, once its headers came, and a function that raises when the time is over.
    """
    held: list[requests.Response] = []
    is_over = threading.Event()

    def hang_up() -> None:
        is_over.set()
        for adapter in session.adapters.values():
            if isinstance(adapter, GuardedAdapter):
                adapter.hang_up()
        for response in held:
            with contextlib.suppress(OSError, ValueError, RuntimeError):  # it is read to its end by now
                response.raw.shutdown()

    def check_time() -> None:
        if is_over.is_set():
            raise requests.ReadTimeout("the whole answer took too long")

    timer = threading.Timer(timeouts.connect + timeouts.read, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield held, check_time
    except BROKEN as error:
        if is_over.is_set():
            raise requests.ReadTimeout("the whole answer took too long") from error
        raise
    finally:
        timer.cancel()


def _read(response: requests.Response, most_bytes: int, check_time: Callable[[], None]) -> tuple[bytes, bool]:
    """The unpacked body and whether it is whole: at most about `most_bytes` of it are read."""
    parts: list[bytes] = []
    size = 0
    while part := response.raw.read1(65_536, decode_content=True):
        check_time()
        parts.append(part)
        size += len(part)
        if size > most_bytes:
            response.close()
            return b"".join(parts)[:most_bytes], False
    check_time()
    left = response.raw.length_remaining
    if left and response.request.method != "HEAD":
        raise requests.ConnectionError(f"{left} bytes are missing")
    response.close()
    return b"".join(parts), True


def _decode(content: bytes, encoding: str | None) -> str:
    """JSON is UTF-8 whatever the header says; what is not is read as the header says. No NUL."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode(encoding or "utf-8", "replace")
    return text.replace("\x00", "\ufffd")


def clean_json(value: Any) -> Any:
    """The value without NUL and halves of surrogate pairs, which JSON can write and no database stores."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    if isinstance(value, dict):
        return {clean_json(key): clean_json(item) for key, item in value.items()}
    return value


def _read_seconds(text: str) -> float | None:
    """A number of seconds, or a date as the seconds until then; None when it is neither or not ahead."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (at.replace(tzinfo=at.tzinfo or dt.UTC) - dt.datetime.now(dt.UTC)).total_seconds()
    return seconds if 0 < seconds < float("inf") else None


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
