"""Trying a description on past sessions before it is saved: what would stand in the field, and why. Writes nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from ticketing.ai.engine import BlankReason, Guess
from ticketing.fields import asking
from ticketing.fields.fill import check_guess
from ticketing.fields.texts import read_words
from ticketing.fields.values import is_same
from ticketing.models import AIFieldMapping, AIFieldResult, Handoff, Message, Sender, Session, TicketField

MOST_SESSIONS = 50
MOST_SECONDS = 8.0


@dataclass(frozen=True)
class Trial:
    """One session: what stood in the field before (the AI's value, else the agents'), and what would now."""

    session: Session
    old: Any
    is_old_known: bool
    agents: Any
    guess: Guess

    @property
    def is_filled(self) -> bool:
        return self.guess.value is not None


@dataclass(frozen=True)
class DryRun:
    """The sessions looked at. `total` of them were chosen; the time was up when fewer were looked at."""

    field: TicketField
    trials: list[Trial]
    total: int
    seconds: float

    @property
    def filled(self) -> int:
        return sum(trial.is_filled for trial in self.trials)

    @property
    def fill_rate(self) -> int:
        """Percent."""
        return round(100 * self.filled / len(self.trials)) if self.trials else 0

    @property
    def old_filled(self) -> int:
        """Of the sessions that had a result before: how many were filled then."""
        return sum(trial.old is not None for trial in self.trials if trial.is_old_known)

    @property
    def old_known(self) -> int:
        return sum(trial.is_old_known for trial in self.trials)

    @property
    def changed(self) -> int:
        """Sessions whose value would be another one than before."""
        known = [trial for trial in self.trials if trial.is_old_known]
        return sum(not is_same(self.field, trial.old, trial.guess.value) for trial in known)

    @property
    def agreement(self) -> tuple[int, int]:
        """How many of the values that agents left are met, of how many that can be compared."""
        compared = [trial for trial in self.trials if trial.is_filled and trial.agents is not None]
        return sum(is_same(self.field, trial.guess.value, trial.agents) for trial in compared), len(compared)

    @property
    def blanks(self) -> list[tuple[str, int]]:
        """Why fields would stay blank, the most frequent reason first."""
        counted = Counter(str(trial.guess.reason) for trial in self.trials if not trial.is_filled)
        return [(str(BlankReason(reason).label), number) for reason, number in counted.most_common()]


def try_out(field: TicketField, description: str) -> DryRun:
    """Ask for the field on up to 50 past sessions, those handed off first, newest first, for a few seconds."""
    began = time.monotonic()
    sessions = list(_choose(field))
    mapping = AIFieldMapping(
        organization_id=field.organization_id, field=field, description=description, is_enabled=True
    )
    olds = _read_old(field, sessions)
    trials: list[Trial] = []
    for session in sessions:
        left = MOST_SECONDS - (time.monotonic() - began)
        if left <= 0:
            break
        guesses, _ms = asking.ask(
            field.organization,
            read_words(session),
            [mapping],
            today=session.created_at.date(),
            subject="dry_run",
            seconds=left,
        )
        result = olds.get(session.pk)
        trials.append(
            Trial(
                session,
                result.value if result else None,
                result is not None,
                result.agent_value if result and result.compared_at else None,
                check_guess(mapping, guesses.get(field.zendesk_id)),
            )
        )
    return DryRun(field, trials, len(sessions), time.monotonic() - began)


def _choose(field: TicketField) -> Iterator[Session]:
    """Sessions in which the contact wrote something."""
    said = Message.objects.filter(session=OuterRef("pk"), sender=Sender.CONTACT).exclude(text="")
    handed = Handoff.objects.filter(session=OuterRef("pk"))
    rows = Session.objects.filter(Exists(said), organization_id=field.organization_id)
    rows = rows.annotate(was_handed_off=Exists(handed)).select_related("contact")
    yield from rows.order_by("-was_handed_off", "-pk")[:MOST_SESSIONS]


def _read_old(field: TicketField, sessions: list[Session]) -> dict[int, AIFieldResult]:
    rows = AIFieldResult.objects.filter(field=field, handoff__session__in=[session.pk for session in sessions])
    return {row.handoff.session_id: row for row in rows.select_related("handoff").order_by("pk")}
