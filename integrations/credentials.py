"""Keeping Ticketing credentials and what Verify proved of them; ending the connection."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import hooks
from integrations.budget import learn
from integrations.clients.http import CallRecord, Observe
from integrations.connect import record_calls
from integrations.models import AuthMethod, WebhookEndpoint, ZendeskConnection
from integrations.provisioning.leaving import leave_other_accounts, stop_runs
from integrations.report import PROBLEM, Report
from opencx_admin.crypto import Secret
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization

REFUSALS = ("authenticated", "role", "active")


@dataclass(frozen=True)
class Credentials:
    """What the form asks to keep. `new_secret` is empty when the stored one stays."""

    subdomain: str
    auth_method: str
    email: str
    client_id: str
    default_agent_id: int | None
    is_first_comment_public: bool
    new_secret: Secret


def watch_calls(organization: Organization, base_url: str) -> Observe:
    """The observer of Verify's calls: a row and a log line each, and the account's rate headers."""
    write_row = record_calls(organization, "zendesk", "verify")

    def observe(call: CallRecord) -> None:
        write_row(call)
        learn(base_url, call)

    return observe


def save_credentials(
    organization: Organization, wanted: Credentials, report: Report, *, request: HttpRequest
) -> ZendeskConnection:
    """Keep verified credentials with their proof, in one transaction with the audit entry.

    When the subdomain changes, the secret of the other way to sign in is forgotten: it was not entered for
    this account.
    """
    with transaction.atomic():
        rows = ZendeskConnection.objects.select_for_update().filter(organization=organization)
        connection = rows.first() or ZendeskConnection(organization=organization)
        before = describe(connection)
        if connection.subdomain != wanted.subdomain:
            connection.api_token = connection.client_secret = Secret()
            stop_runs(organization)
        connection.subdomain, connection.auth_method = wanted.subdomain, wanted.auth_method
        connection.email, connection.client_id = wanted.email, wanted.client_id
        connection.default_agent_id = wanted.default_agent_id
        connection.is_first_comment_public = wanted.is_first_comment_public
        _keep_secret(connection, wanted, str(request.user))
        connection.access_token, connection.access_token_expires_at = Secret(), None
        connection.saved_at = timezone.now()
        _prove(connection, report, str(request.user))
        connection.save()
        leave_other_accounts(organization, connection)
        WebhookEndpoint.current(organization)
        after = describe(connection)
        if wanted.new_secret:
            after["secret"] = _("entered again")
        audit.record(
            organization, "zendesk.save", request=request, object_label=connection.subdomain, before=before, after=after
        )
        transaction.on_commit(lambda: hooks.tell_verified(connection))
    return connection


def keep_proof(
    connection: ZendeskConnection, report: Report, *, request: HttpRequest | None = None, who: str = ""
) -> None:
    """The saved credentials were verified again, by a person or by `who`: keep the evidence, or the refusal."""
    who = str(request.user) if request else who
    with transaction.atomic():
        if report.passed:
            fields = _prove(connection, report, who)
            connection.save(update_fields=fields)
            transaction.on_commit(lambda: hooks.tell_verified(connection))
        else:
            _note_refusal(connection, report)
        verdict = "ok" if report.passed else _problem_text(report)
        audit.record(
            connection.organization,
            "zendesk.verify",
            request=request,
            actor_label=who,
            object_label=connection.subdomain,
            after={"result": verdict},
        )


def disconnect(connection: ZendeskConnection, *, request: HttpRequest) -> None:
    """Forget the account and its secrets. Sessions, links and the webhook URL stay."""
    with transaction.atomic():
        audit.record(
            connection.organization,
            "zendesk.disconnect",
            request=request,
            object_label=connection.subdomain,
            before=describe(connection),
        )
        stop_runs(connection.organization, _("The account was disconnected meanwhile."))
        connection.delete()


def describe(connection: ZendeskConnection) -> dict[str, Any]:
    """The connection for the audit log, without its secrets; empty when it was never saved."""
    if connection._state.adding:
        return {}
    return {
        "subdomain": connection.subdomain,
        "auth_method": connection.auth_method,
        "email": connection.email,
        "client_id": connection.client_id,
        "default_agent_id": connection.default_agent_id,
        "first_comment_public": connection.is_first_comment_public,
    }


def _keep_secret(connection: ZendeskConnection, wanted: Credentials, who: str) -> None:
    if not wanted.new_secret:
        return
    if wanted.auth_method == AuthMethod.OAUTH:
        connection.client_secret = wanted.new_secret
    else:
        connection.api_token = wanted.new_secret
    connection.secret_set_at, connection.secret_set_by = timezone.now(), who[:254]


def _prove(connection: ZendeskConnection, report: Report, who: str) -> list[str]:
    """Put what a passed Verify showed on the connection; returns the names of the changed fields."""
    me, token = report.identity, report.token
    connection.user_id = me.id if me else None
    connection.user_name = (me.name if me else "")[:255]
    connection.user_role = (me.role if me else "")[:64]
    connection.can_manage_webhooks = report.verdict_of("manage_webhooks") == "ok"
    connection.verified_at = connection.proven_at = report.at
    connection.verified_by = who[:254]
    connection.proven_by = _("Verify")
    connection.evidence = report.to_json()
    connection.refused_at, connection.refused_reason = None, ""
    fields = ["user_id", "user_name", "user_role", "can_manage_webhooks", "verified_at", "verified_by", "evidence"]
    fields += ["proven_at", "proven_by", "refused_at", "refused_reason"]
    if token:
        connection.access_token = Secret.hide(token.text)
        life = token.expires_in
        connection.access_token_expires_at = report.at + dt.timedelta(seconds=life) if life else None
        fields += ["access_token", "access_token_expires_at"]
    return fields


def _note_refusal(connection: ZendeskConnection, report: Report) -> None:
    """Zendesk itself refused the saved credentials: the first refusal since the last proof counts."""
    if report.problem and report.problem.code in REFUSALS:
        rows = ZendeskConnection.objects.filter(pk=connection.pk, refused_at=None)
        rows.update(refused_at=report.at, refused_reason=_problem_text(report))


def _problem_text(report: Report) -> str:
    problem = report.problem
    return f"{PROBLEM}: {problem.answer or problem.failure}"[:300] if problem else ""
