"""What one check of the doctor found: the verdict, and the evidence for it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

OK, PROBLEM, WARNING, UNKNOWN, SKIPPED = "ok", "problem", "warning", "unknown", "skipped"
# From bad to good.
VERDICTS = (PROBLEM, WARNING, UNKNOWN, OK, SKIPPED)
HERE, IN_ZENDESK, ZENDESK, CONTACT, US = "you_here", "you_zendesk", "zendesk", "contact", "us"


@dataclass(frozen=True)
class Finding:
    """One answer. `evidence` is a sentence; `owner` says whose move it is (you_here, you_zendesk, contact,
    zendesk, us), empty when nobody's; `fix` the next step, `link` where it is taken.

    `asked` is the call or the table that was looked at, `answered` what came back, `facts` more of it. `repair` is
    the label of the button when the repair of the check has something to do. Nothing here is a secret or a
    contact's address.
    """

    id: str
    question: str
    verdict: str
    evidence: str = ""
    owner: str = ""
    fix: str = ""
    asked: str = ""
    answered: str = ""
    link: str = ""
    repair: str = ""
    at: dt.datetime = dataclasses.field(default_factory=timezone.now)
    facts: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a run keeps it."""
        return {**dataclasses.asdict(self), "at": self.at.isoformat(), "facts": [list(pair) for pair in self.facts]}

    def to_contract(self) -> dict[str, str]:
        """As `manage.py doctor --json` prints it (contract 2). What only warns fails nothing: it cannot be told yet."""
        verdict = UNKNOWN if self.verdict == WARNING else self.verdict
        return {
            "id": self.id,
            "question": self.question,
            "verdict": verdict,
            "evidence": self.evidence,
            "owner": self.owner,
            "fix": self.fix,
        }


def read_finding(row: Mapping[str, Any]) -> Finding:
    """A kept finding; keys that are not known any more are left out."""
    known = {item.name for item in dataclasses.fields(Finding)} - {"at", "facts"}
    values = {key: str(value) for key, value in row.items() if key in known}
    facts = tuple((str(pair[0]), str(pair[1])) for pair in row.get("facts") or [] if len(pair) == 2)
    return Finding(**values, at=parse_datetime(str(row.get("at") or "")) or timezone.now(), facts=facts)


def ok(evidence: str, **more: Any) -> Finding:
    """All is well; the registry adds id and question."""
    return Finding("", "", OK, evidence, **more)


def problem(evidence: str, owner: str, fix: str, **more: Any) -> Finding:
    """Something is wrong, and `owner` can change it by `fix`."""
    return Finding("", "", PROBLEM, evidence, owner, fix, **more)


def warning(evidence: str, owner: str = "", fix: str = "", **more: Any) -> Finding:
    """It works, and will not for ever, or less well than it could."""
    return Finding("", "", WARNING, evidence, owner, fix, **more)


def unknown(evidence: str, owner: str = "", fix: str = "", **more: Any) -> Finding:
    """It cannot be told."""
    return Finding("", "", UNKNOWN, evidence, owner, fix, **more)


def skipped(why: str, **more: Any) -> Finding:
    """Not asked, and why."""
    return Finding("", "", SKIPPED, why, **more)
