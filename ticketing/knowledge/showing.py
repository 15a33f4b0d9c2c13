"""How a source stands, for its page: a sentence, what a person must decide, how far a run is, what the runs did."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.models import ZendeskConnection
from opencx_admin.orgs.components import Action, Banner, Mark, Verdict
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.templatetags.look import count
from opencx_admin.orgs.times import moment_text, span_text
from ticketing.knowledge.sources import open_question
from ticketing.models import Article, KnowledgeSource, SyncRun

State = KnowledgeSource.State
RUN_MARKS = {
    SyncRun.State.WORKING: "working",
    SyncRun.State.DONE: "ok",
    SyncRun.State.FAILED: "failed",
    SyncRun.State.ASKING: "warning",
    SyncRun.State.STOPPED: "skipped",
}
PROBLEMS = {
    "no_id": gettext_lazy("Zendesk sent an article without a number."),
    "unreadable": gettext_lazy("An article’s text could not be read."),
    "no_locale": gettext_lazy("Zendesk sent an article without a language."),
}


@dataclass(frozen=True)
class Totals:
    """How many articles of the copy are what."""

    public: int
    agents: int
    withdrawn: int
    troubled: int

    @property
    def live(self) -> int:
        return self.public + self.agents


def count_articles(source: KnowledgeSource) -> Totals:
    """Count the copy that counts."""
    rows = Article.objects.filter(source=source, edition=source.edition)
    live = Q(withdrawn_at=None)
    return Totals(
        **rows.aggregate(
            public=Count("pk", filter=live & Q(is_public=True)),
            agents=Count("pk", filter=live & Q(is_public=False)),
            withdrawn=Count("pk", filter=~live),
            troubled=Count("pk", filter=live & ~Q(problem="")),
        )
    )


def show_mark(source: KnowledgeSource) -> Mark:
    """The source's state in a word."""
    if source.state == State.READY:
        return Mark("warning", _("Asks you")) if open_question(source) else Mark("ok", _("Up to date"))
    return Mark(source.state)


def judge(source: KnowledgeSource, totals: Totals) -> Verdict:
    """One sentence on what the AI can answer from now."""
    since = _("Read %(when)s.") % {"when": moment_text(source.synced_at)} if source.synced_at else ""
    if not source.is_on:
        text = _("Agents still get what was read before. %(since)s") % {"since": since}
        return Verdict("problem", _("The AI answers contacts from no article: Help Center is not switched on."), text)
    if not totals.live:
        if source.is_moving:
            return Verdict("checking", _("The first articles are being read."))
        return Verdict("warning", _("The AI has no article to answer from."), since)
    title = ngettext(
        "The AI answers contacts from %(n)s article.", "The AI answers contacts from %(n)s articles.", totals.public
    ) % {"n": count(totals.public)}
    more = ngettext("%(n)s more is for agents only.", "%(n)s more are for agents only.", totals.agents) % {
        "n": count(totals.agents)
    }
    text = f"{more} {since}" if totals.agents else since
    if source.state == State.FAILED:
        return Verdict("warning", title, _("The last look failed: %(why)s") % {"why": source.last_error} + f" {since}")
    return Verdict("warning" if open_question(source) else "ok", title, text)


def warn(source: KnowledgeSource, *, may_act: bool) -> Banner | None:
    """What a person must do about the source: switch it on, mend its credentials, or decide what is missing."""
    if source.state != State.FAILED:
        return ask_about_missing(source, may_act=may_act)
    again = Action(_("Sync now"), post=True, value="sync", needs="" if may_act else _("Admin"))
    if not source.is_on:
        return Banner(
            "problem",
            _("Help Center is not switched on in Zendesk"),
            _("In Zendesk: Products (the squares, top right) › Knowledge › set up or activate Help Center."),
            owner="you_zendesk",
            note=_("The copy stays as it is and is told to contacts again after the next look."),
            actions=[again],
        )
    connection = ZendeskConnection.objects.filter(organization_id=source.organization_id).first()
    if connection is None or connection.refused_at is not None:
        mend = Action(_("Open the credentials"), reverse("zendesk-ticketing"))
        note = _("After a successful Verify the next look begins by itself.")
        return Banner("problem", source.last_error, owner="you_here", note=note, actions=[mend])
    note = _("The copy stays as it is; the next look tries again.")
    return Banner("warning", _("The last look failed"), source.last_error, owner="zendesk", note=note, actions=[again])


def count_questions(organization: Organization) -> int:
    """How many sources need a person: for the navigation."""
    rows = KnowledgeSource.objects.filter(organization=organization)
    return sum(source.state == State.FAILED or open_question(source) is not None for source in rows)


def ask_about_missing(source: KnowledgeSource, *, may_act: bool) -> Banner | None:
    """The question that a full look left, with its two answers."""
    run = open_question(source)
    if run is None:
        return None
    words = {"n": count(run.missing), "of": count(run.missing_of)}
    needs = "" if may_act else _("Admin")
    if run.kind == SyncRun.Kind.REBUILD:
        return Banner(
            "warning",
            _("The rebuilt copy lacks %(n)s of %(of)s articles") % words,
            _("It was not taken: the old copy still answers. Take the smaller one only if they were really deleted."),
            owner="you_here",
            actions=[
                Action(_("Take the smaller copy…"), "?ask=accept_rebuild", needs=needs),
                Action(_("Keep the old copy"), post=True, value="keep", needs=needs),
            ],
        )
    return Banner(
        "warning",
        _("Zendesk’s list lacks %(n)s of %(of)s articles") % words,
        _("Nothing was taken away. If they were really deleted, each is asked for by its number before it goes."),
        owner="you_here",
        actions=[
            Action(_("Withdraw what is gone…"), "?ask=accept_sweep", needs=needs),
            Action(_("Keep them all"), post=True, value="keep", needs=needs),
        ],
    )


@dataclass(frozen=True)
class Progress:
    """How far a run is: what it does, figures for the bar (total 0: unknown), rate and time left in words."""

    label: str
    done: int
    total: int
    note: str


def show_progress(source: KnowledgeSource, run: SyncRun | None) -> Progress | None:
    """The run under way; None when there is none."""
    if run is None or run.ended_at is not None:
        return None
    phase = run.cursor.get("phase", "begin")
    labels = {
        "list": _("Reading articles"),
        "changes": _("Reading changes"),
        "confirm": _("Asking for missing articles"),
        "swap": _("Taking the new copy"),
        "clear": _("Deleting the old copy"),
    }
    total = max(run.total or 0, run.processed) if run.total else 0
    return Progress(str(labels.get(phase, _("Asking Zendesk"))), run.processed, total, _pace(source, run))


def _pace(source: KnowledgeSource, run: SyncRun) -> str:
    """Articles a minute and the time left; or what it waits for."""
    now = timezone.now()
    if source.last_error and source.next_attempt_at and source.next_attempt_at > now:
        wait = span_text((source.next_attempt_at - now).total_seconds())
        return _("%(why)s Goes on in %(wait)s.") % {"why": source.last_error, "wait": wait}
    seconds = (now - run.started_at).total_seconds()
    if run.processed < 1 or seconds < 1:
        return ""
    rate = run.processed / seconds
    pace = _("%(n)s a minute") % {"n": count(max(round(rate * 60), 1))}
    left = (run.total or 0) - run.processed
    if left <= 0:
        return pace
    return _("%(pace)s, %(left)s left") % {"pace": pace, "left": span_text(left / rate)}


@dataclass(frozen=True)
class RunRow:
    """A run in the list of runs."""

    run: SyncRun
    mark: Mark
    said: str
    took: dt.timedelta | None


def list_runs(source: KnowledgeSource, most: int = 8) -> list[RunRow]:
    """The last runs, newest first; of those that only looked and found nothing, the newest stands for all."""
    rows: list[RunRow] = []
    for run in source.runs.order_by("-pk")[:60]:
        said = _say(run)
        is_quiet = run.kind == SyncRun.Kind.INCREMENTAL and run.state == SyncRun.State.DONE and not _changes(run)
        if is_quiet and any(row.run.kind == run.kind and not _changes(row.run) for row in rows):
            continue
        took = run.ended_at - run.started_at if run.ended_at else None
        rows.append(RunRow(run, Mark(RUN_MARKS[SyncRun.State(run.state)], run.get_state_display()), said, took))
    return rows[:most]


def _changes(run: SyncRun) -> int:
    return run.added + run.changed + run.hidden + run.withdrawn


def _say(run: SyncRun) -> str:
    if run.detail:
        return run.detail
    if run.missing:
        return _("%(n)s of %(of)s not found") % {"n": count(run.missing), "of": count(run.missing_of)}
    parts = [
        (run.added, _("%(n)s new")),
        (run.changed, _("%(n)s changed")),
        (run.hidden, _("%(n)s now for agents only")),
        (run.withdrawn, _("%(n)s withdrawn")),
    ]
    said = [words % {"n": count(number)} for number, words in parts if number]
    return ", ".join(said) or (_("nothing changed") if run.ended_at else "")


def list_problems(source: KnowledgeSource) -> list[tuple[Article | None, str]]:
    """What is wrong with single articles: of the copy, and of rows that the last full run could not read."""
    live = Article.objects.filter(source=source, edition=source.edition, withdrawn_at=None)
    found: list[tuple[Article | None, str]] = [
        (row, str(row.get_problem_display())) for row in live.exclude(problem="").order_by("title")[:20]
    ]
    last = source.runs.exclude(problems=[]).order_by("-pk").first()
    if last is not None and (source.swept_at is None or last.started_at >= source.swept_at - dt.timedelta(hours=1)):
        found += [(None, str(PROBLEMS.get(one.get("why"), one.get("why")))) for one in last.problems]
    return found
