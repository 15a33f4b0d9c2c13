"""The doctor's answers as sentences: the one on top of the page, and the report to send to somebody."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.doctor import runs
from integrations.doctor.finding import OK, PROBLEM, SKIPPED, WARNING
from integrations.doctor.registry import Subject
from integrations.doctor.showing import Chart, count_words
from opencx_admin.orgs.components import Verdict
from opencx_admin.orgs.times import moment_text


def judge(chart: Chart, subject: Subject, title: str) -> Verdict:
    """The sentence on top."""
    counts = chart.counts
    if chart.last is None:
        text = _("Each check asks Zendesk or looks here, and shows what it saw. Nothing is changed.")
        return Verdict(
            "unknown", _("Nothing was checked yet") if not subject else _("%s: not diagnosed yet") % title, text
        )
    fine = ngettext("%(n)s check is fine", "%(n)s checks are fine", counts.get(OK, 0)) % {"n": counts.get(OK, 0)}
    said = ", ".join(count_words(counts))
    sentence = f"{said}; {fine}" if said else fine
    if counts.get(SKIPPED):
        sentence += ", " + ngettext("%(n)s skipped", "%(n)s skipped", counts[SKIPPED]) % {"n": counts[SKIPPED]}
    if subject:
        sentence = f"{title}: {sentence}"
    value = next((one for one in (PROBLEM, WARNING) if counts.get(one)), OK)
    return Verdict(value, sentence, _verdict_text(chart))


def _verdict_text(chart: Chart) -> str:
    if chart.moving:
        run = chart.moving[0]
        who = run.actor_label or _("The schedule")
        words = {"done": chart.done, "total": chart.total, "who": who}
        return _("Checking now: %(done)s of %(total)s. Asked by %(who)s.") % words
    repairs = sum(
        1 for group in chart.groups for row in group.rows if row.repair and row.finding and row.finding.repair
    )
    last = _("Nothing is changed until you press a button.")
    if repairs:
        text = ngettext("%(n)s of them can be repaired from here.", "%(n)s of them can be repaired from here.", repairs)
        return f"{text % {'n': repairs}} {last}"
    return last


def next_text(chart: Chart) -> str:
    """When the next run of the schedule comes."""
    whole = [run for run in (chart.last,) if run]
    if not whole:
        return ""
    return _("Next run %(when)s") % {"when": moment_text(whole[0].created_at + runs.DAY)}


def write_report(chart: Chart, title: str) -> str:
    """The findings as plain text, to send to somebody."""
    lines = [title, ""]
    for group in chart.groups:
        lines.append(group.title)
        for row in (*group.rows, *group.skipped):
            if row.finding is None:
                continue
            lines.append(f"  {row.finding.verdict:8} {row.finding.question} {row.finding.evidence}".rstrip())
            for name, text in (
                ("asked", row.finding.asked),
                ("answered", row.finding.answered),
                ("fix", row.finding.fix),
            ):
                if text:
                    lines.append(f"           {name}: {text}")
        lines.append("")
    return "\n".join(lines)
