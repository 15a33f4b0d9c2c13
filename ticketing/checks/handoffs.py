"""Do handoffs become tickets, one for each session, and chats where chats are expected?"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.doctor.finding import HERE, IN_ZENDESK, Finding, ok, problem, skipped, unknown, warning
from integrations.doctor.registry import ACCOUNT, SUBJECTS, Check, Context
from integrations.models import EndpointKind, WebhookEvent
from opencx_admin.orgs.times import moment_text
from ticketing.canary.apart import handoffs_of
from ticketing.checks.case import case_of, client_of
from ticketing.checks.duplicates import LOOKED_AT, find_doubles, list_newest
from ticketing.checks.repair_handoffs import LEFT_OUT, MERGE_TICKETS, RETRY_HANDOFFS, cause_word, failed_handoffs
from ticketing.models import Handoff, ReasonCode
from ticketing.models.handoffs import owner_of_cause
from ticketing.reading.reasons import explain
from ticketing.reason_rules import fallen_back

FAMILY = "handoffs"
WEEK = dt.timedelta(days=7)
FAILURE_EVENT = "switchboard:passControl:failure"


def _failed(context: Context) -> Finding:
    rows = list(failed_handoffs(context).values_list("reason_code", flat=True)[:1000])
    if not rows:
        number = handoffs_of(context.organization).filter(status=Handoff.Status.LINKED, linked_at__gte=_week()).count()
        text = ngettext("None waits; %(n)s linked in 7 days.", "None waits; %(n)s linked in 7 days.", number)
        return ok(text % {"n": number})
    counts = Counter(rows)
    first = counts.most_common(1)[0][0]
    said = ", ".join(f"{number} × {cause_word(code)}" for code, number in counts.most_common())
    evidence = ngettext("%(n)s made no ticket: %(said)s.", "%(n)s made no ticket: %(said)s.", len(rows))
    able = sum(number for code, number in counts.items() if code not in LEFT_OUT)
    label = ngettext("Try %(n)s again", "Try %(n)s again", able) % {"n": able} if able else ""
    shown = explain(Handoff(status=Handoff.Status.FAILED, reason_code=first))
    owner = owner_of_cause(first, has_failed=True)
    facts = tuple((cause_word(code), str(number)) for code, number in counts.most_common())
    return problem(evidence % {"n": len(rows), "said": said}, owner, str(shown.move), repair=label, facts=facts)


def _week() -> dt.datetime:
    return timezone.now() - WEEK


def _retrying(context: Context) -> Finding:
    rows = handoffs_of(context.organization).filter(status=Handoff.Status.RETRYING)
    number = rows.count()
    if not number:
        return ok(_("None waits for Zendesk."))
    oldest = rows.order_by("queued_at").first()
    words = {"n": number, "when": moment_text(oldest.queued_at if oldest else timezone.now())}
    evidence = ngettext("%(n)s is tried again, since %(when)s.", "%(n)s are tried again, since %(when)s.", number)
    return warning(evidence % words, "zendesk", _("Nothing to do: it heals by itself, or fails after 24 hours."))


def _state(context: Context) -> Finding:
    """One session's handoff."""
    handoff = case_of(context).handoff
    if case_of(context).session is None:
        return skipped(_("not asked: no session of ours has this ticket"))
    if handoff is None:
        return skipped(_("It was never handed off."))
    link = handoff.get_absolute_url()
    if handoff.status == Handoff.Status.LINKED:
        linked = case_of(context).link
        return ok(_("Linked to %(what)s.") % {"what": linked.label if linked else "–"}, link=link)
    shown = explain(handoff, is_chat=handoff.route == Handoff.Route.CONVERSATION)
    owner, cause = handoff.owner, cause_word(handoff.reason_code)
    facts = ((_("Cause"), handoff.reason_code or "–"), (_("Tries"), str(handoff.attempts)))
    if handoff.status == Handoff.Status.FAILED:
        label = "" if handoff.reason_code == ReasonCode.CONTACT_HAS_NO_EMAIL else str(shown.act)
        return problem(f"{cause}. {shown.what}", owner, str(shown.move), repair=label, link=link, facts=facts)
    if handoff.status == Handoff.Status.RETRYING:
        return warning(f"{cause}. {shown.what}", owner, str(shown.move), link=link, facts=facts)
    return unknown(_("It is under way."), "us", link=link)


def _doubles(context: Context) -> Finding:
    client, links = client_of(context), list_newest(context)
    if client is None:
        return skipped(_("not asked: no account is connected"))
    if not links:
        return skipped(_("There is no linked ticket to ask for."))
    doubles = find_doubles(context, client)
    asked = "GET /api/v2/tickets?external_id=…"
    if not doubles:
        text = ngettext("One ticket for the session asked for.", "One ticket for each of the %(n)s newest.", len(links))
        return ok(text % {"n": len(links)}, asked=asked)
    facts = tuple((one.session_id, ", ".join(f"#{number}" for number in (one.kept, *one.others))) for one in doubles)
    evidence = ngettext(
        "%(n)s session has more than one open ticket (of the %(most)s newest).",
        "%(n)s sessions have more than one open ticket (of the %(most)s newest).",
        len(doubles),
    )
    fix = _("Merge them into the linked one. The link stays.")
    words = {"n": len(doubles), "most": LOOKED_AT}
    return problem(evidence % words, HERE, fix, asked=asked, facts=facts, repair=_("Merge"))


def _fallbacks(context: Context) -> Finding:
    rows = fallen_back(handoffs_of(context.organization)).filter(created_at__gte=_week())
    if context.subject:
        handoff = case_of(context).handoff
        rows = rows.filter(pk=handoff.pk) if handoff else rows.none()
    number = rows.count()
    if not number:
        return ok(_("No chat became a ticket in the last 7 days."))
    newest = rows.order_by("-created_at").first()
    why = newest.fell_back if newest else ""
    evidence = ngettext(
        "%(n)s chat became a ticket: %(why)s", "%(n)s chats became tickets, the newest: %(why)s", number
    )
    fix = _("Verify Messaging; new chats then go into live conversations. What became a ticket stays one.")
    link = newest.get_absolute_url() if newest and context.subject else reverse("zendesk-messaging")
    return warning(evidence % {"n": number, "why": why}, HERE, fix, link=link)


def _control(context: Context) -> Finding:
    rows = WebhookEvent.objects.filter(
        organization=context.organization,
        kind=EndpointKind.SUNSHINE,
        event_type=FAILURE_EVENT,
        received_at__gte=_week(),
    )
    number = rows.count()
    if not number:
        return ok(_("Zendesk told of no conversation that it did not take over."))
    evidence = ngettext(
        "Zendesk did not take over %(n)s conversation in 7 days.",
        "Zendesk did not take over %(n)s conversations in 7 days.",
        number,
    )
    fix = _("Look whether the Agent Workspace is on, and multi-conversations too.")
    return problem(evidence % {"n": number}, IN_ZENDESK, fix, link=f"{reverse('webhooks')}?view=ignored")


NO_TICKET = gettext_lazy("A handoff runs and no ticket appears in Zendesk.")
CHECKS = (
    Check(
        "handoffs.failed",
        FAMILY,
        gettext_lazy("Did every handoff become a ticket?"),
        NO_TICKET,
        gettext_lazy("A contact without address, a missing right, a suspended requester, a refused field."),
        gettext_lazy("Mend the cause, then try all with it again. There is never a second ticket."),
        _failed,
        rows=(3,),
        repair=RETRY_HANDOFFS,
        place=lambda: reverse("handoffs"),
    ),
    Check(
        "handoffs.retrying",
        FAMILY,
        gettext_lazy("Is none being tried again?"),
        NO_TICKET,
        gettext_lazy("Zendesk did not answer, or asked us to wait."),
        gettext_lazy("Nothing to do: we try for 24 hours, and look in Zendesk before we write."),
        _retrying,
        rows=(3, 17),
        place=lambda: f"{reverse('handoffs')}?view=retrying",
    ),
    Check(
        "handoff.state",
        FAMILY,
        gettext_lazy("Did the handoff become a ticket or a chat?"),
        NO_TICKET,
        gettext_lazy("The cause that Zendesk gave, or that we found before asking it."),
        gettext_lazy("Do what it says; then try again from here."),
        _state,
        rows=(3,),
        scopes=SUBJECTS,
        repair=RETRY_HANDOFFS,
    ),
    Check(
        "handoffs.doubles",
        FAMILY,
        gettext_lazy("Is there one ticket for each session?"),
        gettext_lazy("Two tickets appear for one conversation."),
        gettext_lazy("Another integration, or a hand, made a second one with the same external id. We never do."),
        gettext_lazy("Merge them into the linked one. Zendesk cannot take a merge back."),
        _doubles,
        rows=(6,),
        scopes=(ACCOUNT, *SUBJECTS),
        repair=MERGE_TICKETS,
    ),
    Check(
        "handoffs.fallbacks",
        FAMILY,
        gettext_lazy("Do chats stay chats?"),
        gettext_lazy("A handoff from WhatsApp makes a ticket where a chat was expected."),
        gettext_lazy("Messaging was not active, or refused that conversation; then a ticket is made, and says why."),
        gettext_lazy("Verify Messaging. What became a ticket stays one."),
        _fallbacks,
        rows=(13,),
        scopes=(ACCOUNT, *SUBJECTS),
    ),
    Check(
        "handoffs.control",
        FAMILY,
        gettext_lazy("Does the Agent Workspace take conversations over?"),
        gettext_lazy("The session never reaches the Agent Workspace."),
        gettext_lazy("Zendesk refused to pass control: most often multi-conversations are off."),
        gettext_lazy("Turn them on in Zendesk; it cannot be undone, so we never do it for you."),
        _control,
        rows=(16,),
    ),
)
