"""Who looks Support users up for Messaging, and whether that works: what keeps one person one contact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from django.conf import settings
from django.utils.translation import gettext as _

from integrations import refusals, rights
from integrations.clients.auth import BearerAuth, TokenAuth
from integrations.clients.errors import Forbidden, NotFound, ProviderError, Unauthorized
from integrations.clients.http import Observe, Timeouts
from integrations.clients.zendesk import Auth, ZendeskClient
from integrations.clients.zendesk_types import Identity
from integrations.messaging_refusals import messaging_claim
from integrations.models import AuthMethod, SunshineConnection, ZendeskConnection
from integrations.report import OK, PROBLEM, WARNING, Check
from integrations.verify import ASKED_TOKEN, Candidate
from opencx_admin.crypto import DOTS, Undecryptable
from opencx_admin.net import guarded_session

CODE = "support_api"
MOST_SHOWN = 240
T = TypeVar("T")


@dataclass(frozen=True)
class Lookup:
    """`candidate` is None when there are no credentials. `is_own`: entered in Messaging, not those of Ticketing."""

    candidate: Candidate | None = field(default=None)
    is_own: bool = False

    @classmethod
    def ticketing(cls, connection: ZendeskConnection | None) -> Lookup:
        """By the Ticketing credentials, if there are any."""
        return cls(Candidate.of(connection) if connection else None)

    @classmethod
    def of(cls, connection: SunshineConnection) -> Lookup:
        """As the saved Messaging connection says."""
        if connection.use_ticketing_credentials:
            return cls.ticketing(ZendeskConnection.objects.filter(organization=connection.organization).first())
        is_oauth = connection.auth_method == AuthMethod.OAUTH
        secret = connection.client_secret if is_oauth else connection.api_token
        if not secret:
            return cls(is_own=True)
        own = Candidate(connection.subdomain, connection.auth_method, connection.email, connection.client_id, secret)
        return cls(own, is_own=True)


class _NoLookup(Exception):
    """The look-up does not work; `check` says why."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.failure)
        self.check = check


def check_lookup(lookup: Lookup, subdomain: str, observe: Observe, timeouts: Timeouts) -> Check:
    """The row `support_api` for Messaging at `subdomain`.

    A problem only for credentials that were entered here; without any, or with those of Ticketing, it warns:
    chats go through all the same, and one person may become two contacts.
    """
    chosen = lookup.candidate
    if chosen is None:
        return _missing(lookup)
    if not lookup.is_own and chosen.subdomain != subdomain:
        return _elsewhere(chosen.subdomain, subdomain)
    base_url = ZendeskConnection(subdomain=subdomain).base_url
    try:
        me = _sign_in(chosen, base_url, observe, timeouts)
    except Undecryptable:
        return _warn(_("Cannot tell: the stored secret cannot be opened with the present keys."))
    except _NoLookup as stopped:
        if lookup.is_own:
            return stopped.check
        answer = _("The Ticketing credentials do not work: %(why)s %(then)s")
        return replace(
            stopped.check, verdict=WARNING, answer=answer % {"why": stopped.check.answer, "then": _consequence()}
        )
    answer = _("as %(name)s, by the Ticketing credentials")
    if lookup.is_own:
        answer = _("as %(name)s, by credentials of its own")
    text = answer % {"name": me.name or me.email}
    return Check(CODE, OK, messaging_claim(CODE), text, asked=refusals.ASKED_ME, status=200)


def _consequence() -> str:
    return _("One person may become two contacts in Zendesk.")


def _warn(answer: str, fix: str = "") -> Check:
    text = f"{answer} {_consequence()}"
    return Check(CODE, WARNING, messaging_claim(CODE), text, fix=fix, owner="you_here")


def _missing(lookup: Lookup) -> Check:
    fix = _("Settings › Integrations › Zendesk › Messaging › Zendesk API credentials")
    if lookup.is_own:
        return _warn(_("No: there are no Zendesk API credentials."), fix)
    return _warn(_("No: Ticketing has no credentials yet."), fix)


def _elsewhere(ticketing: str, messaging: str) -> Check:
    answer = _("Ticketing signs in to %(one)s and Messaging to %(other)s: people would be looked up in %(one)s.")
    return _warn(answer % {"one": ticketing, "other": messaging})


def _sign_in(chosen: Candidate, base_url: str, observe: Observe, timeouts: Timeouts) -> Identity:
    """An agent who may change users. Raises `_NoLookup` and `Undecryptable`."""
    session, secret = guarded_session(settings.OUTBOUND_ALLOW_HOSTS), chosen.secret.reveal()

    def client_of(auth: Auth | None) -> ZendeskClient:
        return ZendeskClient(base_url, auth, session, observe, timeouts)

    asking = _Asking(chosen.auth_method, base_url, secret)
    auth: Auth = TokenAuth(chosen.email, secret)
    if chosen.auth_method == AuthMethod.OAUTH:
        token = asking.ask(ASKED_TOKEN, lambda: client_of(None).request_token(chosen.client_id, secret))
        auth = BearerAuth(token.text)
    client = client_of(auth)
    me = asking.ask(refusals.ASKED_ME, client.me)
    if me.id is None:
        raise _NoLookup(_as_lookup(refusals.nobody(chosen.auth_method, base_url)))
    if not me.is_agent:
        raise _NoLookup(_as_lookup(refusals.end_user(me, base_url)))
    if me.is_suspended or not me.is_active:
        raise _NoLookup(_as_lookup(refusals.switched_off(me, base_url)))
    found = rights.judge_users(me, rights.read_role(client, me))
    if found.verdict == PROBLEM:
        raise _NoLookup(_as_lookup(replace(found, fix_url=f"{base_url}{found.fix_url}")))
    return me


def _as_lookup(refusal: Check) -> Check:
    """A refusal of Ticketing's Verify as the row of the look-up."""
    failure = _("Zendesk API credentials: %(why)s") % {"why": refusal.failure}
    return replace(refusal, code=CODE, claim=messaging_claim(CODE), failure=failure)


@dataclass(frozen=True)
class _Asking:
    """Turns a failed call into the row that stops."""

    auth_method: str
    base_url: str
    secret: str = field(repr=False)

    def ask(self, asked: str, act: Callable[[], T]) -> T:
        try:
            return act()
        except ProviderError as error:
            refusal = refusals.unreachable(CODE, error)
            if isinstance(error, NotFound):
                refusal = refusals.no_help_desk(self.base_url)
            elif isinstance(error, Unauthorized):
                refusal = refusals.rejected(CODE, self.auth_method, self.base_url)
            elif isinstance(error, Forbidden):
                refusal = refusals.forbidden(CODE, self.base_url)
            row = replace(_as_lookup(refusal), asked=asked, answered=self._show(error), status=error.status)
            raise _NoLookup(row) from error

    def _show(self, error: ProviderError) -> str:
        text = " ".join(error.answer.split())
        text = text.replace(self.secret, DOTS) if self.secret else text
        return " · ".join(part for part in (str(error.status or ""), text[:MOST_SHOWN]) if part) or error.sentence
