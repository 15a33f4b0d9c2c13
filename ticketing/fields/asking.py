"""Asking the engine for fields, within a time limit and with what was learned; whatever it does, an answer comes."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Sequence

from opencx_admin.orgs.models import Organization
from ticketing.ai.engine import BlankReason, Guess
from ticketing.ai.opening import open_engine
from ticketing.fields.learn import find_learned
from ticketing.models import AIFieldMapping

log = logging.getLogger("opencx.fields")
# A contact waits for the handoff: no longer than this for its fields.
MOST_SECONDS = 6.0
NO_ANSWER = Guess(None, reason=BlankReason.ENGINE_FAILED)


def ask(
    organization: Organization,
    text: str,
    mappings: Sequence[AIFieldMapping],
    *,
    today: dt.date,
    subject: str,
    seconds: float = MOST_SECONDS,
) -> tuple[dict[int, Guess], int]:
    """A guess for each field by its Zendesk id, unchecked, and the milliseconds it took. Never raises.

    Without a word of the contact's nobody is asked.
    """
    began = time.monotonic()
    specs = [mapping.field.spec(mapping.description) for mapping in mappings]
    if not specs:
        return {}, 0
    if not text.strip():
        return {spec.id: Guess(None, reason=BlankReason.NOT_SURE) for spec in specs}, 0
    try:
        learned = find_learned(mapping.field for mapping in mappings)
        engine = open_engine(organization, learned=learned, subject=subject, seconds=seconds)
        guesses = engine.fill(text, specs, today=today)
    except Exception:
        log.exception("the engine failed on %s", subject)
        guesses = {}
    return guesses, int((time.monotonic() - began) * 1000)
