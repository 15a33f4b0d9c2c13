"""A database that takes nothing is no reason to lose a call."""

from __future__ import annotations

import sqlite3

import pytest
from django.db import connection
from django.test import Client

from integrations.models import EndpointKind, WebhookEndpoint, WebhookEvent
from opencx_admin.orgs.models import Organization


@pytest.mark.django_db(transaction=True)
def test_a_locked_database_asks_zendesk_to_call_again(org: Organization, client: Client) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite lets one writer lock out the others")
    endpoint = WebhookEndpoint.current(org, EndpointKind.ZENDESK)
    path = endpoint.url[endpoint.url.index("/webhooks/") :]
    other = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=50")
    try:
        answer = client.post(path, '{"ticket_id": "1", "external_id": ""}', content_type="application/json")
    finally:
        other.execute("ROLLBACK")
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout=20000")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert not WebhookEvent.objects.exists()
