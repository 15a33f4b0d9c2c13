"""Values of ticket fields: checked against Zendesk's formats, compared, and put into words (facts 3.6).

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#setting-custom-field-values
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ticketing.ai.engine import BlankReason, FieldType
from ticketing.ai.expressions import Unreadable, fits
from ticketing.models import TicketField
from ticketing.ticket_text import defuse

LONGEST_LINE = 255
LONGEST_TEXT = 4_000
LONGEST_CHECKED = 255
MOST_DIGITS = 15
_INTEGER = re.compile(r"-?\d{1,15}\Z", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}(?:\.\d{1,10})?\Z", re.ASCII)
_WORDS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


@dataclass(frozen=True)
class Refused:
    """A value that the field cannot hold: the reason it stays blank, and a sentence for a person."""

    reason: str
    detail: str


def to_zendesk(field: TicketField, value: Any) -> Any | Refused:
    """The value as a ticket of this field takes it, or why it cannot be sent."""
    kind = field.type
    if kind == FieldType.DROPDOWN:
        return _option(field, value)
    if kind == FieldType.MULTISELECT:
        return _options(field, value)
    if kind == FieldType.CHECKBOX:
        checked = value if isinstance(value, bool) else _WORDS.get(str(value).strip().lower())
        return _malformed(value) if checked is None else checked
    if kind == FieldType.DATE:
        return _date(value)
    if kind in (FieldType.INTEGER, FieldType.DECIMAL):
        return _number(kind, value)
    if kind == FieldType.REGEXP:
        return _matching(field.pattern, value)
    if kind in (FieldType.TEXT, FieldType.TEXTAREA):
        return _text(kind, value)
    return Refused(BlankReason.NOT_SUPPORTED, _("Fields of this type cannot be filled."))


def _malformed(value: Any) -> Refused:
    return Refused(BlankReason.NOT_SURE, _("“%(value)s” is no value of this type.") % {"value": _cut(value)})


def _not_listed(value: Any) -> Refused:
    return Refused(BlankReason.NOT_IN_LIST, _("“%(value)s” is none of the options.") % {"value": _cut(value)})


def _cut(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def _option(field: TicketField, value: Any) -> Any | Refused:
    return value if isinstance(value, str) and value in field.names else _not_listed(value)


def _options(field: TicketField, value: Any) -> Any | Refused:
    """Those of the list that are options, each once, in the field's order."""
    given = value if isinstance(value, list) else [value]
    wanted = {one for one in given if isinstance(one, str)}
    kept = [option for option in field.names if option in wanted]
    return kept or _not_listed(", ".join(str(one) for one in given))


def _date(value: Any) -> Any | Refused:
    try:
        return dt.date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return _malformed(value)


def _number(kind: str, value: Any) -> Any | Refused:
    if isinstance(value, bool):
        return _malformed(value)
    text = str(value).strip()
    if kind == FieldType.INTEGER:
        return int(text) if _INTEGER.match(text) else _malformed(value)
    return text if _DECIMAL.match(text) else _malformed(value)


def _matching(pattern: str, value: Any) -> Any | Refused:
    """A value that the field's own expression matches whole; the expression is Zendesk's, read as ours."""
    text = str(value).strip()
    try:
        is_whole = 0 < len(text) <= LONGEST_CHECKED and fits(pattern, text)
    except Unreadable:
        detail = _("The field’s expression cannot be read here.")
        return Refused(BlankReason.NOT_SUPPORTED, detail)
    except TimeoutError:
        return Refused(BlankReason.NOT_SURE, _("The field’s expression takes too long on this value."))
    return text if is_whole and "{{" not in text else _malformed(value)


def _text(kind: str, value: Any) -> Any | Refused:
    """The words with their placeholders made harmless; one line unless the field has several."""
    text = defuse(str(value)).replace("\x00", "").strip()
    if kind == FieldType.TEXT:
        text = " ".join(text.split())[:LONGEST_LINE].strip()
    return text[:LONGEST_TEXT] or _malformed(value)


def is_blank(value: Any) -> bool:
    """True when nobody has put anything in. An unticked checkbox is a value: somebody may have unticked it."""
    return value is None or value == "" or value == []


def is_same(field: TicketField, ours: Any, theirs: Any) -> bool:
    """True when both say the same, however Zendesk writes it back."""
    return bool(_plain(field, ours) == _plain(field, theirs))


def _plain(field: TicketField, value: Any) -> Any:
    if field.type == FieldType.CHECKBOX:
        return _WORDS.get(str(value).strip().lower(), False)
    if is_blank(value):
        return None
    if field.type == FieldType.MULTISELECT:
        return sorted(str(one) for one in (value if isinstance(value, list) else [value]))
    if field.type in (FieldType.INTEGER, FieldType.DECIMAL):
        try:
            return float(value)
        except (TypeError, ValueError):
            return str(value)
    return str(value)[:10] if field.type == FieldType.DATE else " ".join(str(value).split())


def show_value(field: TicketField, value: Any) -> str:
    """The value as people read it: option names, yes and no; a dash for none."""
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(field.names.get(str(one), str(one)) for one in value)
    return field.names.get(str(value), str(value)) if field.is_listed else str(value)
