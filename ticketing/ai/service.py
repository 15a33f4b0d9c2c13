"""The engine on a chat-completions service: asked by schema, and believed only as far as its answer can be checked."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, create_model

from integrations.clients.ai import AIClient, Completion
from integrations.clients.errors import ProviderError
from ticketing.ai.accepting import check_value, find_quote
from ticketing.ai.engine import BlankReason, Draft, FieldSpec, FieldType, Guess, Option, Passage, Source, Usage
from ticketing.ai.matching import index_options
from ticketing.ai.prompts import (
    ask_for_answer,
    ask_for_fields,
    ask_for_topic,
    key_of,
    make_answer_schema,
    make_fields_schema,
    make_topic_schema,
)
from ticketing.ai.words import shorten

MOST_LETTERS = 20_000
# Services refuse schemas with many options: of a long list, those nearest to the text by name are offered.
MOST_OPTIONS = 60
SURE = 0.5
# A value whose quote is not in the text is believed less.
UNQUOTED = 0.6
_URL = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)

Share = Annotated[float, Field(ge=0, le=1)]


class FieldAnswer(BaseModel):
    """One field as the service answers it; the value's form is checked afterwards."""

    model_config = ConfigDict(extra="ignore", strict=True)
    value: str | bool | int | float | list[str] | None
    quote: str
    confidence: Share


class SourceAnswer(BaseModel):
    """An article that a draft names."""

    model_config = ConfigDict(extra="ignore", strict=True)
    number: int
    quote: str


class DraftAnswer(BaseModel):
    """A draft as the service answers it."""

    model_config = ConfigDict(extra="ignore", strict=True)
    can_answer: bool
    text: str
    sources: list[SourceAnswer]
    confidence: Share


class TopicAnswer(BaseModel):
    """A topic check as the service answers it."""

    model_config = ConfigDict(extra="ignore", strict=True)
    topic: int | None
    confidence: Share


class Service:
    """A service behind the `engine.Engine` interface."""

    def __init__(self, client: AIClient) -> None:
        self.client = client

    def fill(self, text: str, fields: Sequence[FieldSpec], *, today: dt.date) -> dict[int, Guess]:
        """A guess for each field, by its id, by one question for all. See `engine.Engine`."""
        asked = [field for field in fields if field.type in FieldType.values]
        guesses = {field.id: Guess(None, reason=BlankReason.NOT_SUPPORTED) for field in fields}
        if not asked:
            return guesses
        read = shorten(text, MOST_LETTERS)
        options = {field.id: _shortlist(read, field) for field in asked if field.options}
        shapes: dict[str, Any] = {key_of(field): (FieldAnswer, ...) for field in asked}
        shape = create_model("FieldAnswers", **shapes)
        messages = ask_for_fields(read, asked, options, today)
        try:
            completion = self.client.ask(messages, shape, make_fields_schema(asked, options), name="fields")
        except ProviderError as error:
            failed = Guess(None, reason=BlankReason.ENGINE_FAILED, source=Source.SERVICE, detail=_say(error))
            guesses |= {field.id: failed for field in asked}
            usage = _usage_of(error)
        else:
            answers = completion.value
            guesses |= {field.id: _read(getattr(answers, key_of(field)), field, text) for field in asked}
            usage = _usage(completion)
        first = asked[0].id
        guesses[first] = _count_on(guesses[first], usage)
        return guesses

    def answer(self, question: str, passages: Sequence[Passage]) -> Draft:
        """A draft whose sources are proven by quotes. See `engine.Engine`."""
        messages = ask_for_answer(shorten(question, MOST_LETTERS), passages)
        try:
            completion = self.client.ask(messages, DraftAnswer, make_answer_schema(), name="draft")
        except ProviderError as error:
            return Draft("", reason=BlankReason.ENGINE_FAILED, source=Source.SERVICE, detail=_say(error))
        answer, usage = completion.value, _usage(completion)
        text, known = answer.text.strip(), " ".join(f"{passage.text} {passage.url}" for passage in passages)
        foreign = [url for url in _URL.findall(text) if url.rstrip(".,;:!?)") not in known]
        sources = tuple(
            dict.fromkeys(
                passages[source.number]
                for source in answer.sources
                if 0 <= source.number < len(passages) and find_quote(source.quote, passages[source.number].text)
            )
        )
        confidence = round(answer.confidence if sources else answer.confidence * UNQUOTED, 3)
        if not answer.can_answer or not text or foreign:
            detail = _("The draft named an address that no article has.") if foreign else ""
            return Draft(
                "",
                reason=BlankReason.NOT_SURE,
                confidence=confidence,
                source=Source.SERVICE,
                detail=detail,
                usage=usage,
            )
        return Draft(text, sources, confidence, source=Source.SERVICE, usage=usage)

    def match_topic(self, text: str, topics: Sequence[str]) -> tuple[str, float] | None:
        """The topic it names; None also when the service fails. See `engine.Engine`."""
        messages = ask_for_topic(shorten(text, MOST_LETTERS), topics)
        try:
            answer = self.client.ask(messages, TopicAnswer, make_topic_schema(topics), name="topic").value
        except ProviderError:
            return None
        if answer.topic is None or not 0 <= answer.topic < len(topics) or answer.confidence < SURE:
            return None
        return topics[answer.topic], round(answer.confidence, 3)


def _shortlist(text: str, field: FieldSpec) -> tuple[Option, ...]:
    if len(field.options) <= MOST_OPTIONS:
        return field.options
    order = index_options(field.options, field.description).rank(shorten(text)).order
    return tuple(field.options[position] for position in order[:MOST_OPTIONS])


def _read(answer: FieldAnswer, field: FieldSpec, text: str) -> Guess:
    """The answer as a guess, as far as it can be believed."""
    checked = check_value(answer.value, field)
    evidence = find_quote(answer.quote, text)
    confidence = round(answer.confidence if evidence else answer.confidence * UNQUOTED, 3)
    if checked.reason:
        return Guess(None, confidence, reason=checked.reason, source=Source.SERVICE, detail=checked.detail)
    if confidence < SURE:
        return Guess(None, confidence, evidence, reason=BlankReason.NOT_SURE, source=Source.SERVICE)
    return Guess(checked.value, confidence, evidence, source=Source.SERVICE)


def _count_on(guess: Guess, usage: Usage) -> Guess:
    return Guess(
        guess.value, guess.confidence, guess.evidence, guess.reason, guess.source, guess.detail, guess.usage + usage
    )


def _usage(completion: Completion[Any]) -> Usage:
    return Usage(completion.tokens_in, completion.tokens_out, completion.cost)


def _usage_of(error: ProviderError) -> Usage:
    spent = error.details if error.code == "unfit" else {}
    return Usage(spent.get("tokens_in", 0), spent.get("tokens_out", 0), spent.get("cost", 0.0))


def _say(error: ProviderError) -> str:
    return _("The AI service: %(why)s") % {"why": error.sentence}
