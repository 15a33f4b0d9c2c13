"""A slash pasted behind the address changes nothing: Zendesk would otherwise get 404 for ever."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import EndpointKind, WebhookEndpoint, WebhookEvent
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization

pytestmark = pytest.mark.django_db
BODIES = {EndpointKind.ZENDESK: '{"ticket_id": "5", "external_id": ""}', EndpointKind.SUNSHINE: '{"events": []}'}


@pytest.mark.parametrize("kind", EndpointKind.values)
def test_the_address_with_a_slash_is_the_same_address(client: Client, org: Organization, kind: str) -> None:
    endpoint = WebhookEndpoint.current(org, kind)
    if kind == EndpointKind.SUNSHINE:
        WebhookEndpoint.objects.update(signing_secret=Secret.hide("key"))
    url, body = f"/webhooks/{kind}/{endpoint.token.reveal()}/", BODIES[EndpointKind(kind)]

    taken = client.post(url, body, content_type="application/json", headers={"x-api-key": "key"})

    assert taken.status_code == 200
    assert WebhookEvent.objects.count() == (kind == EndpointKind.ZENDESK)
    assert client.get(url).status_code == 405
    assert client.post(f"/webhooks/{kind}/never-ours/", body, content_type="application/json").status_code == 404
    WebhookEndpoint.objects.update(is_current=False, expires_at=timezone.now())
    assert client.post(url, body, content_type="application/json").status_code == 410
