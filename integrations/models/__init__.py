from integrations.models.budget import RateBudget
from integrations.models.calls import ProviderCall
from integrations.models.doctor import DoctorRun
from integrations.models.platform import EventType, PlatformConnection, PlatformEvent
from integrations.models.provisioning import ObjectKind, ProvisionedObject, ProvisioningRun, TestCall
from integrations.models.sunshine import SunshineConnection
from integrations.models.webhooks import EndpointKind, EventResult, WebhookEndpoint, WebhookEvent
from integrations.models.zendesk import AuthMethod, ZendeskConnection

__all__ = [
    "AuthMethod",
    "DoctorRun",
    "EndpointKind",
    "EventResult",
    "EventType",
    "ObjectKind",
    "PlatformConnection",
    "PlatformEvent",
    "ProviderCall",
    "ProvisionedObject",
    "ProvisioningRun",
    "RateBudget",
    "SunshineConnection",
    "TestCall",
    "WebhookEndpoint",
    "WebhookEvent",
    "ZendeskConnection",
]
