"""`manage.py doctor [--organization SLUG] [--json]`."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations.doctor import examine
from integrations.doctor.finding import PROBLEM, Finding
from opencx_admin.orgs.models import Organization


class Command(BaseCommand):
    """Asks every live check of an organization, or of all of them; ends with 1 when one fails.

    With `--json` one JSON value: the organization's object, or the list of them when there are several.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        organizations = Organization.objects.order_by("slug")
        if options["organization"]:
            organizations = organizations.filter(slug=options["organization"])
            if not organizations:
                raise CommandError(f"No organization has the slug {options['organization']}.")
        if not organizations:
            raise CommandError("There is no organization yet: manage.py create_organization makes one.")
        has_problem, said = False, []
        for organization in organizations:
            findings = examine(organization)
            has_problem |= any(finding.verdict == PROBLEM for finding in findings)
            said.append(_as_json(organization, findings))
            if not options["as_json"]:
                self._print_lines(organization, findings)
        if options["as_json"]:
            self.stdout.write(json.dumps(said[0] if len(said) == 1 else said, ensure_ascii=False))
        if has_problem:
            raise SystemExit(1)

    def _print_lines(self, organization: Organization, findings: list[Finding]) -> None:
        self.stdout.write(f"{organization.name} ({organization.slug})")
        for finding in findings:
            self.stdout.write(f"  {finding.verdict:8} {finding.question} {finding.evidence}".rstrip())
            if finding.verdict == PROBLEM and finding.fix:
                self.stdout.write(f"           → {finding.fix}")


def _as_json(organization: Organization, findings: list[Finding]) -> dict[str, Any]:
    return {
        "organization": organization.slug,
        "checked_at": timezone.now().isoformat(timespec="seconds"),
        "checks": [finding.to_contract() for finding in findings],
    }
