"""Asking the engine for a draft: the no-assist topics first, then the knowledge for agents, then the answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from opencx_admin.orgs.models import Organization
from ticketing.ai.engine import BlankReason, Draft, Engine, Passage, Source
from ticketing.ai.opening import open_engine
from ticketing.ai.words import split_sentences
from ticketing.assist.deciding import Rules
from ticketing.knowledge.search import Audience, search

log = logging.getLogger("opencx.assist")
# Passages that the engine chooses from.
MOST_PASSAGES = 6
# The service's time for one question with both of its tries; nobody waits at a screen for it.
MOST_SECONDS = 25.0
NO_ANSWER = Draft("", reason=BlankReason.ENGINE_FAILED)


@dataclass(frozen=True)
class Answer:
    """What the engine said. `topic` is the no-assist topic that the text is about, with its confidence."""

    draft: Draft = NO_ANSWER
    topic: str = ""
    topic_confidence: float = 0.0
    passages: tuple[Passage, ...] = field(default=())
    ms: int = 0


def ask(
    organization: Organization, question: str, rules: Rules, *, subject: str, is_topic_final: bool = True
) -> Answer:
    """A draft for the question, or the topic that forbids one. Never raises: an engine that fails says so.

    `is_topic_final` False drafts all the same. `subject` names in the call log what it is for.
    """
    began = time.monotonic()
    topic: tuple[str, float] | None = None
    draft, passages = NO_ANSWER, []
    try:
        engine = open_engine(organization, subject=subject, seconds=MOST_SECONDS)
        topic = engine.match_topic(question, rules.topics) if rules.topics and question.strip() else None
        if topic is None or not is_topic_final:
            passages = search(organization, question, audience=Audience.AGENTS, limit=MOST_PASSAGES)
            draft = _answer(engine, question, passages)
    except Exception:
        log.exception("the engine failed on %s", subject)
    name, confidence = topic or ("", 0.0)
    return Answer(draft, name, confidence, tuple(passages), int((time.monotonic() - began) * 1000))


def _answer(engine: Engine, question: str, passages: Sequence[Passage]) -> Draft:
    """The engine's answer; when quoting finds too little for a long mail, to its questions alone."""
    draft = engine.answer(question, passages)
    if draft.text or draft.source != Source.MATCHED or not passages:
        return draft
    asked = [sentence for sentence in split_sentences(question) if sentence.rstrip().endswith("?")]
    narrow = " ".join(asked)
    if len(narrow.split()) < 4 or narrow == question:
        return draft
    again = engine.answer(narrow, passages)
    return again if again.text else draft
