"""Do chats get into the Agent Workspace, and agents' messages back?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.clients.errors import ProviderError
from integrations.clients.sunshine import TRIGGERS
from integrations.connect import record_calls
from integrations.credentials import watch_calls
from integrations.doctor.credentials import read_row
from integrations.doctor.finding import HERE, IN_ZENDESK, OK, Finding, ok, problem, skipped, unknown
from integrations.doctor.registry import Check, Context, Text
from integrations.doctor.repair_credentials import JOIN_CONTACTS, REGISTER_WEBHOOK, VERIFY_MESSAGING
from integrations.messaging import open_sunshine
from integrations.messaging_refusals import multi_path
from integrations.models import EndpointKind, ProviderCall, SunshineConnection, WebhookEndpoint, ZendeskConnection
from integrations.standing import last_refusal
from integrations.verify import IN_A_PAGE
from integrations.verify_messaging import MessagingCandidate, MessagingReport, verify_messaging
from opencx_admin.orgs.times import moment_text

LATELY = dt.timedelta(days=7)
DAY = dt.timedelta(days=1)
CREATE = "/v2/apps/{appId}/conversations"
CREDENTIALS, HANDOFFS, REPLIES, CONTACTS = "credentials", "handoffs", "replies", "contacts"


def messaging_place() -> str:
    """The tab where Messaging is set up."""
    return reverse("zendesk-messaging")


def connection_of(context: Context) -> SunshineConnection | None:
    """Messaging's credentials, read once per run."""
    rows = SunshineConnection.objects.select_related("organization").filter(organization=context.organization)
    return context.recall("sunshine", rows.first)


def _report(context: Context, connection: SunshineConnection) -> MessagingReport:
    account_url = ZendeskConnection(subdomain=connection.subdomain).base_url
    watch = (record_calls(context.organization, "sunshine", "verify"), watch_calls(context.organization, account_url))
    return context.recall("verify_messaging", lambda: verify_messaging(MessagingCandidate.of(connection), *watch))


def _not_set_up() -> Finding:
    return skipped(_("Messaging is not set up; chats become tickets."))


def _connected(context: Context) -> Finding:
    connection = connection_of(context)
    if connection is None:
        return _not_set_up()
    connection.secret.reveal()  # a secret that no key opens is told here
    if connection.is_active:
        return ok(_("Chats go through %(app)s.") % {"app": connection.app_id})
    evidence = _("Not active: chats become tickets. %(why)s") % {"why": connection.refused_reason}
    fix = _("Verify it again under Settings › Integrations › Zendesk › Messaging.")
    return problem(evidence.strip(), HERE, fix, repair=_("Verify again"))


def _row(code: str) -> Callable[[Context], Finding]:
    """One row of Messaging's Verify."""

    def run(context: Context) -> Finding:
        connection = connection_of(context)
        if connection is None:
            return _not_set_up()
        row = next((one for one in _report(context, connection).checks if one.code == code), None)
        found = read_row(row) if row else skipped(_("not asked"))
        if code != "support_api" or found.verdict == OK or connection.use_ticketing_credentials:
            return found
        return replace(found, repair=_("Use the Ticketing credentials"))

    return run


def _webhook(context: Context) -> Finding:
    """The webhook as Sunshine has it, compared with what it should be."""
    connection = connection_of(context)
    if connection is None:
        return _not_set_up()
    if not _report(context, connection).passed:
        return skipped(_("not asked: the key does not work"))
    asked = "GET /v2/apps/{appId}/integrations"
    more = {"asked": asked, "repair": _("Register again")}
    fix = _("Register it again under Settings › Integrations › Zendesk › Messaging.")
    endpoint = WebhookEndpoint.current(connection.organization, EndpointKind.SUNSHINE)
    try:
        hooks = open_sunshine(connection, subject="doctor", timeouts=IN_A_PAGE).webhooks()
    except ProviderError as error:
        return unknown(error.sentence, asked=asked)
    hook = next((one for one in hooks if one.target == endpoint.url), None)
    if hook is None:
        return problem(_("No webhook of the app calls our present URL."), HERE, fix, **more)
    missing = sorted(set(TRIGGERS) - set(hook.triggers))
    if missing:
        evidence = _("It is not subscribed to %(events)s.") % {"events": ", ".join(missing)}
        return problem(evidence, HERE, fix, **more)
    if not endpoint.signing_secret:
        return problem(_("Its secret is not known here: each call gets 401."), HERE, fix, **more)
    return ok(_("It calls our present URL."), asked=asked)


def _calls(context: Context) -> Finding:
    if connection_of(context) is None:
        return _not_set_up()
    rows = list(WebhookEndpoint.objects.filter(organization=context.organization, kind=EndpointKind.SUNSHINE))
    refused_at = last_refusal(context.organization, EndpointKind.SUNSHINE)
    if refused_at and timezone.now() - refused_at < DAY:
        evidence = _("A call was refused with 401 %(when)s, and none was taken since.")
        evidence %= {"when": moment_text(refused_at)}
        fix = _("Register the webhook again, or enter its secret under Webhook.")
        return problem(evidence, HERE, fix, repair=_("Register again"))
    called = [row.last_called_at for row in rows if row.last_called_at]
    if not called:
        return unknown(_("No call has ever come."))
    evidence = _("The last call came %(when)s.") % {"when": moment_text(max(called))}
    return ok(evidence) if timezone.now() - max(called) < LATELY else unknown(evidence)


def _limit(context: Context) -> Finding:
    """Multi-conversations: no API tells; a refused conversation does."""
    if connection_of(context) is None:
        return _not_set_up()
    since = timezone.now() - LATELY
    rows = ProviderCall.objects.filter(
        organization=context.organization, provider="sunshine", method="POST", path=CREATE
    )
    words_of_limit = Q(answer__icontains="multi") | Q(answer__icontains="limit") | Q(answer__icontains="already")
    refused = rows.filter(Q(status=409) | Q(status__range=(400, 499)) & words_of_limit, at__gte=since).first()
    if refused is None:
        return unknown(_("No API tells. No conversation was refused in the last 7 days."))
    evidence = _("Sunshine refused a conversation %(when)s (%(status)s).")
    words = {"when": moment_text(refused.at), "status": refused.status}
    fix = _("%(path)s. It cannot be turned off again.") % {"path": multi_path()}
    return problem(evidence % words, IN_ZENDESK, fix, asked=f"POST {CREATE}", answered=str(refused.status))


def _of_verify(code: str, question: Text, meaning: Text, mending: Text) -> Check:
    symptom = gettext_lazy("Saving Messaging says “Failed to verify credentials”.")
    id_, run = f"messaging.{code}", _row(code)
    return Check(id_, CREDENTIALS, question, symptom, meaning, mending, run, rows=(2,), place=messaging_place)


CHECKS = (
    _of_verify(
        "key_id",
        gettext_lazy("Is the key an App key?"),
        gettext_lazy("An Integration key was entered: its Key ID begins with int_, and it may not do what we need."),
        gettext_lazy("Make an App key in Admin Center › Apps and integrations › APIs › Conversations API."),
    ),
    _of_verify(
        "authenticated",
        gettext_lazy("Does Sunshine take our key?"),
        gettext_lazy("Key ID or secret is wrong, or the key was deleted."),
        gettext_lazy("Make a new App key and enter it; its secret is shown once."),
    ),
    _of_verify(
        "app",
        gettext_lazy("Does the key open the app?"),
        gettext_lazy("The App ID is another app’s, or the key has a smaller scope."),
        gettext_lazy("Copy the App ID from the page where the key was made."),
    ),
    _of_verify(
        "switchboard",
        gettext_lazy("Is the Agent Workspace in the switchboard?"),
        gettext_lazy("Without it nobody can take over a conversation."),
        gettext_lazy("Turn the Agent Workspace and Messaging on in Admin Center."),
    ),
    Check(
        "messaging.connected",
        HANDOFFS,
        gettext_lazy("Is Messaging connected?"),
        gettext_lazy("A handoff from WhatsApp makes a ticket where a chat was expected."),
        gettext_lazy(
            "Messaging is not set up, or Zendesk refused its key; until it is verified, chats become tickets."
        ),
        gettext_lazy("Verify the key again. New chats then go into live conversations at once."),
        _connected,
        rows=(13,),
        repair=VERIFY_MESSAGING,
        place=messaging_place,
    ),
    Check(
        "messaging.multi_conversations",
        HANDOFFS,
        gettext_lazy("Are multi-conversations on?"),
        gettext_lazy("The second chat of a contact never reaches the Agent Workspace."),
        gettext_lazy("With multi-conversations off, Zendesk allows one conversation for each contact."),
        gettext_lazy("Turn them on in Zendesk. It cannot be turned off again, so we never do it for you."),
        _limit,
        rows=(16,),
        place=messaging_place,
    ),
    Check(
        "messaging.webhook",
        REPLIES,
        gettext_lazy("Does Sunshine’s webhook call us, for every event we need?"),
        gettext_lazy("What agents write in a live chat does not reach the contact."),
        gettext_lazy("The webhook is missing, calls an old URL, or is not subscribed to conversation:message."),
        gettext_lazy("Register it again: it is pointed at the present URL with every event."),
        _webhook,
        rows=(14,),
        repair=REGISTER_WEBHOOK,
        place=messaging_place,
    ),
    Check(
        "messaging.calls",
        REPLIES,
        gettext_lazy("Are Sunshine’s calls taken?"),
        gettext_lazy("What agents write in a live chat does not reach the contact."),
        gettext_lazy("Calls that carry another secret than the one we know are refused, and not stored."),
        gettext_lazy("Register the webhook again, which brings its secret here."),
        _calls,
        rows=(14,),
        repair=REGISTER_WEBHOOK,
        place=lambda: reverse("zendesk-webhook"),
    ),
    Check(
        "messaging.support_api",
        CONTACTS,
        gettext_lazy("Can Support users be looked up?"),
        gettext_lazy("Zendesk shows a second contact for one WhatsApp number."),
        gettext_lazy(
            "Without Zendesk API credentials in Messaging, nobody looks whether the contact is there already."
        ),
        gettext_lazy("Use the Ticketing credentials in Messaging, which is the default."),
        _row("support_api"),
        rows=(15,),
        repair=JOIN_CONTACTS,
        place=messaging_place,
    ),
)
