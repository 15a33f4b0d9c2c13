"""Whether doing a row again is safe now, and if not, why: already done, too late, or bound to fail again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations import platform_events
from integrations.models import EventResult, PlatformConnection, PlatformEvent, WebhookEvent, ZendeskConnection
from integrations.webhooks import inbox
from integrations.webhooks.inbox import Match
from opencx_admin.orgs.models import Organization
from ticketing import handoff as handoffs
from ticketing import updates
from ticketing.canary.apart import handoffs_of, leave_out, leave_out_calls
from ticketing.models import (
    AgentReply,
    Handoff,
    Message,
    ReasonCode,
    ReplayItem,
    Sender,
    SessionStatus,
    SessionTicketLink,
    TicketUpdate,
)

Kind = ReplayItem.Kind
Text = str | Promise
REFUSED_BY_US = (ReasonCode.NOT_CONNECTED, ReasonCode.CREDENTIALS_REJECTED)
OVER = (SessionStatus.CLOSED_RESOLVED, SessionStatus.CLOSED_UNRESOLVED)


@dataclass(frozen=True, slots=True)
class Why:
    """A reason against doing it again. `may_overrule`: it is only unwise, and a person may think otherwise."""

    words: Text
    may_overrule: bool = False


WHYS: dict[str, Why] = {
    "delivered": Why(_("OpenCX has it already")),
    "linked": Why(_("has its ticket already, and nothing is missing")),
    "cancelled": Why(_("was cancelled")),
    "moving": Why(_("is on its way right now")),
    "written": Why(_("stands in the ticket already")),
    "unlinked": Why(_("has no ticket to write into any more")),
    "answered_since": Why(_("the contact wrote again since, so an old answer may confuse"), may_overrule=True),
    "solved": Why(_("the ticket is solved by now"), may_overrule=True),
    "closed": Why(_("the conversation is closed by now"), may_overrule=True),
    "deleted": Why(_("its ticket was deleted: this makes a new one"), may_overrule=True),
    "no_address": Why(_("the contact still has no address: enter one on the handoff")),
    "credentials": Why(_("Zendesk still refuses our credentials; these go by themselves after Verify")),
    "no_url": Why(_("no events URL is saved; these go by themselves once there is one")),
    "no_match": Why(_("still matches no session: match it by hand")),
    "native": Why(_("the ticket was opened in Zendesk, so it is ignored again")),
    "unusable": Why(_("names nothing that could be read")),
}


@dataclass
class Judge:
    """What is asked once for an organization, then for each row."""

    organization: Organization
    is_refused: bool = field(init=False)
    has_url: bool = field(init=False)

    def __post_init__(self) -> None:
        connection = ZendeskConnection.objects.filter(organization=self.organization).first()
        self.is_refused = connection is None or connection.refused_at is not None
        rows = PlatformConnection.objects.filter(organization=self.organization)
        self.has_url = rows.exclude(events_url="").exists()

    def why_not(self, kind: str, row: Any) -> str:
        """A key of `WHYS`, or the empty text when nothing speaks against it."""
        judges: dict[str, Callable[[Any], str]] = {
            Kind.HANDOFF: self._handoff,
            Kind.MESSAGE: self._message,
            Kind.EVENT: self._event,
            Kind.CALL: self._call,
        }
        return judges[kind](row)

    def _handoff(self, row: Handoff) -> str:
        if not row.can_retry:
            done = {Handoff.Status.LINKED: "linked", Handoff.Status.CANCELLED: "cancelled"}
            return done.get(Handoff.Status(row.status), "moving")
        contact = row.session.contact
        if row.reason_code == ReasonCode.CONTACT_HAS_NO_EMAIL and not (contact.email or contact.phone):
            return "no_address"
        if self.is_refused and row.reason_code in REFUSED_BY_US:
            return "credentials"
        if row.reason_code == ReasonCode.TICKET_DELETED:
            return "deleted"
        return "closed" if row.session.status in OVER else ""

    def _message(self, row: TicketUpdate) -> str:
        if row.status not in (TicketUpdate.Status.FAILED, TicketUpdate.Status.RETRYING):
            return "written" if row.status == TicketUpdate.Status.DONE else "moving"
        if self.is_refused and row.reason_code in REFUSED_BY_US:
            return "credentials"
        link = _active_link(row.session_id)
        if link is None:
            return "unlinked"
        return "solved" if link.is_solved else ""

    def _event(self, row: PlatformEvent) -> str:
        if row.status not in (PlatformEvent.Status.FAILED, PlatformEvent.Status.RETRYING):
            return "delivered" if row.status == PlatformEvent.Status.DELIVERED else "moving"
        if not self.has_url:
            return "no_url"
        reply = AgentReply.objects.filter(event=row).select_related("session").first()
        return _too_late(reply) if reply else ""

    def _call(self, row: WebhookEvent) -> str:
        if not inbox.may_replay(row):
            return "unusable"
        if row.result in (EventResult.WORKING, EventResult.QUEUED):
            return "moving"
        if row.conversation_id or inbox.hooks.match is None:
            return ""
        found, _ref = inbox.hooks.match(row.organization_id, row.ticket_id, row.external_id)
        return {Match.NOBODY: "no_match", Match.NATIVE: "native"}.get(found, "")


def _active_link(session_id: int) -> SessionTicketLink | None:
    return SessionTicketLink.objects.filter(session_id=session_id, is_active=True).first()


def _too_late(reply: AgentReply) -> str:
    """Why an old reply may do more harm than good."""
    later = Message.objects.filter(session=reply.session, sender=Sender.CONTACT, sent_at__gt=reply.commented_at)
    if later.exists():
        return "answered_since"
    link = _active_link(reply.session_id)
    if link is not None and link.is_solved:
        return "solved"
    return "closed" if reply.session.status in OVER else ""


def find_rows(organization: Organization, kind: str) -> QuerySet[Any]:
    """All rows of a kind that may ever be done again: of this organization, and none of the round trip's own."""
    if kind == Kind.HANDOFF:
        return handoffs_of(organization).select_related("session__contact")
    if kind == Kind.MESSAGE:
        rows = leave_out(TicketUpdate.objects.filter(organization=organization), organization)
        return rows.select_related("session__contact")
    if kind == Kind.EVENT:
        return leave_out_calls(PlatformEvent.objects.filter(organization=organization), organization)
    return leave_out_calls(WebhookEvent.objects.filter(organization=organization), organization).defer("headers")


def do_again(kind: str, row: Any) -> bool:
    """Queue the row again, now. False when it is not stuck any more."""
    acts: dict[str, Callable[[Any], bool]] = {
        Kind.HANDOFF: handoffs.retry,
        Kind.MESSAGE: updates.retry,
        Kind.EVENT: platform_events.retry,
        Kind.CALL: inbox.replay,
    }
    return acts[kind](row)
