"""Calls whose texts fit into no database or page are stored and answered all the same."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.models import WebhookEndpoint, WebhookEvent
from opencx_admin.orgs.models import Organization

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"ticket_id": "5", "external_id": "\\ud800"}', 500),
        ('{"ticket_id": "\\udfff", "external_id": ""}', 200),
        ('{"ticket_id": "5", "external_id": "", "status": "\\ud800\\u0000"}', 200),
        ('{"ticket_id": "5\\u0000", "external_id": ""}', 200),
    ],
)
def test_half_a_surrogate_pair_loses_no_call(
    client: Client, as_lea: Client, org: Organization, body: str, status: int
) -> None:
    token = WebhookEndpoint.current(org).token.reveal()

    response = client.post(f"/webhooks/zendesk/{token}", body, content_type="application/json")

    assert response.status_code == status
    event = WebhookEvent.objects.get(organization=org)
    assert as_lea.get(f"/webhooks/{event.pk}/").status_code == 200
