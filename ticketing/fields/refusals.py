"""What Zendesk refused of the AI fields: left out of the next try and reported; no handoff fails because of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients import errors
from opencx_admin.crypto import DOTS
from ticketing.ai.engine import BlankReason
from ticketing.fields.values import is_blank, is_same, show_value
from ticketing.models import AIFieldMapping, AIFieldResult, Handoff

# What a refusal's `details` are about when they are about something else than custom fields.
OTHERS = (
    "requester", "submitter", "email", "name", "phone", "assignee", "group", "brand", "organization", "subject",
    "comment", "description", "status", "priority", "type", "ticket_form", "external_id", "via_followup_source_id",
)  # fmt: skip
SHORTEST_VALUE = 3
_DIGITS = re.compile(r"\d{5,18}")


def leave_out(handoff: Handoff, error: errors.Rejected) -> bool:
    """Take the refused values back, so that the next body is without them. True when there were such."""
    sent = _sent_values(handoff.request_body)
    refused = find_refused(error, sent, _titles(handoff)) if sent else {}
    if not refused:
        return False
    _take_back(handoff, refused)
    return True


def _sent_values(body: str) -> dict[int, Any]:
    """The custom fields of a stored body."""
    try:
        items = json.loads(body)["ticket"].get("custom_fields") or []
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {item["id"]: item["value"] for item in items}


def _titles(handoff: Handoff) -> dict[int, str]:
    rows = AIFieldResult.objects.filter(handoff=handoff).select_related("field")
    return {row.field.zendesk_id: row.field.title for row in rows}


def find_refused(error: errors.Rejected, sent: Mapping[int, Any], titles: Mapping[int, str]) -> dict[int, str]:
    """Which of the sent fields Zendesk refused, with its words. All of them when it names none and nothing else."""
    entries = list(_entries(error.details))
    found: dict[int, str] = {}
    for key, entry, words in entries:
        named = _named(key, entry, words, sent, titles)
        found |= dict.fromkeys(named, words or error.sentence)
    if found:
        return found
    if "suspended" in f"{error.code} {error.message} {error.details}".lower():
        return {}
    is_about_others = bool(entries) and all(key.lower().startswith(OTHERS) for key, _entry, _words in entries)
    return {} if is_about_others else dict.fromkeys(sent, error.sentence)


def _entries(details: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Key, entry and words of each thing that a refusal lists."""
    for key, listed in details.items():
        for entry in listed if isinstance(listed, list) else [listed]:
            if isinstance(entry, dict):
                yield str(key), entry, str(entry.get("description") or entry.get("message") or "")
            else:
                yield str(key), {}, str(entry)


def _named(
    key: str, entry: dict[str, Any], words: str, sent: Mapping[int, Any], titles: Mapping[int, str]
) -> list[int]:
    """The sent fields that an entry names: by id, else by the title that its words begin with, else by the value."""
    said = {str(entry.get(name)) for name in ("ticket_field_id", "field_id", "custom_field_id")}
    said |= set(_DIGITS.findall(key))
    by_id = [field_id for field_id in sent if str(field_id) in said]
    if by_id or key.lower().startswith(OTHERS):
        return by_id
    by_title = [field_id for field_id in sent if titles.get(field_id) and words.startswith(f"{titles[field_id]}:")]
    return by_title or [field_id for field_id in sent if _says(words, sent[field_id])]


def _says(words: str, value: Any) -> bool:
    """True when the words name the value; very short ones stand in many words."""
    said = [str(one) for one in (value if isinstance(value, list) else [value])]
    return any(len(one) >= SHORTEST_VALUE and one in words for one in said)


def _take_back(handoff: Handoff, refused: Mapping[int, str]) -> None:
    with transaction.atomic():
        rows = AIFieldResult.objects.filter(handoff=handoff, field__zendesk_id__in=list(refused))
        for row in rows.filter(value__isnull=False).select_related("field"):
            mark_refused(row, refused[row.field.zendesk_id])
            row.save(update_fields=["value", "reason", "detail"])


def mark_refused(row: AIFieldResult, said: str) -> None:
    """Take a refused value back, and show at its AI field what Zendesk said. The caller saves the row."""
    words = {"value": show_value(row.field, row.value)[:120], "said": said[:300]}
    row.detail = _("“%(value)s” was refused: %(said)s") % words
    told = _without_words(row, said[:300])
    row.value, row.reason = None, BlankReason.REFUSED
    AIFieldMapping.objects.filter(field=row.field).update(refused_at=timezone.now(), refused_detail=told[:500])


def _without_words(row: AIFieldResult, said: str) -> str:
    """The refusal as it stands beside the field, where viewers read it: an option by name, never a contact's words."""
    if row.field.is_listed:
        return row.detail
    for words in (show_value(row.field, row.value), row.evidence):
        said = said.replace(words, DOTS) if words else said
    return _("A value was refused: %(said)s") % {"said": said}


def leave_all_out(handoff: Handoff, error: errors.ProviderError) -> bool:
    """Zendesk refused what carries all values (a conversation's metadata). True when there were any."""
    rows = AIFieldResult.objects.filter(handoff=handoff).filter(value__isnull=False).select_related("field")
    refused = dict.fromkeys((row.field.zendesk_id for row in rows), error.sentence)
    if refused:
        _take_back(handoff, refused)
    return bool(refused)


def leave_out_too_long(handoff: Handoff, field_ids: list[int]) -> None:
    """Values for which the conversation's metadata had no room."""
    _take_back(handoff, dict.fromkeys(field_ids, _("There is no room for it in the conversation’s 4 KB.")))


def note_dropped(handoff: Handoff, values: Mapping[int, Any]) -> None:
    """Zendesk made the ticket: what it dropped without a word is reported, as far as its answer names the field."""
    rows = AIFieldResult.objects.filter(handoff=handoff).filter(value__isnull=False).select_related("field")
    dropped = {}
    for row in rows:
        if row.field.zendesk_id not in values:
            continue
        kept = values[row.field.zendesk_id]
        if not is_same(row.field, row.value, kept) and is_blank(kept):
            dropped[row.field.zendesk_id] = _("Zendesk made the ticket without it.")
    if dropped:
        _take_back(handoff, dropped)
