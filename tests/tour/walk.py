"""One row of the tour: break it, wait until the doctor finds it, mend it, ask again, restore."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from tests.tour.doctor import FOUND, Found
from tests.tour.pages import PageError
from tests.tour.stage import Tour

WITHIN = 60.0
BUTTON, PERSON, NOBODY = "button", "person", "nobody"
# What may go wrong on the way: a page, an order to the stand-in, a connection.
ACCIDENTS = (PageError, AssertionError, requests.RequestException, KeyError, StopIteration)


def nothing(_tour: Tour) -> None:
    """There is nothing to restore."""


@dataclass(frozen=True)
class Row:
    """One scenario. `break_it` returns what the run is about, as a query; empty: the account.

    `check` must find it, with `says` in its words. `by_hand` is what only a person can do, in words, before anything
    mends it. `repair` is the check whose button is pressed, when it is another one; `mends` says what ends it: the
    button, a person, or nobody (it goes by itself, or the row tells of the past). `proof` is asked at the end.
    """

    number: int
    symptom: str
    check: str
    break_it: Callable[[Tour], str]
    says: str = ""
    by_hand: Callable[[Tour], str] | None = None
    repair: str = ""
    mends: str = BUTTON
    # What the doctor may say afterwards.
    ends: tuple[str, ...] = ("ok",)
    proof: Callable[[Tour], str] | None = None
    restore: Callable[[Tour], None] = nothing


@dataclass
class Outcome:
    """What came of a row. `wrong` lists why it does not count as shown."""

    row: Row
    seconds: float = 0.0
    found: Found | None = None
    before: str = ""
    after: str = ""
    recheck: str = ""
    by_hand: str = ""
    proof: str = ""
    wrong: list[str] = field(default_factory=list)


def walk(tour: Tour, row: Row) -> Outcome:
    """One row, from the breaking to the restoring. What fails is kept in the outcome."""
    outcome = Outcome(row)
    try:
        _walk(tour, row, outcome)
    except ACCIDENTS as accident:
        outcome.wrong.append(f"{type(accident).__name__}: {accident}")
    try:
        row.restore(tour)
    except ACCIDENTS as accident:
        outcome.wrong.append(f"not restored: {accident}")
    return outcome


def _walk(tour: Tour, row: Row, outcome: Outcome) -> None:
    known = tour.doctor.run().get(row.check)
    subject = row.break_it(tour)
    outcome.seconds, found, rows = _detect(tour, row, subject, None if subject else known)
    outcome.found = found
    if found.verdict not in FOUND or outcome.seconds > WITHIN:
        outcome.wrong.append(f"not detected: {found.verdict} {found.evidence}")
        return
    if not found.is_explained:
        outcome.wrong.append("not explained: no owner, or no next step")
    if row.by_hand is not None:
        outcome.by_hand = row.by_hand(tour)
    mended = rows[row.repair] if row.repair else found
    if row.mends == BUTTON:
        _press(tour, subject, mended, outcome)
    elif row.mends == PERSON and row.by_hand is not None:
        _recheck(tour, subject, row.check, outcome)
    if row.proof is not None:
        outcome.proof = row.proof(tour)


def _detect(tour: Tour, row: Row, subject: str, known: Found | None) -> tuple[float, Found, dict[str, Found]]:
    """Run the doctor until the row's check finds what was not there before; the seconds since the breaking."""
    began = time.monotonic()
    while True:
        rows = tour.doctor.run(subject)
        found, seconds = rows.get(row.check) or Found(row.check, "not there"), time.monotonic() - began
        is_new = known is None or (found.verdict, found.evidence) != (known.verdict, known.evidence)
        is_found = found.verdict in FOUND and is_new and row.says in found.evidence
        if is_found or seconds > WITHIN:
            return seconds, found if is_found else Found(row.check, "not found", evidence=found.evidence), rows
        time.sleep(1.5)


def _press(tour: Tour, subject: str, found: Found, outcome: Outcome) -> None:
    if not found.has_repair:
        outcome.wrong.append(f"{found.check} ({found.verdict}) offers no repair")
        return
    change = tour.doctor.repair(found)
    outcome.before, outcome.after = change.before or found.evidence, f"{change.after} [{change.said}]"
    _recheck(tour, subject, found.check, outcome)


def _recheck(tour: Tour, subject: str, check: str, outcome: Outcome) -> None:
    """Ask again until it is no problem any more, for as long as a detection may take."""
    found = tour.doctor.run(subject)[check]
    end = time.monotonic() + WITHIN
    while found.verdict == "problem" and time.monotonic() < end:
        time.sleep(2)
        found = tour.doctor.run(subject)[check]
    outcome.recheck = f"{found.verdict}: {found.evidence}"
    if found.verdict not in outcome.row.ends:
        outcome.wrong.append(f"not mended: {outcome.recheck}")
