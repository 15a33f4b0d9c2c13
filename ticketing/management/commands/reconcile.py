"""`manage.py reconcile`: find and deliver what was missed, now."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations import platform_events
from integrations.models import PlatformEvent
from opencx_admin.due import due
from opencx_admin.orgs.models import Organization
from ticketing import reconcile


class Command(BaseCommand):
    """Reads the linked tickets again and delivers what no webhook call told us. Prints one JSON object of counts."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="only this organization")

    def handle(self, *args: Any, **options: Any) -> None:
        organizations = Organization.objects.order_by("pk")
        if options["organization"]:
            organizations = organizations.filter(slug=options["organization"])
            if not organizations:
                raise CommandError(f"No organization has the slug {options['organization']}.")
        counts = reconcile.Counts()
        reconcile.reconcile(list(organizations), counts, pause=time.sleep)
        delivered = 0
        for event in due(PlatformEvent.objects.filter(organization__in=organizations)).order_by("pk"):
            delivered += platform_events.deliver_event(event)
        self.stdout.write(json.dumps({**counts.as_dict(), "delivered": delivered}))
