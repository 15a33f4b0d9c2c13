"""Checking what a service claims: values against the field, quotes against the text."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ticketing.ai.engine import BlankReason, FieldSpec, FieldType
from ticketing.ai.expressions import Unreadable, fits
from ticketing.ai.words import quote

LONGEST_LINE, LONGEST_TEXT = 255, 4_000
_INTEGER = re.compile(r"-?\d{1,15}")
_DECIMAL = re.compile(r"-?\d{1,15}(?:\.\d{1,10})?")


@dataclass(frozen=True)
class Checked:
    """A value in Zendesk's format, or why it was refused."""

    value: Any = None
    reason: BlankReason | str = ""
    detail: str = ""


def check_value(value: Any, field: FieldSpec) -> Checked:
    """Take a value only in the form the field has and, of options, only from its list."""
    if value is None or value in ("", []):
        return Checked(reason=BlankReason.NOT_SURE)
    if field.type in (FieldType.DROPDOWN, FieldType.MULTISELECT):
        return _check_options(value, field)
    if field.type == FieldType.CHECKBOX:
        return Checked(value) if isinstance(value, bool) else _refuse(_("The answer was neither yes nor no."))
    if isinstance(value, bool | list):
        return _refuse(_("The answer had another form than the field."))
    if field.type == FieldType.DATE:
        return _check_date(str(value))
    if field.type in (FieldType.INTEGER, FieldType.DECIMAL):
        pattern = _INTEGER if field.type == FieldType.INTEGER else _DECIMAL
        said = str(value).strip()
        return Checked(said) if pattern.fullmatch(said) else _refuse(_("The answer was no such number."))
    return _check_text(str(value), field)


def find_quote(said: str, text: str) -> str:
    """The passage of the text that is quoted, in the text's own spelling; empty when it is not there word for word."""
    words = said.strip(" \t\r\n\"'“”‘’.…").split()
    if not words:
        return ""
    pattern = r"\s+".join(re.escape(word) for word in words[:200])
    found = re.search(pattern, text, re.IGNORECASE)
    return quote(found[0]) if found else ""


def _check_options(value: Any, field: FieldSpec) -> Checked:
    allowed = {option.value for option in field.options}
    chosen = value if isinstance(value, list) else [value]
    if any(not isinstance(tag, str) or tag not in allowed for tag in chosen):
        said = ", ".join(str(tag) for tag in chosen)
        detail = _("The answer “%(value)s” is no option of the field.") % {"value": quote(said, 80)}
        return Checked(reason=BlankReason.NOT_IN_LIST, detail=detail)
    if field.type == FieldType.MULTISELECT:
        return Checked(list(dict.fromkeys(chosen)))
    return Checked(chosen[0]) if not isinstance(value, list) else _refuse(_("The answer named several options."))


def _check_date(value: str) -> Checked:
    try:
        return Checked(dt.date.fromisoformat(value.strip()).isoformat())
    except ValueError:
        return _refuse(_("The answer was no date."))


def _check_text(value: str, field: FieldSpec) -> Checked:
    text = "".join(letter for letter in value if letter.isprintable() or letter == "\n").strip()
    if field.type != FieldType.TEXTAREA:
        text = " ".join(text.split())
    if not text:
        return Checked(reason=BlankReason.NOT_SURE)
    if len(text) > (LONGEST_TEXT if field.type == FieldType.TEXTAREA else LONGEST_LINE):
        return _refuse(_("The answer was longer than the field is meant for."))
    if field.type == FieldType.REGEXP and not _matches(field.pattern, text):
        return _refuse(_("The answer does not match the field's expression."))
    return Checked(text)


def _matches(pattern: str, text: str) -> bool:
    try:
        return fits(pattern, text)
    except (Unreadable, TimeoutError):
        return False


def _refuse(detail: str) -> Checked:
    return Checked(reason=BlankReason.NOT_SURE, detail=detail)
