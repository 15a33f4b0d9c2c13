"""What a person decides about a problem. Each act is one transaction with its audit entry."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opencx_admin.orgs import audit
from opencx_admin.orgs.models import User
from ticketing.models import Problem
from ticketing.problems.words import say

State = Problem.State
SNOOZES: dict[str, tuple[str | Promise, dt.timedelta]] = {
    "1h": (gettext_lazy("for an hour"), dt.timedelta(hours=1)),
    "4h": (gettext_lazy("for 4 hours"), dt.timedelta(hours=4)),
    "1d": (gettext_lazy("for a day"), dt.timedelta(days=1)),
    "7d": (gettext_lazy("for a week"), dt.timedelta(days=7)),
}


def acknowledge(request: HttpRequest, problem: Problem, note: str) -> bool:
    """Somebody has seen it and works on it. False when it resolved meanwhile."""
    return _decide(request, problem, "problem.acknowledge", state=State.ACKNOWLEDGED, note=note, snoozed_until=None)


def snooze(request: HttpRequest, problem: Problem, length: str) -> bool:
    """Be quiet about it for a while; it opens again by itself."""
    until = timezone.now() + SNOOZES[length][1]
    return _decide(request, problem, "problem.snooze", state=State.SNOOZED, snoozed_until=until)


def ignore(request: HttpRequest, problem: Problem) -> bool:
    """Never ask for a person again, also when it comes back."""
    return _decide(request, problem, "problem.ignore", state=State.IGNORED, snoozed_until=None)


def reopen(request: HttpRequest, problem: Problem) -> bool:
    """Take back what was decided. One without rows resolves at the next look."""
    return _decide(request, problem, "problem.reopen", state=State.OPEN, snoozed_until=None)


def assign(request: HttpRequest, problem: Problem, person: User | None) -> bool:
    """Say who sees to it; None: nobody."""
    before = {"assignee": str(problem.assignee) if problem.assignee else ""}
    with transaction.atomic():
        Problem.objects.filter(pk=problem.pk).update(assignee=person)
        after = {"assignee": str(person) if person else ""}
        _record(request, problem, "problem.assign", before, after)
    return True


def _decide(request: HttpRequest, problem: Problem, action: str, **changes: Any) -> bool:
    by = {"changed_by": str(request.user)[:254], "changed_at": timezone.now()}
    with transaction.atomic():
        rows = Problem.objects.filter(pk=problem.pk).exclude(state=State.RESOLVED)
        if not rows.update(**changes, **by):
            return False
        after = {key: value.isoformat() if isinstance(value, dt.datetime) else str(value or "")
                 for key, value in changes.items()}  # fmt: skip
        _record(request, problem, action, {"state": problem.state}, after)
    return True


def _record(request: HttpRequest, problem: Problem, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    audit.record(
        problem.organization,
        action,
        request=request,
        object_label=str(say(problem).title),
        object_url=problem.get_absolute_url(),
        before=before,
        after=after,
    )


def say_done(action: str) -> str:
    """What came of an act, as a sentence."""
    words = {
        "acknowledge": _("Acknowledged. It stays in the list until its rows are gone."),
        "snooze": _("Snoozed. It comes back by itself."),
        "ignore": _("Ignored. It asks for nobody any more, also when it comes back."),
        "reopen": _("Open again."),
        "assign": _("Saved who sees to it."),
    }
    return words[action]
