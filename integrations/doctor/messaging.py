"""Do chats get into the Agent Workspace, and agents' messages back?"""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients.errors import ProviderError
from integrations.clients.sunshine import TRIGGERS
from integrations.connect import record_calls
from integrations.credentials import watch_calls
from integrations.doctor.finding import OK, PROBLEM, SKIPPED, UNKNOWN, Finding
from integrations.messaging import open_sunshine
from integrations.messaging_refusals import multi_path
from integrations.models import EndpointKind, ProviderCall, SunshineConnection, WebhookEndpoint, ZendeskConnection
from integrations.report import Check
from integrations.standing import last_refusal
from integrations.verify import IN_A_PAGE
from integrations.verify_messaging import MessagingCandidate, verify_messaging
from opencx_admin.crypto import Undecryptable
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.times import moment_text

LATELY = dt.timedelta(days=7)
DAY = dt.timedelta(days=1)
CREATE = "/v2/apps/{appId}/conversations"


def examine(organization: Organization) -> list[Finding]:
    """The checks of Verify on the saved key, the webhook in Sunshine, its calls, and the conversation limit."""
    connection = SunshineConnection.objects.select_related("organization").filter(organization=organization).first()
    asked = ("messaging.connected", _("Is Messaging connected?"))
    if connection is None:
        return [Finding(*asked, SKIPPED, _("It is not set up; chats become tickets."))]
    account_url = ZendeskConnection(subdomain=connection.subdomain).base_url
    watch = (record_calls(organization, "sunshine", "verify"), watch_calls(organization, account_url))
    try:
        report = verify_messaging(MessagingCandidate.of(connection), *watch)
    except Undecryptable as error:
        fix = _("Restore CREDENTIALS_KEYS, or enter the secret again in the settings.")
        return [Finding(*asked, PROBLEM, str(error), "you_here", fix)]
    found = [_active(connection), *(_read(check) for check in report.checks)]
    return [*found, _webhook(connection, is_asked=report.passed), _calls(organization), _limit(organization)]


def _active(connection: SunshineConnection) -> Finding:
    asked = ("messaging.connected", _("Is Messaging connected?"))
    if connection.is_active:
        return Finding(*asked, OK, _("Chats go through %(app)s.") % {"app": connection.app_id})
    evidence = _("Not active: chats become tickets. %(why)s") % {"why": connection.refused_reason}
    fix = _("Verify it again under Settings › Integrations › Zendesk › Messaging.")
    return Finding(*asked, PROBLEM, evidence.strip(), "you_here", fix)


def _read(check: Check) -> Finding:
    """A row of Verify as a finding; a warning is something that Messaging can do without."""
    verdict = check.verdict if check.verdict in (OK, PROBLEM, SKIPPED) else UNKNOWN
    evidence = " · ".join(part for part in (check.answer, check.call or check.asked, check.answered) if part)
    return Finding(f"messaging.{check.code}", question(check.code), verdict, evidence, check.owner, check.fix)


def question(code: str) -> str:
    """The check as a question."""
    return {
        "key_id": _("Is the key an App key?"),
        "authenticated": _("Does Sunshine take our key?"),
        "app": _("Does the key open the app?"),
        "switchboard": _("Is the Agent Workspace in the switchboard?"),
        "support_api": _("Can Support users be looked up?"),
    }[code]


def _webhook(connection: SunshineConnection, *, is_asked: bool) -> Finding:
    """The webhook as Sunshine has it, compared with what it should be."""
    asked = ("messaging.webhook", _("Does Sunshine’s webhook call us, for every event we need?"))
    if not is_asked:
        return Finding(*asked, SKIPPED, _("not asked: the key does not work"))
    fix = _("Register it again under Settings › Integrations › Zendesk › Messaging.")
    endpoint = WebhookEndpoint.current(connection.organization, EndpointKind.SUNSHINE)
    try:
        hooks = open_sunshine(connection, subject="doctor", timeouts=IN_A_PAGE).webhooks()
    except ProviderError as error:
        return Finding(*asked, UNKNOWN, error.sentence)
    hook = next((one for one in hooks if one.target == endpoint.url), None)
    if hook is None:
        return Finding(*asked, PROBLEM, _("No webhook of the app calls our present URL."), "you_here", fix)
    missing = sorted(set(TRIGGERS) - set(hook.triggers))
    if missing:
        evidence = _("It is not subscribed to %(events)s.") % {"events": ", ".join(missing)}
        return Finding(*asked, PROBLEM, evidence, "you_here", fix)
    if not endpoint.signing_secret:
        return Finding(*asked, PROBLEM, _("Its secret is not known here: each call gets 401."), "you_here", fix)
    return Finding(*asked, OK, _("It calls our present URL."))


def _calls(organization: Organization) -> Finding:
    asked = ("messaging.calls", _("Are Sunshine’s calls taken?"))
    rows = list(WebhookEndpoint.objects.filter(organization=organization, kind=EndpointKind.SUNSHINE))
    refused_at = last_refusal(organization, EndpointKind.SUNSHINE)
    if refused_at and timezone.now() - refused_at < DAY:
        evidence = _("A call was refused with 401 %(when)s, and none was taken since.")
        evidence %= {"when": moment_text(refused_at)}
        fix = _("Register the webhook again, or enter its secret under Webhook.")
        return Finding(*asked, PROBLEM, evidence, "you_here", fix)
    called = [row.last_called_at for row in rows if row.last_called_at]
    if not called:
        return Finding(*asked, UNKNOWN, _("No call has ever come."))
    evidence = _("The last call came %(when)s.") % {"when": moment_text(max(called))}
    return Finding(*asked, OK if timezone.now() - max(called) < LATELY else UNKNOWN, evidence)


def _limit(organization: Organization) -> Finding:
    """Multi-conversations: no API tells; a refused conversation does."""
    asked = ("messaging.multi_conversations", _("Are multi-conversations on?"))
    since = timezone.now() - LATELY
    rows = ProviderCall.objects.filter(organization=organization, provider="sunshine", method="POST", path=CREATE)
    words_of_limit = Q(answer__icontains="multi") | Q(answer__icontains="limit") | Q(answer__icontains="already")
    refused = rows.filter(Q(status=409) | Q(status__range=(400, 499)) & words_of_limit, at__gte=since).first()
    if refused is None:
        return Finding(*asked, UNKNOWN, _("No API tells. No conversation was refused in the last 7 days."))
    evidence = _("Sunshine refused a conversation %(when)s (%(status)s).")
    words = {"when": moment_text(refused.at), "status": refused.status}
    fix = _("%(path)s. It cannot be turned off again.") % {"path": multi_path()}
    return Finding(*asked, PROBLEM, evidence % words, "you_zendesk", fix)
