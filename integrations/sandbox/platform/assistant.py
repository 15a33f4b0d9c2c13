"""The canned AI of the stand-in platform."""

from dataclasses import dataclass, field
from typing import Any

HUMAN = ("human", "agent", "person", "somebody real")


@dataclass(frozen=True)
class Answer:
    """What the AI says, and how it came to it."""

    text: str
    reasoning: str
    topic: str
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    knowledge: list[dict[str, str]] = field(default_factory=list)


REFUND = Answer(
    text="I can see your order. Refunds go back to the card you paid with and take 3 to 5 days. Shall I look further?",
    reasoning="The contact asks about money. I look the order up and quote the refund article.",
    topic="Refunds",
    tool_calls=[
        {"name": "find_order", "arguments": {"email": "the contact's"}, "result": {"order": "A-1042"}, "ms": 184}
    ],
    knowledge=[{"title": "How refunds work", "url": "https://help.example.com/articles/refunds"}],
)
PARCEL = Answer(
    text="Your parcel left our warehouse two days ago. It should reach you tomorrow.",
    reasoning="The contact asks where a parcel is. The carrier's status answers that.",
    topic="Delivery",
    tool_calls=[
        {"name": "track_parcel", "arguments": {"order": "A-1042"}, "result": {"status": "in transit"}, "ms": 312}
    ],
    knowledge=[{"title": "Delivery times", "url": "https://help.example.com/articles/delivery"}],
)
LOGIN = Answer(
    text="You can set a new password with the link “Forgot password” on the login page.",
    reasoning="A login problem. The help article covers it, no tool is needed.",
    topic="Login",
    knowledge=[{"title": "Set a new password", "url": "https://help.example.com/articles/password"}],
)
UNSURE = Answer(
    text="I am not sure I can solve that. I can pass you to a colleague.",
    reasoning="None of my articles fits well enough. I offer a person instead of guessing.",
    topic="Other",
)
BY_WORD = {
    "refund": REFUND, "money": REFUND, "paid": REFUND, "parcel": PARCEL, "order": PARCEL, "delivery": PARCEL,
    "password": LOGIN, "login": LOGIN, "log in": LOGIN,
}  # fmt: skip


def answer(text: str) -> Answer:
    """The answer to a contact's words."""
    lower = text.lower()
    return next((said for word, said in BY_WORD.items() if word in lower), UNSURE)


def wants_human(text: str) -> bool:
    """Whether the contact asks for a person."""
    return any(word in text.lower() for word in HUMAN)
