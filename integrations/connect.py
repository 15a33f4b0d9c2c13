"""Opening an organization's account: the client with its credentials, its rate budget and its call log."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from integrations.budget import Lane, learn, spend
from integrations.clients.auth import TokenAuth
from integrations.clients.errors import RateLimited, Unauthorized
from integrations.clients.http import DEFAULT_TIMEOUTS, CallRecord, Observe, Timeouts
from integrations.clients.zendesk import Auth, ZendeskClient
from integrations.models import AuthMethod, ProviderCall, ZendeskConnection
from opencx_admin.crypto import Secret
from opencx_admin.net import guarded_session
from opencx_admin.orgs.models import Organization

log = logging.getLogger("opencx.calls")
EARLY = dt.timedelta(seconds=90)
RENEWAL = dt.timedelta(seconds=25)
PROVE_EVERY = dt.timedelta(seconds=30)


def record_calls(organization: Organization, provider: str, subject: str) -> Observe:
    """An observer that leaves one log line and one `ProviderCall` row per call."""

    def observe(call: CallRecord) -> None:
        log.info(
            "%s %s %s -> %s in %d ms (%s)",
            provider,
            call.method,
            call.path,
            call.status or call.error,
            call.ms,
            subject,
        )
        ProviderCall.objects.create(
            organization=organization,
            provider=provider,
            method=call.method,
            path=call.path,
            status=call.status,
            error=call.error,
            ms=call.ms,
            request_id=call.request_id,
            rate=call.rate,
            subject=subject[:300],
            answer=call.answer,
        )

    return observe


class OAuthAuth:
    """Client credentials: the token is kept until shortly before its end and renewed by one worker at a time."""

    def __init__(self, connection: ZendeskConnection, make_client: Callable[[], ZendeskClient]) -> None:
        self._connection = connection
        self._make_client = make_client
        self._used = ""
        self._has_renewed = False

    def header(self) -> str:
        """Bearer with a live token. Raises what the token request raises."""
        token = self._live_token()
        self._used = token
        return f"Bearer {token}"

    def renew(self) -> bool:
        """After a 401: a fresh token, once. False when the second one was refused too."""
        if self._has_renewed:
            return False
        self._has_renewed = True
        self._connection.refresh_from_db()
        if self._connection.access_token.reveal() == self._used:
            self._renew_alone()
        return True

    def _live_token(self) -> str:
        connection = self._connection
        ends = connection.access_token_expires_at
        if connection.access_token and (ends is None or ends > timezone.now() + EARLY):
            return connection.access_token.reveal()
        self._renew_alone()
        return self._connection.access_token.reveal()

    def _renew_alone(self) -> None:
        """Renew under the row's lock; whoever does not get it waits for the other's token."""
        old = self._connection.access_token.token
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self._take_lock():
                self._connection.refresh_from_db()
                if self._connection.access_token.token != old:
                    self._free_lock()
                else:
                    self._fetch()
                return
            time.sleep(0.1)
            self._connection.refresh_from_db()
            if self._connection.access_token.token != old:
                return
        raise RateLimited("", retry_after=2.0)

    def _take_lock(self) -> bool:
        now = timezone.now()
        free = Q(renewing_until=None) | Q(renewing_until__lt=now)
        rows = ZendeskConnection.objects.filter(free, pk=self._connection.pk)
        return bool(rows.update(renewing_until=now + RENEWAL))

    def _free_lock(self) -> None:
        ZendeskConnection.objects.filter(pk=self._connection.pk).update(renewing_until=None)

    def _fetch(self) -> None:
        connection = self._connection
        try:
            token = self._make_client().request_token(connection.client_id, connection.client_secret.reveal())
        except Exception:
            self._free_lock()
            raise
        ends = timezone.now() + dt.timedelta(seconds=token.expires_in) if token.expires_in else None
        connection.access_token, connection.access_token_expires_at = Secret.hide(token.text), ends
        ZendeskConnection.objects.filter(pk=connection.pk).update(
            access_token=connection.access_token, access_token_expires_at=ends, renewing_until=None
        )


def open_zendesk(
    connection: ZendeskConnection,
    *,
    lane: Lane,
    subject: str = "",
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
    keep_claim: Callable[[], None] | None = None,
    part: str = "",
) -> ZendeskClient:
    """The account's client. Each call spends from the budget and leaves a `ProviderCall` row.

    `subject` names what the calls are for: `handoff:<id>`, `event:<id>`, `session:<pk>`. `keep_claim` prolongs
    the due row's claim before each call, which is shorter than the lease; what it raises stops the call. `part`
    names a part of Zendesk that counts its calls apart, such as Help Center: it has a budget of its own.
    """
    budget = f"{connection.base_url}#{part}" if part else connection.base_url
    session = guarded_session(settings.OUTBOUND_ALLOW_HOSTS)
    write_row = record_calls(connection.organization, "zendesk", subject)

    def observe(call: CallRecord) -> None:
        write_row(call)
        learn(budget, call)
        _prove(connection, call)

    def before_call() -> None:
        spend(budget, lane)
        if keep_claim is not None:
            keep_claim()

    def make_client(auth: Auth | None = None) -> ZendeskClient:
        return ZendeskClient(connection.base_url, auth, session, observe, timeouts, before_call=before_call)

    if connection.auth_method == AuthMethod.OAUTH:
        return make_client(OAuthAuth(connection, make_client))
    return make_client(TokenAuth(connection.email, connection.api_token.reveal()))


def _prove(connection: ZendeskConnection, call: CallRecord) -> None:
    """Keep when the credentials last worked, and since when they are refused."""
    now = timezone.now()
    rows = ZendeskConnection.objects.filter(pk=connection.pk)
    if call.status is not None and 200 <= call.status < 300 and "/oauth/" not in call.path:
        stale = Q(proven_at=None) | Q(proven_at__lt=now - PROVE_EVERY) | Q(refused_at__isnull=False)
        rows.filter(stale).update(
            proven_at=now, proven_by=f"{call.method} {call.path}", refused_at=None, refused_reason=""
        )


def note_refusal(connection: ZendeskConnection, error: Unauthorized) -> None:
    """Remember since when Zendesk refuses the credentials; the first refusal counts."""
    rows = ZendeskConnection.objects.filter(pk=connection.pk, refused_at=None)
    rows.update(refused_at=timezone.now(), refused_reason=error.sentence[:300])
