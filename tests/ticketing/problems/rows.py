"""Problems for tests."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from opencx_admin.orgs.models import Organization
from ticketing.models import Problem
from ticketing.models.handoffs import Owner


def make_problem(org: Organization, **values: Any) -> Problem:
    """An open one: handoffs whose contact gave no address."""
    now = timezone.now()
    plain = {
        "fingerprint": "handoff:contact_has_no_email:",
        "stage": "handoff",
        "code": "contact_has_no_email",
        "owner": Owner.YOU_HERE,
        "count": 1,
        "first_seen": now,
        "began_at": now,
        "last_seen": now,
    }
    return Problem.objects.create(organization=org, **plain | values)
