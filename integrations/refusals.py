"""The failures of Verify, each as the row it becomes: what happened, whose move it is, and the way to mend it.

`base_url` is the account's address, for deep links into Admin Center. Source of the cases: contract 10.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.clients.errors import BadResponse, ProviderError
from integrations.clients.zendesk_types import Identity
from integrations.models import AuthMethod
from integrations.report import PROBLEM, Check, claim_of

MEMBERS = "/admin/people/team/members"
ASKED_ME = "GET /api/v2/users/me"


def host_of(base_url: str) -> str:
    """The address without its scheme, as a person knows it."""
    return base_url.split("://", 1)[-1]


def no_subdomain(typed: str) -> Check:
    return Check(
        "subdomain",
        PROBLEM,
        claim_of("subdomain"),
        failure=_("“%(typed)s” is no Zendesk subdomain") % {"typed": typed[:80]},
        answer=_("“%(typed)s” names no account of Zendesk. Nothing was sent.") % {"typed": typed[:80]},
        needed=_("The part before .zendesk.com, such as acme"),
        owner="you_here",
    )


def no_help_desk(base_url: str) -> Check:
    return Check(
        "reachable",
        PROBLEM,
        claim_of("reachable"),
        failure=_("no such help desk"),
        answer=_("No help desk at %(host)s.") % {"host": host_of(base_url)},
        needed=_("The subdomain of your account, as its agents see it in the address bar"),
        owner="you_here",
    )


def unreachable(code: str, error: ProviderError) -> Check:
    """No connection, no answer, 429, 5xx, or an answer that is not Zendesk's."""
    if isinstance(error, BadResponse) and error.is_redirect:
        return redirected(code, error)
    return Check(
        code,
        PROBLEM,
        claim_of(code),
        failure=_("Zendesk is not reachable"),
        answer=_("Zendesk is not reachable. %(why)s Try again in a minute.") % {"why": error.sentence},
        owner="zendesk" if error.status else "us",
    )


def redirected(code: str, error: BadResponse) -> Check:
    """3xx: the account is elsewhere, and credentials never follow."""
    words = {"status": error.status}
    return Check(
        code,
        PROBLEM,
        claim_of(code),
        failure=_("Zendesk answered with a redirect (%(status)s)") % words,
        answer=_(
            "Zendesk answered with a redirect (%(status)s), and we follow none: the account was renamed, "
            "or another host is mapped to it."
        )
        % words,
        needed=_("The subdomain at which agents sign in now, as their address bar shows it"),
        owner="you_here",
    )


def rejected(code: str, auth_method: str, base_url: str, answer: str = "") -> Check:
    """401, or a 200 to nobody."""
    is_token = auth_method == AuthMethod.API_TOKEN
    said = (
        _("Zendesk refuses this email and API token: wrong, revoked, expired, or Token access is off.")
        if is_token
        else _("Zendesk refuses this client: identifier or secret are wrong, or the client was removed.")
    )
    path = _("Admin Center › Apps and integrations › APIs › OAuth clients: a confidential client, a new secret")
    if is_token:
        path = _("Admin Center › Apps and integrations › APIs › API tokens. New ones cannot be made: use OAuth")
    page = "api-tokens" if is_token else "zendesk-api/oauth_clients"
    return Check(
        code,
        PROBLEM,
        claim_of(code),
        failure=_("credentials rejected"),
        answer=answer or said,
        fix=path,
        fix_url=f"{base_url}/admin/apps-integrations/apis/{page}",
        owner="you_zendesk",
    )


def nobody(auth_method: str, base_url: str) -> Check:
    """Zendesk answered 200, as "Anonymous user" without an id."""
    answer = _("Zendesk answered 200 to nobody, as “Anonymous user”: it ignores these credentials.")
    return rejected("authenticated", auth_method, base_url, answer)


def forbidden(code: str, base_url: str) -> Check:
    """403: known, and let do nothing of this."""
    failure = _("Zendesk answers 403 (permission missing)")
    answer = _("Zendesk knows these credentials and refuses them everything: suspended, or no read scope.")
    if code == "read_tickets":
        failure = _("this user may not read tickets (permission missing)")
        answer = _("Zendesk knows this user and does not let it read tickets.")
    return Check(
        code,
        PROBLEM,
        claim_of(code),
        failure=failure,
        answer=answer,
        fix=_("Admin Center › People › Team › Team members › the user: role and ticket access"),
        fix_url=f"{base_url}{MEMBERS}",
        owner="you_zendesk",
    )


def end_user(me: Identity, base_url: str) -> Check:
    return Check(
        "role",
        PROBLEM,
        claim_of("role"),
        failure=_("the user is an end user"),
        answer=_("%(name)s has the role %(role)s. Only agents and admins may work with tickets.")
        % {"name": me.name, "role": me.role or "–"},
        asked=ASKED_ME,
        answered=f'200 · "role": "{me.role}"',
        needed='"agent" / "admin"',
        fix=_("Admin Center › People › Team › Team members: add the user with an agent role"),
        fix_url=f"{base_url}{MEMBERS}",
        owner="you_zendesk",
    )


def switched_off(me: Identity, base_url: str) -> Check:
    """Suspended, or no longer active."""
    failure = _("the user is suspended") if me.is_suspended else _("the user is not active")
    answer = (
        _("%(name)s is suspended in Zendesk and may do nothing.")
        if me.is_suspended
        else _("%(name)s is deleted or switched off in Zendesk.")
    )
    return Check(
        "active",
        PROBLEM,
        claim_of("active"),
        failure=failure,
        answer=answer % {"name": me.name},
        asked=ASKED_ME,
        answered='200 · "suspended": true' if me.is_suspended else '200 · "active": false',
        fix=_("Admin Center › People › Team › Team members › the user: lift it, or use another user"),
        fix_url=f"{base_url}{MEMBERS}/{me.id}",
        owner="you_zendesk",
    )
