"""Sessions, handoffs, tickets, replies."""

from __future__ import annotations

import datetime as dt

import factory
from django.utils import timezone

from tests.factories.base import RowFactory
from tests.factories.outside import PlatformEventFactory
from tests.factories.people import OrganizationFactory
from ticketing.models import (
    AgentReply,
    Channel,
    Contact,
    ConversationTransfer,
    Handoff,
    HandoffReason,
    Message,
    ReasonCode,
    Sender,
    Session,
    SessionTicketLink,
    TicketUpdate,
)


class ContactFactory(RowFactory[Contact]):
    class Meta:
        model = Contact

    organization = factory.SubFactory(OrganizationFactory)
    external_id = factory.Sequence(lambda n: f"contact-{n}")
    name = "Carla Contact"
    email = factory.Sequence(lambda n: f"carla{n}@customer.example")
    phone = ""


class SessionFactory(RowFactory[Session]):
    class Meta:
        model = Session

    organization = factory.SubFactory(OrganizationFactory)
    external_id = factory.Sequence(lambda n: f"session-{n}")
    contact = factory.SubFactory(ContactFactory, organization=factory.SelfAttribute("..organization"))
    channel = Channel.EMAIL
    subject = "Where is my order?"


class MessageFactory(RowFactory[Message]):
    class Meta:
        model = Message

    session = factory.SubFactory(SessionFactory)
    external_id = factory.Sequence(lambda n: f"message-{n}")
    sender = Sender.CONTACT
    text = "Where is my order 4711?"
    sent_at = factory.LazyFunction(timezone.now)


class HandoffFactory(RowFactory[Handoff]):
    """Queued and due; the traits are the other states."""

    class Meta:
        model = Handoff

    class Params:
        is_linked = factory.Trait(
            status=Handoff.Status.LINKED,
            next_attempt_at=None,
            attempts=1,
            linked_at=factory.LazyFunction(timezone.now),
        )
        is_failed = factory.Trait(
            status=Handoff.Status.FAILED,
            next_attempt_at=None,
            attempts=1,
            reason_code=ReasonCode.CONTACT_HAS_NO_EMAIL,
            detail="The contact has neither an email address nor a phone number.",
            ended_at=factory.LazyFunction(timezone.now),
        )
        is_retrying = factory.Trait(
            status=Handoff.Status.RETRYING,
            next_attempt_at=factory.LazyFunction(lambda: timezone.now() + dt.timedelta(seconds=20)),
            attempts=3,
            reason_code=ReasonCode.ZENDESK_UNAVAILABLE,
            detail="Zendesk answered 503.",
        )
        is_cancelled = factory.Trait(
            status=Handoff.Status.CANCELLED, next_attempt_at=None, ended_at=factory.LazyFunction(timezone.now)
        )

    organization = factory.SubFactory(OrganizationFactory)
    session = factory.SubFactory(SessionFactory, organization=factory.SelfAttribute("..organization"))
    reason = HandoffReason.USER_REQUESTED
    summary = "The contact asks where the order is and wants a person."
    next_attempt_at = factory.LazyFunction(timezone.now)


class ConversationTransferFactory(RowFactory[ConversationTransfer]):
    """Every step of it done: joined, three messages posted, control passed."""

    class Meta:
        model = ConversationTransfer

    handoff = factory.SubFactory(
        HandoffFactory, session__channel=Channel.WHATSAPP, is_linked=True, route=Handoff.Route.CONVERSATION
    )
    user_id = factory.Sequence(lambda n: f"sunshine-user-{n}")
    merge = ConversationTransfer.Merge.FOUND
    support_user_id = 1900000000003
    conversation_id = factory.Sequence(lambda n: f"conversation-{n}")
    messages = factory.LazyFunction(
        lambda: [{"author": {"type": "user"}, "content": {"type": "text", "text": str(n)}} for n in range(3)]
    )
    message_asked = 2
    messages_sent = 3
    conversation_asked_at = factory.LazyFunction(timezone.now)
    control_asked_at = factory.LazyFunction(timezone.now)
    control_passed_at = factory.LazyFunction(timezone.now)


class SessionTicketLinkFactory(RowFactory[SessionTicketLink]):
    """An active link with a linked handoff of the same session."""

    class Meta:
        model = SessionTicketLink

    organization = factory.SubFactory(OrganizationFactory)
    session = factory.SubFactory(SessionFactory, organization=factory.SelfAttribute("..organization"))
    handoff = factory.SubFactory(
        HandoffFactory,
        organization=factory.SelfAttribute("..organization"),
        session=factory.SelfAttribute("..session"),
        is_linked=True,
    )
    ticket_id = factory.Sequence(lambda n: 1001 + n)
    url = factory.LazyAttribute(lambda row: f"https://acme.zendesk.com/agent/tickets/{row.ticket_id}")
    ticket_status = "open"


class AgentReplyFactory(RowFactory[AgentReply]):
    class Meta:
        model = AgentReply

    organization = factory.SubFactory(OrganizationFactory)
    session = factory.SubFactory(SessionFactory, organization=factory.SelfAttribute("..organization"))
    event = factory.SubFactory(
        PlatformEventFactory,
        organization=factory.SelfAttribute("..organization"),
        session_ref=factory.SelfAttribute("..session.external_id"),
        is_delivered=True,
    )
    comment_id = factory.Sequence(lambda n: 29000000000000 + n)
    ticket_id = 1001
    text = "Your order leaves the warehouse today."
    html = "<p>Your order leaves the warehouse today.</p>"
    agent_id = 1900000000002
    agent_name = "Ada Agent"
    commented_at = factory.LazyFunction(timezone.now)


class TicketUpdateFactory(RowFactory[TicketUpdate]):
    """A contact's message on its way into the ticket."""

    class Meta:
        model = TicketUpdate

    class Params:
        is_failed = factory.Trait(
            status=TicketUpdate.Status.FAILED,
            next_attempt_at=None,
            reason_code=ReasonCode.REJECTED,
            detail="Zendesk refused the comment.",
        )

    organization = factory.SubFactory(OrganizationFactory)
    session = factory.SubFactory(SessionFactory, organization=factory.SelfAttribute("..organization"))
    kind = TicketUpdate.Kind.MESSAGE
    message = factory.SubFactory(MessageFactory, session=factory.SelfAttribute("..session"))
    next_attempt_at = factory.LazyFunction(timezone.now)
