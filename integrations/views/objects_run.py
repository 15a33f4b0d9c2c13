"""A run of provisioning as rows: what is done, what is being done, what Zendesk said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from integrations.models import ObjectKind, ProvisioningRun
from integrations.object_words import hide_tokens, step_lines
from opencx_admin.orgs.components import DiffLine, Mark
from opencx_admin.orgs.models import Organization

OVER = ("done", "skipped")


@dataclass(frozen=True)
class StepRow:
    """One step of a run."""

    mark: Mark
    name: str
    title: str
    said: str
    ms: int | None
    lines: Sequence[DiffLine]


@dataclass(frozen=True)
class RunBox:
    """The last run. `version` changes when something in it moves."""

    run: ProvisioningRun
    title: str
    mark: Mark
    steps: Sequence[StepRow]
    done: int
    problem: str

    @property
    def is_moving(self) -> bool:
        return self.run.is_moving

    @property
    def is_quiet(self) -> bool:
        """True when its steps are told only to who asks: it went well, left nothing out, and was no repair."""
        is_whole = all(step.get("status") != "skipped" for step in self.run.steps)
        return self.run.status == "done" and self.run.action != "repair" and is_whole

    @property
    def total(self) -> int:
        return len(self.steps)

    @property
    def version(self) -> str:
        marks = "".join(step.mark.value[0] for step in self.steps)
        return f"{self.run.pk}-{self.run.status}-{marks}"


def last_run(organization: Organization) -> RunBox | None:
    """The newest run of the organization; None when there never was one."""
    run = ProvisioningRun.objects.filter(organization=organization).order_by("-pk").first()
    return read_run(run) if run else None


def read_run(run: ProvisioningRun) -> RunBox:
    """The run as the page shows it: URLs end in dots for everybody."""
    steps = [_step(step) for step in hide_tokens(run.steps)]
    return RunBox(
        run=run,
        title=_title(run),
        mark=_mark(run),
        steps=steps,
        done=sum(step.get("status") in OVER for step in run.steps),
        problem=hide_tokens(run.problem),
    )


def _title(run: ProvisioningRun) -> str:
    titles = {
        "apply": (_("Setting up Zendesk"), _("Set up"), _("Setting up stopped")),
        "repair": (_("Repairing"), _("Repaired"), _("The repair stopped")),
        "undo": (_("Giving the former object back"), _("Given back"), _("Giving back stopped")),
        "uninstall": (_("Removing ours from Zendesk"), _("Removed from Zendesk"), _("Removing stopped")),
        "rotate": (_("Telling Zendesk the new URL"), _("Zendesk was told the new URL"), _("Zendesk was not told")),
    }
    moving, done, failed = titles[run.action]
    return {"done": done, "failed": failed}.get(run.status, moving)


def _mark(run: ProvisioningRun) -> Mark:
    marks = {"done": Mark("ok", _("Done")), "failed": Mark("failed", _("Stopped")), "queued": Mark("queued")}
    return marks.get(run.status, Mark("working"))


def _step(step: Mapping[str, Any]) -> StepRow:
    status = str(step.get("status") or "waiting")
    kinds = dict(ObjectKind.choices)
    return StepRow(
        mark=Mark("ok", _("Done")) if status == "done" else Mark(status),
        name=_("Test call") if step.get("action") == "test" else str(kinds.get(step.get("kind", ""), "")),
        title=str(step.get("title") or ""),
        said=str(step.get("said") or ""),
        ms=step.get("ms"),
        lines=step_lines(step.get("before") or {}, step.get("after") or {}) if status == "done" else [],
    )
