"""Does Assist draft, and where it stayed quiet, why?"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.doctor.finding import HERE, IN_ZENDESK, Finding, ok, problem, skipped, unknown, warning
from integrations.doctor.objects import objects_place, plan_of
from integrations.doctor.registry import CALL, TICKET, Check, Context
from integrations.doctor.repair_objects import MEND_TRIGGERS, may_repair
from integrations.models import ObjectKind
from integrations.object_words import hide_tokens
from integrations.provisioning.items import CREATE
from opencx_admin.orgs.times import moment_text
from ticketing.assist.cases import find_settings, is_on
from ticketing.checks.case import case_of, ticket_of
from ticketing.models.assist import AssistCase, AssistReason

FAMILY = "assist"
WEEK = dt.timedelta(days=7)
Status = AssistCase.Status
# What was decided before there was a ledger still stands on the ticket as a tag.
QUIET_TAGS = {
    "opencx_skipped_not_helpful_answer": AssistReason.NOT_HELPFUL,
    "opencx_skipped_assist_mode_because_of_the_topic_in_no_assist_list": AssistReason.NO_ASSIST_TOPIC,
}


def _off() -> Finding:
    return skipped(_("Assist is off."))


def _wanted(context: Context) -> Finding:
    if not is_on(context.organization):
        return _off()
    wanted = find_settings(context.organization)
    if not wanted.statuses:
        fix = _("Choose the statuses in which it drafts.")
        return problem(_("It is on, and no status is chosen: it never drafts."), HERE, fix)
    return ok(_("On, for the statuses %(which)s.") % {"which": ", ".join(wanted.statuses)})


def _triggered(context: Context) -> Finding:
    if not is_on(context.organization):
        return _off()
    plan = plan_of(context)
    if plan.problem:
        return skipped(hide_tokens(plan.problem))
    item = plan.find(ObjectKind.ASSIST_TRIGGER)
    if item is None:
        return unknown(_("The trigger is not in the plan."))
    label = may_repair(context.organization, plan, (ObjectKind.ASSIST_TRIGGER,))
    fix = _("Repair it under Objects, or from here.")
    if item.action == CREATE:
        return problem(_("No trigger tells us of tickets opened in Zendesk."), HERE, fix, repair=label)
    if item.differences:
        return problem(_("“%(title)s” is not as it should be.") % {"title": item.title}, HERE, fix, repair=label)
    return ok(_("“%(title)s” rings for them.") % {"title": item.title}, asked="GET /api/v2/triggers")


def _week(context: Context) -> Finding:
    """The ledger of the last week: drafted, quiet with reasons, failed."""
    rows = AssistCase.objects.filter(organization=context.organization, created_at__gte=timezone.now() - WEEK)
    counts = Counter(rows.values_list("status", flat=True))
    if not is_on(context.organization) and not counts:
        return _off()
    if not counts:
        return unknown(_("No ticket was considered in the last 7 days."))
    reasons = Counter(rows.exclude(reason="").values_list("reason", flat=True))
    facts = tuple((_word(reason), str(number)) for reason, number in reasons.most_common())
    words = {"n": sum(counts.values()), "drafted": counts[Status.DRAFTED], "failed": counts[Status.FAILED]}
    evidence = _("%(drafted)s drafts for %(n)s tickets in 7 days.") % words
    if counts[Status.FAILED]:
        newest = rows.filter(status=Status.FAILED).first()
        evidence += " " + ngettext("%(failed)s failed.", "%(failed)s failed.", counts[Status.FAILED]) % words
        answered = newest.detail if newest else ""
        return problem(evidence, HERE, _("See what it says in the ledger."), facts=facts, answered=answered)
    return ok(evidence, facts=facts)


def _word(reason: str) -> str:
    return str(AssistReason(reason).label) if reason in AssistReason.values else reason


def _of_ticket(context: Context) -> Finding:
    """Why there is no draft on one ticket."""
    case = case_of(context)
    if case.session is not None:
        return ok(_("A ticket of ours: Assist never drafts on it."))
    row = AssistCase.objects.filter(organization=context.organization, ticket_id=case.ticket_id).first()
    if row is not None:
        return _of_case(row)
    if not is_on(context.organization):
        return skipped(_("Assist is off, and never considered this ticket."))
    ticket = ticket_of(context)
    if ticket is None:
        return skipped(_("not asked: no account is connected"))
    tag = next((tag for tag in ticket.tags if tag in QUIET_TAGS), "")
    asked = f"GET /api/v2/tickets/{case.ticket_id}"
    if tag:
        return ok(_("It stayed quiet: %(why)s.") % {"why": QUIET_TAGS[tag].label}, asked=asked, answered=tag)
    fix = _("Look whether the trigger rings: it was never told of this ticket.")
    return warning(_("Assist never heard of this ticket."), IN_ZENDESK, fix, asked=asked, link=objects_place())


def _of_case(row: AssistCase) -> Finding:
    link = row.get_absolute_url()
    words = {"when": moment_text(row.done_at or row.created_at), "why": _word(row.reason), "said": row.detail}
    if row.status == Status.DRAFTED:
        return ok(_("Drafted %(when)s, as an internal note.") % words, link=link)
    if row.status == Status.QUIET:
        fix = _("Open it in the ledger: it can be drafted again to the screen, ignoring that rule.")
        return warning(_("It stayed quiet %(when)s: %(why)s.") % words, HERE, fix, answered=row.tag, link=link)
    if row.status == Status.FAILED:
        return problem(_("It failed %(when)s: %(why)s. %(said)s") % words, HERE, _("Open it in the ledger."), link=link)
    return unknown(_("It is under way."), "us", link=link)


QUIET = gettext_lazy("Assist posts nothing.")
CHECKS = (
    Check(
        "assist.wanted",
        FAMILY,
        gettext_lazy("Is Assist on?"),
        QUIET,
        gettext_lazy("It drafts only when it is on, and for the chosen statuses."),
        gettext_lazy("Turn it on, and choose when it drafts."),
        _wanted,
        rows=(12,),
        place=lambda: reverse("assist"),
    ),
    Check(
        "assist.triggered",
        FAMILY,
        gettext_lazy("Does a trigger tell of tickets opened in Zendesk?"),
        QUIET,
        gettext_lazy("Without it Assist hears of no ticket."),
        gettext_lazy("Repair it: the trigger is made or set as shown."),
        _triggered,
        rows=(12,),
        repair=MEND_TRIGGERS,
        place=objects_place,
    ),
    Check(
        "assist.week",
        FAMILY,
        gettext_lazy("What became of the tickets that it considered?"),
        QUIET,
        gettext_lazy("Every ticket has a reason: ours, a no-assist topic, no helpful answer, the status, 48 hours."),
        gettext_lazy("The ledger shows each; a quiet one can be drafted again to the screen, ignoring that rule."),
        _week,
        rows=(12,),
        place=lambda: reverse("assist-ledger"),
    ),
    Check(
        "assist.ticket",
        FAMILY,
        gettext_lazy("Did Assist draft on this ticket, and if not, why?"),
        QUIET,
        gettext_lazy("The ledger’s reason, or the tag that it left on the ticket."),
        gettext_lazy("Open it in the ledger: it can be drafted again to the screen, ignoring that rule."),
        _of_ticket,
        rows=(12,),
        scopes=(TICKET, CALL),
    ),
)
