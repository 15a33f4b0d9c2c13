"""The demo's rows: its organizations, their people and where the stand-in is."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from integrations.models import AuthMethod, PlatformConnection, ZendeskConnection
from integrations.models.platform import new_signing_secret
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization, Role
from opencx_admin.orgs.people import create_organization, find_or_create_user, join
from ticketing.demo.notes import BY, Notes

ORGANIZATION = "Acme Outfitters"
PEOPLE = (
    ("ana@example.com", "Ana Kovačević", Role.OWNER),
    ("lea@example.com", "Lea Brandt", Role.LEAD),
    ("vera@example.com", "Vera Okafor", Role.VIEWER),
)
SUBDOMAIN = "acme"
# A second organization that nobody has set up, for the first run; its Zendesk account stands ready.
SECOND_ORGANIZATION = "Northwind Trading"
SECOND_OWNER = ("noor@example.com", "Noor Haddad")
SECOND_SUBDOMAIN = "northwind"


def prepare(notes: Notes, sandbox_url: str) -> Organization:
    """The demo's rows, made on the first run only."""
    found = Organization.objects.filter(name=ORGANIZATION).first()
    if found is not None and notes.said:
        return found
    with transaction.atomic():
        passwords: dict[str, str] = {}
        owner, *others = [(find_or_create_user(email, name=name), role) for email, name, role in PEOPLE]
        organization, api_key = create_organization(ORGANIZATION, owner[0][0])
        for (user, _made), role in others:
            join(organization, user, role)
        for (user, made), _role in (owner, *others):
            passwords[user.email] = made or secrets.token_urlsafe(12)
            user.set_password(passwords[user.email])
            user.save(update_fields=["password"])
        secret = _connect(organization, sandbox_url)
        second_key = _make_second(passwords)
    notes.said = {
        "passwords": passwords,
        "api_key": api_key,
        "second_api_key": second_key,
        "events_secret": secret,
        "is_played": False,
    }
    notes.write()
    return organization


def _make_second(passwords: dict[str, str]) -> str:
    """The organization that is not set up, and its owner; returns its API key."""
    email, name = SECOND_OWNER
    user, made = find_or_create_user(email, name=name)
    passwords[email] = made or secrets.token_urlsafe(12)
    user.set_password(passwords[email])
    user.save(update_fields=["password"])
    return create_organization(SECOND_ORGANIZATION, user)[1]


def _connect(organization: Organization, sandbox_url: str) -> str:
    now, secret = timezone.now(), new_signing_secret()
    ZendeskConnection.objects.create(
        organization=organization,
        subdomain=SUBDOMAIN,
        auth_method=AuthMethod.OAUTH,
        client_id=f"{SUBDOMAIN}-client",
        client_secret=Secret.hide(f"{SUBDOMAIN}-secret"),
        secret_set_at=now,
        secret_set_by=BY,
        saved_at=now,
    )
    PlatformConnection.objects.create(
        organization=organization,
        events_url=f"{sandbox_url}/platform/events",
        signing_secret=Secret.hide(secret),
        secret_set_at=now,
        secret_set_by=BY,
    )
    return secret
