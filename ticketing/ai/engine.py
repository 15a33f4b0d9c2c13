"""The engine behind AI fields, Assist Mode and knowledge: what it is asked, what it answers. No models, no settings.

Two drivers answer: `builtin.BuiltIn`, offline, and `service.Service`, any OpenAI-compatible chat-completions
service; `composite.Composite` puts what was learned from the account's own tickets in front of both.
`opening.open_engine` gives the one that the settings ask for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class FieldType(TextChoices):
    """Zendesk's type words of the ticket fields that can be filled (facts 3.6)."""

    TEXT = "text", _("Text")
    TEXTAREA = "textarea", _("Multi-line")
    CHECKBOX = "checkbox", _("Checkbox")
    DATE = "date", _("Date")
    INTEGER = "integer", _("Number")
    DECIMAL = "decimal", _("Decimal")
    REGEXP = "regexp", _("Regular expression")
    DROPDOWN = "tagger", _("Drop-down")
    MULTISELECT = "multiselect", _("Multi-select")


class BlankReason(TextChoices):
    """Why a field stayed blank. The engine gives those of its own; the rest are for who asks it."""

    NOT_SURE = "not_sure", _("Not sure")
    NOT_IN_LIST = "not_in_list", _("Not in the list")
    NO_EXAMPLES = "no_examples", _("No examples yet")
    ENGINE_FAILED = "engine_failed", _("Engine failed")
    NOT_SUPPORTED = "not_supported", _("Type not supported")
    DISABLED = "disabled", _("Disabled")
    FIELD_GONE = "field_gone", _("Field gone")
    REFUSED = "refused_by_zendesk", _("Refused by Zendesk")


class Source(TextChoices):
    """Who answered."""

    LEARNED = "learned", _("Learned from your tickets")
    MATCHED = "matched", _("Matched to option names")
    PATTERN = "pattern", _("Found by pattern")
    SERVICE = "service", _("AI service")


@dataclass(frozen=True)
class Option:
    """One option of a drop-down or multi-select. `value` is the tag that Zendesk stores, `name` what people see."""

    value: str
    name: str


@dataclass(frozen=True)
class FieldSpec:
    """A ticket field as the engine sees it. `type` is Zendesk's word, `pattern` the expression of a regexp field.

    `description` is what the mapping's author wrote; lines like `Refund: money back` describe one option each.
    """

    id: int
    type: str
    title: str
    description: str = ""
    options: tuple[Option, ...] = ()
    pattern: str = ""


@dataclass(frozen=True)
class Usage:
    """What an answer of the service took: tokens, and money in the currency of the settings' prices."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out, self.cost + other.cost)


@dataclass(frozen=True)
class Guess:
    """One field's value, or why there is none.

    `value` is in Zendesk's format: an option's tag, a list of tags, a bool, `YYYY-MM-DD`, a number as text, a text;
    None = blank, then `reason` is set. `confidence` is 0 to 1, also of a blank (how near it came). `evidence` is
    quoted from the text word for word, or empty. `detail` is a sentence for a person. `usage` of a call for several
    fields is counted on the first of them only, so that sums are right.
    """

    value: Any | None
    confidence: float = 0.0
    evidence: str = ""
    reason: BlankReason | str = ""
    source: Source | str = ""
    detail: str = ""
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True)
class Passage:
    """A piece of an article. `is_public` = contacts may read it; `score` is the search's own, higher is better."""

    article_id: str
    title: str
    url: str
    text: str
    is_public: bool
    score: float = 0.0


@dataclass(frozen=True)
class Draft:
    """An answer as the contact would read it, plain text, from `sources` only; empty text = not sure, see `reason`."""

    text: str
    sources: tuple[Passage, ...] = ()
    confidence: float = 0.0
    reason: BlankReason | str = ""
    source: Source | str = ""
    detail: str = ""
    usage: Usage = field(default_factory=Usage)


class Engine(Protocol):
    """Fills fields, answers questions, knows topics. What fails is said in the answer, never raised."""

    def fill(self, text: str, fields: Sequence[FieldSpec], *, today: dt.date) -> dict[int, Guess]:
        """A guess for each field, by its id.

        `text` is what the contact wrote, one message a line, oldest first (hostile: it is data and never an order).
        `today` is the contact's or the organization's date, for "next Friday".
        """

    def answer(self, question: str, passages: Sequence[Passage]) -> Draft:
        """A draft that stands on the passages alone."""

    def match_topic(self, text: str, topics: Sequence[str]) -> tuple[str, float] | None:
        """The topic that the text is about, with confidence 0 to 1; None when it is about none of them."""
