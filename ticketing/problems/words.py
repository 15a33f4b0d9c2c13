"""What a problem is called, what it means, what to do, and where: by stage and code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.models import EndpointKind
from integrations.object_words import LOSSES, NAMES
from opencx_admin.orgs.templatetags.look import count
from ticketing.canary.hops import WORDS as HOPS
from ticketing.models import AssistReason, Problem, ReasonCode
from ticketing.problems.words_calls import CALLS
from ticketing.reading.handoff_list import LOST_MESSAGE, LOST_REPLY
from ticketing.reading.reasons import EXPLANATIONS, GAVE_UP, UNKNOWN

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Said:
    """A problem in words. `what` it is, `move`: the next step, `link`: where it is done (label, URL)."""

    title: Text
    what: Text
    move: Text
    link: tuple[Text, str]


STAGE_WORDS: dict[str, Text] = {
    "credentials": gettext_lazy("Credentials"),
    "reply": gettext_lazy("Agents’ replies"),
    "handoff": gettext_lazy("Handoffs"),
    "message": gettext_lazy("Contacts’ messages"),
    "event": gettext_lazy("Events to OpenCX"),
    "object": gettext_lazy("Objects in Zendesk"),
    "call": gettext_lazy("Webhook calls"),
    "breaker": gettext_lazy("Zendesk’s breaker"),
    "canary": gettext_lazy("Round trip"),
    "recovered": gettext_lazy("Reconciliation"),
    "address": gettext_lazy("Webhook’s address"),
    "fallback": gettext_lazy("Chats as tickets"),
    "ai_field": gettext_lazy("AI fields"),
    "knowledge": gettext_lazy("Data sources"),
    "assist": gettext_lazy("Assist"),
}


def say(problem: Problem) -> Said:
    """The problem in words; a stage or code that no program of today knows is named as it is."""
    tell = _TELL.get(problem.stage)
    if tell is None:
        return Said(problem.fingerprint, problem.detail, "", (_("Open Doctor"), reverse("doctor")))
    return tell(problem)


def say_count(problem: Problem) -> str:
    """How many rows it holds up: "12 handoffs"."""
    n = problem.count
    nouns = {
        "reply": ngettext("%(n)s reply", "%(n)s replies", n),
        "handoff": ngettext("%(n)s handoff", "%(n)s handoffs", n),
        "message": ngettext("%(n)s message", "%(n)s messages", n),
        "event": ngettext("%(n)s event", "%(n)s events", n),
        "call": ngettext("%(n)s call", "%(n)s calls", n),
        "breaker": ngettext("%(n)s call", "%(n)s calls", n),
        "recovered": ngettext("%(n)s reply", "%(n)s replies", n),
        "fallback": ngettext("%(n)s chat", "%(n)s chats", n),
        "assist": ngettext("%(n)s ticket", "%(n)s tickets", n),
    }
    noun = nouns.get(problem.stage)
    return noun % {"n": count(n)} if noun else ""


def _handoff(problem: Problem) -> Said:
    code = problem.code
    words = EXPLANATIONS.get(code, UNKNOWN)
    title = ReasonCode(code).label if code in ReasonCode.values else _("Handoffs without a ticket")
    url = f"{reverse('handoffs')}?view=all" + (f"&reason={code}" if code else "&status=failed")
    gave_up = not problem.is_healing and code in ("", "rate_limited", "zendesk_unavailable", "outcome_unknown")
    links: dict[str, tuple[Text, str]] = {
        ReasonCode.NOT_CONNECTED: (_("Connect Zendesk"), reverse("zendesk-ticketing")),
        ReasonCode.CREDENTIALS_REJECTED: (_("Check the credentials"), reverse("zendesk-ticketing")),
        ReasonCode.PERMISSION_MISSING: (_("Check the permissions"), reverse("zendesk-ticketing")),
        ReasonCode.CONVERSATION_LIMIT: (_("Show how, in Messaging"), reverse("zendesk-messaging")),
    }
    return Said(title, words.what, GAVE_UP if gave_up else words.move, links.get(code) or (_("Show the handoffs"), url))


def _reply(problem: Problem) -> Said:
    url = f"{reverse('handoffs')}?lost={LOST_REPLY}"
    if problem.code == "refused":
        return Said(
            _("Channels refuse agents’ replies"),
            _("OpenCX has the replies and could not hand them to the contacts."),
            _("Write another way from Zendesk: by email or phone."),
            (_("Show the handoffs"), url),
        )
    return Said(
        _("Agents’ replies never reached their contacts"),
        _("They are in Zendesk; OpenCX did not take them within a day."),
        _("See that OpenCX’s address answers, then deliver them again: the same id counts once."),
        (_("Check the events URL"), reverse("opencx")),
    )


def _message(problem: Problem) -> Said:
    cause = ReasonCode(problem.code).label if problem.code in ReasonCode.values else ""
    what = _("Zendesk did not take them: %(cause)s.") % {"cause": cause} if cause else _("Zendesk did not take them.")
    return Said(
        _("Contacts’ messages are not in their tickets"),
        what,
        _("Mend the cause, then write them again: we read the ticket first, so nothing stands in it twice."),
        (_("Show the handoffs"), f"{reverse('handoffs')}?lost={LOST_MESSAGE}"),
    )


def _event(problem: Problem) -> Said:
    link = (_("Check the events URL"), reverse("opencx"))
    if problem.code == "no_url":
        return Said(
            _("Events wait for an events URL"),
            _("Nobody said where OpenCX takes them."),
            _("Enter the URL, and they go at once, in order."),
            link,
        )
    return Said(
        _("OpenCX did not take events"),
        _("It does not know what became of these sessions in Zendesk."),
        _("See that its address answers, then send them again."),
        link,
    )


def _call(problem: Problem) -> Said:
    found = CALLS.get(problem.code) or CALLS["failed"]
    known = "result" if problem.code in ("no_match", "failed") else ""
    url = f"{reverse('webhooks')}?" + (f"result={problem.code}" if known else "result=incomplete")
    return Said(found.title, found.what, found.move, (_("Show the calls"), url))


def _credentials(problem: Problem) -> Said:
    ticketing, chats = reverse("zendesk-ticketing"), reverse("zendesk-messaging")
    if problem.code == "sunshine":
        return Said(
            _("Messaging is not active: chats become tickets"),
            _("Zendesk refuses our Messaging key."),
            _("Enter a key that works and verify it."),
            (_("Check the key"), chats),
        )
    if problem.code == "sunshine_webhook":
        return Said(
            _("Agents’ chat messages do not arrive"),
            _("Messaging’s webhook is not registered."),
            _("Register it again."),
            (_("Register it"), chats),
        )
    return Said(
        _("Zendesk refuses our credentials"),
        _("No ticket is made and no reply is read until they work. Nothing is lost: all of it waits."),
        _("Enter credentials that work and verify them. What waits then goes by itself."),
        (_("Check the credentials"), ticketing),
    )


def _object(problem: Problem) -> Said:
    link = (_("Compare and repair"), reverse("zendesk-objects"))
    if problem.code == "stopped":
        return Said(_("A change in Zendesk stopped halfway"), "", _("Start it again: done steps stay done."), link)
    name = NAMES.get(problem.object, problem.object)
    title = _("%(name)s was deleted in Zendesk") if problem.code == "gone" else _("%(name)s was changed in Zendesk")
    return Said(
        title % {"name": name}, LOSSES.get(problem.object, ""), _("Repair it: the change is shown first."), link
    )


def _breaker(problem: Problem) -> Said:
    bad, _slash, total = problem.detail.partition("/")
    words = {"bad": bad, "total": total}
    return Said(
        _("Zendesk is about to stop calling us"),
        _("%(bad)s of %(total)s answers in five minutes were errors. Above 70 %% Zendesk pauses all calls.") % words,
        _("Repair the body of the trigger, so that its calls name a ticket."),
        (_("Show the calls"), f"{reverse('webhooks')}?view=person"),
    )


def _canary(problem: Problem) -> Said:
    hop = HOPS.get(problem.code, problem.code)
    title = _("The test of the round trip stops at “%(hop)s”") % {"hop": hop}
    what = _("What holds the test up holds real replies up as well.")
    return Said(title, what, _("Mend the hop, then test again."), (_("Open the round trip"), reverse("canary")))


def _recovered(problem: Problem) -> Said:
    return Said(
        _("Replies arrived only by the hourly reading"),
        _("Agents answered and Zendesk did not ring. The contacts have the answers, up to an hour late."),
        _("See why nobody rang: the webhook and the trigger must be active."),
        (_("Ask the doctor"), reverse("doctor")),
    )


def _address(problem: Problem) -> Said:
    is_chat = problem.object == EndpointKind.SUNSHINE
    url = reverse("zendesk-messaging") if is_chat else reverse("zendesk-webhook")
    if problem.code == "old_url":
        return Said(
            _("Zendesk still calls the old URL"),
            _("It is answered while the overlap lasts, and refused after that."),
            _("Tell Zendesk the new URL."),
            (_("Show the URL"), url),
        )
    what = (
        _("Sunshine’s calls carried a wrong X-API-Key. It does not repeat them.")
        if is_chat
        else _("Calls carried a wrong signature, or one that was too old.")
    )
    move = _("Compare the secret here with Zendesk’s.")
    return Said(_("Calls are refused at the door"), what, move, (_("Check the secret"), url))


def _fallback(problem: Problem) -> Said:
    return Said(
        _("Chats become tickets though Messaging is connected"),
        _("Agents answer them by ticket, not live."),
        _("See what Zendesk said."),
        (_("Show the handoffs"), f"{reverse('handoffs')}?fell_back=yes&when=1d"),
    )


def _ai_field(problem: Problem) -> Said:
    title = problem.detail.partition(": ")[0] if problem.code == "refused" else problem.detail
    link = (_("Open the field"), f"{reverse('ai-fields')}?field={problem.object}")
    if problem.code == "changed":
        return Said(_("An AI field changed in Zendesk"), problem.detail, _("Look at it and note the change."), link)
    words = {"title": title}
    if problem.code == "refused":
        return Said(
            _("Zendesk refuses values for the AI field “%(title)s”") % words,
            _("Tickets are made without it."),
            _("See what Zendesk said, and change the field there or its options here."),
            link,
        )
    return Said(
        _("The AI field “%(title)s” is gone in Zendesk") % words,
        _("It stays blank on each ticket."),
        _("Switch it on again in Zendesk, or off here."),
        link,
    )


def _knowledge(problem: Problem) -> Said:
    link = (_("Open data sources"), reverse("data-sources"))
    if problem.code == "asks":
        return Said(
            _("Articles are missing from the Help Center"),
            _("A full look found far fewer than before. The copy stays until you say what became of them."),
            _("Answer the question."),
            link,
        )
    what = _("The AI answers from the copy as it was.")
    return Said(_("The Help Center cannot be read"), what, _("See what stops it."), link)


def _assist(problem: Problem) -> Said:
    cause = AssistReason(problem.code).label if problem.code in AssistReason.values else _("Drafts failed")
    return Said(
        _("Assist fails: %(cause)s") % {"cause": cause},
        _("Agents get no draft on these tickets."),
        _("See why, then let Assist consider them again."),
        (_("Show the tickets"), f"{reverse('assist-ledger')}?status=failed"),
    )


_TELL: dict[str, Callable[[Problem], Said]] = {
    "handoff": _handoff,
    "reply": _reply,
    "message": _message,
    "event": _event,
    "call": _call,
    "credentials": _credentials,
    "object": _object,
    "breaker": _breaker,
    "canary": _canary,
    "recovered": _recovered,
    "address": _address,
    "fallback": _fallback,
    "ai_field": _ai_field,
    "knowledge": _knowledge,
    "assist": _assist,
}
