"""Doing one step of a run.

A step that is found "working" was interrupted: its write may have happened. Every step looks before it writes,
so that case needs no road of its own; it only forgives that the object is not as the plan showed it.
"""

from __future__ import annotations

import time

from django.utils.translation import gettext as _

from integrations.provisioning.job import Job, Stop
from integrations.provisioning.making import make, tell_url
from integrations.provisioning.prove import send_test_call
from integrations.provisioning.steps import DONE, REMOVE, RESTORE, TEST, Action, Step
from integrations.provisioning.undoing import undo


def perform(job: Job, step: Step) -> None:
    """Do one step. Raises `Stop`, `LostClaim`, and what the clients raise."""
    began = time.monotonic()
    if step.action == TEST:
        said = _prove(job, step)
    elif step.action in (REMOVE, RESTORE):
        said = undo(job, step)
    else:
        said = tell_url(job, step) if job.run.action == Action.ROTATE else make(job, step)
    step.status, step.said, step.ms = DONE, said, int((time.monotonic() - began) * 1000)
    job.save()


def _prove(job: Job, step: Step) -> str:
    job.begin(step)
    call = send_test_call(job.organization, who=job.run.actor_label, keep_claim=job.keep_claim)
    if call.problem:
        raise Stop(call.problem)
    return _("A test call of Zendesk arrived after %(ms)s ms.") % {"ms": call.ms}
