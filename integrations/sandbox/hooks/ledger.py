"""Who changed which webhook, trigger or view: the account's audit log, and the revisions of triggers."""

import json
from typing import Any

from integrations.sandbox.api.answers import Json
from integrations.sandbox.models import Account, AuditEntry, Person, Trigger, TriggerRevision

SYSTEM_ID, SYSTEM_NAME = -1, "Zendesk"
LONGEST_VALUE = 200


def record(
    account: Account,
    actor: Person | None,
    action: str,
    named: tuple[str, str, str],
    before: Json | None = None,
    after: Json | None = None,
) -> None:
    """One line of the audit log.

    ``action``: create, update or destroy; ``named``: kind, id and label of what it tells of;
    ``before`` and ``after``: its fields, compared for an update.
    """
    kind, source_id, label = named
    AuditEntry.objects.create(
        account=account,
        action=action,
        kind=kind,
        source_id=source_id,
        source_label=label[:200],
        actor_id=actor.pk if actor is not None else SYSTEM_ID,
        actor_name=actor.name if actor is not None else SYSTEM_NAME,
        change_description="\n".join(describe_changes(before or {}, after or {})),
    )


def describe_changes(before: Json, after: Json) -> list[str]:
    """``Endpoint changed from a to b``, for each field that differs."""
    return [
        f"{name.replace('_', ' ').capitalize()} changed from {shorten(before[name])} to {shorten(after[name])}"
        for name in after
        if name in before and before[name] != after[name]
    ]


def shorten(value: Any) -> str:
    """A value in a line of the log."""
    text = value if isinstance(value, str) else json.dumps(value)
    if not text:
        return "nothing"
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def keep_revision(trigger: Trigger, author: Person | None, snapshot: Json) -> None:
    """The trigger as it is from now on."""
    TriggerRevision.objects.create(trigger=trigger, author=author, snapshot=snapshot)


def compare_snapshots(before: Json, after: Json) -> Json:
    """What changed between two revisions, as the API writes it: lists of ``-``, ``+`` and ``=``."""
    plain: Json = {
        name: compare_values(before.get(name), after.get(name)) for name in ("title", "description", "active")
    }
    conditions = {
        name: compare_rows(before.get("conditions", {}).get(name, []), after["conditions"][name])
        for name in ("all", "any")
    }
    return {**plain, "conditions": conditions, "actions": compare_rows(before.get("actions", []), after["actions"])}


def compare_values(before: Any, after: Any) -> list[Json]:
    """One value: unchanged, or taken away and added."""
    if before == after:
        return [{"change": "=", "content": after}]
    return [{"change": sign, "content": value} for sign, value in (("-", before), ("+", after)) if value is not None]


def compare_rows(before: list[Json], after: list[Json]) -> list[Json]:
    """Conditions or actions, each field with the sign of its whole row."""
    gone = [("-", row) for row in before if row not in after]
    there = [("=" if row in before else "+", row) for row in after]
    return [
        {name: [{"change": sign, "content": value}] for name, value in row.items()} for sign, row in [*gone, *there]
    ]
