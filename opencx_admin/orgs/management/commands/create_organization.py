"""`manage.py create_organization NAME --owner EMAIL`."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from opencx_admin.orgs.people import create_organization, find_or_create_user, read_password


class Command(BaseCommand):
    """Makes an organization with its owner and first API key. Prints one JSON object; the key is shown once."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument(
            "--password-env", metavar="VAR", help="environment variable that holds the owner's password"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"].strip()
        if not name or len(name) > 200:
            raise CommandError("NAME is between 1 and 200 characters.")
        with transaction.atomic():
            owner, password = find_or_create_user(options["owner"], read_password(options["password_env"]))
            organization, api_key = create_organization(name, owner)
        said = {
            "organization_id": str(organization.pk),
            "slug": organization.slug,
            "owner": owner.email,
            "api_key": api_key,
        }
        self.stdout.write(json.dumps(said | ({"password": password} if password else {})))
