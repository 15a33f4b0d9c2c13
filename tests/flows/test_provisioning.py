"""Setting up somebody's Zendesk: planned, applied, watched and undone, against the stand-in over real HTTP."""

from __future__ import annotations

import pytest

from integrations.models import WebhookEndpoint
from integrations.provisioning import plan
from opencx_admin.orgs.models import Organization
from tests.sandbox.server import Desk

pytestmark = pytest.mark.django_db(transaction=True)


def actions(organization: Organization) -> dict[str, str]:
    """What the plan would do with each object."""
    return {item.kind.value: item.action for item in plan.build(organization).items}


def test_what_was_made_by_hand_is_adopted_and_what_is_missing_is_made(desk: Desk, org: Organization) -> None:
    assert actions(org) == {
        "webhook": "adopt",
        "reply_trigger": "adopt",
        "status_trigger": "create",
        "view": "create",
    }
    assert WebhookEndpoint.current(org).token.reveal() not in repr([i.differences for i in plan.build(org).items])
