"""Every driver in its order: what was learned where it is sure, then the service, else option names and patterns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ticketing.ai.builtin import BuiltIn
from ticketing.ai.engine import BlankReason, Draft, FieldSpec, Guess, Passage
from ticketing.ai.learned import Learned
from ticketing.ai.service import Service


class Composite:
    """Learned fields by their ids, a service or none, and the built-in engine."""

    def __init__(self, learned: Mapping[int, Learned] | None = None, service: Service | None = None) -> None:
        self.learned = learned or {}
        self.service = service
        self.builtin = BuiltIn()

    def fill(self, text: str, fields: Sequence[FieldSpec], *, today: dt.date) -> dict[int, Guess]:
        """A guess for each field, by its id. See `engine.Engine`.

        A service that fails leaves fields to the built-in engine; what stays blank then says that the engine failed.
        """
        sure = {field.id: self.learned[field.id].guess(text, field) for field in fields if field.id in self.learned}
        done = {field_id: guess for field_id, guess in sure.items() if guess.value is not None}
        left = [field for field in fields if field.id not in done]
        if self.service and left:
            answered = self.service.fill(text, left, today=today)
            failed = [field for field in left if answered[field.id].reason == BlankReason.ENGINE_FAILED]
            done |= {field.id: answered[field.id] for field in left if field not in failed}
            local = self._fill_locally(text, failed, sure, today)
            done |= {field.id: _after_failure(answered[field.id], local[field.id]) for field in failed}
        else:
            done |= self._fill_locally(text, left, sure, today)
        return {field.id: done[field.id] for field in fields}

    def answer(self, question: str, passages: Sequence[Passage]) -> Draft:
        """The service's draft, or quotes. See `engine.Engine`."""
        if self.service and passages:
            draft = self.service.answer(question, passages)
            if draft.reason != BlankReason.ENGINE_FAILED:
                return draft
            local = self.builtin.answer(question, passages)
            return local if local.text else replace(draft, confidence=local.confidence)
        return self.builtin.answer(question, passages)

    def match_topic(self, text: str, topics: Sequence[str]) -> tuple[str, float] | None:
        """A topic that the words themselves say, else what the service finds. See `engine.Engine`."""
        found = self.builtin.match_topic(text, topics)
        if found is None and self.service and topics:
            return self.service.match_topic(text, topics)
        return found

    def _fill_locally(
        self, text: str, fields: Sequence[FieldSpec], unsure: Mapping[int, Guess], today: dt.date
    ) -> dict[int, Guess]:
        """The built-in engine; for a learned field its word counts only when the learned favourite is the same."""
        guesses = self.builtin.fill(text, fields, today=today)
        for field in fields:
            if field.id in unsure and not self._agrees(text, field, guesses[field.id]):
                guesses[field.id] = unsure[field.id]
        return guesses

    def _agrees(self, text: str, field: FieldSpec, guess: Guess) -> bool:
        if guess.value is None:
            return False
        favourite, _confidence = self.learned[field.id].find_favourite(text)
        chosen = guess.value if isinstance(guess.value, list) else [str(guess.value)]
        return {value if field.options else value.lower() for value in chosen} == set(favourite)


def _after_failure(failed: Guess, local: Guess) -> Guess:
    """What the built-in engine found instead; a blank of its keeps the failure's reason, and both the usage."""
    if local.value is None:
        return failed
    return replace(local, usage=failed.usage)
