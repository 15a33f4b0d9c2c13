"""`manage.py create_user EMAIL --organization SLUG --role ROLE`."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from opencx_admin.orgs.models import Organization, Role
from opencx_admin.orgs.people import find_or_create_user, join, read_password


class Command(BaseCommand):
    """Makes a person, or takes a known one, and gives a role in an organization. Prints one JSON object."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--password-env", metavar="VAR", help="environment variable that holds the password")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"No organization has the slug {options['organization']}.")
        with transaction.atomic():
            user, password = find_or_create_user(options["email"], read_password(options["password_env"]))
            join(organization, user, Role(options["role"]))
        said = {"email": user.email, "role": options["role"]}
        self.stdout.write(json.dumps(said | ({"password": password} if password else {})))
