"""Making organizations and people from the command line, each act in the audit log."""

from __future__ import annotations

import os
import secrets

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from opencx_admin.orgs.audit import record
from opencx_admin.orgs.models import ApiKey, Membership, Organization, Role, User

COMMAND = "command line"


def read_password(variable: str | None) -> str | None:
    """The password in the environment variable of this name; None when no variable is named. Raises `CommandError`."""
    if not variable:
        return None
    password = os.environ.get(variable, "")
    if not password:
        raise CommandError(_("The environment variable %(name)s is empty.") % {"name": variable})
    return password


def find_or_create_user(email: str, password: str | None = None, *, name: str = "") -> tuple[User, str | None]:
    """The person with this email, made when there is none; the password only when it was made up here.

    Raises `CommandError` when it is no email address.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise CommandError(_("%(email)s is no email address.") % {"email": email}) from error
    user = User.objects.filter(email=email).first()
    if user is not None:
        if password:
            user.set_password(password)
            user.save(update_fields=["password"])
        return user, None
    made_up = None if password else secrets.token_urlsafe(12)
    return User.objects.create_user(email, password or made_up, name=name), made_up


@transaction.atomic
def create_organization(name: str, owner: User) -> tuple[Organization, str]:
    """A new organization with its owner and its first API key, whose text is returned."""
    organization = Organization.objects.create(name=name, slug=Organization.free_slug(name))
    Membership.objects.create(organization=organization, user=owner, role=Role.OWNER)
    _key, text = ApiKey.issue(organization, name=_("First key"), created_by=COMMAND)
    after = {"slug": organization.slug, "owner": owner.email}
    record(organization, "organization.create", actor_label=COMMAND, object_label=name, after=after)
    return organization, text


@transaction.atomic
def join(organization: Organization, user: User, role: Role) -> Membership:
    """Give a person a role in an organization, or another one."""
    before = Membership.objects.filter(organization=organization, user=user).first()
    membership, _made = Membership.objects.update_or_create(
        organization=organization, user=user, defaults={"role": role}
    )
    record(
        organization,
        "member.add" if before is None else "member.change",
        actor_label=COMMAND,
        object_label=user.email,
        before={"role": before.role} if before else {},
        after={"role": str(role)},
    )
    return membership
