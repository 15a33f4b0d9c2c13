"""Who is calling, and what that person may do."""

import base64
import binascii
from dataclasses import dataclass

from django.http import HttpRequest

from integrations.sandbox.api.answers import bad_token, forbidden, unauthenticated
from integrations.sandbox.models import AccessToken, Account, CustomRole, Person
from integrations.sandbox.models.people import BILLING, CHAT_AGENT, CONTRIBUTOR, LIGHT_AGENT
from integrations.sandbox.store import now

# A token may be asked for by resource; these go with another's scope.
SCOPE_OF = {
    "ticket_fields": "tickets",
    "ticket_forms": "tickets",
    "uploads": "tickets",
    "job_statuses": "tickets",
    "incremental": "tickets",
    "search": "tickets",
    "custom_roles": "users",
    "trigger_categories": "triggers",
    "audit_logs": "auditlogs",
}


@dataclass(frozen=True)
class Rights:
    """What a person may do through the API."""

    reads_tickets: bool = False
    writes_tickets: bool = False
    creates_tickets: bool = False
    comments_publicly: bool = False
    reads_users: bool = False
    writes_users: bool = False
    deletes_tickets: bool = False
    merges_tickets: bool = False
    manages_rules: bool = False
    manages_webhooks: bool = False


EVERYTHING = Rights(*[True] * 10)


@dataclass(frozen=True)
class Caller:
    """A person with a credential; ``scopes`` is None for an API token."""

    person: Person
    rights: Rights
    scopes: frozenset[str] | None = None

    def check_scope(self, resource: str, method: str) -> None:
        """Raises 403 when the token was not asked for with a fitting scope."""
        if self.scopes is None:
            return
        verb = "read" if method in ("GET", "HEAD") else "write"
        name = SCOPE_OF.get(resource, resource)
        if not self.scopes & {verb, f"{name}:{verb}", f"{resource}:{verb}"}:
            raise forbidden()


def rights_of(person: Person) -> Rights:
    """The rights that role, role type and custom role give."""
    if not person.is_active or person.is_suspended or not person.is_staff:
        return Rights()
    if person.custom_role_id:
        role = CustomRole.objects.filter(account=person.account, pk=person.custom_role_id).first()
        if role is not None:
            return rights_of_role(role)
    if person.role == "admin":
        return EVERYTHING
    if person.role_type in (CHAT_AGENT, CONTRIBUTOR):
        return Rights()
    if person.role_type == BILLING:
        return Rights(reads_users=True)
    if person.role_type == LIGHT_AGENT:
        return Rights(reads_tickets=True, writes_tickets=True, reads_users=True)
    return Rights(
        reads_tickets=True,
        writes_tickets=True,
        creates_tickets=True,
        comments_publicly=True,
        reads_users=True,
        writes_users=True,
        deletes_tickets=True,
        merges_tickets=True,
    )


def rights_of_role(role: CustomRole) -> Rights:
    """A custom role, read as Zendesk's configuration object writes it."""
    said = role.configuration
    is_light = bool(said.get("light_agent")) or role.role_type == LIGHT_AGENT
    comments = said.get("ticket_comment_access", "public")
    return Rights(
        reads_tickets=bool(said.get("ticket_access", "all")),
        writes_tickets=comments != "none" or bool(said.get("ticket_editing", True)),
        creates_tickets=not is_light and bool(said.get("ticket_editing", True)),
        comments_publicly=comments == "public" and not is_light,
        reads_users=True,
        writes_users=said.get("end_user_profile_access", "full") == "full" and not is_light,
        deletes_tickets=bool(said.get("ticket_deletion", False)),
        merges_tickets=bool(said.get("ticket_merge", False)),
        manages_rules=bool(said.get("manage_business_rules", False)),
        manages_webhooks=bool(said.get("manage_extensions_and_channels", False)),
    )


def authenticate(request: HttpRequest, account: Account) -> Caller | None:
    """The caller; None for nobody (also a password, which no one here has). Raises 401."""
    kind, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
    if kind.lower() == "bearer":
        return read_bearer(account, rest.strip())
    if kind.lower() == "basic":
        return read_basic(account, rest.strip())
    return None


def read_bearer(account: Account, token: str) -> Caller:
    """The person of an OAuth token that still lives."""
    row = AccessToken.objects.select_related("person").filter(account=account, token=token).first()
    if row is None or row.expires_at <= now():
        raise bad_token()
    return Caller(row.person, rights_of(row.person), frozenset(row.scopes.split()))


def read_basic(account: Account, encoded: str) -> Caller | None:
    """The person of ``email/token:TOKEN``."""
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise unauthenticated() from None
    if not user.endswith("/token"):
        return None
    email = user.removesuffix("/token").lower()
    known = {row["token"] for row in account.api_tokens}
    person = Person.objects.filter(account=account, email__iexact=email, is_active=True).first()
    if not account.token_access or secret not in known or person is None:
        raise unauthenticated()
    return Caller(person, rights_of(person))
