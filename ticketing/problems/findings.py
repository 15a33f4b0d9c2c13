"""What a look at one stage brings home: causes, each with its rows counted by hour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone

from ticketing.models.handoffs import Owner

HOUR_KEY = "%Y-%m-%dT%H"
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause that is there now. `hours` counts its rows by the hour (UTC) in which they began."""

    stage: str
    code: str
    owner: Owner
    first: dt.datetime
    last: dt.datetime
    count: int = 1
    object: str = ""
    detail: str = ""
    is_healing: bool = False
    hours: dict[str, int] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """The key under which the problem is kept."""
        return f"{self.stage}:{self.code}:{self.object}"[:LONGEST]


@dataclass(slots=True)
class Group:
    """The rows of one cause."""

    code: str
    count: int
    first: dt.datetime
    last: dt.datetime
    hours: dict[str, int]


def hour_key(at: dt.datetime) -> str:
    """The hour of a moment, as `Problem.hours` names it."""
    return at.astimezone(dt.UTC).strftime(HOUR_KEY)


def group_rows(rows: QuerySet[Any], by: str, at: str) -> Iterator[Group]:
    """The rows by their column `by`, counted by the hour of `at`, in one query. The largest group comes first."""
    found: dict[str, Group] = {}
    counted = (
        rows.order_by()
        .annotate(in_hour=TruncHour(at, tzinfo=dt.UTC))
        .values(by, "in_hour")
        .annotate(n=Count("pk"), first=Min(at), last=Max(at))
    )
    for row in counted:
        code = row[by] or ""
        group = found.setdefault(code, Group(code, 0, row["first"], row["last"], {}))
        group.count += row["n"]
        group.first, group.last = min(group.first, row["first"]), max(group.last, row["last"])
        group.hours[hour_key(row["in_hour"])] = row["n"]
    yield from sorted(found.values(), key=lambda group: (-group.count, group.code))


def find_groups(
    stage: str, rows: QuerySet[Any], *, by: str, at: str, owner: Callable[[str], Owner] | Owner
) -> Iterator[Finding]:
    """One finding for each value of `by`."""
    for group in group_rows(rows, by, at):
        whose = owner if isinstance(owner, Owner) else owner(group.code)
        yield Finding(stage, group.code, whose, group.first, group.last, group.count, hours=group.hours)


def find_one(
    stage: str, code: str, owner: Owner, at: dt.datetime | None, *, object: str = "", detail: str = ""
) -> Finding:
    """A state that is not as it should be, since `at` (now, when nobody knows)."""
    since = at or timezone.now()
    return Finding(stage, code, owner, since, since, object=object, detail=detail, hours={hour_key(since): 1})


def merge(findings: Iterable[Finding]) -> dict[str, Finding]:
    """By fingerprint; two of one cause count together."""
    found: dict[str, Finding] = {}
    for one in findings:
        other = found.get(one.fingerprint)
        if other is None:
            found[one.fingerprint] = one
            continue
        hours = {key: one.hours.get(key, 0) + other.hours.get(key, 0) for key in {*one.hours, *other.hours}}
        found[one.fingerprint] = Finding(
            one.stage, one.code, other.owner, min(one.first, other.first), max(one.last, other.last),
            one.count + other.count, one.object, one.detail or other.detail,
            one.is_healing and other.is_healing, hours,
        )  # fmt: skip
    return found
