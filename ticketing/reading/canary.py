"""The round trip as people read it: its hops, its verdict, its tile and its row in "Needs action"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opencx_admin.orgs.components import Action, ActRow, Mark, Tile, Verdict
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.templatetags.look import ms as ms_text
from opencx_admin.orgs.times import clock_text
from ticketing.canary.hops import FAILED, WORDS, find_hop
from ticketing.canary.runs import find_last, find_last_passed, find_moving
from ticketing.models import CanaryRun, CanarySchedule
from ticketing.models.handoffs import Owner
from ticketing.reading.reader import Reader

MOST_SHOWN = 20
LINKS: dict[str, str | Promise] = {
    "zendesk-ticketing": gettext_lazy("Check the connection"),
    "zendesk-objects": gettext_lazy("Compare the objects in Zendesk"),
    "zendesk-webhook": gettext_lazy("Check the webhook’s secret"),
    "webhooks": gettext_lazy("Look at the calls"),
    "opencx": gettext_lazy("Check the events URL"),
}


@dataclass(frozen=True, slots=True)
class HopRow:
    """One hop as a line: what it proves, what was seen, how long it took, and where it is mended."""

    name: str
    status: str
    words: str | Promise
    said: str
    ms: int | None
    owner: str
    link: tuple[str | Promise, str] | None


@dataclass(frozen=True, slots=True)
class PastRun:
    """One line of the history."""

    run: CanaryRun
    mark: Mark
    said: str
    who: str


def read_hops(run: CanaryRun) -> list[HopRow]:
    """The hops of a run in the order of the way."""
    rows = []
    for name, words in WORDS.items():
        hop = find_hop(run.hops, name)
        where = str(hop.get("where") or "")
        link = (LINKS[where], reverse(where)) if where in LINKS else None
        owner = str(hop.get("owner") or "") if hop["status"] == FAILED else ""
        rows.append(HopRow(name, hop["status"], words, str(hop.get("said") or ""), hop.get("ms"), owner, link))
    return rows


def mark_of(run: CanaryRun) -> Mark:
    """A run's state in the words of the look."""
    marks = {"passed": Mark("proven"), "queued": Mark("working")}
    return marks.get(run.status, Mark(run.status))


def list_past(org: Organization, reader: Reader) -> list[PastRun]:
    """The last runs that are over, newest first."""
    rows = CanaryRun.objects.filter(organization=org, finished_at__isnull=False).order_by("-pk")[:MOST_SHOWN]
    return [
        PastRun(row, mark_of(row), row.problem, reader.emails(row.started_label) or _("the schedule")) for row in rows
    ]


def version_of(run: CanaryRun | None) -> str:
    """Changes when something on the page does."""
    return f"{run.pk}-{run.status}-{''.join(hop['status'][0] for hop in run.hops)}" if run else "none"


def current_run(org: Organization) -> CanaryRun | None:
    """The run to show: the one under way, else the newest."""
    return find_moving(org) or CanaryRun.objects.filter(organization=org).order_by("-pk").first()


def schedule_of(org: Organization) -> CanarySchedule:
    """The organization's schedule; off while nobody chose one."""
    return CanarySchedule.objects.filter(organization=org).first() or CanarySchedule(organization=org)


def judge(run: CanaryRun | None, action: Action | None) -> Verdict:
    """The sentence the page opens with."""
    if run is None:
        text = _("A test ticket goes to Zendesk, an agent’s reply comes back, an internal note does not.")
        return Verdict("unproven", _("The round trip is not proven yet"), text, action=action)
    if run.is_moving:
        text = _("Each hop is timed as it happens. At the end everything is removed again.")
        return Verdict("checking", _("The round trip is being tested"), text, action=action)
    if run.status == CanaryRun.Status.CANCELLED:
        return Verdict("cancelled", _("The last test was stopped"), _("It proves nothing."), action=action)
    if run.status == CanaryRun.Status.FAILED:
        title = _("The round trip stops at “%(hop)s”") % {"hop": failed_words(run)}
        return Verdict("problem", title, run.problem, run.finished_at, action)
    text = _("A reply came back and an internal note did not.")
    title = _("The round trip works, in %(time)s") % {"time": _took(run)}
    return Verdict("ok", title, text, run.finished_at, action)


def _took(run: CanaryRun) -> str:
    """How long the way took; number and unit stay on one line."""
    return ms_text(run.took_ms).replace(" ", "\u00a0")


def failed_words(run: CanaryRun) -> str:
    """What the first failed hop proves, in words."""
    hop = run.failed_hop
    return str(WORDS.get(hop["name"], "")) if hop else ""


def tile(org: Organization) -> Tile:
    """The proof tile of the overview."""
    name, url, run = _("Round trip"), reverse("canary"), find_last(org)
    if run is None:
        return Tile(name, Mark("checking" if find_moving(org) else "unproven"), url, by=_("no test was made yet"))
    is_well = run.status == CanaryRun.Status.PASSED
    good = run if is_well else find_last_passed(org)
    at, by = (good.finished_at if good else None), _("at “%(hop)s”") % {"hop": failed_words(run)}
    if is_well:
        by = _("by a test ticket, in %(time)s") % {"time": _took(run)}
    if find_moving(org) is not None:
        return Tile(name, Mark("checking"), url, at, by)
    return Tile(name, Mark("proven" if is_well else "failed"), url, at, by)


def list_failed(org: Organization) -> Iterator[ActRow]:
    """The last test, when it failed: what stops, and whose move it is."""
    run = find_last(org)
    if run is None or run.status != CanaryRun.Status.FAILED or run.finished_at is None:
        return
    hop, url = run.failed_hop or {}, reverse("canary")
    link = str(hop.get("where") or "")
    action = Action(_("Show the hops"), url)
    title = _("The round trip stops at “%(hop)s”") % {"hop": failed_words(run)}
    since = _("tested %(time)s") % {"time": clock_text(run.finished_at, seconds=False)}
    yield ActRow(
        Mark("failed"),
        title,
        reverse(link) if link in LINKS else url,
        f"{since} · {run.problem}",
        run.owner or Owner.US,
        action,
    )


def sum_up(rows: Sequence[HopRow]) -> tuple[int, int]:
    """How many hops are over, of how many."""
    return sum(row.status not in ("waiting", "working") for row in rows), len(rows)
