"""Are the saved Zendesk credentials good, for everything we do there, and for how long?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.credentials import watch_calls
from integrations.doctor.finding import (
    HERE,
    OK,
    PROBLEM,
    SKIPPED,
    WARNING,
    Finding,
    ok,
    problem,
    skipped,
    unknown,
    warning,
)
from integrations.doctor.registry import Check, Context, Text
from integrations.doctor.repair_credentials import VERIFY_AGAIN
from integrations.models import AuthMethod, ZendeskConnection
from integrations.report import Check as Row
from integrations.report import Report
from integrations.standing import days_of_tokens, ending_text
from integrations.verify import Candidate, verify
from opencx_admin.orgs.times import moment_text, stamp_text

# Zendesk switches off tokens that nobody used for 30 days.
# https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration/
IDLE_ENDS = dt.timedelta(days=30)
IDLE_WARNS = dt.timedelta(days=20)
FAMILY = "credentials"


def settings_place() -> str:
    """The tab where the credentials are entered."""
    return reverse("zendesk-ticketing")


def connection_of(context: Context) -> ZendeskConnection | None:
    """The account's credentials, read once per run."""
    rows = ZendeskConnection.objects.select_related("organization").filter(organization=context.organization)
    return context.recall("zendesk", rows.first)


def report_of(context: Context) -> Report | None:
    """Verify's rows on the saved credentials, asked once per run; None without credentials."""
    connection = connection_of(context)
    if connection is None:
        return None
    observe = watch_calls(context.organization, connection.base_url)
    return context.recall("verify", lambda: verify(Candidate.of(connection), observe))


def read_row(row: Row) -> Finding:
    """A row of Verify as a finding."""
    verdict = row.verdict if row.verdict in (OK, PROBLEM, SKIPPED) else WARNING
    evidence = " · ".join(part for part in (row.answer, row.call or row.asked) if part)
    if verdict == OK:
        evidence = evidence or _("yes")
    facts = ((_("Needed"), row.needed),) if row.needed else ()
    return Finding(
        "", "", verdict, evidence, row.owner, row.fix, row.asked, row.answered, link=row.fix_url, facts=facts
    )


def _connected(context: Context) -> Finding:
    connection = connection_of(context)
    if connection is None:
        fix = _("Connect one under Settings › Integrations › Zendesk.")
        return problem(_("No account is connected."), HERE, fix)
    report_of(context)  # an undecryptable secret is told here
    return ok(connection.base_url.split("://", 1)[-1])


def _row(code: str) -> Callable[[Context], Finding]:
    """One row of Verify."""

    def run(context: Context) -> Finding:
        connected = context.findings.get("ticketing.connected")
        if connected is not None and connected.verdict == PROBLEM:
            return skipped(_("not asked"))
        report = report_of(context)
        row = next((one for one in report.checks if one.code == code), None) if report else None
        if row is None:
            return skipped(_("not asked"))
        found = read_row(row)
        if found.verdict == PROBLEM:
            return replace(found, repair=_("Verify again"))
        return found

    return run


def _manage(context: Context) -> Finding:
    """Wanted, not needed: who may not make the objects through the API makes them by hand."""
    found = _row("manage_webhooks")(context)
    return skipped(found.evidence, asked=found.asked) if found.verdict == WARNING else found


def _lasting(context: Context) -> Finding:
    """Kind, age, last use and end of the credential."""
    connection = connection_of(context)
    if connection is None:
        return skipped(_("not asked: no account is connected"))
    facts = (
        (_("Kind"), str(AuthMethod(connection.auth_method).label)),
        (_("Entered"), stamp_text(connection.secret_set_at) if connection.secret_set_at else "–"),
        (_("Last use"), stamp_text(connection.proven_at) if connection.proven_at else _("none yet")),
    )
    if connection.refused_at:
        evidence = _("Zendesk has refused them since %(when)s.") % {"when": moment_text(connection.refused_at)}
        return problem(
            evidence, HERE, _("Enter them again and verify."), facts=facts, answered=connection.refused_reason
        )
    if connection.auth_method == AuthMethod.API_TOKEN:
        return _token(connection, facts)
    ends = connection.access_token_expires_at
    if ends is None:
        return ok(_("An OAuth client, which does not end. Its token is renewed by itself."), facts=facts)
    evidence = _("An OAuth client. Its token ends %(when)s and is renewed by itself before that.")
    return ok(evidence % {"when": moment_text(ends)}, facts=facts)


def _token(connection: ZendeskConnection, facts: tuple[tuple[str, str], ...]) -> Finding:
    fix = _("Make an OAuth client in Zendesk and choose OAuth here; the token stays in use until it is proven.")
    if not days_of_tokens():
        return problem(ending_text(), HERE, fix, facts=facts)
    idle = timezone.now() - connection.proven_at if connection.proven_at else None
    if idle is not None and idle > IDLE_WARNS:
        left = max((IDLE_ENDS - idle).days, 0)
        evidence = ngettext(
            "Nothing has used the token for %(n)s day. Zendesk switches it off after 30.",
            "Nothing has used the token for %(n)s days. Zendesk switches it off after 30.",
            idle.days,
        )
        facts = (*facts, (_("Days left"), str(left)))
        return warning(evidence % {"n": idle.days}, HERE, fix, facts=facts)
    return warning(ending_text() + ".", HERE, fix, facts=facts)


def _last_use(context: Context) -> Finding:
    connection = connection_of(context)
    if connection is None:
        return skipped(_("not asked: no account is connected"))
    if connection.proven_at is None:
        return unknown(_("No call has succeeded yet."))
    words = {"when": moment_text(connection.proven_at), "what": connection.proven_by or _("Verify")}
    return ok(_("%(when)s, by %(what)s.") % words)


def _check(code: str, question: Text, symptom: Text, meaning: Text, mending: Text, *rows: int) -> Check:
    return Check(
        f"ticketing.{code}",
        FAMILY,
        question,
        symptom,
        meaning,
        mending,
        _row(code),
        rows=rows or (1,),
        repair=VERIFY_AGAIN,
        place=settings_place,
    )


FAILED = gettext_lazy("Saving says “Failed to verify credentials”, or handoffs that worked stop making tickets.")
CHECKS = (
    Check(
        "ticketing.connected",
        FAMILY,
        gettext_lazy("Is a Zendesk account connected?"),
        gettext_lazy("Every handoff fails with “Zendesk is not connected”."),
        gettext_lazy("No credentials are saved here, or the saved secret cannot be opened with the present keys."),
        gettext_lazy("Connect an account. Handoffs that waited for it then go by themselves."),
        _connected,
        rows=(1,),
        place=settings_place,
    ),
    _check(
        "subdomain",
        gettext_lazy("Is the subdomain one?"),
        FAILED,
        gettext_lazy("What was typed names no Zendesk account: only the part before .zendesk.com counts."),
        gettext_lazy("Type the subdomain alone. Whole addresses are cleaned as you type."),
    ),
    _check(
        "reachable",
        gettext_lazy("Does Zendesk answer?"),
        FAILED,
        gettext_lazy("No help desk answers at that address, or the way there is closed."),
        gettext_lazy("Open the address in a browser. If it opens there, look at the firewall between us and Zendesk."),
    ),
    _check(
        "authenticated",
        gettext_lazy("Does Zendesk take our credentials?"),
        FAILED,
        gettext_lazy("The client or token was revoked, mistyped or has expired, or token access is off in Zendesk."),
        gettext_lazy("Make a new OAuth client in Zendesk and enter it. What waited then goes by itself."),
    ),
    _check(
        "role",
        gettext_lazy("Is our user an agent or an admin?"),
        FAILED,
        gettext_lazy("Zendesk knows us as an end user, who may do nothing that we need."),
        gettext_lazy("Give that user a role in Zendesk, or connect as another one."),
        1,
        3,
    ),
    _check(
        "active",
        gettext_lazy("Is our user active?"),
        FAILED,
        gettext_lazy("Zendesk suspended or deactivated the user that we act as."),
        gettext_lazy("Lift it in Zendesk, or connect as another user."),
    ),
    _check(
        "read_tickets",
        gettext_lazy("May our user read tickets?"),
        gettext_lazy("Agents’ replies do not reach contacts."),
        gettext_lazy("Replies are read from the ticket; without the right to read, none is found."),
        gettext_lazy("Give the user’s role access to all tickets."),
        1,
        4,
    ),
    _check(
        "create_users",
        gettext_lazy("May our user create users?"),
        gettext_lazy("A handoff runs and no ticket appears: “permission missing”."),
        gettext_lazy("A contact who is new in Zendesk becomes a requester, and that takes the right to make users."),
        gettext_lazy("Give the user’s role the right to add end users, or choose another identity."),
        3,
    ),
    _check(
        "create_tickets",
        gettext_lazy("May our user create tickets?"),
        gettext_lazy("A handoff runs and no ticket appears: “permission missing”."),
        gettext_lazy("Light agents and some custom roles may not make tickets for other people."),
        gettext_lazy("Give the user a full agent’s role, or choose another identity."),
        3,
    ),
    Check(
        "ticketing.manage_webhooks",
        FAMILY,
        gettext_lazy("May our user manage webhooks and triggers?"),
        gettext_lazy("Setting up the webhook from here is refused."),
        gettext_lazy("Only admins, and roles with the right to manage business rules, may do it through the API."),
        gettext_lazy("Make them by hand with the steps shown under Objects, or connect as an admin."),
        _manage,
        rows=(4,),
        place=settings_place,
    ),
    Check(
        "credentials.lasting",
        FAMILY,
        gettext_lazy("Do the credentials last?"),
        gettext_lazy("Everything works today and stops one morning."),
        gettext_lazy("All API tokens end on 30 April 2027, idle ones after 30 days. OAuth clients are renewed."),
        gettext_lazy("Switch to an OAuth client: the present credential stays in use until the new one is proven."),
        _lasting,
        rows=(18,),
        place=settings_place,
    ),
    Check(
        "credentials.last_use",
        FAMILY,
        gettext_lazy("When did they last work?"),
        gettext_lazy("Nobody knows since when it is broken."),
        gettext_lazy("The last call that Zendesk answered as it should."),
        gettext_lazy("Nothing to do here: the checks above say what to change."),
        _last_use,
        rows=(18,),
        place=settings_place,
    ),
)
