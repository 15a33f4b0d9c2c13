"""Text fields that name a form: e-mail address, phone number, web address, amount, order number, "like AB-1234"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ticketing.ai.dates import NUMBERS

EMAIL = re.compile(r"\b[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}\b")
PHONE = re.compile(r"(?<![\w./-])(?:\+|00)?\(?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w/-])")
URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"'()]{3,400}[^\s<>\"'().,;:!?]", re.IGNORECASE)
AMOUNT = re.compile(
    r"(?:[€$£¥]|\b(?:EUR|USD|GBP|CHF)\b)\s?\d(?:[\d.,]{0,18}\d)?"
    r"|\b\d(?:[\d.,]{0,18}\d)?\s?(?:[€$£¥]|(?:EUR|USD|GBP|CHF|euros?|dollars?|pounds?)\b)",
    re.IGNORECASE,
)
# What has a number, by the words that contacts use for it.
_THINGS = {
    "order": "order|bestellung|bestellnummer|bestellnr|auftrag|commande|pedido|ordine|bestelling",
    "invoice": "invoice|rechnung|rechnungsnummer|facture|factura|fattura|factuur",
    "booking": "booking|reservation|buchung|buchungsnummer|réservation|reserva|prenotazione",
    "customer": "customer|client|kunde|kundennummer|cliente",
    "tracking": "tracking|shipment|parcel|sendung|sendungsnummer|paketnummer",
    "reference": "reference|confirmation|referenz",
    "contract": "contract|policy|membership|vertrag",
    "account": "account|konto",
    "serial": "serial|seriennummer|licen[cs]e",
    "case": "case|ticket",
    "payment": "payment|transaction",
    "product": "product|model|flight",
    "voucher": "voucher|coupon|gutschein",
}
_ANY_THING = "|".join(_THINGS.values())
# Blanks between words. Without a limit a page of blanks after "order" would be tried in every division: for minutes.
_GAP = r"\s{0,5}"
_IDS = re.compile(
    rf"\b({_ANY_THING}){_GAP}(?:number|no\b|nr\b|id\b|code|ref\b|reference|#|key)|\b(\w+nummer)\b", re.IGNORECASE
)
_NUMBERED = "|".join(_THINGS[name] for name in ("order", "invoice", "booking", "tracking", "case", "customer"))
_MENTION = re.compile(
    rf"\b(?:{_NUMBERED})s?{_GAP}(?:number|no\.?|nr\.?|id|code)?{_GAP}[:#]?{_GAP}(?=[\w/-]{{0,29}}\d)[\w/-]{{3,30}}\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(rf"\b(?P<count>\d{{1,2}}|{'|'.join(NUMBERS)})[ -]digits?\b", re.IGNORECASE)
_EXAMPLE = re.compile(r"\b(?=[\w/-]{0,29}\d)(?=[\w/-]{0,29}[A-Za-z-])\w[\w/-]{3,29}\b")
_ANNOUNCED = re.compile(r"\b(?:like|such as|e\.?g|example|form|format|looks)\b", re.IGNORECASE)
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
        return "id", list(_find_ids(text, (named[1] or named[2]).lower()))
    for cue, kind, pattern in _CUES:
        if cue.search(about):
            return kind, [match.span() for match in pattern.finditer(text)]
    if _MONEY.search(about):
        return "amount", [match.span() for match in AMOUNT.finditer(text)]
    return "", []


def find_ids(text: str) -> list[Span]:
    """Every mention of an id with the word before it: "order 84436", "invoice no. 7"."""
    return [match.span() for match in _MENTION.finditer(text)]


def drop_ids(text: str) -> str:
    """The text with blanks for "order 84436": that a number is named does not say what it is about."""
    for start, end in reversed(find_ids(text)):
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


def _find_ids(text: str, thing: str) -> Iterator[Span]:
    """What follows "order", "order number", "order no." or "order #" and has three characters, one of them a digit."""
    words = next((words for words in _THINGS.values() if re.fullmatch(words, thing)), re.escape(thing))
    pattern = re.compile(
        rf"\b(?:{words})s?(?:{_GAP}(?:number|no\b\.?|nr\b\.?|id\b|code\b|ref\b\.?|reference|key\b|is|was|of|my|the|[#:=,]))*"
        rf"{_GAP}#?{_GAP}(?P<id>(?=[\w/-]*\d)[A-Za-z0-9][\w/-]{{2,29}})\b",
        re.IGNORECASE,
    )
    return (match.span("id") for match in pattern.finditer(text))


def _read_example(about: str) -> re.Pattern[str] | None:
    """The shape of an example in the description: "like AB-1234" asks for two letters, a hyphen and digits.

    "Five digits" is a shape, too.
    """
    if digits := _DIGITS.search(about):
        count = NUMBERS.get(digits["count"].lower()) or int(digits["count"])
        return re.compile(rf"(?<![\w.,/-])\d{{{count}}}(?![\w/-]|[.,]\d)")
    example = next(filter(None, map(_as_example, _EXAMPLE.finditer(about))), "")
    if not example:
        return None
    parts = re.findall(r"\d+|[A-Z]+|[a-z]+|[^\dA-Za-z]+", example)
    return re.compile(rf"(?<![\w/-]){''.join(_generalise(part) for part in parts)}(?![\w/-])")


def _as_example(found: re.Match[str]) -> str:
    """Three digits, or a word that announces an example: a "30-day trial" is none."""
    before = found.string[max(0, found.start() - 25) : found.start()]
    return found[0] if len(re.findall(r"\d", found[0])) >= 3 or _ANNOUNCED.search(before) else ""


def _generalise(part: str) -> str:
    if part.isdigit():
        return rf"\d{{{max(1, len(part) - 1)},{len(part) + 2}}}"
    if part.isalpha() and part.isascii():
        return re.escape(part) if len(part) > 3 else rf"[A-Za-z]{{{len(part)}}}"
    return re.escape(part)
