"""What one check of the doctor found."""

from __future__ import annotations

from dataclasses import dataclass

OK, PROBLEM, UNKNOWN, SKIPPED = "ok", "problem", "unknown", "skipped"


@dataclass(frozen=True)
class Finding:
    """`id` is stable. `owner` is whose move it is (you_here, you_zendesk, zendesk, us), empty when nobody’s."""

    id: str
    question: str
    verdict: str
    evidence: str = ""
    owner: str = ""
    fix: str = ""
