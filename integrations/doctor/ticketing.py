"""Are the saved Zendesk credentials good, and for everything we do there?"""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.credentials import watch_calls
from integrations.doctor.finding import OK, PROBLEM, SKIPPED, UNKNOWN, Finding
from integrations.models import ZendeskConnection
from integrations.report import CODES, Check
from integrations.verify import Candidate, verify
from opencx_admin.crypto import Undecryptable
from opencx_admin.orgs.models import Organization


def examine(organization: Organization) -> list[Finding]:
    """The checks of Verify on the saved credentials."""
    connection = ZendeskConnection.objects.filter(organization=organization).first()
    if connection is None:
        return _not_asked(_("No account is connected."), _("Connect one under Settings › Integrations › Zendesk."))
    try:
        report = verify(Candidate.of(connection), watch_calls(organization, connection.base_url))
    except Undecryptable as error:
        return _not_asked(str(error), _("Restore CREDENTIALS_KEYS, or enter the secret again in the settings."))
    return [_read(check) for check in report.checks]


def _not_asked(evidence: str, fix: str) -> list[Finding]:
    first = Finding("ticketing.connected", _("Is a Zendesk account connected?"), PROBLEM, evidence, "you_here", fix)
    skipped = [Finding(f"ticketing.{code}", question(code), SKIPPED, _("not asked")) for code in CODES]
    return [first, *skipped]


def _read(check: Check) -> Finding:
    """A row of Verify as a finding; what Verify warns of is not needed (skipped) or cannot be told (unknown)."""
    verdict = check.verdict if check.verdict in (OK, PROBLEM, SKIPPED) else UNKNOWN
    if check.code == "manage_webhooks" and verdict == UNKNOWN:
        verdict = SKIPPED
    evidence = " · ".join(part for part in (check.answer, check.call or check.asked, check.answered) if part)
    return Finding(f"ticketing.{check.code}", question(check.code), verdict, evidence, check.owner, check.fix)


def question(code: str) -> str:
    """The check as a question."""
    return {
        "subdomain": _("Is the subdomain one?"),
        "reachable": _("Does Zendesk answer?"),
        "authenticated": _("Does Zendesk take our credentials?"),
        "role": _("Is our user an agent or an admin?"),
        "active": _("Is our user active?"),
        "read_tickets": _("May our user read tickets?"),
        "create_users": _("May our user create users?"),
        "create_tickets": _("May our user create tickets?"),
        "manage_webhooks": _("May our user manage webhooks and triggers?"),
    }[code]
