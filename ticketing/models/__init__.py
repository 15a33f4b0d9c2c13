from ticketing.models.canary import CanaryRun, CanarySchedule, SetUp
from ticketing.models.handoffs import Handoff, HandoffReason, ReasonCode
from ticketing.models.knowledge import Article, ArticlePassage, KnowledgeSource, SyncRun
from ticketing.models.links import AgentReply, SessionTicketLink
from ticketing.models.sessions import Channel, Contact, Message, Sender, Sentiment, Session, SessionStatus
from ticketing.models.transfers import ConversationTransfer
from ticketing.models.updates import TicketUpdate

__all__ = [
    "AgentReply",
    "Article",
    "ArticlePassage",
    "CanaryRun",
    "CanarySchedule",
    "Channel",
    "Contact",
    "ConversationTransfer",
    "Handoff",
    "HandoffReason",
    "KnowledgeSource",
    "Message",
    "ReasonCode",
    "Sender",
    "Sentiment",
    "Session",
    "SessionStatus",
    "SessionTicketLink",
    "SetUp",
    "SyncRun",
    "TicketUpdate",
]
