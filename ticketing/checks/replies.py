"""Did every public reply in Zendesk reach its contact, once?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.budget import Lane
from integrations.clients.errors import ProviderError
from integrations.clients.zendesk_types import Ticket
from integrations.connect import open_zendesk
from integrations.doctor.credentials import connection_of
from integrations.doctor.finding import CONTACT, HERE, Finding, ok, problem, skipped, unknown, warning
from integrations.doctor.registry import SUBJECTS, Check, Context, Done, Preview, Repair
from integrations.models import PlatformEvent
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Role
from opencx_admin.orgs.times import moment_text
from ticketing import replies
from ticketing.canary.apart import leave_out
from ticketing.checks.case import case_of, client_of, not_handed_off, read_talk, talk_of
from ticketing.models import AgentReply, SessionTicketLink

FAMILY = "replies"
DAY = dt.timedelta(days=1)
# One call tells of so many tickets.
MOST = 100
READ_AT_ONCE = 10
# Zendesk may be about to ring for a reply as young as this.
ON_ITS_WAY = dt.timedelta(seconds=10)
# Zendesk's clock and ours may differ by this much.
MARGIN = dt.timedelta(minutes=1)


def _links(context: Context) -> QuerySet[SessionTicketLink]:
    """The active tickets, those first that changed last."""
    rows = SessionTicketLink.objects.filter(organization=context.organization, is_active=True, ticket_id__gt=0)
    rows = leave_out(rows, context.organization).select_related("session__contact", "organization")
    if context.subject:
        case = case_of(context)
        return rows.filter(pk=case.link.pk) if case.link else rows.none()
    return rows.order_by(F("ticket_updated_at").desc(nulls_last=True), "-pk")


@dataclass(frozen=True)
class Missed:
    """`asked` tickets were looked at, `changed` of them were not read since they changed; `missing` lack replies.

    `unread` changed ones are more than are read at once.
    """

    asked: int
    changed: int
    missing: tuple[tuple[SessionTicketLink, int], ...]
    unread: int

    @property
    def replies(self) -> int:
        return sum(number for _link, number in self.missing)


def find_missed(context: Context) -> Missed:
    """Public replies in Zendesk that were never queued: one call for 100 tickets, one more for each that changed.

    Raises what the client raises.
    """
    return context.recall("missed", lambda: _find_missed(context))


def _find_missed(context: Context) -> Missed:
    client, links = client_of(context), list(_links(context)[:MOST])
    if client is None or not links:
        return Missed(0, 0, (), 0)
    tickets = {ticket.id: ticket for ticket in client.tickets([link.ticket_id for link in links])}
    changed = [link for link in links if _has_changed(link, tickets.get(link.ticket_id))]
    since = timezone.now() - ON_ITS_WAY
    talks = [(link, read_talk(link, client).missing) for link in changed[:READ_AT_ONCE]]
    found = [(link, sum(one.created_at < since for one in comments)) for link, comments in talks]
    missing = tuple(pair for pair in found if pair[1])
    return Missed(len(links), len(changed), missing, len(changed[READ_AT_ONCE:]))


def _has_changed(link: SessionTicketLink, ticket: Ticket | None) -> bool:
    """True when nobody looked at the comments since the ticket changed."""
    if ticket is None or ticket.updated_at is None:
        return False
    return link.comments_read_at is None or ticket.updated_at + MARGIN > link.comments_read_at


def _sent(context: Context) -> Finding:
    """What was found in the last day, and how far it got."""
    rows = AgentReply.objects.filter(organization=context.organization, found_at__gte=timezone.now() - DAY)
    rows = leave_out(rows, context.organization)
    total = rows.count()
    there = rows.filter(Q(event__status=PlatformEvent.Status.DELIVERED) | ~Q(receipt="")).count()
    failed = rows.filter(event__status=PlatformEvent.Status.FAILED).count()
    healed = rows.filter(found_by="reconcile").count()
    facts = ((_("Found by a call"), str(total - healed)), (_("Found by the hourly reading"), str(healed)))
    words = {"total": total, "there": there, "failed": failed, "healed": healed}
    if failed:
        evidence = _("%(there)s of %(total)s public replies of the last day went out; %(failed)s failed.")
        fix = _("Send them again; each goes out once.")
        return problem(evidence % words, HERE, fix, facts=facts)
    if healed:
        evidence = _("%(total)s replies in a day; no call told of %(healed)s of them, the hourly reading did.")
        fix = _("Look at the webhook and its triggers: replies arrive up to an hour late.")
        return warning(evidence % words, HERE, fix, facts=facts)
    evidence = _("%(there)s of %(total)s public replies of the last day went out.")
    return ok(evidence % words, facts=facts) if there == total else unknown(evidence % words, "us", facts=facts)


def _missed(context: Context) -> Finding:
    if connection_of(context) is None:
        return skipped(_("not asked: no account is connected"))
    found = find_missed(context)
    asked = "GET /api/v2/tickets/show_many"
    if not found.asked:
        return skipped(_("No ticket is linked yet."))
    words = {"n": found.replies, "tickets": len(found.missing), "asked": found.asked, "rest": found.unread}
    facts = tuple((f"#{link.ticket_id}", link.session.external_id) for link, _number in found.missing[:10])
    if found.replies:
        evidence = ngettext(
            "%(n)s public reply in Zendesk did not go out (%(asked)s tickets looked at).",
            "%(n)s public replies in Zendesk did not go out (%(asked)s tickets looked at).",
            found.replies,
        )
        label = ngettext("Deliver %(n)s", "Deliver %(n)s", found.replies) % words
        fix = _("Deliver them now: each goes out once, in order.")
        return problem(evidence % words, HERE, fix, asked=asked, facts=facts, repair=label)
    if found.unread:
        evidence = _("None in those read; %(rest)s more tickets changed and were not read.")
        return unknown(evidence % words, "us", _("The hourly reading looks at all of them."), asked=asked)
    text = ngettext(
        "None is missing in the newest ticket.", "None is missing in the %(asked)s newest tickets.", found.asked
    )
    return ok(text % words, asked=asked)


def _of_session(context: Context) -> Finding:
    """Replies in Zendesk against replies queued, for one ticket."""
    none, case = not_handed_off(context), case_of(context)
    if none is not None:
        return none
    talk = talk_of(context)
    asked = f"GET /api/v2/tickets/{case.ticket_id}/comments"
    if talk is None:
        return skipped(_("A live conversation: what agents write there comes by itself."))
    words = {"n": len(talk.public), "there": len(talk.public) - len(talk.missing), "missing": len(talk.missing)}
    if not talk.missing:
        text = ngettext(
            "%(there)s of %(n)s public reply was taken.",
            "%(there)s of %(n)s public replies were taken.",
            len(talk.public),
        )
        return ok(text % words, asked=asked)
    evidence = _("%(there)s of %(n)s public replies were taken; %(missing)s did not go out.")
    label = ngettext("Deliver %(n)s", "Deliver %(n)s", len(talk.missing)) % {"n": len(talk.missing)}
    facts = tuple((_("Missing"), moment_text(one.created_at)) for one in talk.missing[:5])
    fix = _("Deliver them now. Each goes out once, in order.")
    return problem(evidence % words, HERE, fix, asked=asked, facts=facts, repair=label)


def _receipts(context: Context) -> Finding:
    rows = AgentReply.objects.filter(
        organization=context.organization, receipt=AgentReply.Receipt.FAILED, receipt_at__gte=timezone.now() - DAY
    )
    number = rows.count()
    if not number:
        return ok(_("No channel refused a reply in the last day."))
    newest = rows.select_related("session").order_by("-receipt_at").first()
    evidence = ngettext(
        "A channel refused %(n)s reply in the last day.", "Channels refused %(n)s replies in the last day.", number
    )
    link = newest.session.get_absolute_url() if newest else ""
    return problem(evidence % {"n": number}, CONTACT, _("Reach these contacts on another channel."), link=link)


# -- the repair ----------------------------------------------------------------------------------------


def _preview(context: Context) -> Preview:
    try:
        found = _to_read(context)
    except ProviderError as error:
        return Preview(title="", note=error.sentence, is_empty=True)
    number = len(found)
    parts: list[tuple[int | str, str]] = [
        ("", f"#{link.ticket_id} · {link.session.external_id}") for link in found[:10]
    ]
    parts.append(("", _("Public answers of agents that were not delivered go out, oldest first, each once.")))
    parts.append(("", _("Internal notes stay where they are. Nothing is written in Zendesk.")))
    title = ngettext(
        "Read %(n)s ticket and deliver what was missed?", "Read %(n)s tickets and deliver what was missed?", number
    )
    return Preview(title=title % {"n": number}, parts=tuple(parts), is_empty=not number)


def _to_read(context: Context) -> list[SessionTicketLink]:
    if not context.subject:
        return [link for link, _number in find_missed(context).missing]
    talk, link = talk_of(context), case_of(context).link
    return [link] if link is not None and talk is not None and talk.missing else []


def _deliver(context: Context, request: HttpRequest, seen: str) -> Done:
    connection = connection_of(context)
    if connection is None:
        return Done(ok=False, text=_("No account is connected."))
    found = 0
    try:
        client = open_zendesk(connection, lane=Lane.REPLIES, subject="doctor")
        for link in _to_read(context):
            reading = replies.read_replies(link, client, found_by="replay")
            found += len(reading.replies)
            if reading.replies:
                _write_down(context, request, link, len(reading.replies))
    except ProviderError as error:
        words = {"n": found, "why": error.sentence}
        return Done(ok=False, text=_("%(n)s went out, then Zendesk did not answer: %(why)s") % words)
    if not found:
        return Done(ok=True, text=_("Read. No public reply was missing."))
    text = ngettext("%(n)s reply goes out now.", "%(n)s replies go out now.", found)
    return Done(ok=True, text=text % {"n": found})


def _write_down(context: Context, request: HttpRequest, link: SessionTicketLink, number: int) -> None:
    audit.record(
        context.organization,
        "reply.deliver",
        request=request,
        object_label=link.session.external_id,
        object_url=link.session.get_absolute_url(),
        after={"ticket": link.ticket_id, "replies": number},
    )


DELIVER = Repair(gettext_lazy("Deliver what was missed"), _preview, _deliver, role=Role.LEAD)
WAITS = gettext_lazy("Agents’ public replies do not reach the contact.")
CHECKS = (
    Check(
        "replies.sent",
        FAMILY,
        gettext_lazy("Did the replies of the last day go out?"),
        WAITS,
        gettext_lazy("Replies are counted in Zendesk and here. What only the hourly reading found had no call."),
        gettext_lazy("Send failed ones again. If calls are missing, repair webhook and triggers."),
        _sent,
        rows=(4,),
        place=lambda: f"{reverse('webhooks')}?view=events",
    ),
    Check(
        "replies.missed",
        FAMILY,
        gettext_lazy("Is every public reply in Zendesk taken?"),
        WAITS,
        gettext_lazy("A ticket changed in Zendesk and nobody rang: the webhook was off, or the call was lost."),
        gettext_lazy("Deliver them now, each once. The hourly reading does the same by itself."),
        _missed,
        rows=(4,),
        repair=DELIVER,
    ),
    Check(
        "replies.session",
        FAMILY,
        gettext_lazy("Did every public reply of this ticket go out?"),
        WAITS,
        gettext_lazy("The ticket’s public answers by agents, compared with what was sent to the contact."),
        gettext_lazy("Deliver what is missing. A reply that went out before does not go out again."),
        _of_session,
        rows=(4, 11),
        scopes=SUBJECTS,
        repair=DELIVER,
    ),
    Check(
        "replies.receipts",
        FAMILY,
        gettext_lazy("Did the channels take the replies?"),
        gettext_lazy("An agent answered, and the contact read nothing."),
        gettext_lazy("The contact’s channel refused it: a closed window, a wrong address, a blocked number."),
        gettext_lazy("Reach the contact on another channel; the session says what is known."),
        _receipts,
        rows=(11, 17),
    ),
)
