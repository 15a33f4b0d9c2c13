"""What Verify found: one row of evidence per check, in the order of the checks."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from integrations.clients.zendesk_types import Identity, Token

OK, PROBLEM, WARNING, SKIPPED = "ok", "problem", "warning", "skipped"
CODES = (
    "subdomain",
    "reachable",
    "authenticated",
    "role",
    "active",
    "read_tickets",
    "create_users",
    "create_tickets",
    "manage_webhooks",
)


def claim_of(code: str) -> str:
    """What a check claims, as its row says it."""
    return {
        "subdomain": _("Subdomain"),
        "reachable": _("Zendesk answers"),
        "authenticated": _("Signed in"),
        "role": _("Role"),
        "active": _("Active"),
        "read_tickets": _("May read tickets"),
        "create_users": _("May create users"),
        "create_tickets": _("May create tickets"),
        "manage_webhooks": _("May manage webhooks and triggers"),
    }.get(code, code)


@dataclass(frozen=True)
class Check:
    """One row. `asked` is method and path, `answered` what came back, `needed` what should have come.

    `failure` is the short form of a problem, for the head of the page; `fix` a click path in Zendesk and
    `fix_url` a link to it; `ms` the time of the call.
    """

    code: str
    verdict: str
    claim: str
    answer: str = ""
    failure: str = ""
    asked: str = ""
    answered: str = ""
    needed: str = ""
    fix: str = ""
    fix_url: str = ""
    owner: str = ""
    status: int | None = None
    ms: int | None = None

    @property
    def call(self) -> str:
        """Method, path and status in one line: `GET /users/me · 200`."""
        if not self.asked:
            return ""
        asked = self.asked.replace("/api/v2", "", 1).split("?")[0]
        return f"{asked} · {self.status}" if self.status else asked

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Asked, answered, needed, for the row that is opened."""
        pairs = ((_("Asked"), self.asked), (_("Answered"), self.answered), (_("Needed"), self.needed))
        return [(name, text) for name, text in pairs if text]


@dataclass(frozen=True)
class Report:
    """All checks of one Verify. `identity` and `token` are what Zendesk gave, when it came so far."""

    checks: tuple[Check, ...]
    at: dt.datetime
    ms: int = 0
    subdomain: str = ""
    identity: Identity | None = None
    token: Token | None = field(default=None, repr=False)

    @property
    def problem(self) -> Check | None:
        """The first check that failed."""
        return next((check for check in self.checks if check.verdict == PROBLEM), None)

    @property
    def passed(self) -> bool:
        """True when every required check passed; a warning does not count."""
        return self.problem is None

    @property
    def problems(self) -> int:
        """How many checks failed."""
        return sum(check.verdict == PROBLEM for check in self.checks)

    @property
    def warnings(self) -> int:
        """How many checks warn."""
        return sum(check.verdict == WARNING for check in self.checks)

    def verdict_of(self, code: str) -> str:
        """How one check ended."""
        return next((check.verdict for check in self.checks if check.code == code), SKIPPED)

    def to_json(self) -> list[dict[str, Any]]:
        """The rows as they are stored; they hold no secret."""
        return [dataclasses.asdict(check) for check in self.checks]


def fill_up(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Every code once, in order; those that were not asked are skipped and say why."""
    asked = {check.code: check for check in checks}
    return tuple(
        asked.get(code) or Check(code, SKIPPED, claim_of(code), answer=_("not asked: needs the row above"))
        for code in CODES
    )


def read_checks(rows: Iterable[Mapping[str, Any]]) -> tuple[Check, ...]:
    """Stored rows read back; keys that are not known any more are left out."""
    known = {item.name for item in dataclasses.fields(Check)}
    return tuple(Check(**{key: value for key, value in row.items() if key in known}) for row in rows)
