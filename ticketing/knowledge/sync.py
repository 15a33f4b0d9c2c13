"""Keeping the copy in step with the Help Center: a due row that does a part of its run, saves it, and goes on.

A process may die at any line: the next one goes on after the last page that was stored. What cannot be read leaves
the copy as it is.
"""

from __future__ import annotations

import time

from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.help_center import HelpCenter
from integrations.clients.http import DEFAULT_TIMEOUTS, Timeouts
from integrations.connect import note_refusal, open_zendesk
from integrations.models import ZendeskConnection
from opencx_admin.crypto import Undecryptable
from opencx_admin.due import LostClaim, backoff
from ticketing.knowledge import runs, steps
from ticketing.models import KnowledgeSource, SyncRun

# The Help Center's calls are counted apart from the account's others.
PART = "help_center"
# A worker that is longer in one organization is taken for slow (integrations/turns.py).
STEP_SECONDS = 4.0
MOST_TRIES = 12


def open_help_center(
    source: KnowledgeSource,
    connection: ZendeskConnection,
    *,
    lane: Lane = Lane.SYNC,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
) -> HelpCenter:
    """The account's Help Center; in the lane of the sync each call prolongs the source's claim."""
    keep = source.hold if lane == Lane.SYNC else None
    subject = f"knowledge:{source.pk}"
    return HelpCenter(
        open_zendesk(connection, lane=lane, subject=subject, timeouts=timeouts, keep_claim=keep, part=PART)
    )


def advance(source: KnowledgeSource) -> bool:
    """Do the source's next steps, for some seconds. False when it was not due or another worker has it."""
    if not source.claim():
        return False
    connection = ZendeskConnection.objects.filter(organization_id=source.organization_id).first()
    try:
        if connection is None:
            open_one = SyncRun.objects.filter(source=source, ended_at=None).first()
            runs.fail(source, open_one, _("No Zendesk account is connected."))
            return True
        run = runs.open_run(source, connection.base_url)
        try:
            _work(source, run, open_help_center(source, connection))
        except errors.ProviderError as error:
            _after_failure(source, run, connection, error)
        except Undecryptable as error:
            runs.fail(source, run, str(error))
    except LostClaim:
        return False
    return True


def _work(source: KnowledgeSource, run: SyncRun, center: HelpCenter) -> None:
    ends = time.monotonic() + STEP_SECONDS
    while _step(source, run, center):
        if time.monotonic() >= ends:
            source.postpone(0)
            return


def _step(source: KnowledgeSource, run: SyncRun, center: HelpCenter) -> bool:
    """One step; False when the run has ended."""
    phase = run.cursor.get("phase", "begin")
    if phase == "begin":
        return steps.begin(source, run, center)
    if phase == "list":
        return steps.list_page(source, run, center)
    if phase == "changes":
        return steps.list_changes(source, run, center)
    if phase == "confirm":
        return steps.confirm(source, run, center)
    return steps.swap(source, run, center) if phase == "swap" else steps.clear(source, run)


def _after_failure(
    source: KnowledgeSource, run: SyncRun, connection: ZendeskConnection, error: errors.ProviderError
) -> None:
    """Wait, try again, or end the run with a reason. Raises `LostClaim`."""
    if isinstance(error, errors.RateLimited):
        source.postpone(error.retry_after or 10.0, attempts=0, last_error=error.sentence)
    elif isinstance(error, errors.Unauthorized):
        note_refusal(connection, error)
        runs.fail(source, run, _("Zendesk refuses the credentials of Ticketing."))
    elif is_off(error) and _is_switched_off(source, connection):
        runs.fail(source, run, off_text(), is_on=False)
    elif isinstance(error, errors.Rejected) or source.attempts >= MOST_TRIES:
        runs.fail(source, run, error.sentence)
    else:
        changes = {"state": KnowledgeSource.State.RETRYING, "last_error": error.sentence}
        source.postpone(backoff(source.attempts), **changes)


def is_off(error: errors.ProviderError) -> bool:
    """Whether an answer may mean that Help Center is not switched on: 403 or 404, unless there is no account at all."""
    return isinstance(error, errors.NotFound | errors.Forbidden) and error.code != "NoHelpDesk"


def _is_switched_off(source: KnowledgeSource, connection: ZendeskConnection) -> bool:
    """Ask whether the Help Center is there at all: one answer of 404 may concern one article only."""
    try:
        open_help_center(source, connection).locales()
    except errors.ProviderError as error:
        return is_off(error)
    return False


def off_text() -> str:
    """What is said of an account without a Help Center."""
    return _("Zendesk answers that Help Center is not switched on.")
