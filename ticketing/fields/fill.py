"""Filling a handoff's ticket: values asked for once, checked, and kept before the ticket's body is stored.

The engine may be down, slow or talk nonsense: then fields stay blank, each with its reason, and the handoff goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from opencx_admin.orgs.models import Organization
from ticketing.ai.engine import BlankReason, FieldType, Guess
from ticketing.fields import asking
from ticketing.fields.texts import read_handed_off
from ticketing.fields.values import Refused, to_zendesk
from ticketing.models import AIFieldMapping, AIFieldResult, Handoff, Session

log = logging.getLogger("opencx.fields")
LONGEST_EVIDENCE = 500


def fill_handoff(handoff: Handoff) -> dict[int, Any]:
    """The value of each field that is filled, by Zendesk's id; asked for at the first call, kept for all later ones.

    Never raises for the engine's sake.
    """
    rows = AIFieldResult.objects.filter(handoff=handoff)
    if not rows.filter(generation=handoff.generation).exists():
        _compute(handoff)
    kept = rows.filter(value__isnull=False).select_related("field")
    return {row.field.zendesk_id: row.value for row in kept.order_by("field__zendesk_id")}


def _compute(handoff: Handoff) -> None:
    mappings = [] if handoff.session.is_canary else list_mappings(handoff.organization)
    if not mappings:
        return
    text = read_handed_off(handoff)
    guesses, ms = judge_all(handoff.organization, text, mappings, handoff, subject=f"handoff:{handoff.pk}")
    results = []
    for mapping in mappings:
        result = AIFieldResult(
            organization_id=handoff.organization_id,
            handoff=handoff,
            field=mapping.field,
            ms=ms,
            generation=handoff.generation,
        )
        put_guess(result, guesses[mapping.field.zendesk_id])
        results.append(result)
    with transaction.atomic():
        # Another ticket after the first was deleted is filled anew; what a second worker kept already stays.
        AIFieldResult.objects.filter(handoff=handoff).exclude(generation=handoff.generation).delete()
        AIFieldResult.objects.bulk_create(results, ignore_conflicts=True)


def list_mappings(organization: Organization) -> list[AIFieldMapping]:
    """The organization's AI fields, those that are off too."""
    return list(AIFieldMapping.objects.filter(organization=organization).select_related("field"))


def judge_all(
    organization: Organization, text: str, mappings: Iterable[AIFieldMapping], handoff: Handoff, *, subject: str
) -> tuple[dict[int, Guess], int]:
    """A checked guess for each field by its Zendesk id, and the milliseconds it took."""
    judged = {mapping.field.zendesk_id: judge_state(mapping) for mapping in mappings}
    asked = [mapping for mapping in mappings if judged[mapping.field.zendesk_id] is None]
    today = handoff.created_at.date()
    guesses, ms = asking.ask(organization, text, asked, today=today, subject=subject)
    for mapping in asked:
        judged[mapping.field.zendesk_id] = check_guess(mapping, guesses.get(mapping.field.zendesk_id))
    return {field_id: guess or asking.NO_ANSWER for field_id, guess in judged.items()}, ms


def judge_state(mapping: AIFieldMapping) -> Guess | None:
    """Why the field is not even asked for; None when it is."""
    field = mapping.field
    if not mapping.is_enabled:
        return Guess(None, reason=BlankReason.DISABLED)
    if field.gone_at is not None or not field.is_active:
        return Guess(None, reason=BlankReason.FIELD_GONE)
    return None if field.is_supported else Guess(None, reason=BlankReason.NOT_SUPPORTED)


def check_guess(mapping: AIFieldMapping, guess: Guess | None) -> Guess:
    """The engine's answer as Zendesk takes it; what it would not take is left blank and says so."""
    if guess is None:
        return asking.NO_ANSWER
    if guess.value is None:
        return guess if guess.reason else Guess(None, guess.confidence, reason=BlankReason.NOT_SURE)
    value = to_zendesk(mapping.field, guess.value)
    if isinstance(value, Refused):
        return Guess(None, guess.confidence, guess.evidence, value.reason, guess.source, value.detail, guess.usage)
    return Guess(value, guess.confidence, guess.evidence, "", guess.source, guess.detail, guess.usage)


def put_guess(result: AIFieldResult, guess: Guess) -> None:
    """Take a checked guess over into a row."""
    result.value = guess.value
    result.confidence = min(max(float(guess.confidence), 0.0), 1.0)
    result.evidence = guess.evidence[:LONGEST_EVIDENCE]
    result.reason = str(guess.reason) if guess.value is None else ""
    result.detail = guess.detail
    result.source = str(guess.source)
    result.tokens_in, result.tokens_out = guess.usage.tokens_in, guess.usage.tokens_out
    result.cost = guess.usage.cost


def inherit(session: Session, handoff: Handoff) -> None:
    """The unfinished ticket of the cancelled handoff goes on as this one's: so do the values in its body."""
    former = session.handoffs.exclude(pk=handoff.pk).order_by("-created_at").first()
    if former is not None:
        AIFieldResult.objects.filter(handoff=former).update(handoff=handoff, generation=handoff.generation)


def carry_on(handoff: Handoff, generation: int) -> None:
    """The same ticket is asked for under another key: its values stay, and what Zendesk refused stays left out."""
    AIFieldResult.objects.filter(handoff=handoff, generation=handoff.generation).update(generation=generation)


def list_custom_fields(handoff: Handoff) -> list[dict[str, Any]]:
    """`custom_fields` of the ticket's body."""
    return [{"id": field_id, "value": value} for field_id, value in fill_handoff(handoff).items()]


def list_captured(handoff: Handoff) -> tuple[dict[str, Any], list[str]]:
    """The values as a conversation's metadata takes them, texts, numbers and booleans only; and tags beside them.

    Several options go as their tags: Zendesk chooses the options of the tags that a ticket is given.
    """
    fill_handoff(handoff)
    captured: dict[str, Any] = {}
    tags: list[str] = []
    rows = AIFieldResult.objects.filter(handoff=handoff).filter(value__isnull=False).select_related("field")
    for row in rows.order_by("field__zendesk_id"):
        value: Any = row.value
        if row.field.type == FieldType.MULTISELECT:
            tags += value
            if len(value) > 1:
                continue
            value = value[0]
        captured[f"dataCapture.ticketField.{row.field.zendesk_id}"] = value
    return captured, tags
