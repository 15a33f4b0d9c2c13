"""What an agent's role lets us do in Zendesk: create users, create tickets, write in them.

`role_type`: 0 custom agent, 1 light agent, 2 chat agent, 3 contributor, 4 admin, 5 billing admin.
Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/custom_roles/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from integrations.clients.errors import ProviderError
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_types import Identity
from integrations.report import OK, PROBLEM, WARNING, Check, claim_of

LIGHT, CHAT, CONTRIBUTOR, BILLING = 1, 2, 3, 5
ROLES_PATH = "/admin/people/team/roles"


@dataclass(frozen=True)
class RoleRead:
    """A custom role as Zendesk gave it; `trouble` says why it could not be read."""

    id: int | None = None
    name: str = ""
    role_type: int | None = None
    configuration: Mapping[str, Any] = field(default_factory=dict)
    trouble: str = ""

    def forbids(self, right: str) -> bool:
        """True when the role says no to this right; a right it does not speak of is not forbidden."""
        return self.configuration.get(right) is False


def read_role(client: ZendeskClient, me: Identity) -> RoleRead:
    """The user's custom role; nothing is asked for an admin or a user without one."""
    if me.role == "admin" or me.custom_role_id is None:
        return RoleRead()
    try:
        row = client.custom_role(me.custom_role_id)
    except ProviderError as error:
        return RoleRead(me.custom_role_id, trouble=error.sentence)
    configuration = row.get("configuration")
    role_type = row.get("role_type")
    return RoleRead(
        me.custom_role_id,
        str(row.get("name") or ""),
        role_type if isinstance(role_type, int) else None,
        configuration if isinstance(configuration, dict) else {},
    )


def name_role(me: Identity, role: RoleRead) -> str:
    """The role in words."""
    if me.role == "admin":
        return _("Admin")
    limited = _limited_name(me, role)
    if limited:
        return _("Agent, %(kind)s") % {"kind": limited}
    return _("Agent, custom role “%(name)s”") % {"name": role.name} if role.name else _("Agent")


def _limited_name(me: Identity, role: RoleRead) -> str:
    """The name of a role that cannot do our work, or the empty text."""
    if me.role == "admin":
        return ""
    kinds = {
        LIGHT: _("light agent"),
        CHAT: _("chat-only agent"),
        CONTRIBUTOR: _("contributor (chat only)"),
        BILLING: _("billing admin"),
    }
    if role.configuration.get("light_agent") is True:
        return kinds[LIGHT]
    return kinds.get(me.role_type or 0, "") or kinds.get(role.role_type or 0, "")


def judge_users(me: Identity, role: RoleRead) -> Check:
    """May we make the contact a user? A `fix_url` is a path of the account's Admin Center."""
    code = "create_users"
    limited = _limited_name(me, role)
    if limited:
        return _wrong_kind(code, me, limited)
    if role.trouble:
        return Check(
            code, WARNING, claim_of(code), _("Cannot tell: the role could not be read. %(why)s") % {"why": role.trouble}
        )
    access = role.configuration.get("end_user_profile_access")
    if access is None or access in ("edit", "full"):
        return Check(code, OK, claim_of(code))
    return _missing(
        code,
        role,
        failure=_("this user may not create users (permission missing)"),
        answer=_("The role “%(name)s” may not add end users, so a new contact gets no ticket.") % {"name": role.name},
        answered=f'200 · "end_user_profile_access": "{access}"',
        needed='"edit" / "full"',
        switch=_("Add and edit end users"),
    )


def judge_tickets(me: Identity, role: RoleRead) -> Check:
    """May we make tickets, and write publicly in them?"""
    code = "create_tickets"
    if role.trouble:
        return Check(code, WARNING, claim_of(code), _("Cannot tell: the role could not be read."))
    comments = role.configuration.get("ticket_comment_access")
    if comments not in (None, "public"):
        return _missing(
            code,
            role,
            failure=_("this user may not write public comments (permission missing)"),
            answer=_("The role “%(name)s” writes no public comments, so a contact’s words get into no ticket.")
            % {"name": role.name},
            answered=f'200 · "ticket_comment_access": "{comments}"',
            needed='"public"',
            switch=_("Public and private comments"),
        )
    if role.forbids("ticket_editing"):
        return _missing(
            code,
            role,
            failure=_("this user may not create and edit tickets (permission missing)"),
            answer=_("The role “%(name)s” may not edit ticket properties.") % {"name": role.name},
            answered='200 · "ticket_editing": false',
            needed='"ticket_editing": true',
            switch=_("Edit ticket properties"),
        )
    if role.configuration.get("ticket_access") == "assigned-only":
        return Check(
            code,
            WARNING,
            claim_of(code),
            _("Yes, but it sees only tickets assigned to it: replies in others are missed."),
        )
    return Check(code, OK, claim_of(code))


def _wrong_kind(code: str, me: Identity, limited: str) -> Check:
    return Check(
        code,
        PROBLEM,
        claim_of(code),
        failure=_("a %(kind)s may not create users and tickets (permission missing)") % {"kind": limited},
        answer=_("%(name)s is a %(kind)s and may not create users and tickets.") % {"name": me.name, "kind": limited},
        asked="GET /api/v2/users/me",
        answered=f'200 · "role": "{me.role}", "role_type": {me.role_type if me.role_type is not None else "null"}',
        needed=_("Admin, or an agent with full ticket rights"),
        fix=_("Admin Center › People › Team › Team members › the user › Role: Agent or Admin"),
        owner="you_zendesk",
        fix_url=f"/admin/people/team/members/{me.id}",
    )


def _missing(code: str, role: RoleRead, *, failure: str, answer: str, answered: str, needed: str, switch: str) -> Check:
    return Check(
        code,
        PROBLEM,
        claim_of(code),
        failure=failure,
        answer=answer,
        asked=f"GET /api/v2/custom_roles/{role.id}",
        answered=answered,
        needed=needed,
        fix=_("Admin Center › People › Team › Roles › %(name)s › “%(switch)s”") % {"name": role.name, "switch": switch},
        owner="you_zendesk",
        fix_url=f"{ROLES_PATH}/{role.id}",
    )
