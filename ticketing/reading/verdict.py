"""The sentence the overview opens with: all well, working with n problems, not working since, not set up yet."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opencx_admin.orgs.components import Action, ActRow, Evidence, Verdict
from opencx_admin.orgs.times import clock_text
from ticketing.reading.needs_action import heals
from ticketing.reading.proof import Proof
from ticketing.reading.set_up import PURPOSES, TITLES, FirstRun, step_url
from ticketing.set_up import StepName


def judge(proof: Proof, rows: Sequence[ActRow]) -> Verdict:
    """The verdict over the organization's proof and what needs action."""
    now, problems = timezone.now(), sum(not heals(row) for row in rows)
    if not proof.is_set_up:
        text = _("No handoff can become a ticket before a Zendesk account is saved here.")
        return Verdict("unknown", _("Not set up yet"), text)
    if proof.silent_since:
        title = _("Not working since %(time)s: the background worker is silent")
        text = _("What comes in is stored and goes on when the worker is started again. %(evidence)s")
        return Verdict(
            "problem", title % {"time": clock_text(proof.silent_since)}, text % {"evidence": _day(proof)}, now
        )
    connection = proof.zendesk
    if connection and connection.refused_at:
        title = _("Not working since %(time)s: Zendesk refuses our credentials")
        return Verdict("problem", title % {"time": clock_text(connection.refused_at)}, _evidence(proof), now)
    if problems:
        title = ngettext(
            "Working, with 1 problem that needs a person", "Working, with %(n)s problems that need a person", problems
        )
        return Verdict("warning", title % {"n": problems}, _evidence(proof), now)
    if not proof.handoffs["all"]:
        return Verdict("ok", _("All well, nothing handed off yet"), _("The first handoff will stand here."), now)
    return Verdict("ok", _("All well"), _evidence(proof), now)


def _evidence(proof: Proof) -> str:
    """Who waits for whom, then the day's replies."""
    waits = []
    failed, waiting, missing = proof.handoffs["failed"], proof.handoffs["waiting"], proof.missing_replies
    if failed:
        waits.append(
            ngettext("%(n)s contact waits without a ticket", "%(n)s contacts wait without a ticket", failed)
            % {"n": failed}
        )
    if missing:
        waits.append(ngettext("%(n)s reply is missing", "%(n)s replies are missing", missing) % {"n": missing})
    if waiting:
        waits.append(
            ngettext("%(n)s handoff is on its way", "%(n)s handoffs are on their way", waiting) % {"n": waiting}
        )
    return " ".join([*([", ".join(waits) + "."] if waits else []), _day(proof)])


def _day(proof: Proof) -> str:
    found = proof.replies_of_day
    if not found["all"]:
        return _("Last 24 h: no public reply in Zendesk.")
    words = ngettext(
        "Last 24 h: %(all)s public reply in Zendesk, %(delivered)s delivered.",
        "Last 24 h: %(all)s public replies in Zendesk, %(delivered)s delivered.",
        found["all"],
    )
    return words % found


def set_up_steps(proof: Proof) -> list[tuple[Evidence, Action | None]]:
    """The steps of the first run, each with its button; empty when all are done or daily work shows that they were."""
    is_working = bool(proof.zendesk and proof.platform and proof.last_call and proof.handoffs["all"])
    if is_working:
        return []
    first_run = FirstRun(proof.org)
    works = {StepName.OBJECTS: bool(proof.last_call), StepName.CANARY: bool(proof.last_reply)}
    done = {step: step in first_run.done or works.get(step, False) for step in first_run.steps}
    rows = [
        (is_done, TITLES[step], PURPOSES[step], Action(_("Set it up"), step_url(step), kind="act"))
        for step, is_done in done.items()
        if is_done or step not in first_run.skipped or step == StepName.CONNECT
    ]
    last = _("Hand the first session off"), _("The AI asks for a person, and the ticket appears."), None
    steps = [*rows, (bool(proof.handoffs["all"]), *last)]
    if all(is_done for is_done, *_rest in steps):
        return []
    first = next((number for number, (is_done, *_rest) in enumerate(steps) if not is_done), 0)
    shown = []
    for number, (is_done, title, text, action) in enumerate(steps):
        row = Evidence(f"step-{number + 1}", "ok" if is_done else "unproven", title, "" if is_done else text)
        shown.append((row, action if number == first else None))
    return shown
