"""A ticket was made and the agent's replies do nothing: the five steps, in order, up to the first that fails."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.activity import NEEDS_PERSON
from integrations.clients.errors import NotFound
from integrations.doctor.finding import (
    CONTACT,
    HERE,
    IN_ZENDESK,
    Finding,
    ok,
    problem,
    skipped,
    unknown,
    warning,
)
from integrations.doctor.objects import check_triggers
from integrations.doctor.registry import SUBJECTS, Check, Context, Repair, Text
from integrations.doctor.repair_calls import REPLAY_CALLS
from integrations.doctor.repair_objects import MEND_TRIGGERS
from integrations.models import PlatformEvent, WebhookEvent
from opencx_admin.orgs.times import moment_text
from ticketing.checks.case import case_of, not_handed_off, talk_of, ticket_of
from ticketing.checks.repair_tickets import MARK_TICKET, SEND_REPLIES
from ticketing.models import AgentReply
from ticketing.reading.reach import read_reach

TAG = "opencx_handedoff"
CHAIN = FAMILY = "path"


def _marked(context: Context) -> Finding:
    """1. The ticket carries our tag and the session's id."""
    case, none = case_of(context), not_handed_off(context)
    if none is not None or case.session is None or case.link is None:
        return none or skipped(_("not asked"))
    if case.link.is_conversation:
        return ok(_("A live conversation: it is known by its id, not by a tag."))
    asked = f"GET /api/v2/tickets/{case.ticket_id}"
    try:
        ticket = ticket_of(context)
    except NotFound:
        evidence = _("Ticket #%(id)s was deleted in Zendesk.") % {"id": case.ticket_id}
        fix = _("Make a new ticket from the handoff’s page if the contact still waits.")
        return problem(evidence, HERE, fix, asked=asked, answered="404", link=_handoff_url(context))
    if ticket is None:
        return skipped(_("not asked"))
    missing = [] if TAG in ticket.tags else [_("the tag %(tag)s") % {"tag": TAG}]
    if ticket.external_id != case.session.external_id:
        missing.append(_("the session’s external id"))
    facts = ((_("Tags"), ", ".join(ticket.tags) or "–"), (_("External id"), ticket.external_id or "–"))
    if not missing:
        text = _("#%(id)s has both; its status is %(status)s.")
        return ok(text % {"id": ticket.id, "status": ticket.status}, asked=asked, facts=facts)
    evidence = _("Ticket #%(id)s lacks %(what)s.") % {"id": ticket.id, "what": ", ".join(missing)}
    fix = _("Put them back: triggers ring only for tickets that have them.")
    return problem(evidence, IN_ZENDESK, fix, asked=asked, facts=facts, repair=_("Put them back"))


def _handoff_url(context: Context) -> str:
    handoff = case_of(context).handoff
    return handoff.get_absolute_url() if handoff else ""


def _rung(context: Context) -> Finding:
    """2. Zendesk called for this ticket, and was answered 2xx."""
    case, none = case_of(context), not_handed_off(context)
    if none is not None or case.session is None or case.link is None:
        return none or skipped(_("not asked"))
    rows = WebhookEvent.objects.filter(organization=context.organization)
    if case.link.is_conversation:
        rows = rows.filter(conversation_id=case.link.conversation_id)
    else:
        rows = rows.filter(ticket_id=str(case.ticket_id))
    last, number = rows.order_by("-pk").first(), rows.count()
    if last is None:
        talk = talk_of(context)
        if talk is None or not talk.public:
            return unknown(_("No call has come for it, and no agent has answered publicly yet."))
        evidence = _("No call has ever come for it, though an agent answered %(when)s.")
        fix = _("Look at the webhook and its triggers; the next step says which.")
        return problem(evidence % {"when": moment_text(talk.public[-1].created_at)}, IN_ZENDESK, fix)
    link = reverse("webhook", args=[last.pk])
    answered = f"{last.http_status} {last.reason}".strip()
    if last.result in NEEDS_PERSON or last.http_status >= 400:
        evidence = _("The last call, %(when)s, was answered %(status)s: it needs a person.")
        words = {"when": moment_text(last.received_at), "status": last.http_status}
        return problem(evidence % words, HERE, _("Open the call: it says what it lacks."), answered=answered, link=link)
    evidence = ngettext("%(n)s call, the last %(when)s.", "%(n)s calls, the last %(when)s.", number)
    return ok(evidence % {"n": number, "when": moment_text(last.received_at)}, answered=answered)


def _triggered(context: Context) -> Finding:
    """3. The trigger is active and as it should be."""
    case, none = case_of(context), not_handed_off(context)
    if none is not None:
        return none
    if case.link is not None and case.link.is_conversation:
        return ok(_("Live conversations need no trigger: Messaging’s webhook rings for them."))
    return check_triggers(context)


def _public(context: Context) -> Finding:
    """4. The agent's last answer is public: a note never leaves."""
    case, none = case_of(context), not_handed_off(context)
    if none is not None or case.link is None:
        return none or skipped(_("not asked"))
    if case.link.is_conversation:
        return ok(_("A live conversation: everything an agent sends there is for the contact."))
    talk = talk_of(context)
    asked = f"GET /api/v2/tickets/{case.ticket_id}/comments"
    if talk is None or talk.last is None:
        return unknown(_("No agent has written in it since the handoff."), IN_ZENDESK, asked=asked)
    words = {"public": len(talk.public), "notes": len(talk.notes), "when": moment_text(talk.last.created_at)}
    facts = ((_("Public"), str(len(talk.public))), (_("Notes"), str(len(talk.notes))))
    if talk.last.is_public:
        text = _("The last answer, %(when)s, is public (%(public)s public, %(notes)s internal).")
        return ok(text % words, asked=asked, facts=facts)
    fix = _("Answer with “Public reply” in Zendesk: internal notes never reach a contact.")
    if not talk.public:
        evidence = _("Agents wrote internal notes only, the last %(when)s.")
        return problem(evidence % words, IN_ZENDESK, fix, asked=asked, facts=facts)
    evidence = _("The last words, %(when)s, are an internal note; %(public)s public before them.")
    return warning(evidence % words, IN_ZENDESK, fix, asked=asked, facts=facts)


def _reachable(context: Context) -> Finding:
    """5. What went out reached the contact's channel, and still can."""
    case, none = case_of(context), not_handed_off(context)
    if none is not None or case.session is None:
        return none or skipped(_("not asked"))
    rows = AgentReply.objects.filter(session=case.session).select_related("event")
    stuck = [row for row in rows if row.event is not None and row.event.status == PlatformEvent.Status.FAILED]
    if stuck:
        evidence = ngettext("%(n)s reply did not get to OpenCX.", "%(n)s replies did not get to OpenCX.", len(stuck))
        said = stuck[-1].event.last_error if stuck[-1].event else ""
        fix = _("Send them again; each goes out once.")
        return problem(evidence % {"n": len(stuck)}, HERE, fix, answered=said, repair=_("Send again"))
    failed = [row for row in rows if row.receipt == AgentReply.Receipt.FAILED]
    reach = read_reach(case.session)
    if failed:
        words = {"n": len(failed), "when": moment_text(failed[-1].receipt_at or failed[-1].found_at)}
        evidence = ngettext(
            "The contact’s channel did not take %(n)s reply, %(when)s.",
            "The contact’s channel did not take %(n)s replies, the last %(when)s.",
            len(failed),
        )
        fix = reach.text if reach and reach.is_warning else _("Reach the contact on another channel.")
        return problem(evidence % words, CONTACT, fix)
    if reach is not None and reach.is_warning:
        return warning(f"{reach.mark.word}.", reach.owner, str(reach.text))
    evidence = ngettext("%(n)s reply went out, none failed.", "%(n)s replies went out, none failed.", len(rows))
    return ok(evidence % {"n": len(rows)} + (f" {reach.mark.word}." if reach else ""))


def _step(
    name: str,
    question: Text,
    meaning: Text,
    mending: Text,
    run: Callable[[Context], Finding],
    repair: Repair | None = None,
) -> Check:
    return Check(
        f"path.{name}",
        FAMILY,
        question,
        gettext_lazy("A ticket was made, and what agents answer in it does nothing."),
        meaning,
        mending,
        run,
        rows=(11,),
        scopes=SUBJECTS,
        chain=CHAIN,
        repair=repair,
    )


CHECKS = (
    _step(
        "marked",
        gettext_lazy("1. Does the ticket carry our tag and the session’s id?"),
        gettext_lazy("Triggers ring only for tickets with the tag; the id says which session it is."),
        gettext_lazy("Put them back: the ticket’s other tags stay."),
        _marked,
        repair=MARK_TICKET,
    ),
    _step(
        "rung",
        gettext_lazy("2. Did Zendesk call for it, and was it answered 2xx?"),
        gettext_lazy("A call that is not answered 2xx is not repeated by Zendesk."),
        gettext_lazy("Open the call: it says what it lacks. What was missed is delivered by “Deliver”."),
        _rung,
        repair=REPLAY_CALLS,
    ),
    _step(
        "triggered",
        gettext_lazy("3. Is the trigger active?"),
        gettext_lazy("Somebody may have switched it off, or changed its conditions."),
        gettext_lazy("Repair it: conditions and action are set as shown."),
        _triggered,
        repair=MEND_TRIGGERS,
    ),
    _step(
        "public",
        gettext_lazy("4. Is the agent’s last answer public?"),
        gettext_lazy("Internal notes never reach a contact, whatever the trigger sends."),
        gettext_lazy("Answer with “Public reply” in Zendesk."),
        _public,
    ),
    _step(
        "reachable",
        gettext_lazy("5. Does the contact’s channel take it?"),
        gettext_lazy("The reply left Zendesk, and the way behind us is closed: a window, an address, the platform."),
        gettext_lazy("Send failed replies again, or reach the contact on another channel."),
        _reachable,
        repair=SEND_REPLIES,
    ),
)
