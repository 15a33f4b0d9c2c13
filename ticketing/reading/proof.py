"""The proof tiles of the overview: each part's last success, read from the rows that the work itself left."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import (
    EndpointKind,
    ObjectKind,
    PlatformConnection,
    ProvisionedObject,
    ProvisioningRun,
    SunshineConnection,
    WebhookEndpoint,
    WebhookEvent,
    ZendeskConnection,
)
from integrations.object_words import CARRY_REPLIES, change_title, tone_of_change
from opencx_admin.orgs.components import Mark, Tile
from opencx_admin.orgs.models import Heartbeat, Organization
from opencx_admin.orgs.times import span_text
from ticketing.canary.apart import handoffs_of, leave_out, leave_out_calls
from ticketing.models import AgentReply, Handoff, SessionTicketLink, TicketUpdate
from ticketing.reading.handoff_list import LOST_MESSAGE, LOST_REPLY, lost_messages, lost_replies
from ticketing.reason_rules import fallen_back

DAY = dt.timedelta(days=1)
OLDEST_HEARTBEAT = dt.timedelta(seconds=60)


@dataclass(frozen=True)
class Proof:
    """What the organization's rows say of each part; every property is one query at most."""

    org: Organization

    @cached_property
    def zendesk(self) -> ZendeskConnection | None:
        return ZendeskConnection.objects.filter(organization=self.org).first()

    @cached_property
    def sunshine(self) -> SunshineConnection | None:
        return SunshineConnection.objects.filter(organization=self.org).first()

    @cached_property
    def platform(self) -> PlatformConnection | None:
        return PlatformConnection.objects.filter(organization=self.org).exclude(events_url="").first()

    @cached_property
    def endpoint(self) -> WebhookEndpoint | None:
        return WebhookEndpoint.objects.filter(organization=self.org, kind=EndpointKind.ZENDESK, is_current=True).first()

    @cached_property
    def last_link(self) -> SessionTicketLink | None:
        links = SessionTicketLink.objects.filter(organization=self.org, handoff__isnull=False)
        return leave_out(links, self.org).select_related("handoff").order_by("-pk").first()

    @cached_property
    def handoffs(self) -> dict[str, int]:
        """How many have failed, wait, and there are in all."""
        waiting = (Handoff.Status.QUEUED, Handoff.Status.WORKING, Handoff.Status.RETRYING)
        return handoffs_of(self.org).aggregate(
            all=Count("pk"),
            failed=Count("pk", filter=Q(status=Handoff.Status.FAILED)),
            waiting=Count("pk", filter=Q(status__in=waiting)),
        )

    @cached_property
    def last_reply(self) -> AgentReply | None:
        delivered = AgentReply.objects.filter(organization=self.org, event__delivered_at__isnull=False)
        return (
            leave_out(delivered, self.org).select_related("event", "session").order_by("-event__delivered_at").first()
        )

    @cached_property
    def last_message(self) -> TicketUpdate | None:
        done = TicketUpdate.objects.filter(
            organization=self.org, done_at__isnull=False, status=TicketUpdate.Status.DONE
        )
        return leave_out(done, self.org).select_related("session").order_by("-done_at").first()

    @cached_property
    def last_call(self) -> WebhookEvent | None:
        calls = leave_out_calls(WebhookEvent.objects.filter(organization=self.org), self.org)
        return calls.order_by("-pk").first()

    @cached_property
    def missing_replies(self) -> int:
        return lost_replies(self.org).count()

    @cached_property
    def missing_messages(self) -> int:
        return lost_messages(self.org).count()

    @cached_property
    def fallbacks_of_day(self) -> int:
        """How many chats of the last 24 hours became tickets."""
        return fallen_back(handoffs_of(self.org)).filter(created_at__gte=timezone.now() - DAY).count()

    @cached_property
    def replies_of_day(self) -> dict[str, int]:
        """Public replies found in the last 24 hours, and how many of them the platform has."""
        rows = AgentReply.objects.filter(organization=self.org, found_at__gte=timezone.now() - DAY)
        return leave_out(rows, self.org).aggregate(
            all=Count("pk"), delivered=Count("pk", filter=Q(event__delivered_at__isnull=False))
        )

    @cached_property
    def drifted(self) -> list[ProvisionedObject]:
        """What somebody changed or deleted in Zendesk, as the last comparison found it, the worst first.

        A trigger that only names the webhook that was deleted comes back with it, so it is no cause of its own.
        """
        rows = list(ProvisionedObject.objects.filter(organization=self.org).exclude(drift=[], is_gone=False))
        if any(row.kind == ObjectKind.WEBHOOK and row.is_gone for row in rows):
            rows = [row for row in rows if [one.get("field") for one in row.drift] != ["actions.webhook"]]
        return sorted(rows, key=lambda row: (row.kind not in CARRY_REPLIES, ObjectKind.values.index(row.kind)))

    @cached_property
    def last_run(self) -> ProvisioningRun | None:
        return ProvisioningRun.objects.filter(organization=self.org).order_by("-pk").first()

    @cached_property
    def silent_since(self) -> dt.datetime | None:
        """Since when the background worker has not been seen; None while it is there."""
        beat = Heartbeat.objects.filter(name="worker").first()
        return beat.beat_at if beat and beat.beat_at < timezone.now() - OLDEST_HEARTBEAT else None

    @property
    def is_set_up(self) -> bool:
        return self.zendesk is not None

    def tiles(self) -> list[Tile]:
        """The tiles, in the order in which a conversation passes through them; Messaging has one once it is set up."""
        chats = [self._messaging(self.sunshine)] if self.sunshine else []
        return [self._credentials(), *chats, self._handoff(), self._reply(), self._message(), self._webhook()]

    def _credentials(self) -> Tile:
        name, url, connection = _("Credentials"), reverse("zendesk-ticketing"), self.zendesk
        if connection is None:
            return Tile(name, Mark("not_set_up"), url, by=_("no Zendesk account is saved"))
        if connection.refused_at:
            return Tile(name, Mark("failed", _("Refused")), url, connection.proven_at, connection.refused_reason)
        if connection.proven_at is None:
            return Tile(name, Mark("unproven"), url, by=_("no call was answered yet"))
        who = connection.user_name or connection.email or connection.client_id
        return Tile(name, Mark("proven"), url, connection.proven_at, _("by a call as %(name)s") % {"name": who})

    @staticmethod
    def _messaging(connection: SunshineConnection) -> Tile:
        name, url = _("Messaging"), reverse("zendesk-messaging")
        if connection.refused_at:
            why = connection.refused_reason or _("chats become tickets")
            return Tile(name, Mark("failed", _("Not active")), url, connection.proven_at, why)
        if connection.webhook_problem:
            why = _("its webhook is not registered")
            return Tile(name, Mark("failed", _("One way only")), url, connection.proven_at, why)
        if connection.proven_at is None:
            return Tile(name, Mark("unproven"), url, by=_("no call was answered yet"))
        words = {"what": connection.proven_by or _("Verify")}
        by = _("by %(what)s") % words
        if connection.active_since:
            words["day"] = date_format(timezone.localtime(connection.active_since), "j M")
            by = _("by %(what)s, active since %(day)s") % words
        return Tile(name, Mark("proven"), url, connection.proven_at, by)

    def _handoff(self) -> Tile:
        name, link = _("Handoff to ticket"), self.last_link
        failed = self.handoffs["failed"]
        at, by = (link.created_at, self._made(link)) if link else (None, "")
        if failed:
            word = ngettext("%(n)s failed", "%(n)s failed", failed) % {"n": failed}
            return Tile(name, Mark("failed", word), _list(status="failed"), at, by)
        if link is None:
            return Tile(name, Mark("unproven"), _list(view="all"), by=_("no session was handed off yet"))
        return Tile(
            name, Mark("proven"), link.handoff.get_absolute_url() if link.handoff else _list(view="all"), at, by
        )

    @staticmethod
    def _made(link: SessionTicketLink) -> str:
        handoff = link.handoff
        if link.is_conversation:
            return _("by a conversation")
        words = {"ticket": link.ticket_id}
        if handoff is None or handoff.linked_at is None:
            return _("by ticket #%(ticket)s") % words
        took = span_text((handoff.linked_at - handoff.created_at).total_seconds())
        return _("by ticket #%(ticket)s, in %(time)s") % {**words, "time": took}

    def _reply(self) -> Tile:
        name, reply, missing = _("Reply to contact"), self.last_reply, self.missing_replies
        at = reply.event.delivered_at if reply and reply.event else None
        by = ""
        if reply:
            words = {"name": reply.agent_name or _("an agent"), "ticket": reply.ticket_id}
            by = (_("by %(name)s’s reply in #%(ticket)s") if reply.ticket_id else _("by %(name)s’s reply")) % words
        if missing:
            word = ngettext("%(n)s missing", "%(n)s missing", missing) % {"n": missing}
            return Tile(name, Mark("missing", word), _list(lost=LOST_REPLY), at, by)
        if reply is None:
            return Tile(name, Mark("unproven"), _list(view="linked"), by=_("no agent has answered yet"))
        return Tile(name, Mark("proven"), f"{_session(reply.session.external_id)}#reply-{reply.pk}", at, by)

    def _message(self) -> Tile:
        name, update, missing = _("Message to ticket"), self.last_message, self.missing_messages
        at = update.done_at if update else None
        by = (
            _("by a write into ticket #%(ticket)s") % {"ticket": update.ticket_id}
            if update and update.ticket_id
            else ""
        )
        if missing:
            word = ngettext("%(n)s missing", "%(n)s missing", missing) % {"n": missing}
            return Tile(name, Mark("missing", word), _list(lost=LOST_MESSAGE), at, by)
        if update is None:
            return Tile(name, Mark("unproven"), _list(view="linked"), by=_("no contact wrote after a handoff yet"))
        return Tile(name, Mark("proven"), _session(update.session.external_id), at, by)

    def _webhook(self) -> Tile:
        name, event = _("Webhook"), self.last_call
        if self.drifted:
            number, first = len(self.drifted), self.drifted[0]
            word = ngettext("%(n)s changed", "%(n)s changed", number) % {"n": number}
            mark = Mark(tone_of_change(first.kind), word)
            return Tile(
                name, mark, reverse("zendesk-objects"), event.received_at if event else None, change_title(first)
            )
        if event is not None:
            by = (
                _("by a call for ticket #%(ticket)s") % {"ticket": event.ticket_id}
                if event.ticket_id not in ("", "0")  # 0: the test call of provisioning
                else _("by a call")
            )
            return Tile(name, Mark("proven"), reverse("webhooks"), event.received_at, by)
        if self.endpoint is None:
            return Tile(name, Mark("not_set_up"), reverse("zendesk-webhook"), by=_("Zendesk does not know our address"))
        return Tile(name, Mark("unproven"), reverse("zendesk-webhook"), by=_("Zendesk has never called us"))


def _list(**query: str) -> str:
    name, value = next(iter(query.items()))
    return f"{reverse('handoffs')}?{name}={value}"


def _session(external_id: str) -> str:
    return reverse("session", args=[external_id])
