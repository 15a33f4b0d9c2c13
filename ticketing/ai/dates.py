"""Dates in English text, absolute and relative, each with the words that say it."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
NUMBERS |= {"a": 1, "an": 1}
# A date can be told from its words with this much certainty; a weekday alone may be the last or the coming one.
EXACT, YEARLESS, RELATIVE, UNCLEAR = 0.95, 0.85, 0.9, 0.5
# A day without a year is that of the nearest year; half a year away it could be either.
NEAR = dt.timedelta(days=120)


@dataclass(frozen=True)
class FoundDate:
    """A date and the words (from `start` to `end` of the text) that say it."""

    date: dt.date
    start: int
    end: int
    certainty: float


_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = "|".join(WEEKDAYS)
_COUNT = r"\d{1,3}|" + "|".join(NUMBERS)
_UNIT = r"(?P<unit>day|week|month|year)s?"
_FOUR = r"(?P<year>(?:19|20)\d\d)"
_SOON = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1}


def find_dates(text: str, today: dt.date) -> list[FoundDate]:
    """Every date of the text, in its order; those that overlap an earlier, more exact reading are left out."""
    found: list[FoundDate] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            try:
                read_date = read(match, today)
            except (ValueError, OverflowError):
                continue
            if read_date and not any(match.start() < old.end and old.start < match.end() for old in found):
                found.append(FoundDate(read_date[0], match.start(), match.end(), read_date[1]))
    return sorted(found, key=lambda date: date.start)


_Read = tuple[dt.date, float] | None


def _read_iso(match: re.Match[str], today: dt.date) -> _Read:
    return dt.date(int(match["year"]), int(match["month"]), int(match["day"])), EXACT


def _read_numbers(match: re.Match[str], today: dt.date) -> _Read:
    """12.5.2026 is the 12th of May; 5/12/2026 may be either way round unless one of the two is no month."""
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    year += 2000 if year < 100 else 0
    if first <= 12 < second:
        return dt.date(year, first, second), EXACT
    is_clear = match["sign"] == "." or first > 12 or first == second
    return dt.date(year, second, first), EXACT if is_clear else UNCLEAR


def _read_name(match: re.Match[str], today: dt.date) -> _Read:
    month, day = MONTHS[match["month"].lower()], int(match["day"])
    if match["year"]:
        return dt.date(int(match["year"]), month, day), EXACT
    near = [_on(today.year + shift, month, day) for shift in (-1, 0, 1)]
    nearest = min((date for date in near if date), key=lambda date: abs(date - today))
    return nearest, YEARLESS if abs(nearest - today) <= NEAR else UNCLEAR


def _read_near(match: re.Match[str], today: dt.date) -> _Read:
    words = " ".join(match[0].lower().split())
    days = {"day after tomorrow": 2, "day before yesterday": -2}.get(words, _SOON.get(words, 0))
    return today + dt.timedelta(days=days), RELATIVE


def _read_count(match: re.Match[str], today: dt.date) -> _Read:
    count = NUMBERS.get(match["count"].lower()) or int(match["count"])
    count *= -1 if match["ago"] else 1
    if match["unit"].lower() in ("day", "week"):
        return today + dt.timedelta(days=count * (7 if match["unit"].lower() == "week" else 1)), RELATIVE
    months = today.month - 1 + count * (12 if match["unit"].lower() == "year" else 1)
    year, month = today.year + months // 12, months % 12 + 1
    return dt.date(year, month, min(today.day, calendar.monthrange(year, month)[1])), YEARLESS


def _read_weekday(match: re.Match[str], today: dt.date) -> _Read:
    """This or coming Friday: the first after today; last: the one before; next: that of the next week."""
    number, which = WEEKDAYS[match["day"].lower()], (match["which"] or "").lower()
    ahead = (number - today.weekday()) % 7
    if which in ("last", "past"):
        return today - dt.timedelta(days=(today.weekday() - number) % 7 or 7), RELATIVE
    if which == "next":
        return today + dt.timedelta(days=7 - today.weekday() + number), YEARLESS
    return today + dt.timedelta(days=ahead or 7), RELATIVE if which else UNCLEAR


def _on(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _compile() -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str], dt.date], _Read]]]:
    table = (
        (rf"\b{_FOUR}[-/.](?P<month>\d\d?)[-/.](?P<day>\d\d?)\b", _read_iso),
        (r"\b(?P<first>\d\d?)(?P<sign>[-/.])(?P<second>\d\d?)(?P=sign)(?P<year>(?:19|20)\d\d|\d\d)\b", _read_numbers),
        (rf"\b(?P<day>\d\d?)(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?P<month>{_MONTH})\b\.?(?:,?\s+{_FOUR}\b)?", _read_name),
        (rf"\b(?P<month>{_MONTH})\.?\s+(?:the\s+)?(?P<day>\d\d?)(?:st|nd|rd|th)?\b(?:,?\s+{_FOUR}\b)?", _read_name),
        (r"\b(?:day\s+after\s+tomorrow|day\s+before\s+yesterday|today|tonight|tomorrow|yesterday)\b", _read_near),
        (rf"\bin\s+(?P<count>{_COUNT})\s+{_UNIT}\b(?P<ago>(?!))?", _read_count),
        (rf"\b(?P<count>{_COUNT})\s+{_UNIT}\s+(?P<ago>ago)\b", _read_count),
        (rf"\b(?:(?P<which>this|coming|next|last|past)\s+)?(?P<day>{_DAY})\b", _read_weekday),
    )
    for expression, read in table:
        yield re.compile(expression, re.IGNORECASE), read


_READERS = tuple(_compile())
