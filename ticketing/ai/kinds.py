"""Text fields that name a form: e-mail address, phone number, web address, amount, order number, "like AB-1234"."""

from __future__ import annotations

import re
from collections.abc import Iterator

EMAIL = re.compile(r"\b[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}\b")
PHONE = re.compile(r"(?<![\w./-])(?:\+|00)?\(?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w/-])")
URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"'()]{3,400}[^\s<>\"'().,;:!?]", re.IGNORECASE)
AMOUNT = re.compile(
    r"(?:[€$£¥]|\b(?:EUR|USD|GBP|CHF)\b)\s?\d(?:[\d.,]{0,18}\d)?|\b\d(?:[\d.,]{0,18}\d)?\s?(?:[€$£¥]|(?:EUR|USD|GBP|CHF|euros?|dollars?|pounds?)\b)",
    re.IGNORECASE,
)
_THINGS = (
    "order|invoice|booking|reservation|tracking|shipment|reference|confirmation|serial|customer|account|contract|policy|"
    "case|ticket|transaction|payment|membership|licen[cs]e|product|model|flight|voucher|coupon"
)
_IDS = re.compile(rf"\b({_THINGS})\s*(?:number|no\b|nr\b|id\b|code|ref\b|reference|#|key)", re.IGNORECASE)
_EXAMPLE = re.compile(r"(?=[\w/-]*\d)(?=[\w/-]*[A-Za-z-])\b\w[\w/-]{3,29}\b")
_CUES = (
    (re.compile(r"\be-?mail\b", re.IGNORECASE), "email", EMAIL),
    (re.compile(r"\b(?:phone|telephone|mobile|call-?back)\b", re.IGNORECASE), "phone", PHONE),
    (re.compile(r"\b(?:url|link|web ?site|web ?address|web ?page)\b", re.IGNORECASE), "url", URL),
)
_MONEY = re.compile(r"\b(?:amount|price|total|cost|value of)\b", re.IGNORECASE)

Span = tuple[int, int]


def find_by_kind(text: str, about: str) -> tuple[str, list[Span]]:
    """The form that the field's words ask for, and where the text has it. The form is empty when they name none."""
    if shape := _read_example(about):
        return "example", [match.span() for match in shape.finditer(text)]
    if named := _IDS.search(about):
        return "id", list(_find_ids(text, named[1]))
    for cue, kind, pattern in _CUES:
        if cue.search(about):
            return kind, [match.span() for match in pattern.finditer(text)]
    if _MONEY.search(about):
        return "amount", [match.span() for match in AMOUNT.finditer(text)]
    return "", []


def _find_ids(text: str, thing: str) -> Iterator[Span]:
    """What follows "order", "order number", "order no." or "order #" and has three characters, one of them a digit."""
    pattern = re.compile(
        rf"\b{re.escape(thing)}s?(?:\s*(?:number|no\b\.?|nr\b\.?|id\b|code\b|ref\b\.?|reference|key\b|is|was|of|my|the|[#:=,]))*"
        r"\s*#?\s*(?P<id>(?=[\w/-]*\d)[A-Za-z0-9][\w/-]{2,29})\b",
        re.IGNORECASE,
    )
    return (match.span("id") for match in pattern.finditer(text))


def _read_example(about: str) -> re.Pattern[str] | None:
    """The shape of an example in the description: "like AB-1234" asks for two capitals, a hyphen and digits."""
    example = _EXAMPLE.search(about)
    if not example:
        return None
    parts = re.findall(r"\d+|[A-Z]+|[a-z]+|[^\dA-Za-z]+", example[0])
    return re.compile(rf"(?<![\w/-]){''.join(_generalise(part) for part in parts)}(?![\w/-])")


def _generalise(part: str) -> str:
    if part.isdigit():
        return rf"\d{{{max(1, len(part) - 1)},{len(part) + 2}}}"
    if part.isalpha() and part.isascii():
        return re.escape(part) if len(part) > 3 else rf"[A-Za-z]{{{len(part)}}}"
    return re.escape(part)
