"""How a run goes from stage to stage: each step is saved with the claim, so nothing is lost and nobody else goes on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients.zendesk import ZendeskClient
from integrations.connect import open_zendesk
from integrations.models import ZendeskConnection
from ticketing import links
from ticketing.canary import hops
from ticketing.failures import Stuck
from ticketing.models import CanaryRun, ReasonCode, Session, SessionTicketLink
from ticketing.models.handoffs import Owner

Stage = CanaryRun.Stage
Status = CanaryRun.Status
# A stage that waits for somebody gives up after this.
PATIENCE = dt.timedelta(seconds=60)
# The hop that a stage works on; `ticket` works on two.
HOP_OF: dict[str, str] = {
    Stage.TICKET: hops.TICKET,
    Stage.REPLY: hops.REPLY,
    Stage.RING: hops.RANG,
    Stage.READ: hops.READ,
    Stage.DELIVER: hops.DELIVERED,
    Stage.NOTE: hops.NOTE,
    Stage.HOLD: hops.HELD,
    Stage.CLEAN: hops.CLEANED,
}
BEFORE_CLEANING = tuple(name for name in hops.WORDS if name != hops.CLEANED)


def find_session(run: CanaryRun) -> Session | None:
    """The run's session; None before it was made and after it was removed."""
    rows = Session.objects.filter(organization_id=run.organization_id, external_id=run.session_ref, is_canary=True)
    return rows.select_related("contact").first()


def find_link(run: CanaryRun) -> SessionTicketLink:
    """The link of the run's own ticket. Raises `Stuck` when somebody deleted or merged the ticket meanwhile."""
    session = find_session(run)
    link = links.find_active(session) if session else None
    if session is None or link is None:
        raise Stuck(ReasonCode.TICKET_DELETED, _("The test ticket was deleted or unlinked meanwhile."))
    if link != find_first_link(session):  # the other ticket is a customer's: nothing is written there
        raise Stuck(ReasonCode.TICKET_DELETED, _("The test ticket was merged into another one meanwhile."))
    return link


def find_first_link(session: Session) -> SessionTicketLink | None:
    """The link of the ticket that was made for the session, whatever it was merged into."""
    return SessionTicketLink.objects.filter(session=session).order_by("pk").first()


def address_of(run: CanaryRun) -> str:
    """The email address of the test's contact: nobody's, no mail arrives there."""
    return f"opencx-canary-{run.organization_id}@example.com"


def open_account(run: CanaryRun) -> ZendeskClient:
    """Zendesk as the connection's own user. Raises `Stuck` without a connection."""
    connection = ZendeskConnection.objects.filter(organization_id=run.organization_id).first()
    if connection is None:
        raise Stuck(ReasonCode.NOT_CONNECTED, _("Zendesk Ticketing is not set up for this organization."))
    return open_zendesk(connection, lane=Lane.STATUS, subject=f"canary:{run.pk}", keep_claim=run.hold)


def is_late(run: CanaryRun) -> bool:
    """True when the stage has waited long enough."""
    return timezone.now() - run.stage_at > PATIENCE


def pause(run: CanaryRun) -> float:
    """Seconds until the next look: short at first, as all goes well mostly."""
    return 0.3 if timezone.now() - run.stage_at < dt.timedelta(seconds=6) else 1.5


def go_on(run: CanaryRun, stage: str, found: list[hops.Hop], **changes: Any) -> None:
    """Save what was found and begin the next stage. Raises `LostClaim`."""
    now = timezone.now()
    if stage == Stage.CLEAN:
        changes |= judge(run, found)
    run.hold(stage=stage, stage_at=now, hops=hops.begin(found, HOP_OF[stage], now), last_error="", **changes)


def judge(run: CanaryRun, found: list[hops.Hop]) -> dict[str, Any]:
    """How the run ends, from its hops: the first that failed says what is wrong and whose move it is."""
    failed = next((hop for hop in found if hop["status"] == hops.FAILED), {})
    outcome = Status.FAILED if failed else Status.PASSED
    if run.outcome == Status.CANCELLED:
        outcome = Status.CANCELLED
    return {"outcome": outcome, "problem": failed.get("said", ""), "owner": failed.get("owner", "")}


def fail(run: CanaryRun, name: str, said: str, owner: str, *, where: str = "", then: str = Stage.CLEAN) -> None:
    """A hop failed: say so, and go on with `then`; what lies between is left out. Raises `LostClaim`."""
    found = hops.end(run.hops, name, timezone.now(), status=hops.FAILED, said=said, owner=owner, where=where)
    if then == Stage.CLEAN:
        found = hops.skip(found, BEFORE_CLEANING, _("not reached"))
    elif then == Stage.NOTE:
        found = hops.skip(found, (hops.READ, hops.DELIVERED), _("not reached"))
    go_on(run, then, found)


def owner_of_error(error: Exception) -> str:
    """Whose move a failure of Zendesk's is, by its kind."""
    words = {"Unauthorized": Owner.YOU_HERE, "Forbidden": Owner.YOU_ZENDESK, "Rejected": Owner.YOU_ZENDESK}
    return words.get(type(error).__name__, Owner.ZENDESK)
