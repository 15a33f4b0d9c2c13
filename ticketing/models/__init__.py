from ticketing.models.alerts import AlertChannel, AlertKind, AlertRule, SentAlert
from ticketing.models.assist import AssistCase, AssistReason, AssistSettings
from ticketing.models.canary import CanaryRun, CanarySchedule, SetUp
from ticketing.models.fields import AIFieldMapping, AIFieldResult, FieldChange, TicketField
from ticketing.models.handoff_settings import HandoffSettings, ReasonRule
from ticketing.models.handoffs import Handoff, HandoffReason, ReasonCode
from ticketing.models.knowledge import Article, ArticlePassage, KnowledgeSource, SyncRun
from ticketing.models.learning import FieldBackfill, FieldReading, LearnedField, PastTicket
from ticketing.models.links import AgentReply, SessionTicketLink
from ticketing.models.problems import Problem, ProblemSweep
from ticketing.models.reconciliation import ReconcileRun
from ticketing.models.replays import ReplayItem, ReplayJob
from ticketing.models.sessions import Channel, Contact, Message, Sender, Sentiment, Session, SessionStatus
from ticketing.models.transfers import ConversationTransfer
from ticketing.models.updates import TicketUpdate

__all__ = [
    "AIFieldMapping",
    "AIFieldResult",
    "AgentReply",
    "AlertChannel",
    "AlertKind",
    "AlertRule",
    "Article",
    "ArticlePassage",
    "AssistCase",
    "AssistReason",
    "AssistSettings",
    "CanaryRun",
    "CanarySchedule",
    "Channel",
    "Contact",
    "ConversationTransfer",
    "FieldBackfill",
    "FieldChange",
    "FieldReading",
    "Handoff",
    "HandoffReason",
    "HandoffSettings",
    "KnowledgeSource",
    "LearnedField",
    "Message",
    "PastTicket",
    "Problem",
    "ProblemSweep",
    "ReasonCode",
    "ReasonRule",
    "ReconcileRun",
    "ReplayItem",
    "ReplayJob",
    "Sender",
    "SentAlert",
    "Sentiment",
    "Session",
    "SessionStatus",
    "SessionTicketLink",
    "SetUp",
    "SyncRun",
    "TicketField",
    "TicketUpdate",
]
