"""Times and lengths of time in words, in the person's own time zone (which the middleware activates)."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

DAY = 86_400


def _seconds_ago(at: dt.datetime) -> float:
    return (timezone.now() - at).total_seconds()


def is_recent(at: dt.datetime) -> bool:
    """True when `at` is less than 24 hours away, before or after now."""
    return abs(_seconds_ago(at)) < DAY


def moment_text(at: dt.datetime) -> str:
    """ "41 s ago", "in 5 min", "3 h ago"; "Tue 16:42" under a week; "21 Aug" or "4 Mar 2025" after."""
    seconds = _seconds_ago(at)
    if abs(seconds) < DAY:
        return _relative(seconds)
    local = timezone.localtime(at)
    if abs(seconds) < 7 * DAY:
        return date_format(local, "D H:i")
    return date_format(local, "j M" if local.year == timezone.localtime().year else "j M Y")


def _relative(seconds: float) -> str:
    age = int(abs(seconds))
    ago = seconds >= 0
    if age < 60:
        return (_("%(n)s s ago") if ago else _("in %(n)s s")) % {"n": age}
    if age < 3600:
        return (_("%(n)s min ago") if ago else _("in %(n)s min")) % {"n": age // 60}
    return (_("%(n)s h ago") if ago else _("in %(n)s h")) % {"n": age // 3600}


def relative_words() -> dict[str, str]:
    """The same words with `{n}` for the number, so that the browser can move them on."""
    slot = {"n": "{n}"}
    return {
        "ago-s": _("%(n)s s ago") % slot,
        "ago-m": _("%(n)s min ago") % slot,
        "ago-h": _("%(n)s h ago") % slot,
        "in-s": _("in %(n)s s") % slot,
        "in-m": _("in %(n)s min") % slot,
        "in-h": _("in %(n)s h") % slot,
    }


def clock_text(at: dt.datetime, *, seconds: bool = True) -> str:
    """ "14:12:30"; with the weekday in front when not today, with the date when over a week away."""
    local, now = timezone.localtime(at), timezone.localtime()
    time = "H:i:s" if seconds else "H:i"
    if local.date() == now.date():
        return date_format(local, time)
    return date_format(local, f"D {time}" if abs(_seconds_ago(at)) < 7 * DAY else f"j M {time}")


def stamp_text(at: dt.datetime) -> str:
    """ "4 Mar 2025, 14:03"."""
    return date_format(timezone.localtime(at), "j M Y, H:i")


def full_text(at: dt.datetime) -> str:
    """The absolute time with its zone, for the hover text: "Sun 22 Nov 2026, 14:12:30 CET"."""
    return date_format(timezone.localtime(at), "D j M Y, H:i:s T")


def span_text(seconds: float) -> str:
    """A length of time in its two largest units: "9 min 23 s", "2 h 52 min", "3 d 4 h", "0.6 s" under a second."""
    if 0 < seconds < 1:
        return _("%(n)s s") % {"n": f"{seconds:.1f}"}
    whole = int(seconds)
    units = [(_("%(n)s d"), DAY), (_("%(n)s h"), 3600), (_("%(n)s min"), 60), (_("%(n)s s"), 1)]
    parts: list[tuple[str, int]] = []
    for word, size in units:
        amount, whole = divmod(whole, size)
        if amount or parts:
            parts.append((word, amount))
    shown = [word % {"n": amount} for word, amount in parts[:2] if amount]
    return " ".join(shown) or _("%(n)s s") % {"n": 0}
