"""A field's worth of made examples, and a service to ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from integrations.clients.ai import AIClient, Prices
from opencx_admin.net import guarded_session
from tests.ai_service import ChatService, run_chat_service
from ticketing.ai.engine import FieldSpec, FieldType, Option
from ticketing.ai.features import featurize
from ticketing.ai.learning import Example
from ticketing.ai.service import Service

TODAY = dt.date(2026, 11, 23)  # a Monday
REASONS = FieldSpec(
    11,
    FieldType.DROPDOWN,
    "Contact reason",
    "What the contact wants.\nRefund: they want their money back\nDelivery: a parcel is late or lost",
    (
        Option("reason_refund", "Refund"),
        Option("reason_delivery", "Delivery"),
        Option("reason_login", "Login problem"),
        Option("reason_vip", "VIP treatment"),
    ),
)
SAYINGS = {
    "reason_refund": ("I want my {} back", "money for the {}, refund it", "charged twice for {}, give it back"),
    "reason_delivery": ("where is the parcel with {}", "my {} did not arrive", "the courier lost the {}"),
    "reason_login": ("I cannot sign in to buy {}", "password reset for {} fails", "the {} page locks me out"),
}
THINGS = [
    "shoes",
    "shirt",
    "lamp",
    "table",
    "chair",
    "phone",
    "cable",
    "book",
    "bottle",
    "tent",
    "bike",
    "helmet",
    "ring",
    "watch",
    "coat",
    "scarf",
]


@pytest.fixture
def examples() -> list[Example]:
    """What agents chose on 144 past tickets."""
    return [
        Example(featurize(saying.format(thing)), (reason,))
        for thing in THINGS
        for reason, sayings in SAYINGS.items()
        for saying in sayings
    ]


@pytest.fixture
def chat() -> Iterator[ChatService]:
    """A chat-completions service on this machine."""
    with run_chat_service() as running:
        yield running


@pytest.fixture
def service(chat: ChatService) -> Service:
    """The engine that asks it."""
    return open_service(chat.url)


def open_service(url: str, seconds: float = 3.0) -> Service:
    """An engine for any address of this machine."""
    session = guarded_session(frozenset({"127.0.0.1"}))
    return Service(AIClient(url, "", "small", session, lambda call: None, prices=Prices(1, 1), seconds=seconds))


def field(kind: str, title: str, description: str = "", pattern: str = "") -> FieldSpec:
    """A field without options."""
    return FieldSpec(7, kind, title, description, (), pattern)
