"""Opening an organization's Sunshine app, and keeping its webhook pointed at us."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations.budget import Lane
from integrations.clients.auth import BearerAuth, TokenAuth
from integrations.clients.errors import ProviderError
from integrations.clients.http import DEFAULT_TIMEOUTS, CallRecord, Timeouts
from integrations.clients.sunshine import TRIGGERS, SunshineClient, SunshineWebhook
from integrations.clients.zendesk import Auth, ZendeskClient
from integrations.connect import open_zendesk, record_calls
from integrations.models import AuthMethod, EndpointKind, SunshineConnection, WebhookEndpoint, ZendeskConnection
from opencx_admin.crypto import Secret
from opencx_admin.net import guarded_session
from opencx_admin.orgs.models import Organization

DISPLAY_NAME = "OpenCX"
PROVE_EVERY = dt.timedelta(seconds=30)


def find_active(organization: Organization) -> SunshineConnection | None:
    """The organization's Messaging connection while chats may go through it, else None."""
    found = SunshineConnection.objects.select_related("organization").filter(organization=organization).first()
    return found if found is not None and found.is_active else None


def open_sunshine(
    connection: SunshineConnection, *, subject: str = "", timeouts: Timeouts = DEFAULT_TIMEOUTS
) -> SunshineClient:
    """The app's client; each call leaves a `ProviderCall` row and a log line."""
    write_row = record_calls(connection.organization, "sunshine", subject)

    def observe(call: CallRecord) -> None:
        write_row(call)
        if call.status is not None and 200 <= call.status < 300:
            _prove(connection, call)

    return SunshineClient(
        connection.base_url,
        connection.app_id,
        connection.key_id,
        connection.secret.reveal(),
        guarded_session(settings.OUTBOUND_ALLOW_HOSTS),
        observe,
        timeouts,
    )


def _prove(connection: SunshineConnection, call: CallRecord) -> None:
    now = timezone.now()
    stale = Q(proven_at=None) | Q(proven_at__lt=now - PROVE_EVERY)
    rows = SunshineConnection.objects.filter(stale, pk=connection.pk)
    rows.update(proven_at=now, proven_by=f"{call.method} {call.path}"[:200])


def note_refusal(connection: SunshineConnection, error: ProviderError) -> None:
    """Remember since when Sunshine refuses the key: chats become tickets until it is verified again."""
    rows = SunshineConnection.objects.filter(pk=connection.pk, refused_at=None)
    rows.update(refused_at=timezone.now(), refused_reason=error.sentence[:300])


def open_support(connection: SunshineConnection, *, subject: str) -> ZendeskClient | None:
    """The client that looks Support users up, by the Ticketing credentials or the panel's own; None without any.

    Raises what the token request raises.
    """
    ticketing = ZendeskConnection.objects.filter(organization=connection.organization).first()
    if connection.use_ticketing_credentials:
        return open_zendesk(ticketing, lane=Lane.HANDOFF, subject=subject) if ticketing else None
    secret = connection.client_secret if connection.auth_method == AuthMethod.OAUTH else connection.api_token
    if not secret:
        return None
    base_url = ZendeskConnection(subdomain=connection.subdomain).base_url
    session = guarded_session(settings.OUTBOUND_ALLOW_HOSTS)
    observe = record_calls(connection.organization, "zendesk", subject)
    auth: Auth = TokenAuth(connection.email, secret.reveal())
    if connection.auth_method == AuthMethod.OAUTH:
        token = ZendeskClient(base_url, None, session, observe).request_token(connection.client_id, secret.reveal())
        auth = BearerAuth(token.text)
    return ZendeskClient(base_url, auth, session, observe)


def register_webhook(connection: SunshineConnection, client: SunshineClient) -> SunshineWebhook:
    """Have one webhook of ours on the app that points here; one that does already is adopted, not doubled.

    Keeps its ids and its secret. Raises what the client raises.
    """
    endpoint = WebhookEndpoint.current(connection.organization, EndpointKind.SUNSHINE)
    addresses = {
        row.url
        for row in WebhookEndpoint.objects.filter(organization=connection.organization, kind=EndpointKind.SUNSHINE)
    }
    found = next((hook for hook in client.webhooks() if hook.target in addresses), None)
    if found is None:
        found = client.create_webhook(DISPLAY_NAME, endpoint.url, TRIGGERS)
    elif found.target != endpoint.url or not set(TRIGGERS) <= set(found.triggers):
        client.update_webhook(found, target=endpoint.url, triggers=TRIGGERS)
    with transaction.atomic():
        if found.secret:
            keep_secret(endpoint, found.secret, who=DISPLAY_NAME)
        connection.integration_id, connection.webhook_id = found.integration_id, found.id
        connection.webhook_problem = ""
        connection.save(update_fields=["integration_id", "webhook_id", "webhook_problem"])
    return found


def keep_secret(endpoint: WebhookEndpoint, secret: str, *, who: str, overlap_hours: int = 24) -> None:
    """Take over the webhook's secret; the former one opens for the overlap, since Sunshine gives up at a 401."""
    if endpoint.signing_secret and endpoint.signing_secret.reveal() != secret:
        endpoint.former_secret = endpoint.signing_secret
        endpoint.former_secret_until = timezone.now() + dt.timedelta(hours=overlap_hours)
    endpoint.signing_secret = Secret.hide(secret)
    endpoint.secret_set_at, endpoint.secret_set_by = timezone.now(), who[:254]
    endpoint.save(
        update_fields=["signing_secret", "former_secret", "former_secret_until", "secret_set_at", "secret_set_by"]
    )
