"""Connections to outside systems, and what came and went over them."""

from __future__ import annotations

import json

import factory
from django.utils import timezone

from integrations.models import (
    AuthMethod,
    EndpointKind,
    EventResult,
    EventType,
    PlatformConnection,
    PlatformEvent,
    ProviderCall,
    RateBudget,
    SunshineConnection,
    WebhookEndpoint,
    WebhookEvent,
    ZendeskConnection,
)
from opencx_admin.crypto import Secret, fingerprint
from tests.factories.base import RowFactory
from tests.factories.people import OrganizationFactory


class ZendeskConnectionFactory(RowFactory[ZendeskConnection]):
    """Signed in with OAuth and proven; `with_token=True` signs in with an API token instead."""

    class Meta:
        model = ZendeskConnection

    class Params:
        with_token = factory.Trait(
            auth_method=AuthMethod.API_TOKEN,
            email="admin@acme.example",
            api_token=factory.LazyFunction(lambda: Secret.hide("token-of-acme")),
            client_id="",
            client_secret=factory.LazyFunction(Secret),
        )

    organization = factory.SubFactory(OrganizationFactory)
    subdomain = "acme"
    auth_method = AuthMethod.OAUTH
    client_id = "opencx"
    client_secret = factory.LazyFunction(lambda: Secret.hide("secret-of-acme"))
    user_id = 1900000000001
    user_name = "OpenCX"
    user_role = "admin"
    can_manage_webhooks = True
    saved_at = factory.LazyFunction(timezone.now)
    verified_at = factory.LazyFunction(timezone.now)
    proven_at = factory.LazyFunction(timezone.now)


class SunshineConnectionFactory(RowFactory[SunshineConnection]):
    """Messaging, active and proven, looking Support users up by the Ticketing credentials; `is_refused=True` is not."""

    class Meta:
        model = SunshineConnection

    class Params:
        is_refused = factory.Trait(
            refused_at=factory.LazyFunction(timezone.now), refused_reason="Zendesk does not know this key."
        )

    organization = factory.SubFactory(OrganizationFactory)
    subdomain = "acme"
    app_id = "5f0000000000000000000001"
    key_id = "app_5f0000000000000000000002"
    secret = factory.LazyFunction(lambda: Secret.hide("secret-of-the-app-key"))
    secret_set_at = factory.LazyFunction(timezone.now)
    secret_set_by = "Alice"
    agent_workspace_id = "5f0000000000000000000003"
    saved_at = factory.LazyFunction(timezone.now)
    verified_at = factory.LazyFunction(timezone.now)
    active_since = factory.LazyFunction(timezone.now)
    proven_at = factory.LazyFunction(timezone.now)
    proven_by = "Verify"


class PlatformConnectionFactory(RowFactory[PlatformConnection]):
    class Meta:
        model = PlatformConnection

    organization = factory.SubFactory(OrganizationFactory)
    events_url = "https://platform.example/events"
    signing_secret = factory.LazyFunction(lambda: Secret.hide("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"))
    secret_set_at = factory.LazyFunction(timezone.now)


class PlatformEventFactory(RowFactory[PlatformEvent]):
    class Meta:
        model = PlatformEvent

    class Params:
        is_delivered = factory.Trait(
            status=PlatformEvent.Status.DELIVERED,
            next_attempt_at=None,
            attempts=1,
            last_status=200,
            last_ms=40,
            first_attempt_at=factory.LazyFunction(timezone.now),
            delivered_at=factory.LazyFunction(timezone.now),
        )
        is_failed = factory.Trait(
            status=PlatformEvent.Status.FAILED,
            next_attempt_at=None,
            attempts=12,
            last_status=500,
            last_error="The platform answered 500.",
            first_attempt_at=factory.LazyFunction(timezone.now),
        )

    organization = factory.SubFactory(OrganizationFactory)
    event = EventType.AGENT_RESPONSE
    once_key = factory.Sequence(lambda n: f"reply:{n}")
    body = factory.LazyAttribute(
        lambda row: json.dumps({"event": str(row.event), "organization_id": str(row.organization.pk), "data": {}})
    )
    next_attempt_at = factory.LazyFunction(timezone.now)


class WebhookEndpointFactory(RowFactory[WebhookEndpoint]):
    """`text` is the token in the address."""

    class Meta:
        model = WebhookEndpoint

    class Params:
        text = factory.Sequence(lambda n: f"whk_address-number-{n}")

    organization = factory.SubFactory(OrganizationFactory)
    token = factory.LazyAttribute(lambda row: Secret.hide(row.text))
    token_hash = factory.LazyAttribute(lambda row: fingerprint(row.text))


class WebhookEventFactory(RowFactory[WebhookEvent]):
    """A call that was processed; `needs_person=True` matched nothing, `is_of_sunshine=True` is one event of a chat."""

    class Meta:
        model = WebhookEvent

    class Params:
        needs_person = factory.Trait(
            result=EventResult.NO_MATCH, reason="unmatched_ticket", http_status=500, processed_at=None
        )
        is_of_sunshine = factory.Trait(
            kind=EndpointKind.SUNSHINE,
            ticket_id="",
            external_id="",
            event_id=factory.Sequence(lambda n: f"event-{n}"),
            event_type="conversation:message",
            conversation_id=factory.Sequence(lambda n: f"conversation-{n}"),
        )

    organization = factory.SubFactory(OrganizationFactory)
    endpoint = None
    result = EventResult.DELIVERED
    http_status = 200
    ms = 12
    ticket_id = factory.Sequence(lambda n: str(1001 + n))
    external_id = factory.Sequence(lambda n: f"session-{n}")
    headers = factory.LazyFunction(lambda: {"content-type": "application/json"})
    body = factory.LazyAttribute(
        lambda row: json.dumps({"ticket_id": row.ticket_id, "external_id": row.external_id, "status": "Open"})
    )
    processed_at = factory.LazyFunction(timezone.now)


class ProviderCallFactory(RowFactory[ProviderCall]):
    class Meta:
        model = ProviderCall

    organization = factory.SubFactory(OrganizationFactory)
    provider = "zendesk"
    method = "POST"
    path = "/api/v2/tickets"
    status = 201
    ms = 180


class RateBudgetFactory(RowFactory[RateBudget]):
    class Meta:
        model = RateBudget

    account = factory.Sequence(lambda n: f"https://account-{n}.zendesk.example")
    per_minute = 200
    remaining = 180
    seen_at = factory.LazyFunction(timezone.now)
