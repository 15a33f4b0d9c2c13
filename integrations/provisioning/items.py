"""What a plan is made of."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise

from integrations.models import ObjectKind
from integrations.provisioning.compare import Difference

Action = Literal["create", "adopt", "patch", "none", "cannot"]
CREATE: Action = "create"
ADOPT: Action = "adopt"
PATCH: Action = "patch"
NONE: Action = "none"
CANNOT: Action = "cannot"
SECRET_FIELD = "signing_secret"  # noqa: S105 - the name of a field


@dataclass(frozen=True)
class PlanItem:
    """One object. `wanted` and `current` hold whole URLs: for admins only; `differences` have dots for tokens.

    `current` is None when it is not there. `reason` says why it cannot be done, or that it was deleted.
    """

    kind: ObjectKind
    name: str | Promise
    title: str
    action: Action
    wanted: dict[str, Any]
    current: dict[str, Any] | None = None
    differences: tuple[Difference, ...] = ()
    external_id: str = ""
    admin_url: str = ""
    changed_by: str = ""
    changed_at: dt.datetime | None = None
    reason: str = ""
    # What the calls that came tell of an object that we may not see.
    evidence: str = ""
    # True when we made or adopted it before: its differences are drift.
    is_ours: bool = False

    @property
    def fingerprint(self) -> str:
        """A short text that changes with what is in Zendesk."""
        text = json.dumps([self.external_id, self.current], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Stranger:
    """Something that rings us too and is not ours: shown, never touched."""

    kind: Literal["webhook", "trigger"]
    title: str
    external_id: str
    admin_url: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """`problem` is Zendesk's words when nothing can be read or nothing managed, with which the items are "cannot"."""

    items: tuple[PlanItem, ...] = ()
    problem: str = ""
    may_manage: bool = True
    others: tuple[Stranger, ...] = ()

    @property
    def changes(self) -> tuple[PlanItem, ...]:
        """The items that something is to be done about."""
        return tuple(item for item in self.items if item.action in (CREATE, ADOPT, PATCH))

    @property
    def fingerprint(self) -> str:
        """A short text that changes with anything the plan shows."""
        text = "|".join(f"{item.kind}:{item.action}:{item.fingerprint}" for item in self.items)
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def find(self, kind: str) -> PlanItem | None:
        """The item of a kind."""
        return next((item for item in self.items if item.kind == kind), None)
