"""The failures of Verify for Messaging, each as the row it becomes: what happened, whose move, and the way to mend it.

`account_url` is the Zendesk account's address, for deep links into Admin Center. Source of the cases: contract 10.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from integrations.clients.errors import BadResponse, ProviderError
from integrations.refusals import host_of, redirected
from integrations.report import PROBLEM, Check

KEYS_PAGE = "/admin/apps-integrations/apis/conversations-api"
CHANNELS_PAGE = "/admin/channels/messaging_and_social/channels_list"
MULTI_PAGE = "/admin/channels/messaging_and_social/messaging/setup"
APP_KEY = "app_"


def messaging_claim(code: str) -> str:
    """What a check of Messaging claims, as its row says it."""
    return {
        "key_id": _("App key"),
        "authenticated": _("Signed in"),
        "app": _("App opens"),
        "switchboard": _("Agent Workspace in the switchboard"),
        "support_api": _("Support users can be looked up"),
    }.get(code, code)


def multi_path() -> str:
    """Where multi-conversations are turned on; no API can see or set it."""
    return _(
        "Admin Center › Channels › Messaging and social › Messaging › Manage settings › "
        "Web Widget and Mobile SDKs › Multi-conversations"
    )


def keys_path() -> str:
    """Where App keys are made, and where the App ID stands."""
    return _("Admin Center › Apps and integrations › APIs › Conversations API")


def is_app_key(key_id: str) -> bool:
    """Only App keys open an app; their ids start with `app_`."""
    return key_id.strip().startswith(APP_KEY)


def wrong_key_text() -> str:
    """What is said of a Key ID without `app_`."""
    return _("This is an Integration key. Use an App key; it starts with app_.")


def _row(
    code: str,
    failure: str,
    answer: str,
    *,
    owner: str = "you_zendesk",
    needed: str = "",
    fix: str = "",
    fix_url: str = "",
) -> Check:
    return Check(
        code,
        PROBLEM,
        messaging_claim(code),
        answer,
        failure=failure,
        owner=owner,
        needed=needed,
        fix=fix,
        fix_url=fix_url,
    )


def wrong_key(account_url: str) -> Check:
    """Not an App key; nothing was asked."""
    return _row(
        "key_id",
        _("an Integration key"),
        wrong_key_text(),
        needed=_("A Key ID that starts with app_"),
        fix=_("%(path)s › Create API key") % {"path": keys_path()},
        fix_url=f"{account_url}{KEYS_PAGE}" if account_url else "",
    )


def no_account(typed: str) -> Check:
    return _row(
        "authenticated",
        _("“%(typed)s” is no Zendesk subdomain") % {"typed": typed[:80]},
        _("“%(typed)s” names no account of Zendesk. Nothing was sent.") % {"typed": typed[:80]},
        needed=_("The part before .zendesk.com, such as acme"),
        owner="you_here",
    )


def no_sunshine(account_url: str) -> Check:
    return _row(
        "authenticated",
        _("no such help desk"),
        _("No help desk at %(host)s.") % {"host": host_of(account_url)},
        needed=_("The subdomain of your account, as its agents see it in the address bar"),
        owner="you_here",
    )


def key_rejected(account_url: str) -> Check:
    """401: key or secret."""
    return _row(
        "authenticated",
        _("key or secret rejected"),
        _("Sunshine refuses this Key ID and secret: one of them is wrong, or the key was deleted."),
        fix=_("%(path)s: make a new key, its secret is shown once") % {"path": keys_path()},
        fix_url=f"{account_url}{KEYS_PAGE}",
    )


def key_out_of_scope(account_url: str, code: str = "app") -> Check:
    """403: the key is known and its scope is not this app."""
    return _row(
        code,
        _("the key has the wrong scope"),
        _("Sunshine knows this key and does not let it open the app: its scope is another one."),
        needed=_("A key of the scope app, made on the Conversations API page"),
        fix=_("%(path)s › Create API key") % {"path": keys_path()},
        fix_url=f"{account_url}{KEYS_PAGE}",
    )


def wrong_app(app_id: str, account_url: str) -> Check:
    """404."""
    return _row(
        "app",
        _("wrong App ID"),
        _("There is no app with the ID %(id)s at %(host)s.") % {"id": app_id, "host": host_of(account_url)},
        needed=_("The App ID at the top of the Conversations API page"),
        fix=_("%(path)s: copy the App ID") % {"path": keys_path()},
        fix_url=f"{account_url}{KEYS_PAGE}",
    )


def no_workspace(found: str, account_url: str) -> Check:
    """The switchboard holds no Agent Workspace: nobody could take a chat."""
    answer = _("The switchboard holds %(found)s, so no agent could take a chat.") % {"found": found}
    if not found:
        answer = _("The app has no switchboard with an Agent Workspace, so no agent could take a chat.")
    return _row(
        "switchboard",
        _("no Agent Workspace in the switchboard"),
        answer,
        needed='"integrationType": "zd:agentWorkspace"',
        fix=_(
            "Admin Center › Workspaces › Agent tools › Agent interface: turn on the Agent Workspace. Then "
            "Channels › Messaging and social › Messaging: turn on messaging"
        ),
        fix_url=f"{account_url}{CHANNELS_PAGE}",
    )


def sunshine_unreachable(code: str, error: ProviderError) -> Check:
    """No connection, no answer, 429, 5xx, or an answer that is not Sunshine's."""
    if isinstance(error, BadResponse) and error.is_redirect:
        return replace(redirected(code, error), claim=messaging_claim(code))
    return _row(
        code,
        _("Zendesk is not reachable"),
        _("Zendesk is not reachable. %(why)s Try again in a minute.") % {"why": error.sentence},
        owner="zendesk" if error.status else "us",
    )
