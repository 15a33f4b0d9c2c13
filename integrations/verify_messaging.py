"""The checks behind Verify for Messaging: the key, its app, the Agent Workspace, and who looks Support users up.

Sources: contract 10; https://developer.zendesk.com/api-reference/conversations/.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NoReturn

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import messaging_refusals as refusals
from integrations.clients.errors import Forbidden, NotFound, ProviderError, Unauthorized
from integrations.clients.http import CallRecord, Observe, Timeouts
from integrations.clients.sunshine import AGENT_WORKSPACE, SunshineClient
from integrations.models import SunshineConnection, ZendeskConnection
from integrations.report import OK, PROBLEM, SKIPPED, Check, Report
from integrations.subdomain import NoSubdomain, read_subdomain
from integrations.support_lookup import Lookup, check_lookup
from integrations.verify import IN_A_PAGE
from opencx_admin.crypto import DOTS, Secret
from opencx_admin.net import guarded_session

CODES = ("key_id", "authenticated", "app", "switchboard", "support_api")
MOST_SHOWN = 240
SHOWN = "GET /v2/apps/{appId}"


@dataclass(frozen=True)
class MessagingCandidate:
    """Credentials to try; nothing of it is stored here. `subdomain` is as a person typed it."""

    subdomain: str
    app_id: str
    key_id: str
    secret: Secret
    lookup: Lookup = field(default_factory=Lookup)

    @classmethod
    def of(cls, connection: SunshineConnection) -> MessagingCandidate:
        """The saved credentials."""
        lookup = Lookup.of(connection)
        return cls(connection.subdomain, connection.app_id, connection.key_id, connection.secret, lookup)


@dataclass(frozen=True)
class MessagingReport(Report):
    """`is_refused`: Sunshine itself said no for good, so chats cannot go through these credentials."""

    agent_workspace_id: str = ""
    is_refused: bool = False


class _Stop(Exception):
    """A check failed; the rest is not asked."""


def verify_messaging(
    candidate: MessagingCandidate,
    observe: Observe = lambda _call: None,
    observe_support: Observe = lambda _call: None,
    timeouts: Timeouts = IN_A_PAGE,
) -> MessagingReport:
    """Ask Sunshine whether these credentials do what we need. Never raises for what it answers.

    Raises `Undecryptable` when the candidate's own secret cannot be opened.
    """
    run = _Run(candidate, observe, observe_support, timeouts)
    began = time.monotonic()
    with contextlib.suppress(_Stop):
        run.check_all()
    return MessagingReport(
        fill_up(run.checks),
        at=timezone.now(),
        ms=int((time.monotonic() - began) * 1000),
        subdomain=run.subdomain,
        agent_workspace_id=run.agent_workspace_id,
        is_refused=run.is_refused,
    )


def refuse(code: str, failure: str, answer: str) -> MessagingReport:
    """The report of credentials that were not even tried."""
    problem = Check(code, PROBLEM, refusals.messaging_claim(code), answer, failure=failure, owner="you_here")
    return MessagingReport(fill_up([problem]), at=timezone.now())


def refuse_key(subdomain: str) -> MessagingReport:
    """The report of a Key ID without `app_`: nothing is asked. `subdomain` may be empty or unreadable."""
    try:
        account = ZendeskConnection(subdomain=read_subdomain(subdomain)).base_url
    except NoSubdomain:
        account = ""
    return MessagingReport(fill_up([refusals.wrong_key(account)]), at=timezone.now())


def fill_up(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Every code once, in order; those that were not asked are skipped and say why."""
    asked = {check.code: check for check in checks}
    why = _("not asked: needs the row above")
    return tuple(asked.get(code) or Check(code, SKIPPED, refusals.messaging_claim(code), why) for code in CODES)


class _Run:
    """One Verify: keeps the last call and the rows found so far."""

    def __init__(
        self, candidate: MessagingCandidate, observe: Observe, observe_support: Observe, timeouts: Timeouts
    ) -> None:
        self.candidate = candidate
        self.checks: list[Check] = []
        self.subdomain = ""
        self.account_url = ""
        self.agent_workspace_id = ""
        self.is_refused = False
        self._secret = candidate.secret.reveal()
        self._observe = observe
        self._observe_support = observe_support
        self._timeouts = timeouts
        self._last: CallRecord | None = None

    def check_all(self) -> None:
        client = self._check_key()
        self._check_app(client)
        self._check_switchboard(client)
        found = check_lookup(self.candidate.lookup, self.subdomain, self._observe_support, self._timeouts)
        self.checks.append(found)

    # -- the checks, in order ----------------------------------------------------------------------

    def _check_key(self) -> SunshineClient:
        """The client, once key and subdomain can be what they should be; nothing is asked yet."""
        chosen = self.candidate
        typed = chosen.subdomain.strip()
        with contextlib.suppress(NoSubdomain):
            self.subdomain = read_subdomain(typed)
            self.account_url = ZendeskConnection(subdomain=self.subdomain).base_url
        if not refusals.is_app_key(chosen.key_id):
            self._fail(refusals.wrong_key(self.account_url))
        self._pass("key_id", _("its ID starts with app_"))
        if not self.subdomain:
            self._fail(refusals.no_account(typed))
        return SunshineClient(
            SunshineConnection(subdomain=self.subdomain).base_url,
            chosen.app_id,
            chosen.key_id,
            self._secret,
            guarded_session(settings.OUTBOUND_ALLOW_HOSTS),
            self._note,
            self._timeouts,
        )

    def _check_app(self, client: SunshineClient) -> None:
        """One call proves key, scope and App ID; its status tells them apart."""
        asked, url = self._path(), self.account_url
        try:
            name = client.app()
        except Unauthorized as error:
            self._refuse(refusals.key_rejected(url), asked, error)
        except Forbidden as error:
            self._sign_in()
            self._refuse(refusals.key_out_of_scope(url), asked, error)
        except NotFound as error:
            if error.code == "NoHelpDesk":
                self._refuse(refusals.no_sunshine(url), asked, error)
            self._sign_in()
            self._refuse(refusals.wrong_app(self.candidate.app_id, url), asked, error)
        except ProviderError as error:
            self._fail(refusals.sunshine_unreachable("authenticated", error), asked, self._show(error))
        self._sign_in()
        self._pass("app", f"“{name}”" if name else self.candidate.app_id, SHOWN)

    def _check_switchboard(self, client: SunshineClient) -> None:
        asked = self._path("/switchboards")
        try:
            found = client.switchboard_integrations()
        except (Unauthorized, Forbidden) as error:
            self._refuse(refusals.key_out_of_scope(self.account_url, "switchboard"), asked, error)
        except NotFound as error:
            self._refuse(refusals.no_workspace("", self.account_url), asked, error)
        except ProviderError as error:
            self._fail(refusals.sunshine_unreachable("switchboard", error), asked, self._show(error))
        workspace = next((one for one in found if one.integration_type == AGENT_WORKSPACE), None)
        if workspace is None:
            self.is_refused = True
            types = ", ".join(one.integration_type or one.name for one in found)
            self._fail(refusals.no_workspace(types, self.account_url), asked, f"200 · {types or '[]'}")
        self.agent_workspace_id = workspace.id
        self._pass("switchboard", workspace.name or workspace.id, f"{SHOWN}/switchboards")

    # -- keeping ----------------------------------------------------------------------------------

    def _note(self, call: CallRecord) -> None:
        self._last = call
        self._observe(call)

    def _show(self, error: ProviderError) -> str:
        """What was answered, short, without our secret should it be repeated there."""
        text = " ".join(error.answer.split())
        text = text.replace(self._secret, DOTS) if self._secret else text
        return " · ".join(part for part in (str(error.status or ""), text[:MOST_SHOWN]) if part) or error.sentence

    def _path(self, rest: str = "") -> str:
        return f"GET /v2/apps/{self.candidate.app_id}{rest}"

    def _sign_in(self) -> None:
        self._pass("authenticated", _("Sunshine knows the key"))

    def _pass(self, code: str, answer: str, asked: str = "") -> None:
        check = Check(code, OK, refusals.messaging_claim(code), answer, asked=asked)
        if asked and self._last:
            check = replace(check, status=self._last.status, ms=self._last.ms)
        self.checks.append(check)

    def _refuse(self, refusal: Check, asked: str, error: ProviderError) -> NoReturn:
        self.is_refused = True
        self._fail(refusal, asked, self._show(error))

    def _fail(self, refusal: Check, asked: str = "", answered: str = "") -> NoReturn:
        status = self._last.status if asked and self._last else None
        self.checks.append(replace(refusal, asked=asked, answered=answered, status=status))
        raise _Stop
