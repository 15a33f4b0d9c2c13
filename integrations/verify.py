"""The checks behind Verify: what was asked of Zendesk, what it answered, and what that proves.

A 200 of `GET /users/me` proves nothing: Zendesk gives it to nobody too, as "Anonymous user" without an id.
Sources: contract 10; https://developer.zendesk.com/api-reference/ticketing/users/users/.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NoReturn, TypeVar

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import refusals, rights
from integrations.clients.auth import BearerAuth, TokenAuth
from integrations.clients.errors import Forbidden, NotFound, ProviderError, Unauthorized
from integrations.clients.http import CallRecord, Observe, Timeouts
from integrations.clients.zendesk import Auth, ZendeskClient
from integrations.clients.zendesk_types import Identity, Token
from integrations.models import AuthMethod, ZendeskConnection
from integrations.report import OK, PROBLEM, WARNING, Check, Report, claim_of, fill_up
from integrations.subdomain import NoSubdomain, read_subdomain
from opencx_admin.crypto import DOTS, Secret
from opencx_admin.net import guarded_session

IN_A_PAGE = Timeouts(connect=3.0, read=8.0)
MOST_SHOWN = 240
ASKED_TOKEN, ASKED_TICKETS = "POST /oauth/tokens", "GET /api/v2/tickets?page[size]=1"
T = TypeVar("T")


@dataclass(frozen=True)
class Candidate:
    """Credentials to try; nothing of it is stored here. `subdomain` is as a person typed it."""

    subdomain: str
    auth_method: str
    email: str = ""
    client_id: str = ""
    secret: Secret = field(default_factory=Secret)

    @classmethod
    def of(cls, connection: ZendeskConnection) -> Candidate:
        """The saved credentials."""
        return cls(
            connection.subdomain, connection.auth_method, connection.email, connection.client_id, connection.secret
        )


class _Stop(Exception):
    """A check failed; the rest is not asked."""


def verify(candidate: Candidate, observe: Observe = lambda _call: None, timeouts: Timeouts = IN_A_PAGE) -> Report:
    """Ask Zendesk whether these credentials do what we need. Never raises for what Zendesk answers.

    Raises `Undecryptable` when the candidate's secret cannot be opened.
    """
    run = _Run(candidate, observe, timeouts)
    began = time.monotonic()
    with contextlib.suppress(_Stop):
        run.check_all()
    return Report(
        fill_up(run.checks),
        at=timezone.now(),
        ms=int((time.monotonic() - began) * 1000),
        subdomain=run.subdomain,
        identity=run.identity,
        token=run.token,
    )


def refuse(code: str, failure: str, answer: str, subdomain: str = "") -> Report:
    """The report of credentials that were not even tried: one problem, everything else not asked."""
    problem = Check(code, PROBLEM, claim_of(code), answer=answer, failure=failure, owner="you_here")
    return Report(fill_up([problem]), at=timezone.now(), subdomain=subdomain)


class _Run:
    """One Verify: keeps the last call and the rows found so far."""

    def __init__(self, candidate: Candidate, observe: Observe, timeouts: Timeouts) -> None:
        self.candidate = candidate
        self.checks: list[Check] = []
        self.subdomain = ""
        self.base_url = ""
        self.identity: Identity | None = None
        self.token: Token | None = None
        self._secret = candidate.secret.reveal()
        self._observe = observe
        self._timeouts = timeouts
        self._last: CallRecord | None = None
        self._session = guarded_session(settings.OUTBOUND_ALLOW_HOSTS)

    def check_all(self) -> None:
        self._check_subdomain()
        client = self._sign_in()
        me = self._check_identity(client)
        role = self._check_role(client, me)
        if me.is_suspended or not me.is_active:
            self._fail(refusals.switched_off(me, self.base_url))
        self._pass("active", _("not suspended"))
        self._ask("read_tickets", ASKED_TICKETS, client.probe_tickets)
        self._pass("read_tickets", asked=ASKED_TICKETS)
        self._check_rights(me, role)
        self._check_manage(client, role)

    # -- the checks, in order ----------------------------------------------------------------------

    def _check_subdomain(self) -> None:
        typed = self.candidate.subdomain.strip()
        try:
            self.subdomain = read_subdomain(typed)
        except NoSubdomain:
            self._fail(refusals.no_subdomain(typed))
        self.base_url = ZendeskConnection(subdomain=self.subdomain).base_url
        answer = self.subdomain
        if typed != self.subdomain:
            answer = _("“%(typed)s” read as %(name)s") % {"typed": typed[:80], "name": self.subdomain}
        self._pass("subdomain", answer)

    def _sign_in(self) -> ZendeskClient:
        """The client with the credentials; an OAuth client first gets its token."""
        chosen, secret = self.candidate, self._secret
        if chosen.auth_method == AuthMethod.API_TOKEN:
            return self._client(TokenAuth(chosen.email, secret))
        anonymous = self._client(None)
        self.token = self._ask("authenticated", ASKED_TOKEN, lambda: anonymous.request_token(chosen.client_id, secret))
        return self._client(BearerAuth(self.token.text))

    def _check_identity(self, client: ZendeskClient) -> Identity:
        me = self._ask("authenticated", refusals.ASKED_ME, client.me)
        self._pass_reachable()
        if me.id is None:
            refusal = refusals.nobody(self.candidate.auth_method, self.base_url)
            self._fail(refusal, refusals.ASKED_ME, '200 · "id": null, "name": "Anonymous user"')
        self.identity = me
        answer = _("as %(name)s (user %(id)s)") % {"name": me.name or me.email, "id": me.id}
        self._pass("authenticated", answer, asked=refusals.ASKED_ME)
        return me

    def _check_role(self, client: ZendeskClient, me: Identity) -> rights.RoleRead:
        if not me.is_agent:
            self._fail(refusals.end_user(me, self.base_url))
        role = rights.read_role(client, me)
        self._pass("role", rights.name_role(me, role))
        return role

    def _check_rights(self, me: Identity, role: rights.RoleRead) -> None:
        for judge in (rights.judge_users, rights.judge_tickets):
            found = judge(me, role)
            if found.verdict == PROBLEM:
                self._fail(replace(found, fix_url=f"{self.base_url}{found.fix_url}"))
            self.checks.append(found)

    def _check_manage(self, client: ZendeskClient, role: rights.RoleRead) -> None:
        """Wanted, not required: who may not make them through the API makes them by hand."""
        verdict, answer, asked = OK, "", "GET /api/v2/webhooks"
        by_hand = _("No. You can still make them by hand.")
        try:
            client.probe_webhooks()
            asked = "GET /api/v2/triggers"
            client.probe_triggers()
        except (Forbidden, NotFound, Unauthorized):
            verdict, answer = WARNING, by_hand
        except ProviderError as error:
            verdict, answer = WARNING, _("Cannot tell: %(why)s") % {"why": error.sentence}
        else:
            if role.forbids("manage_business_rules"):
                verdict, answer, asked = WARNING, by_hand, f"GET /api/v2/custom_roles/{role.id}"
        self._keep(Check("manage_webhooks", verdict, claim_of("manage_webhooks"), answer, asked=asked))

    # -- asking and keeping ------------------------------------------------------------------------

    def _client(self, auth: Auth | None) -> ZendeskClient:
        return ZendeskClient(self.base_url, auth, self._session, self._note, self._timeouts)

    def _note(self, call: CallRecord) -> None:
        self._last = call
        self._observe(call)

    def _ask(self, code: str, asked: str, act: Callable[[], T]) -> T:
        """Do one call for a check; a failure becomes the row that stops the run."""
        try:
            return act()
        except ProviderError as error:
            answered = self._show(error)
            if isinstance(error, NotFound) and (code == "authenticated" or error.code == "NoHelpDesk"):
                self._fail(refusals.no_help_desk(self.base_url), asked, answered)
            if isinstance(error, Unauthorized | Forbidden | NotFound):
                self._pass_reachable()
                refusal = refusals.forbidden(code, self.base_url)
                if isinstance(error, Unauthorized):
                    refusal = refusals.rejected(code, self.candidate.auth_method, self.base_url)
                self._fail(refusal, asked, answered)
            row = code if self._is_reached() else "reachable"
            self._fail(refusals.unreachable(row, error), asked, answered)

    def _show(self, error: ProviderError) -> str:
        """What Zendesk answered, short, without our secret should it be repeated there."""
        text = " ".join(error.answer.split())
        for secret in (self._secret, self.token.text if self.token else ""):
            text = text.replace(secret, DOTS) if secret else text
        return " · ".join(part for part in (str(error.status or ""), text[:MOST_SHOWN]) if part) or error.sentence

    def _is_reached(self) -> bool:
        return any(check.code == "reachable" for check in self.checks)

    def _pass_reachable(self) -> None:
        if not self._is_reached():
            ms = self._last.ms if self._last else 0
            self._pass("reachable", _("%(host)s, %(ms)s ms") % {"host": refusals.host_of(self.base_url), "ms": ms})

    def _pass(self, code: str, answer: str = "", *, asked: str = "") -> None:
        self._keep(Check(code, OK, claim_of(code), answer, asked=asked))

    def _fail(self, refusal: Check, asked: str = "", answered: str = "") -> NoReturn:
        if asked:
            refusal = replace(refusal, asked=asked, answered=answered)
        self._keep(refusal)
        raise _Stop

    def _keep(self, check: Check) -> None:
        """Add a row, with status and time of the last call when that is the one it speaks of."""
        path = check.asked.partition(" ")[2].partition("?")[0]
        if self._last and path and self._last.path == path:
            check = replace(check, status=self._last.status, ms=self._last.ms)
        self.checks.append(check)
