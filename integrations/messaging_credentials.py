"""Keeping Messaging credentials and what Verify proved of them; registering the webhook; ending the connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import hooks, messaging
from integrations.clients.errors import ProviderError
from integrations.models import AuthMethod, EndpointKind, SunshineConnection, WebhookEndpoint
from integrations.provisioning.leaving import leave_other_accounts, stop_runs
from integrations.report import PROBLEM
from integrations.verify import IN_A_PAGE
from integrations.verify_messaging import MessagingReport
from opencx_admin.crypto import Secret, Undecryptable
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization

PROOF = [
    "verified_at",
    "verified_by",
    "evidence",
    "agent_workspace_id",
    "active_since",
    "proven_at",
    "proven_by",
    "refused_at",
    "refused_reason",
]


@dataclass(frozen=True)
class MessagingCredentials:
    """What the form asks to keep. A new secret is empty when the stored one stays."""

    subdomain: str
    app_id: str
    key_id: str
    new_secret: Secret
    use_ticketing: bool
    auth_method: str
    email: str
    client_id: str
    new_support_secret: Secret


def save_messaging(
    organization: Organization, wanted: MessagingCredentials, report: MessagingReport, *, request: HttpRequest
) -> SunshineConnection:
    """Keep verified credentials with their proof, in one transaction with the audit entry.

    When the subdomain changes, the secrets that were not entered again are forgotten: they belong to another account.
    """
    with transaction.atomic():
        rows = SunshineConnection.objects.select_for_update().filter(organization=organization)
        connection = rows.first() or SunshineConnection(organization=organization)
        before = describe(connection)
        if connection.subdomain != wanted.subdomain:
            connection.api_token = connection.client_secret = Secret()
        if (connection.subdomain, connection.app_id) != (wanted.subdomain, wanted.app_id):
            connection.integration_id = connection.webhook_id = connection.webhook_problem = ""
            connection.active_since = None
            stop_runs(organization)
        connection.subdomain, connection.app_id = wanted.subdomain, wanted.app_id
        connection.key_id, connection.use_ticketing_credentials = wanted.key_id, wanted.use_ticketing
        connection.auth_method, connection.email = wanted.auth_method, wanted.email
        connection.client_id = wanted.client_id
        _keep_secrets(connection, wanted, str(request.user))
        connection.saved_at = timezone.now()
        _prove(connection, report, str(request.user))
        connection.save()
        leave_other_accounts(organization, connection)
        WebhookEndpoint.current(organization, EndpointKind.SUNSHINE)
        after = describe(connection)
        if wanted.new_secret:
            after["secret"] = _("entered again")
        if wanted.new_support_secret:
            after["support_secret"] = _("entered again")
        _record(connection, "sunshine.save", request, before=before, after=after)
        transaction.on_commit(lambda: hooks.tell_verified(connection))
    return connection


def keep_messaging_proof(
    connection: SunshineConnection, report: MessagingReport, *, request: HttpRequest | None = None, who: str = ""
) -> None:
    """The saved credentials were verified again, by a person or by `who`: keep the evidence, or the refusal."""
    who = str(request.user) if request else who
    with transaction.atomic():
        if report.passed:
            _prove(connection, report, who)
            connection.save(update_fields=PROOF)
            transaction.on_commit(lambda: hooks.tell_verified(connection))
        elif report.is_refused:
            rows = SunshineConnection.objects.filter(pk=connection.pk, refused_at=None)
            rows.update(refused_at=report.at, refused_reason=_problem_text(report))
        verdict = "ok" if report.passed else f"{PROBLEM}: {_problem_text(report)}"
        _record(connection, "sunshine.verify", request, who=who, after={"result": verdict})


def register(connection: SunshineConnection, *, request: HttpRequest | None = None, who: str = "") -> str:
    """Have our webhook on the app, pointed at the present URL. Returns why not, else the empty text.

    The saved credentials stay either way; the reason is kept as `webhook_problem`.
    """
    problem = ""
    try:
        client = messaging.open_sunshine(connection, subject="register", timeouts=IN_A_PAGE)
        messaging.register_webhook(connection, client)
    except ProviderError as error:
        problem = " ".join(part for part in (error.sentence, f"({error.status})" if error.status else "") if part)
    except Undecryptable:
        problem = _("The stored secret cannot be opened with the present keys.")
    with transaction.atomic():
        if problem:
            connection.webhook_problem = problem[:300]
            connection.save(update_fields=["webhook_problem"])
        result = f"{PROBLEM}: {problem}" if problem else "ok"
        _record(connection, "sunshine.register", request, who=who, after={"result": result})
    return problem


def disconnect_messaging(connection: SunshineConnection, *, request: HttpRequest) -> None:
    """Forget the app and its secrets. Sessions, links and the webhook URL stay."""
    with transaction.atomic():
        _record(connection, "sunshine.disconnect", request, before=describe(connection))
        connection.delete()


def describe(connection: SunshineConnection) -> dict[str, Any]:
    """The connection for the audit log, without its secrets; empty when it was never saved."""
    if connection._state.adding:
        return {}
    said: dict[str, Any] = {
        "subdomain": connection.subdomain,
        "app_id": connection.app_id,
        "key_id": connection.key_id,
        "use_ticketing_credentials": connection.use_ticketing_credentials,
    }
    if not connection.use_ticketing_credentials:
        said |= {"auth_method": connection.auth_method, "email": connection.email, "client_id": connection.client_id}
    return said


def _record(
    connection: SunshineConnection,
    action: str,
    request: HttpRequest | None,
    *,
    who: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    label = f"{connection.subdomain} {connection.app_id}"
    audit.record(
        connection.organization,
        action,
        request=request,
        actor_label=who,
        object_label=label,
        before=before,
        after=after,
    )


def _keep_secrets(connection: SunshineConnection, wanted: MessagingCredentials, who: str) -> None:
    if wanted.new_secret:
        connection.secret = wanted.new_secret
        connection.secret_set_at, connection.secret_set_by = timezone.now(), who[:254]
    if wanted.new_support_secret and wanted.auth_method == AuthMethod.OAUTH:
        connection.client_secret = wanted.new_support_secret
    elif wanted.new_support_secret:
        connection.api_token = wanted.new_support_secret


def _prove(connection: SunshineConnection, report: MessagingReport, who: str) -> None:
    """Put what a passed Verify showed on the connection; `PROOF` names the fields."""
    if connection.active_since is None or not connection.is_active:
        connection.active_since = report.at
    connection.verified_at = connection.proven_at = report.at
    connection.verified_by = who[:254]
    connection.proven_by = _("Verify")
    connection.evidence = report.to_json()
    connection.agent_workspace_id = report.agent_workspace_id
    connection.refused_at, connection.refused_reason = None, ""


def _problem_text(report: MessagingReport) -> str:
    problem = report.problem
    return (problem.answer or problem.failure)[:300] if problem else ""
