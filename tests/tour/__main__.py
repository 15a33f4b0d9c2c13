"""`python -m tests.tour`, or `make tour`: each row of the troubleshooting page, shown in a fresh demo.

Every row is broken in the stand-in Zendesk, or by what the platform sends; found by the doctor on the product's own
pages; explained; and mended, by its button or by the person whose move it is. All that is printed was read from the
pages. The exit code is 1 when a row was not found within a minute, not explained, or not mended by what it offers.
Numbers as arguments walk those rows only.
"""

from __future__ import annotations

import tests.environment  # isort: skip  # noqa: F401 - first: nothing of the caller's own configuration is left

import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.tour import access, tickets
from tests.tour.pages import read_text
from tests.tour.stage import Tour, start_demo
from tests.tour.walk import NOBODY, Outcome, Row, walk

NUMBERS = range(1, 20)
PROBLEM = re.compile(r'<tr id="problem-\d+".*?</tr>', re.DOTALL)
ROWS: dict[int, Row] = {row.number: row for row in (*access.ROWS, *tickets.ROWS)}


def main(wanted: Sequence[int]) -> int:
    """Walk and print."""
    numbers = [number for number in NUMBERS if not wanted or number in wanted]
    with tempfile.TemporaryDirectory(prefix="opencx-tour-") as folder, start_demo(Path(folder)) as demo:
        tour = Tour.of(demo)
        tour.visitor.press(tour.doctor.rest(), "run", without="part")
        outcomes = []
        for number in (one for one in numbers if one in ROWS):
            outcomes.append(walk(tour, ROWS[number]))
            tell(outcomes[-1])
        show_problems(tour)
    missing = [number for number in numbers if number not in ROWS]
    show_table(outcomes, missing)
    return 1 if missing or any(outcome.wrong for outcome in outcomes) else 0


def tell(outcome: Outcome) -> None:
    """One row in words."""
    row, found = outcome.row, outcome.found
    print(f"\n{row.number:>2}  {row.symptom}")
    if found is not None:
        print(f"    {outcome.seconds:.1f} s  {found.verdict} · {found.question}\n    says     {found.evidence}")
        print(f"    move     {found.owner or '–'}")
        if found.fix or found.path:
            print(f"    next     {found.fix} [{found.button} → {found.path}]")
    lines = {"person": outcome.by_hand, "before": outcome.before, "after": outcome.after}
    lines |= {"again": outcome.recheck, "also": outcome.proof, "WRONG": "; ".join(outcome.wrong)}
    for name, text in lines.items():
        if text:
            print(f"    {name:<8} {text}")
    sys.stdout.flush()


def show_problems(tour: Tour) -> None:
    """What /problems/ says at the end."""
    page = tour.visitor.open("/problems/")
    verdict = re.search(r"<h1>(.*?)</h1>", page.markup, re.DOTALL)
    print(f"\n/problems/: {read_text(verdict.group(1)) if verdict else page.status}")
    for row in PROBLEM.findall(page.markup):
        print(f"    {read_text(row)}")


def show_table(outcomes: Sequence[Outcome], missing: Sequence[int]) -> None:
    """All rows at a glance."""
    print(f"\n{'row':>3}  {'found in':>8}  {'whose move':<20}  {'mended by':<10}  {'asked again':<11}  shown")
    for one in outcomes:
        owner = one.found.owner if one.found else "–"
        how = {NOBODY: "–"}.get(one.row.mends, one.row.mends)
        verdict = one.recheck.partition(":")[0] or "–"
        shown = "no: " + "; ".join(one.wrong)[:80] if one.wrong else "yes"
        print(f"{one.row.number:>3}  {one.seconds:>6.1f} s  {owner:<20}  {how:<10}  {verdict:<11}  {shown}")
    for number in missing:
        print(f"{number:>3}  not scripted yet")
    good = sum(not one.wrong for one in outcomes)
    print(f"{good} of {len(outcomes) + len(missing)} rows found, explained and mended by what they offer")


if __name__ == "__main__":
    sys.exit(main([int(argument) for argument in sys.argv[1:]]))
