"""The doctor as people read it: the sentence on top, the families with their rows, the last runs."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.doctor import registry, runs
from integrations.doctor.finding import OK, PROBLEM, SKIPPED, UNKNOWN, WARNING, Finding, read_finding
from integrations.doctor.registry import FAMILIES, Check, Subject
from integrations.models import DoctorRun
from opencx_admin.orgs.components import Action, Mark
from opencx_admin.orgs.models import Organization, Role

STRIP, SPARK = 28, 24
LOADED = 40
CHECKING = "checking"
# How high a bar of the history stands: the shape tells what the colour tells.
HEIGHTS = {PROBLEM: 14, WARNING: 11, OK: 8, UNKNOWN: 4, SKIPPED: 2}


@dataclass(frozen=True)
class Bar:
    """One run in a history, as a bar of an SVG."""

    verdict: str
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Row:
    """One check with its last answer. `finding` is None before the first one."""

    check: Check
    finding: Finding | None
    mark: Mark
    is_checking: bool
    bars: Sequence[Bar]
    said: str
    repair: Action | None
    is_open: bool

    @property
    def anchor(self) -> str:
        return self.check.id.replace(".", "-")


@dataclass(frozen=True)
class Group:
    """A family with its rows."""

    id: str
    title: str
    rows: Sequence[Row]
    text: str
    worst: str
    skipped: Sequence[Row]


@dataclass(frozen=True)
class Chart:
    """The doctor's page of one subject. `version` changes with anything that it shows."""

    groups: Sequence[Group]
    moving: Sequence[DoctorRun]
    last: DoctorRun | None
    strip: Sequence[Bar]
    strip_text: str
    counts: Mapping[str, int]
    checked_at: dt.datetime | None
    version: str
    done: int
    total: int

    @property
    def is_moving(self) -> bool:
        return bool(self.moving)


def url_of(subject: Subject, **more: str) -> str:
    """The page of one subject."""
    query = {**({subject.kind: subject.ref} if subject else {}), **more}
    return f"{reverse('doctor')}?{urlencode(query)}" if query else reverse("doctor")


def read_chart(organization: Organization, subject: Subject, role: Role) -> Chart:
    """What is known now: the last answer to each check, and which are being asked."""
    checks = registry.list_checks(subject)
    past = list(runs.list_runs(organization, subject).defer("findings")[:LOADED])
    moving = [run for run in past if run.is_moving]
    waiting = {name for run in moving for name in run.checks if name not in run.verdicts}
    findings = _newest(past, {check.id for check in checks})
    opens = not moving  # an opened row holds the page still: while rows stream in, none is
    whole = [run for run in reversed(past) if not run.part]
    rows = [_row(check, findings.get(check.id), check.id in waiting, whole, subject, role, opens) for check in checks]
    verdicts = [row.finding.verdict for row in rows if row.finding]
    done_runs = [run for run in whole if not run.is_moving]
    counts = Counter(verdicts)
    total = sum(len(run.checks) for run in moving)
    return Chart(
        groups=_group(rows),
        moving=moving,
        last=past[0] if past else None,
        strip=_bars([runs.sum_up(run.verdicts.values()) for run in done_runs[-STRIP:]]),
        strip_text=_strip_text(done_runs[-STRIP:]),
        counts=counts,
        checked_at=max((row.finding.at for row in rows if row.finding), default=None),
        version="-".join(f"{run.pk}.{run.status[0]}{len(run.verdicts)}" for run in past[:3]),
        done=total - sum(1 for run in moving for name in run.checks if name not in run.verdicts),
        total=total,
    )


def _newest(past: Sequence[DoctorRun], wanted: set[str]) -> dict[str, Finding]:
    """The newest finding of each check; a run's findings are loaded only while some are still wanted."""
    found: dict[str, Finding] = {}
    for run in past:
        missing = wanted - set(found)
        if missing & set(run.verdicts):
            found |= {row["id"]: read_finding(row) for row in run.findings if row["id"] in missing}
    return found


def _row(
    check: Check,
    finding: Finding | None,
    is_checking: bool,
    whole: Sequence[DoctorRun],
    subject: Subject,
    role: Role,
    opens: bool,
) -> Row:
    history = [run.verdicts[check.id] for run in whole if check.id in run.verdicts][-SPARK:]
    verdict = finding.verdict if finding else ""
    mark = Mark(CHECKING) if is_checking else Mark(verdict) if verdict else Mark("unproven", _("Not asked yet"))
    return Row(
        check=check,
        finding=finding,
        mark=mark,
        is_checking=is_checking,
        bars=_bars(history) if len(history) > 1 else (),
        said=_history_text(history),
        repair=_button(check, finding, subject, role) if finding and not is_checking else None,
        is_open=verdict == PROBLEM and opens,
    )


def _button(check: Check, finding: Finding, subject: Subject, role: Role) -> Action | None:
    """The repair, or the way to the place where it is mended."""
    if finding.repair and check.repair:
        needs = "" if role.allows(check.repair.role) else check.repair.role.label
        return Action(finding.repair, url_of(subject, repair=check.id), needs=needs)
    if finding.link and finding.verdict in (PROBLEM, WARNING, UNKNOWN):
        outside = finding.link.startswith("http")
        return Action(_("Open in Zendesk") if outside else _("Open"), finding.link)
    return None


def _group(rows: Sequence[Row]) -> list[Group]:
    """The families that have rows: those with problems first, then in the order of the flow."""
    groups = []
    for family in FAMILIES:
        mine = [row for row in rows if row.check.family == family.id]
        if not mine:
            continue
        counts = Counter(row.finding.verdict for row in mine if row.finding)
        asked = [row for row in mine if row.is_checking or not row.finding or row.finding.verdict != SKIPPED]
        groups.append(
            Group(
                family.id,
                str(family.title),
                asked,
                _group_text(len(mine), counts),
                next((one for one in (PROBLEM, WARNING) if counts[one]), OK),
                [row for row in mine if row not in asked],
            )
        )
    return sorted(groups, key=lambda group: (PROBLEM, WARNING, OK).index(group.worst) > 0)


def count_words(counts: Mapping[str, int]) -> list[str]:
    """ "1 problem", "3 warnings", "1 cannot tell", the numbers that are not 0."""
    words = [
        (counts.get(PROBLEM, 0), ngettext("%(n)s problem", "%(n)s problems", counts.get(PROBLEM, 0))),
        (counts.get(WARNING, 0), ngettext("%(n)s warning", "%(n)s warnings", counts.get(WARNING, 0))),
        (counts.get(UNKNOWN, 0), _("%(n)s cannot tell")),
    ]
    return [text % {"n": number} for number, text in words if number]


def _group_text(number: int, counts: Mapping[str, int]) -> str:
    first = ngettext("%(n)s check", "%(n)s checks", number) % {"n": number}
    return " · ".join([first, *count_words(counts)])


def _bars(history: Sequence[str]) -> list[Bar]:
    return [
        Bar(verdict, 6 * at, 14 - HEIGHTS.get(verdict, 2), HEIGHTS.get(verdict, 2))
        for at, verdict in enumerate(history)
    ]


def _history_text(history: Sequence[str]) -> str:
    counts = Counter(history)
    parts = [*count_words(counts), *([_("%(n)s OK") % {"n": counts[OK]}] if counts[OK] else [])]
    return _("Last %(n)s runs: %(what)s") % {"n": len(history), "what": ", ".join(parts)}


def _strip_text(past: Sequence[DoctorRun]) -> str:
    if not past:
        return _("No run is over yet")
    clean = sum(runs.sum_up(run.verdicts.values()) in (OK, UNKNOWN) for run in past)
    words = {"n": len(past), "clean": clean, "rest": len(past) - clean}
    return (
        ngettext(
            "Last run: %(clean)s clean, %(rest)s with findings",
            "Last %(n)s runs: %(clean)s clean, %(rest)s with findings",
            len(past),
        )
        % words
    )


def count_problems(organization: Organization) -> int:
    """How many checks of the account found a problem when they were last asked."""
    rows = runs.list_runs(organization, Subject()).exclude(verdicts={}).values_list("verdicts", "part")
    newest: dict[str, str] = {}
    for verdicts, part in rows[:LOADED]:
        newest = {**verdicts, **newest}
        if not part:
            break
    return sum(verdict == PROBLEM for verdict in newest.values())
