"""Rows for tests. Call `.create(...)`, which mypy knows the type of.

Everything hangs together: `HandoffFactory.create(session=s)` belongs to the organization of `s`, and
`HandoffFactory.create(organization=o)` gets a session of `o`. Traits (`is_failed=True` …) set what goes together.
"""

from tests.factories.fields import (
    AIFieldMappingFactory,
    AIFieldResultFactory,
    FieldBackfillFactory,
    FieldChangeFactory,
    FieldReadingFactory,
    PastTicketFactory,
    TicketFieldFactory,
)
from tests.factories.outside import (
    PlatformConnectionFactory,
    PlatformEventFactory,
    ProviderCallFactory,
    RateBudgetFactory,
    SunshineConnectionFactory,
    WebhookEndpointFactory,
    WebhookEventFactory,
    ZendeskConnectionFactory,
)
from tests.factories.people import (
    PASSWORD,
    ApiKeyFactory,
    AuditEntryFactory,
    HeartbeatFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
)
from tests.factories.sessions import (
    AgentReplyFactory,
    ContactFactory,
    ConversationTransferFactory,
    HandoffFactory,
    MessageFactory,
    SessionFactory,
    SessionTicketLinkFactory,
    TicketUpdateFactory,
)

__all__ = [
    "PASSWORD",
    "AIFieldMappingFactory",
    "AIFieldResultFactory",
    "AgentReplyFactory",
    "ApiKeyFactory",
    "AuditEntryFactory",
    "ContactFactory",
    "ConversationTransferFactory",
    "FieldBackfillFactory",
    "FieldChangeFactory",
    "FieldReadingFactory",
    "HandoffFactory",
    "HeartbeatFactory",
    "MembershipFactory",
    "MessageFactory",
    "OrganizationFactory",
    "PastTicketFactory",
    "PlatformConnectionFactory",
    "PlatformEventFactory",
    "ProviderCallFactory",
    "RateBudgetFactory",
    "SessionFactory",
    "SessionTicketLinkFactory",
    "SunshineConnectionFactory",
    "TicketFieldFactory",
    "TicketUpdateFactory",
    "UserFactory",
    "WebhookEndpointFactory",
    "WebhookEventFactory",
    "ZendeskConnectionFactory",
]
