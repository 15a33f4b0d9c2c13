"""Hours and holidays as a person types them: `09:00–12:00, 13–17` for a day, `2026-12-25 Christmas` for a holiday."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from ticketing.hours.calendar import DAY, Holiday

_TIME = r"(\d{1,2})(?:[:.h](\d{2}))?"
_SPAN = re.compile(rf"{_TIME}\s*[-–—]\s*{_TIME}")
_DATE = r"\d{4}-\d{2}-\d{2}"
_HOLIDAY = re.compile(rf"({_DATE})(?:\s*(?:[-–—]|\.\.)\s*({_DATE}))?\s*[,:]?\s*(.*)")
MOST_HOLIDAYS, LONGEST_NAME = 200, 100


def read_day(text: str, weekday: int) -> list[tuple[int, int]]:
    """A day's spans in minutes of the week; one that ends before it begins runs into the next day.

    Raises `ValueError` with a sentence.
    """
    return [_read_span(part.strip(), weekday) for part in re.split(r"[,;]", text) if part.strip()]


def _read_span(part: str, weekday: int) -> tuple[int, int]:
    found = _SPAN.fullmatch(part)
    if found is None:
        raise ValueError(_("“%(text)s” is no span of time such as 09:00–17:00.") % {"text": part[:40]})
    begin, end = (_minute(found[n], found[n + 1]) for n in (1, 3))
    if begin is None or end is None or begin in (DAY, end):
        raise ValueError(_("“%(text)s” is no span of a day: times run from 00:00 to 24:00.") % {"text": part[:40]})
    start = weekday * DAY
    return start + begin, start + (end if end > begin else end + DAY)


def _minute(hour: str, minute: str | None) -> int | None:
    total = int(hour) * 60 + int(minute or 0)
    return total if total <= DAY and int(minute or 0) < 60 else None


def write_day(spans: Sequence[tuple[int, int]]) -> str:
    """Minutes of a day as text: `09:00–12:00, 13:00–17:00`."""
    return ", ".join(f"{clock(begin)}–{clock(end)}" for begin, end in spans)


def clock(minute: int) -> str:
    """540 is `09:00`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def read_holidays(text: str) -> list[Holiday]:
    """One a line: a date, or two with a dash between them, then its name. Raises `ValueError` with a sentence."""
    found = [_read_holiday(" ".join(line.split())) for line in text.splitlines() if line.strip()]
    if len(found) > MOST_HOLIDAYS:
        raise ValueError(_("Keep it to %(n)s holidays.") % {"n": MOST_HOLIDAYS})
    return found


def _read_holiday(line: str) -> Holiday:
    found = _HOLIDAY.fullmatch(line)
    first = _read_date(found[1]) if found else None
    last = _read_date(found[2]) if found and found[2] else first
    if found is None or first is None or last is None:
        text = _("“%(text)s” is no holiday. Write 2026-12-25 Christmas, or 2026-12-24 – 2026-12-26 Christmas.")
        raise ValueError(text % {"text": line[:60]})
    if last < first:
        raise ValueError(_("“%(text)s” ends before it begins.") % {"text": line[:60]})
    return Holiday(found[3].strip()[:LONGEST_NAME], first, last)


def _read_date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def write_holidays(holidays: Iterable[Holiday]) -> str:
    """The same as text."""
    return "\n".join(
        f"{row.first}{'' if row.first == row.last else f' – {row.last}'} {row.name}".rstrip() for row in holidays
    )
