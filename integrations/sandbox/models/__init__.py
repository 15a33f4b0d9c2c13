"""What the stand-in remembers."""

from integrations.sandbox.models.account import AccessToken, Account
from integrations.sandbox.models.contact import Conversation, PlatformLink, ReceivedEvent, Utterance
from integrations.sandbox.models.help_center import (
    Article,
    Category,
    HelpCenter,
    Section,
    Translation,
    UserSegment,
)
from integrations.sandbox.models.hooks import Attempt, Invocation, Trigger, Webhook
from integrations.sandbox.models.people import CustomRole, Person
from integrations.sandbox.models.rules import AuditEntry, TriggerRevision, View
from integrations.sandbox.models.schedules import Schedule
from integrations.sandbox.models.sunshine import (
    Chat,
    ChatMessage,
    EventCall,
    MediaFile,
    Participant,
    Seat,
    SunshineApp,
    SunshineHook,
    SunshineIntegration,
    SunshineKey,
    SunshineUser,
)
from integrations.sandbox.models.ticket import Audit, Comment, Ticket, TicketField
from integrations.sandbox.models.traffic import ApiRequest, Fault, IdempotentAnswer, Job, Upload

__all__ = [
    "AccessToken",
    "Account",
    "ApiRequest",
    "Article",
    "Attempt",
    "Audit",
    "AuditEntry",
    "Category",
    "Chat",
    "ChatMessage",
    "Comment",
    "Conversation",
    "CustomRole",
    "EventCall",
    "Fault",
    "HelpCenter",
    "IdempotentAnswer",
    "Invocation",
    "Job",
    "MediaFile",
    "Participant",
    "Person",
    "PlatformLink",
    "ReceivedEvent",
    "Schedule",
    "Seat",
    "Section",
    "SunshineApp",
    "SunshineHook",
    "SunshineIntegration",
    "SunshineKey",
    "SunshineUser",
    "Ticket",
    "TicketField",
    "Translation",
    "Trigger",
    "TriggerRevision",
    "Upload",
    "UserSegment",
    "Utterance",
    "View",
    "Webhook",
]
