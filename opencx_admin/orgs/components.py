"""What views hand to the shared partials in `templates/components/`: plain frozen values, no HTML.

Each class names its partial. `{% include "components/tile.html" with tile=tile %}` renders a `Tile`, and so on;
`/style/` shows every one of them. Words are translated by whoever makes the value.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Text = Any  # str or a lazy translation; templates render both.


@dataclass(frozen=True, slots=True)
class Action:
    """A button or a link (action.html). `post` makes a form with the CSRF token that sends `name=value`.

    `kind`: "act" filled (one a view), "danger" outlined red, "" outlined, "link" plain. `needs`: the role that
    may, when this person may not: the button is shown disabled beside it. `key`: the letter that presses it.
    """

    label: Text
    url: str = ""
    post: bool = False
    name: str = "action"
    value: str = ""
    kind: str = ""
    icon: str = ""
    needs: Text = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A status with its own word: `Mark("retrying", "429 too many")`. Empty word: the word of the status."""

    value: str
    word: Text = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force (chips.html): muted name, value, and the URL without it."""

    name: Text
    value: Text
    remove_url: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an AddChip: its URL carries the whole state of the page."""

    label: Text
    url: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class AddChip:
    """A dashed chip (chips.html) that opens choices, or, with `field`, a GET form with one text field.

    `kept` are the name and value pairs of the query string that stay.
    """

    name: Text
    options: Sequence[Option] = ()
    field: str = ""
    kept: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved view or a tab (tabs.html)."""

    label: Text
    url: str
    count: int | None = None
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class StepLink:
    """A step of a guided way (steps.html). `value`: ok, skipped, blocked or waiting."""

    label: Text
    url: str
    value: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """A proof tile of the overview (tile.html). `mark`: proven, missing, overdue, unproven, not_set_up, checking."""

    name: Text
    mark: Mark
    url: str
    at: dt.datetime | None = None
    by: Text = ""


@dataclass(frozen=True, slots=True)
class ActRow:
    """A row of "Needs action" (act_row.html). `owner` as in the owner tag."""

    mark: Mark
    title: Text
    url: str
    meta: Text
    owner: str
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sentence a page opens with (verdict.html). `value`: ok, warning, problem, unknown."""

    value: str
    title: Text
    text: Text = ""
    checked_at: dt.datetime | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Banner:
    """The best next step of a page (banner.html). `value` is a status; `text` says why it is safe."""

    value: str
    title: Text
    text: Text = ""
    owner: str = ""
    note: Text = ""
    actions: Sequence[Action] = ()
    is_loud: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """An empty list (empty.html). `kind`: "well" (all is fine), "filtered" (a filter hides all), "unset"."""

    kind: str
    title: Text
    text: Text = ""
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A check and what was seen (evidence.html). `facts` such as ("Asked", "GET …") open by themselves on a problem."""

    code: str
    verdict: str
    question: Text
    answer: Text = ""
    call: str = ""
    facts: Sequence[tuple[Text, Text]] = ()


@dataclass(frozen=True, slots=True)
class More:
    """A disclosure in the timeline: `text` in a well (mono when `is_mono`), or `links` (title, URL)."""

    label: Text
    text: Text = ""
    is_mono: bool = False
    links: Sequence[tuple[Text, str]] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One item of a timeline (event.html).

    `kind`: contact, agent, ai, handoff, call_out, call_in, zendesk, us, system, folded, gap, now.
    `who` bold, `what` plain, `call` mono (method and path), `mark` its outcome, `note` muted, `receipt` what
    became of it, `link` (label, URL), `text` a bubble of said words, `quote` a muted quotation, `tags` small tags.
    """

    kind: str
    at: dt.datetime
    who: Text = ""
    what: Text = ""
    call: str = ""
    mark: Mark | None = None
    note: Text = ""
    receipt: Mark | None = None
    link: tuple[Text, str] | None = None
    text: Text = ""
    quote: Text = ""
    tags: Sequence[Text] = ()
    mores: Sequence[More] = ()
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a diff (diff.html). `sign`: "-", "+" or "" for what stays."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """A question before an act (confirm.html): what each part will do, and a verb with the number."""

    title: Text
    parts: Sequence[tuple[int | str, Text]]
    action: Action
    back_url: str
    note: Text = ""
    is_final: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)


# What stays is context: letters of it that are shown.
LONGEST_KEPT = 120


def diff_values(before: Mapping[str, object], after: Mapping[str, object]) -> list[DiffLine]:
    """The lines that turn `before` into `after`, key by key in the order of first appearance."""
    lines = []
    for key in dict.fromkeys([*before, *after]):
        old, new = (_value(key, side) for side in (before, after))
        if old == new:
            lines.append(DiffLine("", old if len(old) <= LONGEST_KEPT else f"{old[:LONGEST_KEPT]}…"))
            continue
        lines += [DiffLine("-", old)] if old else []
        lines += [DiffLine("+", new)] if new else []
    return lines


def _value(key: str, side: Mapping[str, object]) -> str:
    if key not in side:
        return ""
    value = "–" if side[key] in (None, "") else side[key]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{key}: {text}" if key else text
