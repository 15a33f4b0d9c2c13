"""Wanted against found, field by field. Pure.

The order of conditions does not matter, nor does null against the empty text; bodies are compared as JSON when
both are; of a hidden authentication only the type can be compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.provisioning.wanted import MADE_WITH, NOTIFY, keep_actions

Fields = Mapping[str, Any]
TAGS = ("current_tags",)


@dataclass(frozen=True)
class Difference:
    """One field that is not as it should be; values as Zendesk writes them."""

    field: str
    expected: Any
    actual: Any

    def to_json(self) -> dict[str, Any]:
        """As the database keeps it."""
        return {"field": self.field, "expected": self.expected, "actual": self.actual}


def compare(wanted: Fields, found: Fields) -> tuple[Difference, ...]:
    """The fields of `wanted` that `found` does not meet, in the order of `wanted`."""
    differences: list[Difference] = []
    for name, value in wanted.items():
        if name not in MADE_WITH:
            differences += _compare_field(name, value, found.get(name))
    return tuple(differences)


def _compare_field(name: str, expected: Any, actual: Any) -> list[Difference]:
    if name == "conditions":
        return _compare_conditions(expected, actual)
    if name == "actions":
        return _compare_actions(expected, actual)
    same = SAME.get(name, _same_text)
    if same(expected, actual):
        return []
    if name == "authentication":
        expected, actual = _type_of(expected), _type_of(actual)
    return [Difference(name, expected, actual)]


def _compare_conditions(expected: Any, actual: Any) -> list[Difference]:
    found = actual if isinstance(actual, Mapping) else {}
    differences = []
    for part in ("all", "any"):
        wanted, there = expected.get(part) or [], _rows(found.get(part))
        if sorted(map(condition_key, wanted)) != sorted(map(condition_key, there)):
            differences.append(Difference(f"conditions.{part}", list(wanted), there))
    return differences


def _compare_actions(expected: Sequence[Fields], actual: Any) -> list[Difference]:
    """The webhook that is called, its body, and what else the trigger does, each by itself."""
    found = _rows(actual)
    ours = next(one for one in expected if one.get("field") == NOTIFY)
    webhook_id, body = ours["value"]
    calls = [one for one in found if one.get("field") == NOTIFY and isinstance(one.get("value"), list)]
    call = next((one for one in calls if one["value"][:1] == [webhook_id]), calls[0] if calls else None)
    if call is None:
        return [Difference("actions", list(expected), found)]
    value = call["value"]
    differences = []
    if _plain(value[0] if value else "") != _plain(webhook_id):
        differences.append(Difference("actions.webhook", webhook_id, value[0] if value else None))
    if not same_body(body, value[1] if len(value) > 1 else ""):
        differences.append(Difference("actions.body", body, value[1] if len(value) > 1 else ""))
    wanted_rest, rest = keep_actions(expected), [one for one in found if one is not call]
    if sorted(map(_text, wanted_rest)) != sorted(map(_text, rest)):
        differences.append(Difference("actions.others", list(wanted_rest), rest))
    return differences


def condition_key(one: Fields) -> str:
    """A condition as a text that two equal ones share."""
    field, value = _plain(one.get("field")), _plain(one.get("value"))
    if field in TAGS:
        value = " ".join(sorted(value.split()))
    return _text([field, _plain(one.get("operator")), value])


def same_body(one: Any, other: Any) -> bool:
    """True when two bodies are the same JSON, or the same text."""
    left, right = _read_json(one), _read_json(other)
    if left is not None and right is not None:
        return bool(left == right)
    return _plain(one) == _plain(other)


def nearness(wanted: Fields, found: Fields) -> float:
    """How near a trigger is to the wanted one: the share of conditions that both have, 0 to 1."""
    left, right = _all_conditions(wanted), _all_conditions(found)
    return len(left & right) / max(len(left | right), 1)


def has_condition(fields: Fields, one: Fields) -> bool:
    """True when a trigger asks for this, among all or any of its conditions."""
    return condition_key(one) in _all_conditions(fields)


def _all_conditions(fields: Fields) -> set[str]:
    conditions = fields.get("conditions")
    found = conditions if isinstance(conditions, Mapping) else {}
    return {condition_key(one) for part in ("all", "any") for one in _rows(found.get(part))}


def _rows(value: Any) -> list[Fields]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _plain(value: Any) -> str:
    """A value as text: null is the empty text, true is `true`, 5 is `5`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    return str(value).lower() if isinstance(value, bool) else _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _set(value: Any) -> set[str]:
    return {str(one) for one in value} if isinstance(value, list | tuple) else {_plain(value)} - {""}


def _type_of(value: Any) -> str:
    return str(value.get("type") or "") if isinstance(value, Mapping) else _plain(value)


def _same_url(one: Any, other: Any) -> bool:
    return _plain(one).rstrip("/") == _plain(other).rstrip("/")


def _read_json(value: Any) -> Any:
    try:
        return json.loads(value, strict=False) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return None


def _same_text(one: Any, other: Any) -> bool:
    return _plain(one) == _plain(other)


def _same_type(one: Any, other: Any) -> bool:
    return _type_of(one) == _type_of(other)


def _same_set(one: Any, other: Any) -> bool:
    return _set(one) == _set(other)


def _is_part(one: Any, other: Any) -> bool:
    return _set(one) <= _set(other)


SAME: dict[str, Callable[[Any, Any], bool]] = {
    "endpoint": _same_url,
    "target": _same_url,
    "authentication": _same_type,
    "subscriptions": _same_set,
    "triggers": _is_part,  # Sunshine's: more events do no harm
}
