"""The look's template tags: `{% load look %}`. Every page uses these and the partials in templates/components/.

Tags
    {% icon "gear" %}                          16 px from the sprite, hidden from screen readers; size=12 inside links
    {% status handoff.status %}                icon + word; pill=True once a page head; word="1 missing"
    {% mark row.mark %}                        the same for a components.Mark; pill=True
    {% owner "you_here" %}                     whose move: you_here, you_zendesk, contact, zendesk, us, nobody
    {% channel session.channel %}              icon + word; plain=True for the word alone
    {% moment at %}                            "3 min ago" · "Tue 16:42" · "21 Aug", moves on by itself
    {% clock at %}                             "14:12:30" in logs, with the day in front when it is not today
    {% stamp at %}                             "4 Mar 2025, 14:03"
    {% copyable id label=_("session id") %}    mono, cut at the end by CSS only, with a button "Copy session id"
    {% field form.email %}                     label, control, help, error; mono=True, after=".zendesk.com"
    {% meter 62 200 tone="warn" tick=160 label=_("62 of 200 calls") %}   a bar with its meaning as text
Filters
    {{ email|breakable }} an address that may break after its @
    {{ n|count }} 1 794 (never for ids) · {{ ms|ms }} "642 ms", "1.4 s" · {{ seconds|span }} "9 min 23 s"
Partials, fed with the values of opencx_admin.orgs.components
    action, chips (chips=, adds=), tabs (tabs=, label=), tile, act_row, verdict, banner, empty, evidence (row=),
    event, diff (lines=), confirm, progress (done=, total=, label=), pager (page=)
    {% include "components/banner.html" with banner=banner %}
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opencx_admin.orgs.components import Event, Mark
from opencx_admin.orgs.times import clock_text, full_text, is_recent, moment_text, span_text, stamp_text
from opencx_admin.orgs.words import CHANNELS, EVENTS, OWNERS, Look, status_look

register = template.Library()
NOTHING = "–"


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """An icon of the sprite, in the current colour, silent: a word stands beside it. `size` 12, 16 or 26 px."""
    extra = f" icon-{size}" if size != 16 else ""
    sprite = staticfiles_storage.url("icons.svg")
    return format_html('<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>', extra, sprite, name)


@register.simple_tag
def status(value: object, pill: bool = False, word: object = "") -> SafeString:
    """A status as icon and word; `pill` with its tint, once in a view."""
    return _show(status_look(value), pill, word)


@register.simple_tag
def mark(value: Mark | None, pill: bool = False) -> SafeString:
    """A `Mark` as icon and word; nothing for None."""
    return _show(status_look(value.value), pill, value.word) if value else SafeString("")


def _show(look: Look, pill: bool, word: object) -> SafeString:
    return format_html(
        '<span class="status tone-{}{}">{}{}</span>',
        look.tone,
        " pill" if pill else "",
        icon(look.icon),
        word or look.word,
    )


@register.simple_tag
def tone(value: object) -> str:
    """The tone class of a status, for a component that is coloured as a whole."""
    return f"tone-{status_look(value).tone}"


@register.simple_tag
def status_icon(value: object, size: int = 16) -> SafeString:
    """The icon of a status alone, in its tone; its word must stand in the text beside it."""
    look = status_look(value)
    return format_html('<span class="tone-{}">{}</span>', look.tone, icon(look.icon, size))


@register.simple_tag
def owner(value: str, sentence: object = "") -> SafeString:
    """Whose move it is; `sentence` replaces the word ("Your move, here: …")."""
    look = OWNERS.get(value)
    if look is None:
        return SafeString("")
    extra = " owner-you" if look.tone == "you" else ""
    return format_html('<span class="owner{}">{}{}</span>', extra, icon(look.icon), sentence or look.word)


@register.simple_tag
def channel(value: str, plain: bool = False) -> SafeString | str:
    """A channel as icon and word."""
    look = CHANNELS.get(value) or Look("", "globe", value)
    if plain:
        return str(look.word)
    return format_html('<span class="owner">{}{}</span>', icon(look.icon), look.word)


def _time(at: dt.datetime | None, text: str, moves: bool = False) -> SafeString:
    if at is None:
        return SafeString(NOTHING)
    flag = SafeString(" data-relative" if moves else "")
    return format_html('<time datetime="{}" title="{}"{}>{}</time>', at.isoformat(), full_text(at), flag, text)


@register.simple_tag
def moment(at: dt.datetime | None) -> SafeString:
    """Age where age matters: relative under 24 h, weekday under a week, date after. A dash for None."""
    return _time(at, moment_text(at), is_recent(at)) if at else SafeString(NOTHING)


@register.simple_tag
def clock(at: dt.datetime | None, seconds: bool = True) -> SafeString:
    """Clock time for logs; the day stands in front when it is not today."""
    return _time(at, clock_text(at, seconds=seconds) if at else NOTHING)


@register.simple_tag
def stamp(at: dt.datetime | None) -> SafeString:
    """Date and time, for records that stay."""
    return _time(at, stamp_text(at) if at else NOTHING)


@register.simple_tag
def copyable(value: object, label: object = "", cut: bool = True) -> SafeString:
    """An id in mono with a copy button; CSS cuts it at its end when the room is short."""
    text = "" if value is None else str(value)
    if not text:
        return SafeString(NOTHING)
    name = _("Copy %(what)s") % {"what": label or text}
    return format_html(
        '<span class="copyable"><code class="{}" title="{}">{}</code>'
        '<button type="button" class="icon-btn needs-js above" data-copy="{}" aria-label="{}" title="{}">{}</button>'
        "</span>",
        "cut" if cut else "text-break",
        text,
        text,
        text,
        name,
        name,
        icon("copy"),
    )


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField,
    mono: bool = False,
    after: str = "",
    optional: bool = False,
    placeholder: object = "",
    autofocus: bool = False,
) -> dict[str, Any]:
    """A form field: label above, help below, error below in the tone of failure, wired for screen readers."""
    widget = bound.field.widget
    kind = "check" if isinstance(widget, CheckboxInput) else "radio" if isinstance(widget, RadioSelect) else "text"
    css = {"check": "form-check-input", "radio": "form-check-input"}.get(kind)
    css = css or ("form-select" if isinstance(widget, Select) else "form-control")
    attrs: dict[str, Any] = {"class": f"{css} mono" if mono else css}
    if placeholder:
        attrs["placeholder"] = placeholder
    if autofocus:
        attrs["data-focus"] = True
    return {"field": bound, "control": bound.as_widget(attrs=attrs), "kind": kind, "after": after, "optional": optional}


@register.simple_tag
def meter(value: float, total: float, label: object, tone: str = "", tick: float | None = None) -> SafeString:
    """A bar of `value` out of `total` with an optional threshold; `label` says the same in words."""
    share = (lambda number: round(100 * min(max(number / total, 0), 1), 2)) if total else (lambda _number: 0.0)
    line = format_html('<rect class="tick" x="{}" width=".7" height="10"/>', share(tick)) if tick is not None else ""
    return format_html(
        '<svg class="meter{}" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="bar" width="{}" height="10"/>{}</svg>',
        f" tone-{tone}" if tone else "",
        label,
        share(value),
        line,
    )


@register.simple_tag
def event_node(item: Event) -> SafeString:
    """The node of a timeline item: icon by kind, tone by kind or, for calls, by outcome."""
    kind_tone, name = EVENTS.get(item.kind, ("", "info-circle"))
    look = status_look(item.mark.value) if item.mark else None
    if item.kind == "us" and look and look.tone == "bad":
        name = look.icon
    outcome = look.tone if look and item.kind in {"call_out", "call_in", "us", "zendesk"} else kind_tone
    return format_html('<span class="node{}">{}</span>', f" tone-{outcome}" if outcome else "", icon(name))


@register.filter
def breakable(address: str) -> SafeString:
    """An address that, where the line is too short, breaks after its @ rather than anywhere."""
    name, at, domain = address.partition("@")
    return format_html("{}{}<wbr>{}", name, at, domain) if at else format_html("{}", address)


@register.filter
def count(value: int | None) -> str:
    """A number of things, thousands set apart by a narrow space. Never for ids."""
    return NOTHING if value is None else f"{value:,}".replace(",", "\u202f")


@register.filter
def ms(value: float | None) -> str:
    """Milliseconds as "642 ms", or from one second on as "1.4 s"."""
    if value is None:
        return NOTHING
    return _("%(n)s ms") % {"n": round(value)} if value < 1000 else _("%(n)s s") % {"n": f"{value / 1000:.1f}"}


@register.filter
def span(value: float | dt.timedelta | None) -> str:
    """A length of time in its two largest units: "9 min 23 s"."""
    if value is None:
        return NOTHING
    return span_text(value.total_seconds() if isinstance(value, dt.timedelta) else value)


@register.filter
def tries(value: int) -> str:
    """ "1 try", "3 tries"."""
    return ngettext("%(n)s try", "%(n)s tries", value) % {"n": value}


@register.simple_tag
def zone_city() -> str:
    """The city of the person's own time zone, as the top bar names it."""
    return timezone.get_current_timezone_name().rsplit("/", 1)[-1].replace("_", " ")
