"""The runs over a source: which one is next, how one begins and ends, and when the source is due again.

One run at a time, held by the database. A full one once a day takes the place of the hourly one: deleted articles
never show among the changes.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from opencx_admin.due import LostClaim
from ticketing.knowledge.storing import Counts
from ticketing.models import KnowledgeSource, SyncRun

Kind, Ask, Cadence, State = SyncRun.Kind, KnowledgeSource.Ask, KnowledgeSource.Cadence, KnowledgeSource.State
SWEEP_EVERY = dt.timedelta(hours=23)
# Changes that Zendesk dates within this before a run began are looked at again after it.
MARGIN = dt.timedelta(minutes=6)
PERIODS = {Cadence.HOURLY: dt.timedelta(hours=1), Cadence.DAILY: dt.timedelta(days=1)}
MOST_PROBLEMS = 50
# With the counts of a page the run's row is saved in the page's own transaction.
COUNTED = ("processed", "added", "changed", "hidden", "withdrawn")


def open_run(source: KnowledgeSource, account: str) -> SyncRun:
    """The run under way, or the next one, begun. The caller holds the source. Raises `LostClaim`."""
    with transaction.atomic():
        row = KnowledgeSource.objects.select_for_update().get(pk=source.pk)
        run = SyncRun.objects.filter(source=source, ended_at=None).first()
        if run is not None and run.cursor.get("account") == account:
            source.hold(state=State.WORKING)
            return run
        if run is not None:
            _end_run(run, SyncRun.State.STOPPED, _("Another account was connected meanwhile."))
        kind = choose_kind(row, account)
        edition = row.edition + 1 if kind == Kind.REBUILD else row.edition
        is_accepted = row.asked in (Ask.ACCEPT_SWEEP, Ask.ACCEPT_REBUILD)
        run = SyncRun.objects.create(
            source=source, kind=kind, edition=edition, is_accepted=is_accepted, cursor={"account": account}
        )
        # A rebuild takes the account over when its copy takes the old one's place.
        source.hold(state=State.WORKING, asked="", account=account if kind == Kind.FIRST else row.account)
    return run


def choose_kind(source: KnowledgeSource, account: str) -> SyncRun.Kind:
    """Which run comes next: what a person asked for, a first one, a daily full look, else what changed."""
    if source.synced_until is None:
        return Kind.FIRST
    if source.asked in (Ask.REBUILD, Ask.ACCEPT_REBUILD) or source.account != account:
        return Kind.REBUILD
    swept = source.swept_at
    if source.asked == Ask.ACCEPT_SWEEP or swept is None or timezone.now() - swept > SWEEP_EVERY:
        return Kind.SWEEP
    return Kind.INCREMENTAL


def save_step(source: KnowledgeSource, run: SyncRun, counts: Counts | None = None, **changes: Any) -> None:
    """Save how far the run is; inside the transaction of what was stored. Raises `LostClaim` when it is not ours."""
    if counts is not None:
        for name in COUNTED:
            setattr(run, name, getattr(run, name) + getattr(counts, name))
        run.problems = [*run.problems, *counts.problems][:MOST_PROBLEMS]
    if "cursor" in changes:
        changes["cursor"] = {**changes["cursor"], "account": run.cursor.get("account")}
    for name, value in changes.items():
        setattr(run, name, value)
    source.hold(attempts=0, last_error="", state=State.WORKING)
    run.save(update_fields=[*COUNTED, "problems", *changes])


def finish(source: KnowledgeSource, run: SyncRun, **changes: Any) -> None:
    """End a run that did what it was for."""
    now = timezone.now()
    if run.is_full:
        changes |= {"swept_at": now, "synced_until": int((run.started_at - MARGIN).timestamp())}
    with transaction.atomic():
        _end_run(run, SyncRun.State.DONE, "")
        _rest(source, State.READY, synced_at=now, last_error="", **changes)


def ask_person(source: KnowledgeSource, run: SyncRun, missing: int, out_of: int) -> None:
    """End a full run that found so much missing that a person must say whether it may go. Nothing is taken away."""
    with transaction.atomic():
        run.missing, run.missing_of = missing, out_of
        run.save(update_fields=["missing", "missing_of"])
        _end_run(run, SyncRun.State.ASKING, "")
        _rest(source, State.READY, swept_at=timezone.now(), last_error="")


def fail(source: KnowledgeSource, run: SyncRun | None, why: str, **changes: Any) -> None:
    """End a run that cannot go on; the copy stays as it is, and the next run is due when it would be anyway."""
    with transaction.atomic():
        if run is not None:
            _end_run(run, SyncRun.State.FAILED, why)
        _rest(source, State.FAILED, last_error=why, **changes)


def _end_run(run: SyncRun, state: SyncRun.State, detail: str) -> None:
    run.state, run.detail, run.ended_at = state, detail, timezone.now()
    run.save(update_fields=["state", "detail", "ended_at"])


def _rest(source: KnowledgeSource, state: KnowledgeSource.State, **changes: Any) -> None:
    """Let the source rest until its next run; what a person asked for meanwhile is due at once."""
    row = KnowledgeSource.objects.select_for_update().filter(pk=source.pk).first()
    if row is None:
        raise LostClaim(f"knowledge source {source.pk}")
    period = PERIODS.get(Cadence(row.cadence))
    changes |= {"attempts": 0, "state": State.QUEUED if row.asked else state}
    if row.asked:
        is_ours = source.postpone(0, **changes)
    elif period is None:
        is_ours = source.rest(**changes)
    else:
        is_ours = source.postpone(period.total_seconds(), **changes)
    if not is_ours:
        raise LostClaim(f"knowledge source {source.pk}")


def prune(before: dt.datetime) -> None:
    """Delete runs that ended before that time; what a person was asked stays until it is answered."""
    SyncRun.objects.filter(ended_at__lt=before).exclude(state=SyncRun.State.ASKING).delete()


def wake(source_pk: int, ask: KnowledgeSource.Ask | None = None) -> bool:
    """Make a resting source due now; one that is at work does it afterwards. True when it was resting."""
    changes: dict[str, Any] = {"asked": ask} if ask else {}
    rows, now = KnowledgeSource.objects.filter(pk=source_pk), timezone.now()
    if ask in (None, Ask.SYNC) and rows.filter(state=State.RETRYING).update(next_attempt_at=now):
        return True
    resting = rows.filter(state__in=(State.READY, State.FAILED))
    woken = resting.update(state=State.QUEUED, next_attempt_at=now, attempts=0, **changes)
    if not woken and changes:
        rows.update(**changes)
    return bool(woken)
