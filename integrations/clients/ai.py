"""Any OpenAI-compatible chat-completions service: one question, one answer in a given shape.

The shape is asked for as a JSON schema and the answer is validated; one that does not fit is asked for once more.
Source: https://platform.openai.com/docs/api-reference/chat and "Structured model outputs" there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import requests
from pydantic import BaseModel, ValidationError

from integrations.clients import errors
from integrations.clients.envelopes import raise_for
from integrations.clients.http import Answer, CallRecord, Observe, Timeouts, clean_json, send

PATH = "/chat/completions"
SECONDS = 20.0
CONNECT_SECONDS = 2.0
# Less than this is no time for a second try.
LEAST_SECONDS = 1.0
MOST_BYTES = 2 * 1_048_576
TRIES = 2

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, in any one currency; 0 = not known."""

    million_in: float = 0.0
    million_out: float = 0.0


@dataclass(frozen=True)
class Message:
    """One message. `role`: `system` for what we say, `user` for what is only data."""

    role: str
    content: str


@dataclass(frozen=True)
class Completion(Generic[Shape]):
    """An answer that fits its shape, and what both tries together took."""

    value: Shape
    model: str
    tokens_in: int
    tokens_out: int
    cost: float
    tries: int


@dataclass
class _Meter:
    tokens_in: int = 0
    tokens_out: int = 0

    def read(self, body: Any) -> None:
        """Add what an answer says it took; what is missing or odd counts nothing."""
        usage = body.get("usage") if isinstance(body, dict) else None
        if isinstance(usage, dict):
            self.tokens_in += _count(usage.get("prompt_tokens"))
            self.tokens_out += _count(usage.get("completion_tokens"))


class _Unfit(Exception):
    """The answer does not fit; the message says where, without repeating it."""


class AIClient:
    """One service, model and key; a session per client, to be used by one thread."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        model: str,
        session: requests.Session,
        observe: Observe,
        *,
        prices: Prices | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._url = base_url.rstrip("/") + PATH
        self._headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "OpenCX-Admin/1.0",
        }
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self.model = model
        self._session = session
        self._observe = observe
        self._prices = prices or Prices()
        self._seconds = seconds

    def ask(
        self, messages: Sequence[Message], shape: type[Shape], schema: Mapping[str, Any], *, name: str
    ) -> Completion[Shape]:
        """Ask for an answer of this shape, within the client's seconds for both tries together.

        `schema` goes to the service, `shape` validates what comes back. Raises `BadResponse` with code `unfit` when
        no answer fits (`details` tell the tokens spent), `Rejected` with code `refusal` when the model declines,
        `NoAnswer` when the time is over, and any other failure of the tree.
        """
        end, meter = time.monotonic() + self._seconds, _Meter()
        asked, why = list(messages), ""
        for number in range(1, TRIES + 1):
            left = end - time.monotonic()
            if number > 1 and left < LEAST_SECONDS:
                break
            body = self._send(asked, schema, name, left)
            meter.read(body)
            try:
                value = _read(body, shape)
            except _Unfit as unfit:
                why = str(unfit)
                hint = f"Your last answer did not fit the JSON schema ({why}). Answer again, with JSON of it only."
                asked = [*messages, Message("system", hint)]
                continue
            model = str(body.get("model") or self.model)[:100]
            return Completion(value, model, meter.tokens_in, meter.tokens_out, self._price(meter), number)
        spent = {"tokens_in": meter.tokens_in, "tokens_out": meter.tokens_out, "cost": self._price(meter)}
        raise errors.BadResponse(why, status=200, code="unfit", details=spent)

    def _send(self, messages: Sequence[Message], schema: Mapping[str, Any], name: str, seconds: float) -> Any:
        said = {
            "model": self.model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": name, "schema": schema, "strict": True},
            },
        }
        connect = min(CONNECT_SECONDS, seconds / 4)
        answer = send(
            self._session,
            "POST",
            self._url,
            path=PATH,
            observe=self._tell,
            headers=self._headers,
            body=json.dumps(said).encode(),
            timeouts=Timeouts(connect, seconds - connect),
            most_bytes=MOST_BYTES,
        )
        raise_for(answer)
        return _read_json(answer)

    def _tell(self, call: CallRecord) -> None:
        """Report the call without its answer: a refusal may repeat what the contact wrote."""
        self._observe(replace(call, answer=""))

    def _price(self, meter: _Meter) -> float:
        spent = meter.tokens_in * self._prices.million_in + meter.tokens_out * self._prices.million_out
        return round(spent / 1_000_000, 8)


def _read_json(answer: Answer) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise errors.BadResponse("", status=answer.status, code="no_json") from error


def _read(body: Any, shape: type[Shape]) -> Shape:
    """The validated answer. Raises `_Unfit`, or `Rejected` when the model declined."""
    choices = body.get("choices") if isinstance(body, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    if message.get("refusal"):
        raise errors.Rejected("", status=200, code="refusal")
    content = message.get("content")
    if not isinstance(content, str) or not content.strip():
        raise _Unfit("no content")
    if choice.get("finish_reason") == "length":
        raise _Unfit("it was cut off")
    try:
        return shape.model_validate_json(_make_storable(_strip_fence(content)))
    except ValidationError as error:
        places = [f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in error.errors()[:5]]
        raise _Unfit("; ".join(places)[:300]) from error


def _strip_fence(content: str) -> str:
    """Some models wrap their JSON in a Markdown fence all the same."""
    text = content.strip()
    if text.startswith("```") and text.endswith("```") and "\n" in text:
        return text.split("\n", 1)[1].removesuffix("```").strip()
    return text


def _make_storable(content: str) -> str:
    """The JSON without NUL and halves of surrogate pairs, which it can write within its text and no database stores."""
    if "\\u" not in content:
        return content
    try:
        return json.dumps(clean_json(json.loads(content)))
    except (ValueError, RecursionError):
        return content


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 100_000_000 else 0
