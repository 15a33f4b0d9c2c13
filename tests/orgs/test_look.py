"""The words, times and colours of the look."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.template import Context, Template
from django.utils import timezone

from opencx_admin.orgs.components import Event, Mark, diff_values
from opencx_admin.orgs.words import STATUSES

NOW = dt.datetime(2026, 11, 19, 14, 12, 30, tzinfo=dt.UTC)
CSS = Path(settings.BASE_DIR, "static", "app.css").read_text()
ICONS = set(re.findall(r'<symbol id="([\w-]+)"', Path(settings.BASE_DIR, "static", "icons.svg").read_text()))


def render(source: str, **context: object) -> str:
    return Template("{% load look %}" + source).render(Context(context)).strip()


def text_of(source: str, **context: object) -> str:
    return re.sub(r"<[^>]+>", "", render(source, **context))


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (0, "0 s ago"), (41, "41 s ago"), (180, "3 min ago"), (3599, "59 min ago"), (9 * 3600, "9 h ago"),
        (86_399, "23 h ago"), (86_400, "Wed 14:12"), (6 * 86_400, "Fri 14:12"), (30 * 86_400, "20 Oct"),
        (400 * 86_400, "15 Oct 2025"), (-40, "in 40 s"), (-7200, "in 2 h"),
    ],
)  # fmt: skip
def test_a_moment_is_relative_then_a_weekday_then_a_date(ago: int, words: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert text_of("{% moment at %}", at=NOW - dt.timedelta(seconds=ago)) == words


def test_only_relative_times_move_on_in_the_browser() -> None:
    with time_machine.travel(NOW, tick=False):
        assert "data-relative" in render("{% moment at %}", at=NOW - dt.timedelta(minutes=1))
        assert "data-relative" not in render("{% moment at %}", at=NOW - dt.timedelta(days=2))


def test_the_markup_carries_the_absolute_time_with_its_zone() -> None:
    with time_machine.travel(NOW, tick=False), timezone.override("Europe/Berlin"):
        shown = render("{% clock at %}", at=NOW)
    assert 'datetime="2026-11-19T14:12:30+00:00"' in shown
    assert 'title="Thu 19 Nov 2026, 15:12:30 CET"' in shown
    assert ">15:12:30</time>" in shown


def test_log_times_say_the_day_when_it_is_not_today() -> None:
    with time_machine.travel(NOW, tick=False):
        assert text_of("{% clock at %}", at=NOW - dt.timedelta(days=2)) == "Tue 14:12:30"
        assert text_of("{% clock at seconds=False %}", at=NOW - dt.timedelta(days=90)) == "21 Aug 14:12"


@pytest.mark.parametrize("tag", ["moment", "clock", "stamp", "copyable"])
def test_nothing_is_a_dash(tag: str) -> None:
    assert render(f"{{% {tag} at %}}", at=None) == "–"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.64, "0.6 s"), (7, "7 s"), (563, "9 min 23 s"), (600, "10 min"), (10_320, "2 h 52 min"),
     (90_000, "1 d 1 h"), (86_400, "1 d")],
)  # fmt: skip
def test_a_span_shows_its_two_largest_units(seconds: float, words: str) -> None:
    assert text_of("{{ n|span }}", n=seconds) == words


def test_counts_are_grouped_and_ids_never_are() -> None:
    assert text_of("{{ n|count }}", n=1794) == "1\u202f794"
    assert ">31877391822047715</code>" in render("{% copyable n label='id' %}", n=31877391822047715)


@pytest.mark.parametrize(("ms", "words"), [(7.2, "7 ms"), (999, "999 ms"), (1400, "1.4 s"), (None, "–")])
def test_milliseconds(ms: float | None, words: str) -> None:
    assert text_of("{{ n|ms }}", n=ms) == words


@pytest.mark.parametrize("value", STATUSES)
def test_every_status_is_a_word_beside_a_silent_icon_of_the_sprite(value: str) -> None:
    shown = render("{% status value %}", value=value)
    assert STATUSES[value].icon in ICONS
    assert 'aria-hidden="true"' in shown
    assert str(STATUSES[value].word) in shown


def test_a_status_that_nobody_named_is_still_shown() -> None:
    assert text_of("{% status 'half_done' %}") == "Half done"


@pytest.mark.parametrize("template", sorted(Path(settings.BASE_DIR, "templates").rglob("*.html")), ids=lambda p: p.name)
def test_every_icon_that_a_template_names_is_in_the_sprite(template: Path) -> None:
    named = set(re.findall(r'{% icon "([\w-]+)"', template.read_text()))
    assert named <= ICONS


def test_what_a_contact_said_is_never_markup() -> None:
    event = Event("contact", NOW, "<b>Mallory</b>", text="<img src=x onerror=alert(1)>")
    shown = render('{% include "components/event.html" %}', event=event)
    assert "<img" not in shown
    assert "&lt;img src=x" in shown
    assert "<b>Mallory</b>" not in shown


def test_a_call_takes_the_tone_of_its_outcome() -> None:
    failed = Event("call_out", NOW, "We → Zendesk", call="POST /api/v2/tickets", mark=Mark("failed", "500"))
    assert 'class="node tone-bad"' in render('{% include "components/event.html" %}', event=failed)


def test_a_diff_shows_only_what_changed_as_changed() -> None:
    lines = diff_values({"a": 1, "b": "x", "gone": None}, {"a": 1, "b": "y", "new": [1]})
    shown = [(line.sign, line.text) for line in lines]
    assert shown == [("", "a: 1"), ("-", "b: x"), ("+", "b: y"), ("-", "gone: –"), ("+", "new: [1]")]


def tokens(side: int) -> dict[str, str]:
    """The tokens of app.css: side 0 light, 1 dark."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", CSS)
    return {name: (light, dark)[side] for name, light, dark in found}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("side", [0, 1], ids=["light", "dark"])
def test_text_keeps_four_and_a_half_to_one_on_every_ground(side: int) -> None:
    colours = tokens(side)
    grounds = ["canvas", "surface", "sunk", "selected"]
    pairs = [
        (text, ground) for text in ("ink", "ink-2", "link", "ok", "warn", "bad", "wait", "ai") for ground in grounds
    ]
    pairs += [(name, f"{name}-tint") for name in ("ok", "warn", "bad", "wait", "ai")]
    pairs += [("ink", "bad-row"), ("ink-2", "bad-row"), ("bad", "bad-row"), ("ink", "wait-tint")]
    low = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert not {pair: ratio for pair, ratio in low.items() if ratio < 4.5}
    assert contrast("#ffffff", colours["act"]) >= 4.5
    assert contrast("#ffffff", colours["act-hover"]) >= 4.5
    assert contrast(colours["ctl"], colours["surface"]) >= 3
    assert contrast(colours["warn-fill"], colours["surface"]) >= 3
    assert contrast(colours["chart"], colours["surface"]) >= 3


def test_an_address_breaks_after_its_at_sign_and_stays_text() -> None:
    assert render("{{ at|breakable }}", at="jb@customers.example") == "jb@<wbr>customers.example"
    assert render("{{ at|breakable }}", at="<b>@x") == "&lt;b&gt;@<wbr>x"
    assert render("{{ at|breakable }}", at="–") == "–"
