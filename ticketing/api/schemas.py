"""The bodies of the API, in and out: they check what comes, and the OpenAPI description is made of them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ticketing.api.fields import Email, Id, Size, Time, WebAddress
from ticketing.intake import ContactFacts, MessageFacts, SessionFacts
from ticketing.models import Channel, Handoff, HandoffReason, ReasonCode, Sender, Sentiment, SessionStatus

MOST_MESSAGES = 500

# JSON has no enums: these are read from their text.
ChannelText = Annotated[Channel, Field(strict=False)]
SentimentText = Annotated[Sentiment, Field(strict=False)]
SenderText = Annotated[Sender, Field(strict=False)]
StatusText = Annotated[SessionStatus, Field(strict=False)]
ReasonText = Annotated[HandoffReason, Field(strict=False)]
Text255 = Annotated[str, Field(max_length=255)]
JsonObject = dict[str, Any]


class BodyIn(BaseModel):
    """What comes: types are exact, keys we do not know are passed over, null means not said."""

    model_config = ConfigDict(strict=True, frozen=True)


class ContactIn(BodyIn):
    """The person who talks with the AI. What is left out keeps its former value."""

    id: Id
    name: Text255 | None = None
    email: Email | None = None
    email_verified: bool | None = None
    phone: Annotated[str, Field(max_length=64)] | None = None
    custom_data: JsonObject | None = None

    def facts(self) -> ContactFacts:
        return ContactFacts(
            external_id=self.id,
            name=(self.name or "").strip(),
            email=self.email or "",
            is_email_verified=self.email_verified,
            phone=(self.phone or "").strip(),
            custom_data=self.custom_data,
        )


class SessionIn(BodyIn):
    """One conversation. What is left out keeps its former value."""

    channel: ChannelText
    contact: ContactIn
    language: Annotated[str, Field(max_length=35)] | None = None
    sentiment: SentimentText | None = None
    subject: Annotated[str, Field(max_length=1000)] | None = None
    custom_data: JsonObject | None = None

    def facts(self) -> SessionFacts:
        return SessionFacts(
            channel=self.channel,
            contact=self.contact.facts(),
            language=self.language or "",
            sentiment=self.sentiment or "",
            subject=self.subject or "",
            custom_data=self.custom_data,
        )


class AttachmentIn(BodyIn):
    """A file of a message, by its address."""

    name: Text255 = ""
    url: WebAddress
    content_type: Text255 = ""
    size: Size | None = None


class ToolCallIn(BodyIn):
    """A tool the AI called for this message. Arguments and result are any JSON."""

    name: Text255
    arguments: Any = None
    result: Any = None
    ms: Annotated[float, Field(ge=0)] | None = None


class KnowledgeIn(BodyIn):
    """An article the AI used for this message."""

    title: Annotated[str, Field(max_length=1000)] = ""
    url: Annotated[str, Field(max_length=4096)] | None = None


class MessageIn(BodyIn):
    """One message. The first text under an id stays."""

    id: Id
    sender: SenderText
    text: str
    created_at: Time
    attachments: list[AttachmentIn] | None = None
    reasoning: str | None = None
    tool_calls: list[ToolCallIn] | None = None
    knowledge: list[KnowledgeIn] | None = None

    def facts(self) -> MessageFacts:
        return MessageFacts(
            external_id=self.id,
            sender=self.sender,
            text=self.text,
            sent_at=self.created_at,
            attachments=[part.model_dump(mode="json") for part in self.attachments or []],
            reasoning=self.reasoning or "",
            tool_calls=[part.model_dump(mode="json") for part in self.tool_calls or []],
            knowledge=[part.model_dump(mode="json") for part in self.knowledge or []],
        )


class MessagesIn(BodyIn):
    """1 to 500 messages."""

    messages: Annotated[list[MessageIn], Field(min_length=1, max_length=MOST_MESSAGES)]


class HandoffIn(BodyIn):
    """Why the session goes to people."""

    reason: ReasonText
    summary: str | None = None
    sentiment: SentimentText | None = None
    topic: Annotated[str, Field(max_length=500)] | None = None


class StatusIn(BodyIn):
    """Close or reopen; with the flag the ticket follows."""

    status: StatusText
    reflect_status_change_for_integration: bool | None = None


class ReceiptIn(BodyIn):
    """What became of a reply in the contact's channel."""

    status: Literal["delivered", "failed"]
    detail: str | None = None


class BodyOut(BaseModel):
    """What we answer."""

    model_config = ConfigDict(frozen=True)


class ContactOut(BodyOut):
    id: str
    name: str
    email: str
    email_verified: bool
    phone: str
    custom_data: JsonObject


class HandoffOut(BodyOut):
    """The live handoff, or the last cancelled one."""

    id: UUID
    status: Handoff.Status
    reason_code: ReasonCode | None = Field(description="Set while retrying or failed.")
    detail: str | None = Field(description="The cause as a sentence; set while retrying or failed.")
    attempts: int
    next_attempt_at: dt.datetime | None


class TicketingSystemOut(BodyOut):
    """Where the session is in Zendesk."""

    name: Literal["zendesk"] = "zendesk"
    external_id: str
    id_type: Literal["ticket_id", "conversation_id"] = "ticket_id"
    url: str


class SessionOut(BodyOut):
    """A session as we know it."""

    id: str
    channel: Channel
    contact: ContactOut
    language: str
    sentiment: Sentiment | None
    subject: str
    custom_data: JsonObject
    status: SessionStatus
    handed_off: bool = Field(description="True from the handoff on, until it is cancelled.")
    handoff: HandoffOut | None
    ticketing_system: TicketingSystemOut | None
    created_at: dt.datetime
    updated_at: dt.datetime


class MessagesOut(BodyOut):
    """All these messages are stored; a repeat answers the same."""

    session_id: str
    accepted: int = Field(description="How many different message ids the body held.")


class HandoffAskedOut(BodyOut):
    handoff_id: UUID
    status: Handoff.Status


class ReceiptOut(BodyOut):
    reply_id: str
    status: Literal["delivered", "failed"]


class ErrorOut(BodyOut):
    """Every error of the API."""

    error: str = Field(description="A snake-case code.")
    detail: str = Field(description="A sentence for a person.")
    fields: dict[str, str] | None = Field(default=None, description="With 422: a sentence for each dotted path.")
