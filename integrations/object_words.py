"""The words for what we keep in a Zendesk account: what each object is for, and how it is not as it should be."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.models import ObjectKind, ProvisionedObject
from integrations.provisioning.compare import Difference
from opencx_admin.crypto import DOTS
from opencx_admin.orgs.components import DiffLine, Mark

T = TypeVar("T")
Words = str | Promise
URL_TOKEN = re.compile(r"(?<=/webhooks/)(zendesk|sunshine)/([^/?#\"'\s\\]+)")
PREFIX, SHOWN = "whk_", 4  # letters of a token that tell one address from another

# Without these a contact waits for what an agent wrote.
CARRY_REPLIES = (ObjectKind.WEBHOOK, ObjectKind.REPLY_TRIGGER, ObjectKind.SUNSHINE_WEBHOOK)
# As the subject of a sentence.
NAMES: dict[str, Words] = {
    ObjectKind.WEBHOOK: gettext_lazy("The webhook"),
    ObjectKind.REPLY_TRIGGER: gettext_lazy("The trigger for replies"),
    ObjectKind.STATUS_TRIGGER: gettext_lazy("The trigger for the status"),
    ObjectKind.ASSIST_TRIGGER: gettext_lazy("The trigger for Assist"),
    ObjectKind.VIEW: gettext_lazy("The view of handoff problems"),
    ObjectKind.SUNSHINE_WEBHOOK: gettext_lazy("Messaging’s webhook"),
}
PURPOSES: dict[str, Words] = {
    ObjectKind.WEBHOOK: gettext_lazy("Calls our URL, signed, whenever one of the triggers asks it to."),
    ObjectKind.REPLY_TRIGGER: gettext_lazy("Rings when an agent answers publicly in a ticket that was handed off."),
    ObjectKind.STATUS_TRIGGER: gettext_lazy("Rings when the status of such a ticket changes."),
    ObjectKind.ASSIST_TRIGGER: gettext_lazy("Rings when somebody writes in a ticket that was opened in Zendesk."),
    ObjectKind.VIEW: gettext_lazy("Lists, for agents, the tickets whose handoff has a problem."),
    ObjectKind.SUNSHINE_WEBHOOK: gettext_lazy("Tells us what agents write in live chats, and when a chat ends."),
}
# What no longer happens without it.
LOSSES: dict[str, Words] = {
    ObjectKind.WEBHOOK: gettext_lazy("Agents’ replies are found by the hourly reading only."),
    ObjectKind.REPLY_TRIGGER: gettext_lazy("Agents’ replies are found by the hourly reading only."),
    ObjectKind.STATUS_TRIGGER: gettext_lazy("Solved tickets are noticed by the hourly reading only."),
    ObjectKind.ASSIST_TRIGGER: gettext_lazy("Assist hears of no ticket."),
    ObjectKind.VIEW: gettext_lazy("Agents lose the list of handoffs that have a problem."),
    ObjectKind.SUNSHINE_WEBHOOK: gettext_lazy("Agents’ messages in live chats no longer reach contacts."),
}
FIELDS: dict[str, Words] = {
    "endpoint": gettext_lazy("URL"),
    "target": gettext_lazy("URL"),
    "http_method": gettext_lazy("method"),
    "request_format": gettext_lazy("format"),
    "status": gettext_lazy("status"),
    "active": gettext_lazy("active"),
    "name": gettext_lazy("name"),
    "title": gettext_lazy("title"),
    "subscriptions": gettext_lazy("subscription"),
    "authentication": gettext_lazy("authentication"),
    "signing_secret": gettext_lazy("signing secret"),
    "conditions": gettext_lazy("conditions"),
    "conditions.all": gettext_lazy("conditions (all)"),
    "conditions.any": gettext_lazy("conditions (any)"),
    "actions": gettext_lazy("action"),
    "actions.webhook": gettext_lazy("which webhook it calls"),
    "actions.body": gettext_lazy("body"),
    "actions.others": gettext_lazy("what else it does"),
    "triggers": gettext_lazy("events"),
}


def hide_tokens(value: T) -> T:
    """The same value with the end of each URL of ours as dots: only admins see it whole."""
    found: Any = value
    if isinstance(value, str):
        found = URL_TOKEN.sub(lambda hit: f"{hit[1]}/{PREFIX}{DOTS}{hit[2][-SHOWN:]}", value)
    elif isinstance(value, Mapping):
        found = {key: hide_tokens(part) for key, part in value.items()}
    elif isinstance(value, list | tuple):
        found = type(value)(hide_tokens(part) for part in value)
    result: T = found
    return result


def field_word(name: str) -> str:
    """A field as people call it; one without a word keeps Zendesk's own name."""
    whole = name.replace("[", ".").split(".")[0]
    return str(FIELDS.get(name) or FIELDS.get(whole) or name)


def count_fields(names: Sequence[str]) -> str:
    """ "2 fields differ: URL, status"."""
    words = list(dict.fromkeys(field_word(name) for name in names))
    text = ngettext("%(n)s field differs: %(which)s", "%(n)s fields differ: %(which)s", len(names))
    return text % {"n": len(names), "which": ", ".join(words)}


def tone_of_change(kind: str) -> str:
    """How bad a change is: a problem where replies go through it, else a warning."""
    return "problem" if kind in CARRY_REPLIES else "warning"


def stored_mark(row: ProvisionedObject) -> Mark:
    """How the object stood when it was last compared."""
    if row.is_gone:
        return Mark(tone_of_change(row.kind), _("Deleted"))
    if row.drift:
        return Mark(tone_of_change(row.kind), _("Changed"))
    return Mark("unknown") if row.check_problem else Mark("ok", _("In place"))


def change_title(row: ProvisionedObject) -> str:
    """ "The trigger for replies was changed in Zendesk: 2 fields" """
    name, number = NAMES[row.kind], len(row.drift)
    if row.is_gone:
        return _("%(name)s was deleted in Zendesk") % {"name": name}
    text = ngettext(
        "%(name)s was changed in Zendesk: %(n)s field", "%(name)s was changed in Zendesk: %(n)s fields", number
    )
    return text % {"name": name, "n": number}


def drift_words(row: ProvisionedObject) -> str:
    """Which fields were changed: "URL, status"."""
    return ", ".join(dict.fromkeys(field_word(str(one.get("field", ""))) for one in row.drift))


def diff_lines(differences: Sequence[Difference]) -> list[DiffLine]:
    """What a repair changes: “−” is in Zendesk now, “+” is written. Lists and JSON texts are compared line by line."""
    lines: list[DiffLine] = []
    for one in differences:
        expected = one.expected
        if one.field == "actions.webhook" and not expected:
            expected = _("the new webhook’s id")
        lines += _compare(one.field, _lines(one.actual), _lines(expected))
    return lines


def step_lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[DiffLine]:
    """The same for the fields of a step that was done."""
    lines: list[DiffLine] = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old != new or not before:
            lines += _compare(name, _lines(old), _lines(new))
    return lines


def _compare(name: str, actual: list[str], expected: list[str]) -> list[DiffLine]:
    """Lines in both stay, whatever their order; a field that is one line on both sides stands on one line."""
    if len(actual) <= 1 and len(expected) <= 1:
        shown = [("-", actual), ("+", expected)]
        return [DiffLine(sign, f"{name}: {line}") for sign, part in shown for line in part]
    both = Counter(actual) & Counter(expected)
    gone, new = list((Counter(actual) - both).elements()), list((Counter(expected) - both).elements())
    kept = [DiffLine("", f"  {line}") for line in both.elements()]
    return [
        DiffLine("", f"{name}:"),
        *kept,
        *(DiffLine("-", f"  {line}") for line in gone),
        *(DiffLine("+", f"  {line}") for line in new),
    ]


def _lines(value: Any) -> list[str]:
    if value is None or value in ("", [], {}):
        return []
    if isinstance(value, str):
        return _text_lines(value)
    if isinstance(value, list | tuple):
        return [line for part in value for line in ([_condition(part)] if isinstance(part, dict) else _lines(part))]
    if isinstance(value, dict):
        return [f"{key}: {line}" for key, part in value.items() for line in _lines(part)]
    return [json.dumps(value, ensure_ascii=False)]


def _text_lines(text: str) -> list[str]:
    """A JSON object within a text stands key by key, so that one missing key is one line."""
    try:
        found = json.loads(text)
    except ValueError:
        return text.splitlines() or [text]
    if not isinstance(found, dict):
        return [text]
    return [
        f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(part, ensure_ascii=False)}" for key, part in found.items()
    ]


def _condition(part: Mapping[str, Any]) -> str:
    """A condition as `field operator value`; an action as `field: values`."""
    if "operator" in part:
        said = [part.get(name) for name in ("field", "operator", "value")]
        return " ".join(str(word) for word in said if word not in (None, ""))
    value = part.get("value")
    values = value if isinstance(value, list) else [value]
    return f"{part.get('field', '')}: " + " · ".join(str(one) for one in values)
