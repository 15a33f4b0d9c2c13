"""Who belongs to an organization, in which role. An organization always keeps an owner."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction

from opencx_admin.orgs.models import Membership, Organization, Role, User


class LastOwner(Exception):
    """The change would leave the organization without an owner."""


class AlreadyMember(Exception):
    """The person belongs to the organization already."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A new membership; `password` only when the person is new to the product. It is shown once and not kept."""

    membership: Membership
    password: str


@transaction.atomic
def add_member(organization: Organization, email: str, role: Role) -> Joined:
    """Add a person by email; makes the person, with a one-time password, when nobody has this email."""
    person = User.objects.filter(email=email.strip().lower()).first()
    password = ""
    if person is None:
        password = secrets.token_urlsafe(12)
        person = User.objects.create_user(email, password)
    membership, is_new = Membership.objects.get_or_create(
        organization=organization, user=person, defaults={"role": role}
    )
    if not is_new:
        raise AlreadyMember
    return Joined(membership, password)


@transaction.atomic
def change_role(membership: Membership, role: Role) -> None:
    """Give a member another role."""
    if role != Role.OWNER:
        _keep_an_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])


@transaction.atomic
def remove_member(membership: Membership) -> None:
    """End a membership. The person stays, with their other organizations and their name in the audit log."""
    _keep_an_owner(membership)
    membership.delete()


def _keep_an_owner(leaving: Membership) -> None:
    # The organization's row is the lock: two owners cannot leave at the same moment.
    Organization.objects.select_for_update().get(pk=leaving.organization_id)
    owners = Membership.objects.filter(organization=leaving.organization_id, role=Role.OWNER)
    if owners.filter(pk=leaving.pk).exists() and not owners.exclude(pk=leaving.pk).exists():
        raise LastOwner
