"""What agents left in the field decides whether they agree; blanks agree with nobody."""

from __future__ import annotations

from typing import Any

import pytest

from opencx_admin.orgs.models import Organization
from tests.factories import AIFieldResultFactory, SessionTicketLinkFactory
from ticketing.fields.agreement import compare
from ticketing.models import AIFieldResult


@pytest.mark.parametrize(
    ("ours", "theirs", "agrees"),
    [
        ("reason_refund", "reason_refund", True),
        ("reason_refund", "reason_exchange", False),
        ("reason_refund", None, False),
        (None, "reason_refund", None),
        (None, None, None),
    ],
)
def test_agents_agree_by_leaving_the_value(org: Organization, ours: Any, theirs: Any, agrees: bool | None) -> None:
    link = SessionTicketLinkFactory.create(organization=org)
    row = AIFieldResultFactory.create(
        organization=org, handoff=link.handoff, value=ours, reason="" if ours else "not_sure"
    )
    assert compare(link, {row.field.zendesk_id: theirs}) == 1
    row.refresh_from_db()
    assert (row.agrees, row.agent_value) == (agrees, theirs)
    assert row.compared_at is not None


def test_an_answer_that_does_not_tell_the_field_compares_nothing(org: Organization) -> None:
    link = SessionTicketLinkFactory.create(organization=org)
    AIFieldResultFactory.create(organization=org, handoff=link.handoff)
    assert compare(link, {}) == 0
    assert AIFieldResult.objects.get().compared_at is None
